import type { FivePoints } from './landmarks.ts';
import type { Picture } from './picture.ts';
import { type Point, type Similarity, warp } from './sampling.ts';

const SIDE = 112;

/** Where the embedding network expects the five points in its 112 × 112 picture (lib/fr_feature.js of the package). */
const template: FivePoints = [
  { x: 38.29, y: 51.7 },
  { x: 73.53, y: 51.5 },
  { x: 56.03, y: 71.74 },
  { x: 41.55, y: 92.37 },
  { x: 70.73, y: 92.2 },
];

/**
 * The turn, scale and shift that brings `from` closest to `to` in the sense of least squares. In the plane Umeyama's
 * solution (PAMI 13, 1991) is a quotient of complex numbers: Σ conj(from)·to ÷ Σ |from|², both around their means.
 * A mirror image is never an answer. Points that all coincide give the scale 0.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const fromMean = mean(from);
  const toMean = mean(to);
  let real = 0;
  let imaginary = 0;
  let spread = 0;
  for (const [i, point] of from.entries()) {
    const fx = point.x - fromMean.x;
    const fy = point.y - fromMean.y;
    const tx = to[i]!.x - toMean.x;
    const ty = to[i]!.y - toMean.y;
    real += fx * tx + fy * ty;
    imaginary += fx * ty - fy * tx;
    spread += fx * fx + fy * fy;
  }
  const a = spread === 0 ? 0 : real / spread;
  const b = spread === 0 ? 0 : imaginary / spread;
  return {
    a,
    b,
    tx: toMean.x - (a * fromMean.x - b * fromMean.y),
    ty: toMean.y - (b * fromMean.x + a * fromMean.y),
  };
}

export function invert({ a, b, tx, ty }: Similarity): Similarity {
  const square = a * a + b * b;
  return {
    a: a / square,
    b: -b / square,
    tx: -(a * tx + b * ty) / square,
    ty: (b * tx - a * ty) / square,
  };
}

/** From the picture to the aligned face. */
export function toAligned(points: FivePoints): Similarity {
  return fitSimilarity(points, template);
}

/** The face upright and to scale, 112 × 112, eyes and mouth at their fixed places. */
export function alignFace(picture: Picture, points: FivePoints): Picture {
  return warp(picture, invert(toAligned(points)), SIDE, SIDE, 'area');
}

function mean(points: readonly Point[]): Point {
  return {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
}
