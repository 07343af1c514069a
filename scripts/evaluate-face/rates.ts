/** Scores in ascending order. A pair or picture is accepted at `threshold` or above. */
export type Scores = Float64Array;

export function ascending(scores: Iterable<number>): Scores {
  return Float64Array.from(scores).sort();
}

export interface OperatingPoint {
  readonly threshold: number;
  /** Share of different persons accepted. */
  readonly far: number;
  /** Share of the same person rejected. */
  readonly frr: number;
}

/** How many of `scores` lie below `threshold`. */
export function countBelow(scores: Scores, threshold: number): number {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rates are NaN where there is nobody to accept or reject. */
export function pointAt(genuine: Scores, impostor: Scores, threshold: number): OperatingPoint {
  return {
    threshold,
    far: (impostor.length - countBelow(impostor, threshold)) / impostor.length,
    frr: countBelow(genuine, threshold) / genuine.length,
  };
}

/** Every threshold at which a rate changes, from all accepted to none accepted. */
export function roc(genuine: Scores, impostor: Scores): OperatingPoint[] {
  const thresholds = [...new Set([...genuine, ...impostor])].sort((a, b) => a - b);
  return [...thresholds, Number.POSITIVE_INFINITY].map((threshold) => pointAt(genuine, impostor, threshold));
}

/** `points` and no more than `most` of them, first and last kept. */
export function thinned<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!);
}

/** Rates at which thresholds are compared. */
const USEFUL_FARS = [0.1, 0.01, 0.001, 0.0001, 0.00001];

/** At each useful false accept rate that so many pairs can tell from none, and where no stranger is left. */
export function usefulPoints(genuine: Scores, impostor: Scores): OperatingPoint[] {
  const fars = USEFUL_FARS.filter((far) => far * impostor.length >= 1);
  return [...fars, 0].map((far) => pointAt(genuine, impostor, thresholdFor(impostor, far)));
}

export interface EqualErrorRate {
  readonly rate: number;
  readonly threshold: number;
}

/**
 * Where both rates are nearest to each other, their mean. Between thresholds nothing is interpolated: with few pairs the
 * two rates may never meet.
 */
export function equalErrorRate(points: readonly OperatingPoint[]): EqualErrorRate {
  const gap = ({ far, frr }: OperatingPoint): number => Math.abs(far - frr);
  const nearest = points.reduce((best, point) => (gap(point) < gap(best) ? point : best));
  return { rate: (nearest.far + nearest.frr) / 2, threshold: nearest.threshold };
}

/**
 * The smallest threshold, in steps of 0.0001, at which no more than the share `far` of `impostor` is accepted. Above 1 where
 * the scores leave no such place.
 */
export function thresholdFor(impostor: Scores, far: number): number {
  const allowed = Math.floor(impostor.length * far + 1e-9);
  const refused = impostor[impostor.length - 1 - allowed];
  return refused === undefined ? 0 : (Math.floor(refused * 10_000) + 1) / 10_000;
}

/**
 * The largest rate that `trials` without an error still leave possible at 95 % confidence: the rule of three. No smaller
 * rate can be claimed from so many trials, whatever came out (ISO/IEC 19795-1 annex B).
 */
export function smallestClaim(trials: number): number {
  return Math.min(3 / trials, 1);
}
