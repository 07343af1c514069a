import { describe, expect, test } from 'vitest';
import { bootstrapInterval, randomNumbers, type Trial } from '../../scripts/evaluate-face/bootstrap.ts';
import {
  ascending,
  equalErrorRate,
  pointAt,
  roc,
  smallestClaim,
  thinned,
  thresholdFor,
  usefulPoints,
} from '../../scripts/evaluate-face/rates.ts';

/** Normal numbers of this mean and deviation 1 (Box and Muller). */
function normal(count: number, mean: number, seed: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return mean + radius * Math.cos(2 * Math.PI * random());
  });
}

describe('rates', () => {
  const genuine = ascending([0.9, 0.8, 0.5, 0.3]);
  const impostor = ascending([0.4, 0.2, 0.1, 0.1, 0]);

  test('a score on the threshold is accepted', () => {
    expect(pointAt(genuine, impostor, 0.4)).toEqual({ threshold: 0.4, far: 0.2, frr: 0.25 });
    expect(pointAt(genuine, impostor, 0.41)).toEqual({ threshold: 0.41, far: 0, frr: 0.25 });
    expect(pointAt(genuine, impostor, 0.8)).toEqual({ threshold: 0.8, far: 0, frr: 0.5 });
  });

  test('the curve goes from all accepted to none accepted', () => {
    const points = roc(genuine, impostor);
    expect(points[0]).toEqual({ threshold: 0, far: 1, frr: 0 });
    expect(points.at(-1)).toEqual({ threshold: Number.POSITIVE_INFINITY, far: 0, frr: 1 });
    expect(points).toHaveLength(9);
    expect(thinned(points, 3)).toEqual([points[0], points[4], points[8]]);
  });

  test('two bells two deviations apart err equally often at 15.87 %, between their means', () => {
    const far = normal(40_000, 0, 1);
    const near = normal(40_000, 2, 2);
    const { rate, threshold } = equalErrorRate(roc(ascending(near), ascending(far)));
    expect(rate).toBeCloseTo(0.1587, 2);
    expect(threshold).toBeCloseTo(1, 1);
    expect(thresholdFor(ascending(far), 0.05)).toBeCloseTo(1.645, 1);
    expect(pointAt(ascending(near), ascending(far), 1.645).frr).toBeCloseTo(0.361, 2);
  });

  test('the threshold for a false accept rate lies just above the first score too many', () => {
    expect(thresholdFor(impostor, 0.2)).toBe(0.2001);
    expect(thresholdFor(impostor, 0.19)).toBe(0.4001);
    expect(thresholdFor(impostor, 0.0001)).toBe(0.4001);
    for (const far of [0.2, 0.19, 0.4]) {
      expect(pointAt(genuine, impostor, thresholdFor(impostor, far)).far).toBeLessThanOrEqual(far);
    }
  });

  test('rates that so few pairs cannot tell from none are left out of the table', () => {
    expect(usefulPoints(genuine, ascending([...impostor, 0.6, ...Array<number>(6).fill(0)]))).toEqual([
      { threshold: 0.4001, far: 1 / 12, frr: 0.25 },
      { threshold: 0.6001, far: 0, frr: 0.5 },
    ]);
  });

  test('without an error, 30,000 pairs show a rate of 1 in 10,000 and 210 pairs hardly one of 1.4 %', () => {
    expect(smallestClaim(30_000)).toBe(0.0001);
    expect(smallestClaim(210)).toBeCloseTo(0.0143, 4);
    expect(smallestClaim(0)).toBe(1);
  });
});

describe('bootstrap', () => {
  const width = (trials: readonly Trial[]): number => {
    const interval = bootstrapInterval(trials);
    return interval ? interval.high - interval.low : Number.NaN;
  };

  test('of 400 trials alone, 40 errors are 10 % give or take 2.9', () => {
    const interval = bootstrapInterval(Array.from({ length: 400 }, (_, i) => ({ error: i < 40, persons: [i] })));
    expect(interval!.low).toBeCloseTo(0.1 - 0.0294, 2);
    expect(interval!.high).toBeCloseTo(0.1 + 0.0294, 2);
  });

  test('400 trials of 20 persons who err always or never say no more than 20', () => {
    const ofPersons: Trial[] = Array.from({ length: 400 }, (_, i) => ({ error: i % 20 < 2, persons: [i % 20] }));
    const alone: Trial[] = ofPersons.map(({ error }, i) => ({ error, persons: [i] }));
    expect(width(alone)).toBeLessThan(0.07);
    expect(width(ofPersons)).toBeGreaterThan(0.2);
  });

  test('a pair counts as often as both of its persons are drawn', () => {
    // One person matches all others: with it drawn twice its pairs count twice, without it no error is left.
    const trials: Trial[] = [];
    for (let a = 0; a < 12; a += 1) {
      for (let b = a + 1; b < 12; b += 1) trials.push({ error: b === 11, persons: [a, b] });
    }
    const interval = bootstrapInterval(trials);
    expect(interval!.low).toBe(0);
    expect(interval!.high).toBeGreaterThan(0.3);
  });

  test('the same trials give the same interval, and none give none', () => {
    const trials: Trial[] = Array.from({ length: 50 }, (_, i) => ({ error: i % 7 === 0, persons: [i] }));
    expect(bootstrapInterval(trials)).toEqual(bootstrapInterval(trials));
    expect(bootstrapInterval([])).toBeUndefined();
  });
});
