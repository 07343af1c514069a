import { LOOK_SIDE } from './signs.ts';

/** `grey`: luma of a square picture of `side` × `side`, a multiple of `LOOK_SIDE`. The mean of each block of pixels. */
export function lookOf(grey: Float32Array, side: number): Uint8Array {
  const step = side / LOOK_SIDE;
  const sums = new Float32Array(LOOK_SIDE ** 2);
  for (let y = 0, at = 0; y < side; y += 1) {
    const row = Math.floor(y / step) * LOOK_SIDE;
    for (let x = 0; x < side; x += 1, at += 1) sums[row + Math.floor(x / step)]! += grey[at]!;
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / step ** 2));
}
