import type { Picture } from './picture.ts';
import type { Rect } from './sampling.ts';

/** A power of two: pixels along each side of a piece whose waves are looked at. */
const SIDE = 64;
/** More pieces steady the mean and take longer: twelve half as long as the network. They overlap by up to half. */
const MAX_PIECES = { across: 3, down: 4 };
/** Of the face box, its middle: skin and features, without hair, collar and what is behind. */
const INNER_SHARE = 0.8;
/** Waves shorter than 13 pixels. Longer ones are the features of the face itself. */
const MIN_CYCLES = 5;
/** Along both axes at once waves may be shorter than along one; beyond this little is left of them. */
const MAX_CYCLES = SIDE * 0.62;
/** Waves about as short as each other: by so many cycles at most. */
const RING_CYCLES = 2.5;
/**
 * Power of noise that deviates by 0.7 of a step of brightness, through `taper`: JPEG leaves some waves nearly nothing, against
 * which any remainder would stand out.
 */
const FLOOR = (0.7 * SIDE * 0.375) ** 2;
/** JPEG's blocks of 8 and, with halved colour, 16 pixels make waves of these along an axis, in every picture. */
const BLOCK_CYCLES = SIDE / 16;

export interface FacePattern {
  /** Of the strongest wave, as multiple of the middle one of all waves about as short; 1 where nothing was looked at. */
  readonly strength: number;
  /** Places of the face that were looked at, up to 12; 0 where it has less than 64 pixels. */
  readonly pieces: number;
}

/**
 * How far one wave stands out of a face's fine texture. Of skin none does; the pixels of a screen, beating against those of
 * the camera, and the dots of a coarse print do. At the picture's own pixels, as resampling would make such waves or hide them.
 */
export function facePattern(picture: Picture, box: Rect): FacePattern {
  const places = pieces(picture, box);
  if (places.length === 0) return { strength: 1, pieces: 0 };
  const power = new Float64Array(SIDE * SIDE).fill(1);
  const real = new Float64Array(SIDE * SIDE);
  const imaginary = new Float64Array(SIDE * SIDE);
  for (const place of places) {
    fill(picture, place, real, imaginary);
    transform(real, imaginary);
    // Multiplied and not added up: a beat is in every piece, an eyebrow or a strand of hair in one or two.
    for (let i = 0; i < power.length; i += 1) power[i]! *= real[i]! * real[i]! + imaginary[i]! * imaginary[i]! + FLOOR;
  }
  return { strength: strongest(power) ** (1 / places.length), pieces: places.length };
}

/** Top left corners of the pieces within the inner face. */
function pieces({ width, height }: Picture, box: Rect): { x: number; y: number }[] {
  const starts = (from: number, length: number, side: number, most: number): number[] => {
    const first = Math.max(Math.ceil(from + (length * (1 - INNER_SHARE)) / 2), 0);
    const last = Math.min(Math.floor(from + (length * (1 + INNER_SHARE)) / 2), side) - SIDE;
    if (last < first) return [];
    const count = Math.min(Math.floor((last - first) / (SIDE / 2)) + 1, most);
    return Array.from({ length: count }, (_, i) =>
      count === 1 ? first : first + Math.floor((i * (last - first)) / (count - 1)),
    );
  };
  const rows = starts(box.y, box.height, height, MAX_PIECES.down);
  return starts(box.x, box.width, width, MAX_PIECES.across).flatMap((x) => rows.map((y) => ({ x, y })));
}

/** Hann's window: without it the piece's own borders are waves of every length. */
const taper = Float64Array.from({ length: SIDE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SIDE));

/** Brightness as the real part, red against blue as the imaginary: a beat shows in one or the other. */
function fill(
  { rgb, width }: Picture,
  place: { x: number; y: number },
  real: Float64Array,
  imaginary: Float64Array,
): void {
  let meanLuma = 0;
  let meanColour = 0;
  for (let y = 0, at = 0; y < SIDE; y += 1) {
    let from = ((place.y + y) * width + place.x) * 3;
    for (const end = at + SIDE; at < end; at += 1, from += 3) {
      const red = rgb[from]!;
      const blue = rgb[from + 2]!;
      const luma = 0.299 * red + 0.587 * rgb[from + 1]! + 0.114 * blue;
      real[at] = luma;
      imaginary[at] = red - blue;
      meanLuma += luma;
      meanColour += red - blue;
    }
  }
  meanLuma /= SIDE * SIDE;
  meanColour /= SIDE * SIDE;
  for (let y = 0, at = 0; y < SIDE; y += 1) {
    const shareOfRow = taper[y]!;
    for (let x = 0; x < SIDE; x += 1, at += 1) {
      const share = taper[x]! * shareOfRow;
      real[at] = (real[at]! - meanLuma) * share;
      imaginary[at] = (imaginary[at]! - meanColour) * share;
    }
  }
}

const cosines = Float64Array.from({ length: SIDE }, (_, i) => Math.cos((2 * Math.PI * i) / SIDE));
const sines = Float64Array.from({ length: SIDE }, (_, i) => -Math.sin((2 * Math.PI * i) / SIDE));

/** Which value comes to each place before the first round: the digits of its number, to base four, the other way round. */
const mirrored = Uint8Array.from({ length: SIDE }, (_, i) => {
  let reversed = 0;
  for (let digit = 1; digit < SIDE; digit *= 4) reversed = reversed * 4 + (Math.floor(i / digit) % 4);
  return reversed;
});
const lineReal = new Float64Array(SIDE);
const lineImaginary = new Float64Array(SIDE);

/** In place, with rows and columns exchanged: lines that lie together in memory take half the time, and rings have no direction. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  for (let row = 0; row < SIDE; row += 1) transformLine(real, imaginary, row * SIDE);
  exchange(real);
  exchange(imaginary);
  for (let row = 0; row < SIDE; row += 1) transformLine(real, imaginary, row * SIDE);
}

function exchange(values: Float64Array): void {
  for (let y = 1; y < SIDE; y += 1) {
    for (let x = 0; x < y; x += 1) {
      const a = y * SIDE + x;
      const b = x * SIDE + y;
      const value = values[a]!;
      values[a] = values[b]!;
      values[b] = value;
    }
  }
}

/** Cooley and Tukey's with four branches, in place: the `SIDE` values from `start`. The first round turns nothing. */
function transformLine(real: Float64Array, imaginary: Float64Array, start: number): void {
  for (let i = 0; i < SIDE; i += 4) {
    const a = start + mirrored[i]!;
    const b = start + mirrored[i + 1]!;
    const c = start + mirrored[i + 2]!;
    const d = start + mirrored[i + 3]!;
    const realEven = real[a]! + real[c]!;
    const realEvenApart = real[a]! - real[c]!;
    const realOdd = real[b]! + real[d]!;
    const realOddApart = real[b]! - real[d]!;
    const imaginaryEven = imaginary[a]! + imaginary[c]!;
    const imaginaryEvenApart = imaginary[a]! - imaginary[c]!;
    const imaginaryOdd = imaginary[b]! + imaginary[d]!;
    const imaginaryOddApart = imaginary[b]! - imaginary[d]!;
    lineReal[i] = realEven + realOdd;
    lineImaginary[i] = imaginaryEven + imaginaryOdd;
    lineReal[i + 1] = realEvenApart + imaginaryOddApart;
    lineImaginary[i + 1] = imaginaryEvenApart - realOddApart;
    lineReal[i + 2] = realEven - realOdd;
    lineImaginary[i + 2] = imaginaryEven - imaginaryOdd;
    lineReal[i + 3] = realEvenApart - imaginaryOddApart;
    lineImaginary[i + 3] = imaginaryEvenApart + realOddApart;
  }
  round(lineReal, lineImaginary, 0, SIDE / 4);
  real.set(lineReal, start);
  imaginary.set(lineImaginary, start);
  round(real, imaginary, start, SIDE);
}

/** Transforms of a quarter of `length` each become those of `length`. */
function round(real: Float64Array, imaginary: Float64Array, start: number, length: number): void {
  const quarter = length >> 2;
  const step = SIDE / length;
  for (let i = 0; i < quarter; i += 1) {
    const once = i * step;
    const cos1 = cosines[once]!;
    const sin1 = sines[once]!;
    const cos2 = cosines[2 * once]!;
    const sin2 = sines[2 * once]!;
    const cos3 = cosines[3 * once]!;
    const sin3 = sines[3 * once]!;
    for (let a = start + i; a < start + SIDE; a += length) {
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const realA = real[a]!;
      const imaginaryA = imaginary[a]!;
      const realB = real[b]! * cos1 - imaginary[b]! * sin1;
      const imaginaryB = real[b]! * sin1 + imaginary[b]! * cos1;
      const realC = real[c]! * cos2 - imaginary[c]! * sin2;
      const imaginaryC = real[c]! * sin2 + imaginary[c]! * cos2;
      const realD = real[d]! * cos3 - imaginary[d]! * sin3;
      const imaginaryD = real[d]! * sin3 + imaginary[d]! * cos3;
      const realEven = realA + realC;
      const imaginaryEven = imaginaryA + imaginaryC;
      const realEvenApart = realA - realC;
      const imaginaryEvenApart = imaginaryA - imaginaryC;
      const realOdd = realB + realD;
      const imaginaryOdd = imaginaryB + imaginaryD;
      const realOddApart = realB - realD;
      const imaginaryOddApart = imaginaryB - imaginaryD;
      real[a] = realEven + realOdd;
      imaginary[a] = imaginaryEven + imaginaryOdd;
      real[b] = realEvenApart + imaginaryOddApart;
      imaginary[b] = imaginaryEvenApart - realOddApart;
      real[c] = realEven - realOdd;
      imaginary[c] = imaginaryEven - imaginaryOdd;
      real[d] = realEvenApart - imaginaryOddApart;
      imaginary[d] = imaginaryEvenApart + realOddApart;
    }
  }
}

/** Places of all waves that count, by their length: rings `RING_CYCLES` wide. */
const rings = ringsOf();

function ringsOf(): Int32Array[] {
  const byLength = new Map<number, number[]>();
  const signed = (i: number): number => (i < SIDE / 2 ? i : i - SIDE);
  for (let at = 0; at < SIDE * SIDE; at += 1) {
    const [across, down] = [signed(at % SIDE), signed(Math.floor(at / SIDE))];
    const cycles = Math.hypot(across, down);
    if (cycles < MIN_CYCLES || cycles > MAX_CYCLES || ofBlocks(across, down) || ofBlocks(down, across)) continue;
    const ring = Math.floor(cycles / RING_CYCLES);
    byLength.set(ring, [...(byLength.get(ring) ?? []), at]);
  }
  return Array.from(byLength.values(), (ring) => Int32Array.from(ring));
}

/** The largest ratio of a wave's power to the median of its ring. */
function strongest(power: Float64Array): number {
  let most = 1;
  for (const ring of rings) {
    const values = new Float64Array(ring.length);
    for (let i = 0; i < ring.length; i += 1) values[i] = power[ring[i]!]!;
    values.sort();
    const median = values[values.length >> 1]!;
    if (median > 0) most = Math.max(most, values[values.length - 1]! / median);
  }
  return most;
}

/** Whether a wave could be JPEG's: along one axis, of the blocks' length or a fraction of it, and its neighbours. */
function ofBlocks(along: number, across: number): boolean {
  if (Math.abs(across) > 1) return false;
  const off = Math.abs(along) % BLOCK_CYCLES;
  return Math.min(off, BLOCK_CYCLES - off) <= 1;
}
