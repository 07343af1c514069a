import type { Picture } from './picture.ts';

/** Positions along one side of the picture: x' = step · x + start, from corner to corner. */
export interface Axis {
  readonly start: number;
  readonly step: number;
}

/** x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0, from corner to corner. */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

// The loops below have neither calls nor objects inside, and look up what is the same for a whole row or column: a camera
// frame passes here five times, and they were a third of the time that it took. Whole numbers help where a weight serves a
// whole column; turned, where each sample has its own, V8 is a half faster with floating point.

/** What the weights of four pixels add up to: the largest power of two that 255 times, and a half, is an Int32. */
const WHOLE_BITS = 23;
const WHOLE = 2 ** WHOLE_BITS;
/** Rounded weights leave a sum a few millionths too small: a half is to go up nevertheless, as it does in exact numbers. */
const SHORT_OF_HALF = 2 ** -18;
const HALF = WHOLE * (0.5 + SHORT_OF_HALF);

/** One value per pixel, bilinear between the four nearest. */
export function bilinear(picture: Picture, across: Axis, down: Axis, width: number, height: number): Picture {
  const { rgb: source } = picture;
  const columns = neighbours(across, width, picture.width - 1, 3);
  const rows = neighbours(down, height, picture.height - 1, picture.width * 3);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    const top = rows.first[y]!;
    const bottom = rows.second[y]!;
    const shareBottom = rows.shareSecond[y]!;
    const bottomWeight = Math.round(shareBottom * WHOLE);
    for (let x = 0; x < width; x += 1, at += 3) {
      const left = columns.first[x]!;
      const right = columns.second[x]!;
      const rightWeight = columns.weightSecond[x]!;
      const ofBottomRight = (rightWeight * shareBottom + 0.5) | 0;
      const ofBottomLeft = (bottomWeight - ofBottomRight) | 0;
      const ofTopRight = (rightWeight - ofBottomRight) | 0;
      const ofTopLeft = (WHOLE - rightWeight - ofBottomLeft) | 0;
      const topLeft = (top + left) | 0;
      const topRight = (top + right) | 0;
      const bottomLeft = (bottom + left) | 0;
      const bottomRight = (bottom + right) | 0;
      rgb[at] =
        (Math.imul(source[topLeft]!, ofTopLeft) +
          Math.imul(source[topRight]!, ofTopRight) +
          Math.imul(source[bottomLeft]!, ofBottomLeft) +
          Math.imul(source[bottomRight]!, ofBottomRight) +
          HALF) >>
        WHOLE_BITS;
      rgb[at + 1] =
        (Math.imul(source[topLeft + 1]!, ofTopLeft) +
          Math.imul(source[topRight + 1]!, ofTopRight) +
          Math.imul(source[bottomLeft + 1]!, ofBottomLeft) +
          Math.imul(source[bottomRight + 1]!, ofBottomRight) +
          HALF) >>
        WHOLE_BITS;
      rgb[at + 2] =
        (Math.imul(source[topLeft + 2]!, ofTopLeft) +
          Math.imul(source[topRight + 2]!, ofTopRight) +
          Math.imul(source[bottomLeft + 2]!, ofBottomLeft) +
          Math.imul(source[bottomRight + 2]!, ofBottomRight) +
          HALF) >>
        WHOLE_BITS;
    }
  }
  return { width, height, rgb };
}

/** The mean of `perSide` × `perSide` bilinear values per pixel: along each side a weighted sum of the pixels they touch. */
export function averaged(
  picture: Picture,
  across: Axis,
  down: Axis,
  width: number,
  height: number,
  perSide: number,
): Picture {
  const { rgb: source } = picture;
  const columns = weightedPixels(across, width, picture.width - 1, perSide, 3);
  const rows = weightedPixels(down, height, picture.height - 1, perSide, picture.width * 3);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    const rowsEnd = rows.starts[y + 1]!;
    for (let x = 0; x < width; x += 1, at += 3) {
      const columnsEnd = columns.starts[x + 1]!;
      let red = 0.5 + SHORT_OF_HALF;
      let green = 0.5 + SHORT_OF_HALF;
      let blue = 0.5 + SHORT_OF_HALF;
      for (let row = rows.starts[y]!; row < rowsEnd; row += 1) {
        const rowWeight = rows.weights[row]!;
        for (let column = columns.starts[x]!; column < columnsEnd; column += 1) {
          const from = rows.offsets[row]! + columns.offsets[column]!;
          const weight = rowWeight * columns.weights[column]!;
          red += source[from]! * weight;
          green += source[from + 1]! * weight;
          blue += source[from + 2]! * weight;
        }
      }
      rgb[at] = red;
      rgb[at + 1] = green;
      rgb[at + 2] = blue;
    }
  }
  return { width, height, rgb };
}

/** The mean of `perSide` × `perSide` bilinear values per pixel of a picture that is turned. */
export function turned(picture: Picture, to: Affine, width: number, height: number, perSide: number): Picture {
  const { rgb: source } = picture;
  const rowBytes = picture.width * 3;
  const [lastX, lastY] = [picture.width - 1, picture.height - 1];
  const columns = width * perSide;
  const xOfColumn = Float64Array.from({ length: columns }, (_, i) => (to.xx * (i + 0.5)) / perSide + to.x0 - 0.5);
  const yOfColumn = Float64Array.from({ length: columns }, (_, i) => (to.yx * (i + 0.5)) / perSide + to.y0 - 0.5);
  const sums = new Float64Array(width * 3);
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    sums.fill(0);
    for (let line = 0; line < perSide; line += 1) {
      const py = y + (line + 0.5) / perSide;
      const xOfLine = to.xy * py;
      const yOfLine = to.yy * py;
      for (let sum = 0, column = 0; sum < sums.length; sum += 3) {
        let red = sums[sum]!;
        let green = sums[sum + 1]!;
        let blue = sums[sum + 2]!;
        for (const end = column + perSide; column < end; column += 1) {
          const fromX = Math.min(Math.max(xOfColumn[column]! + xOfLine, 0), lastX);
          const fromY = Math.min(Math.max(yOfColumn[column]! + yOfLine, 0), lastY);
          const left = fromX | 0;
          const top = fromY | 0;
          const shareRight = fromX - left;
          const shareBottom = fromY - top;
          const topLeft = top * rowBytes + left * 3;
          const topRight = left < lastX ? topLeft + 3 : topLeft;
          const bottomLeft = top < lastY ? topLeft + rowBytes : topLeft;
          const bottomRight = bottomLeft + topRight - topLeft;
          const ofBottomRight = shareRight * shareBottom;
          const ofBottomLeft = shareBottom - ofBottomRight;
          const ofTopRight = shareRight - ofBottomRight;
          const ofTopLeft = 1 - shareRight - ofBottomLeft;
          red +=
            source[topLeft]! * ofTopLeft +
            source[topRight]! * ofTopRight +
            source[bottomLeft]! * ofBottomLeft +
            source[bottomRight]! * ofBottomRight;
          green +=
            source[topLeft + 1]! * ofTopLeft +
            source[topRight + 1]! * ofTopRight +
            source[bottomLeft + 1]! * ofBottomLeft +
            source[bottomRight + 1]! * ofBottomRight;
          blue +=
            source[topLeft + 2]! * ofTopLeft +
            source[topRight + 2]! * ofTopRight +
            source[bottomLeft + 2]! * ofBottomLeft +
            source[bottomRight + 2]! * ofBottomRight;
        }
        sums[sum] = red;
        sums[sum + 1] = green;
        sums[sum + 2] = blue;
      }
    }
    const share = 1 / (perSide * perSide);
    for (const sum of sums) {
      rgb[at] = sum * share + 0.5 + SHORT_OF_HALF;
      at += 1;
    }
  }
  return { width, height, rgb };
}

/** Per position the two nearest pixels, as offsets into the picture's bytes, and how much the second counts. */
function neighbours({ start, step }: Axis, length: number, last: number, stride: number) {
  const first = new Int32Array(length);
  const second = new Int32Array(length);
  const shareSecond = new Float64Array(length);
  const weightSecond = new Int32Array(length);
  for (let i = 0; i < length; i += 1) {
    const from = Math.min(Math.max(step * (i + 0.5) + start - 0.5, 0), last);
    const whole = from | 0;
    first[i] = whole * stride;
    second[i] = Math.min(whole + 1, last) * stride;
    shareSecond[i] = from - whole;
    weightSecond[i] = Math.round(shareSecond[i]! * WHOLE);
  }
  return { first, second, shareSecond, weightSecond };
}

/**
 * Per position every pixel that `perSide` bilinear values touch, from `starts[i]` to `starts[i + 1]`: its offset into the
 * picture's bytes, and its weight. The weights of one position add up to 1.
 */
function weightedPixels({ start, step }: Axis, length: number, last: number, perSide: number, stride: number) {
  const starts = new Int32Array(length + 1);
  const offsets = new Int32Array(length * perSide * 2);
  const weights = new Float64Array(length * perSide * 2);
  let count = 0;
  for (let i = 0; i < length; i += 1) {
    starts[i] = count;
    for (let value = 0; value < perSide; value += 1) {
      const from = Math.min(Math.max(step * (i + (value + 0.5) / perSide) + start - 0.5, 0), last);
      const whole = from | 0;
      const shareSecond = from - whole;
      add(i, whole, 1 - shareSecond);
      if (shareSecond > 0) add(i, whole + 1, shareSecond);
    }
  }
  starts[length] = count;
  return { starts, offsets, weights };

  function add(i: number, pixel: number, weight: number): void {
    const offset = pixel * stride;
    let at = count - 1;
    while (at >= starts[i]! && offsets[at] !== offset) at -= 1;
    if (at < starts[i]!) {
      at = count;
      offsets[at] = offset;
      count += 1;
    }
    weights[at]! += weight / perSide;
  }
}
