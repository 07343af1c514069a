import type { Picture } from './picture.ts';

/** How the light falls on a face. */
export interface FaceLight {
  /** Share of the face, 0 to 1, that is clipped to white. */
  readonly glare: number;
  /** Mean brightness of the brighter half of the face over that of the darker one, 1 and more. */
  readonly lopsided: number;
  /** What the darkest places of the face have, 0 to 255: light that falls into the lens lies over everything. */
  readonly veil: number;
}

/** The face in the 112 × 112 picture of `alignFace`: eyes to chin, without hair, ears and background. */
const oval = { x: 56, y: 72, halfWidth: 28, halfHeight: 34 };
const CLIPPED = 250; // a JPEG's white seldom reaches 255 everywhere

/** `aligned`: from `alignFace`; `grey`: its luma. */
export function measureLight(aligned: Picture, grey: Float32Array): FaceLight {
  const { width, height } = aligned;
  const sums = { left: 0, right: 0 };
  let pixels = 0;
  let clipped = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [dx, dy] = [(x + 0.5 - oval.x) / oval.halfWidth, (y + 0.5 - oval.y) / oval.halfHeight];
      if (dx * dx + dy * dy > 1) continue;
      const value = grey[y * width + x]!;
      pixels += 1;
      if (value >= CLIPPED) clipped += 1;
      sums[dx < 0 ? 'left' : 'right'] += value;
    }
  }
  const [darker, brighter] = [Math.min(sums.left, sums.right), Math.max(sums.left, sums.right)];
  return { glare: clipped / pixels, lopsided: brighter / Math.max(darker, 1), veil: veilOf(aligned) };
}

const DARKEST_SHARE = 0.02; // nostrils, pupils, brows, the line between the lips

/**
 * A face has places that are dark in at least one colour, by whatever light. `aligned`: 112 × 112 from `alignFace`. That share
 * of the pixels between brows and chin lie below the answer in their darkest channel.
 */
export function veilOf({ width, rgb }: Picture): number {
  const counts = new Uint32Array(256);
  let pixels = 0;
  for (let y = 40; y < 108; y += 1) {
    for (let x = 24; x < 88; x += 1) {
      const at = (y * width + x) * 3;
      counts[Math.min(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!)]! += 1;
      pixels += 1;
    }
  }
  let value = 0;
  for (let below = counts[0]!; below < pixels * DARKEST_SHARE; below += counts[value]!) value += 1;
  return value;
}

const COMMON_VEIL = 40; // of 255; large faces of public photos have up to 56, and a veil of a third adds about 60

/** What of `veil` is stray light, 0 to 255: taken away from all pixels, the face is about as it would be without. */
export function strayLight(veil: number): number {
  return Math.max(veil - COMMON_VEIL, 0);
}
