import type { ModelInput } from './manifest.ts';
import type { Picture } from './picture.ts';

/** In pixels from the picture's top left corner; a pixel's centre lies at half numbers. May reach outside the picture. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Turn, scale and shift: x' = a·x − b·y + tx, y' = b·x + a·y + ty. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * `none`: bilinear between the four nearest pixels, as OpenCV's `resize`, which the networks were trained with. `area`: the
 * mean of several such values where pixels are merged, so that a large photo's noise does not reach a small face.
 */
export type Smoothing = 'none' | 'area';

/** How many values `area` takes along each side of a pixel at most: 16 of them bound the time, and more no longer change an embedding. */
const MAX_VALUES_PER_SIDE = 4;

/** `rect` of `picture`, stretched to `width` × `height`. Beyond the picture its edge is repeated. */
export function crop(
  picture: Picture,
  rect: Rect,
  width: number,
  height: number,
  smoothing: Smoothing = 'none',
): Picture {
  const stepX = rect.width / width;
  const stepY = rect.height / height;
  const toSource = { xx: stepX, xy: 0, x0: rect.x, yx: 0, yy: stepY, y0: rect.y };
  return resample(picture, toSource, width, height, smoothing);
}

/** The picture seen through `toSource`, which maps points of the result to points of `picture`, both from their corners. */
export function warp(
  picture: Picture,
  { a, b, tx, ty }: Similarity,
  width: number,
  height: number,
  smoothing: Smoothing = 'none',
): Picture {
  return resample(picture, { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty }, width, height, smoothing);
}

/** x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0. */
interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** One loop without calls or objects: a camera frame passes here five times. */
function resample(picture: Picture, to: Affine, width: number, height: number, smoothing: Smoothing): Picture {
  const { rgb: source, width: sourceWidth } = picture;
  const [lastX, lastY] = [picture.width - 1, picture.height - 1];
  const merged = Math.max(Math.hypot(to.xx, to.yx), Math.hypot(to.xy, to.yy));
  const perSide = smoothing === 'none' ? 1 : Math.min(Math.max(Math.round(merged), 1), MAX_VALUES_PER_SIDE);
  const values = perSide * perSide;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let value = 0; value < values; value += 1) {
        const row = (value / perSide) | 0;
        const px = x + (value - row * perSide + 0.5) / perSide;
        const py = y + (row + 0.5) / perSide;
        const fromX = Math.min(Math.max(to.xx * px + to.xy * py + to.x0 - 0.5, 0), lastX);
        const fromY = Math.min(Math.max(to.yx * px + to.yy * py + to.y0 - 0.5, 0), lastY);
        const left = fromX | 0;
        const top = fromY | 0;
        const shareRight = fromX - left;
        const shareBottom = fromY - top;
        const topLeft = (top * sourceWidth + left) * 3;
        const topRight = left < lastX ? topLeft + 3 : topLeft;
        const bottomLeft = top < lastY ? topLeft + sourceWidth * 3 : topLeft;
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
      rgb[at] = Math.round(red / values);
      rgb[at + 1] = Math.round(green / values);
      rgb[at + 2] = Math.round(blue / values);
    }
  }
  return { width, height, rgb };
}

/** Brightness as ITU-R BT.601 weighs it, 0 to 255, one number per pixel. */
export function luma({ width, height, rgb }: Picture): Float32Array {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i += 1) {
    grey[i] = 0.299 * rgb[i * 3]! + 0.587 * rgb[i * 3 + 1]! + 0.114 * rgb[i * 3 + 2]!;
  }
  return grey;
}

/** Planar float32 in `input`'s channel order and range. The picture must have the size that `input.shape` says. */
export function toTensor(picture: Picture, input: ModelInput): Float32Array {
  const [, channels, height, width] = input.shape;
  if (picture.width !== width || picture.height !== height) {
    throw new RangeError(`${picture.width} × ${picture.height} pixels for a ${width} × ${height} input`);
  }
  const pixels = width * height;
  const tensor = new Float32Array(channels * pixels);
  const grey = input.colour === 'grey' ? luma(picture) : undefined;
  for (let channel = 0; channel < channels; channel += 1) {
    const from = input.colour === 'bgr' ? 2 - channel : channel;
    const subtract = input.subtract[channel]!;
    const divide = input.divide[channel]!;
    for (let i = 0; i < pixels; i += 1) {
      const value = grey ? grey[i]! : picture.rgb[i * 3 + from]!;
      tensor[channel * pixels + i] = (value - subtract) / divide;
    }
  }
  return tensor;
}
