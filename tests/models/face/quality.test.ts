import { expect, test } from 'vitest';
import { faceAdvice } from '../../../main/contracts/view.ts';
import {
  adviceFor,
  comparable,
  type FaceAdvice,
  type FaceQuality,
  faceAdvices,
  laplacianVariance,
  measureQuality,
} from '../../../models/face/quality.ts';
import { flat, painted } from './pictures.ts';

const straight = { yawDeg: 0, pitchDeg: -8, rollDeg: 0 };
const good: FaceQuality = {
  eyeDistancePx: 90,
  heightShare: 0.5,
  offCentre: 0.05,
  pose: straight,
  brightness: 120,
  sharpness: 150,
};

test('the words of advice are those that the page can say', () => {
  expect([...faceAdvices].sort()).toEqual([...faceAdvice.options].sort());
});

test('a face in place is told to hold still', () => {
  expect(adviceFor(good)).toBe('hold-still');
});

test.each<[FaceAdvice, Partial<FaceQuality>]>([
  ['come-closer', { eyeDistancePx: 59 }],
  ['step-back', { heightShare: 0.9 }],
  ['center-face', { offCentre: 0.35 }],
  ['look-straight', { pose: { ...straight, yawDeg: -21 } }],
  ['look-straight', { pose: { ...straight, pitchDeg: -30 } }],
  ['more-light', { brightness: 30 }],
  ['less-light', { brightness: 230 }],
  ['blurred', { sharpness: 12 }],
])('%s is advised for %o', (advice, trouble) => {
  expect(adviceFor({ ...good, ...trouble })).toBe(advice);
});

test('of several troubles the one that hides the others is told first', () => {
  expect(adviceFor({ ...good, eyeDistancePx: 20, sharpness: 3, brightness: 20 })).toBe('come-closer');
});

test('a head tilted to the shoulder is good enough, as the aligner turns it back', () => {
  expect(adviceFor({ ...good, pose: { ...straight, rollDeg: 28 } })).toBe('hold-still');
});

test('a small portrait can be compared, a profile, a speck and a black one cannot', () => {
  expect(comparable({ ...good, eyeDistancePx: 24, sharpness: 5 })).toBe(true);
  expect(comparable({ ...good, eyeDistancePx: 8 })).toBe(false);
  expect(comparable({ ...good, pose: { ...straight, yawDeg: 60 } })).toBe(false);
  expect(comparable({ ...good, brightness: 5 })).toBe(false);
});

test('measures are of the face, and relative to the picture', () => {
  const points = [
    { x: 300, y: 200 },
    { x: 380, y: 200 },
    { x: 340, y: 240 },
    { x: 310, y: 280 },
    { x: 370, y: 280 },
  ] as const;
  const box = { x: 240, y: 120, width: 200, height: 240 };
  const quality = measureQuality({ width: 640, height: 480 }, box, points, straight, flat(112, 112, [90, 90, 90]));
  expect(quality).toMatchObject({ eyeDistancePx: 80, heightShare: 0.5, sharpness: 0 });
  expect(quality.offCentre).toBeCloseTo(20 / 480);
  expect(quality.brightness).toBeCloseTo(90, 2);
});

test('a chessboard is sharper than its blurred self, and a slope is not sharp at all', () => {
  const grey = (at: (x: number, y: number) => number) =>
    Float32Array.from(painted(16, 16, (x, y) => [at(x, y), 0, 0]).rgb.filter((_, i) => i % 3 === 0));
  const sharp = laplacianVariance(
    grey((x, y) => ((x + y) % 2) * 200),
    16,
    16,
  );
  const soft = laplacianVariance(
    grey((x, y) => 90 + ((x + y) % 2) * 20),
    16,
    16,
  );
  expect(sharp).toBeCloseTo(800 ** 2, 0);
  expect(soft).toBeCloseTo(80 ** 2, 0);
  expect(
    laplacianVariance(
      grey((x) => x * 10),
      16,
      16,
    ),
  ).toBe(0);
});
