import { expect, test } from 'vitest';
import { lookOf } from '../../../models/face/look.ts';
import { mouthOpen } from '../../../models/face/mouth.ts';
import { LOOK_SIDE } from '../../../models/face/signs.ts';

test('the gap between the lips is measured against their width', () => {
  const points: { x: number; y: number }[] = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  const lips: [number, number, number][] = [
    [60, 100, 50],
    [61, 110, 46],
    [62, 120, 44],
    [63, 130, 46],
    [64, 140, 50],
    [65, 130, 54],
    [66, 120, 56],
    [67, 110, 54],
  ];
  for (const [i, x, y] of lips) points[i] = { x, y };
  expect(mouthOpen(points)).toBeCloseTo((8 + 12 + 8) / 3 / 40);
  expect(mouthOpen(points.map(() => ({ x: 7, y: 7 })))).toBe(0);
});

test('a look is the mean of each block of four by four', () => {
  const side = LOOK_SIDE * 4;
  const grey = Float32Array.from({ length: side ** 2 }, (_, i) => (i % side) + (i >= side * 4 ? 100 : 0));
  const look = lookOf(grey, side);
  expect(look).toHaveLength(LOOK_SIDE ** 2);
  // The mean of 0 to 3 is 1.5, of 4 to 7 it is 5.5.
  expect([look[0], look[1], look[LOOK_SIDE], look[LOOK_SIDE + 1]]).toEqual([2, 6, 102, 106]);
});
