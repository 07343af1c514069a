import type { ModelInput } from './manifest.ts';
import type { Picture } from './picture.ts';
import { averaged, bilinear, turned } from './resample.ts';

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
  const across = { start: rect.x, step: rect.width / width };
  const down = { start: rect.y, step: rect.height / height };
  const perSide = valuesPerSide(smoothing, Math.max(across.step, down.step));
  if (perSide === 1) return bilinear(picture, across, down, width, height);
  return averaged(picture, across, down, width, height, perSide);
}

/** The picture seen through `toSource`, which maps points of the result to points of `picture`, both from their corners. */
export function warp(
  picture: Picture,
  { a, b, tx, ty }: Similarity,
  width: number,
  height: number,
  smoothing: Smoothing = 'none',
): Picture {
  const perSide = valuesPerSide(smoothing, Math.hypot(a, b));
  return turned(picture, { xx: a, xy: -b, x0: tx, yx: b, yy: a, y0: ty }, width, height, perSide);
}

/** `merged`: how many pixels of the picture become one along a side. */
function valuesPerSide(smoothing: Smoothing, merged: number): number {
  return smoothing === 'none' ? 1 : Math.min(Math.max(Math.round(merged), 1), MAX_VALUES_PER_SIDE);
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
  if (input.colour === 'grey') {
    const [subtract, divide] = [input.subtract[0]!, input.divide[0]!];
    return luma(picture).map((value) => (value - subtract) / divide);
  }
  const { rgb } = picture;
  const pixels = width * height;
  const tensor = new Float32Array(channels * pixels);
  for (let channel = 0; channel < 3; channel += 1) {
    const from = input.colour === 'bgr' ? 2 - channel : channel;
    // A division per pixel costs more than one look into this table.
    const ofByte = new Float32Array(256);
    for (let value = 0; value < 256; value += 1)
      ofByte[value] = (value - input.subtract[channel]!) / input.divide[channel]!;
    const end = (channel + 1) * pixels;
    for (let i = channel * pixels, at = from; i < end; i += 1, at += 3) tensor[i] = ofByte[rgb[at]!]!;
  }
  return tensor;
}
