import type { FivePoints } from './landmarks.ts';
import type { Picture } from './picture.ts';
import { type Point, type Similarity, warp } from './sampling.ts';

/** Where the five points come to lie in a square picture, `side` pixels wide and high. */
export interface Alignment {
  readonly side: number;
  readonly points: FivePoints;
}

/**
 * What the face is measured in, whatever view the embedding network wants (`manifest.json`): areas and limits of `light.ts`, `cover.ts`
 * and `quality.ts` are of this one. The same as that of the weights which they were measured with, so that one picture serves both.
 */
export const upright: Alignment = {
  side: 112,
  points: [
    { x: 38.29, y: 51.7 },
    { x: 73.53, y: 51.5 },
    { x: 56.03, y: 71.74 },
    { x: 41.55, y: 92.37 },
    { x: 70.73, y: 92.2 },
  ],
};

/** Whether one picture serves both. */
export function isSameAlignment(one: Alignment, other: Alignment): boolean {
  const isSamePoint = ({ x, y }: Point, i: number): boolean => other.points[i]!.x === x && other.points[i]!.y === y;
  return one.side === other.side && one.points.every(isSamePoint);
}

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
export function toAligned(points: FivePoints, to: Alignment = upright): Similarity {
  return fitSimilarity(points, to.points);
}

/** The face upright and to scale, eyes and mouth at their fixed places; 112 × 112 where `to` is left out. */
export function alignFace(picture: Picture, points: FivePoints, to: Alignment = upright): Picture {
  return warp(picture, invert(toAligned(points, to)), to.side, to.side, 'area');
}

function mean(points: readonly Point[]): Point {
  return {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
}
