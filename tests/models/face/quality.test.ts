import { expect, test } from 'vitest';
import { faceAdvice } from '../../../main/contracts/view.ts';
import { type MouthView, measureMouth, mouthCovered } from '../../../models/face/cover.ts';
import type { Landmarks } from '../../../models/face/landmarks.ts';
import {
  adviceFor,
  type FaceAdvice,
  type FaceQuality,
  faceAdvices,
  measureQuality,
  type PortraitFlaw,
  portraitFlaw,
  sharpness,
} from '../../../models/face/quality.ts';
import { luma } from '../../../models/face/sampling.ts';
import { flat, painted } from './pictures.ts';

const straight = { yawDeg: 0, pitchDeg: -8, rollDeg: 0 };
const good: FaceQuality = {
  eyeDistancePx: 90,
  heightShare: 0.5,
  offCentre: 0.05,
  outside: 0,
  pose: straight,
  tiltDeg: 2,
  brightness: 120,
  veil: 20,
  glare: 0,
  lopsided: 1.1,
  sharpness: 150,
};
const lips: MouthView = { dark: 0.3, red: 0.15, bright: 0.1, foreign: 0.08, skinRed: 0.4 };
const mask: MouthView = { dark: 0.05, red: 0, bright: 0.05, foreign: 0.2, skinRed: 0.4 };
const advise = (trouble: Partial<FaceQuality>, eyesOpen = 1, mouth = lips): FaceAdvice =>
  adviceFor({ ...good, ...trouble }, eyesOpen, () => mouth);

test('the words of advice are those that the page can say', () => {
  expect([...faceAdvices].sort()).toEqual([...faceAdvice.options].sort());
});

test('a face in place is told to hold still', () => {
  expect(advise({})).toBe('hold-still');
});

test.each<[FaceAdvice, Partial<FaceQuality>]>([
  ['come-closer', { eyeDistancePx: 59 }],
  ['step-back', { heightShare: 0.9 }],
  ['center-face', { offCentre: 0.35 }],
  ['look-straight', { pose: { ...straight, yawDeg: -21 } }],
  ['look-straight', { pose: { ...straight, pitchDeg: -30 } }],
  ['more-light', { brightness: 30 }],
  ['less-light', { brightness: 230 }],
  ['show-whole-face', { outside: 0.06 }],
  ['look-straight', { tiltDeg: -55 }],
  ['less-light', { veil: 150 }],
  ['avoid-glare', { glare: 0.06 }],
  ['avoid-glare', { lopsided: 2.5 }],
  ['blurred', { sharpness: 4 }],
])('%s is advised for %o', (advice, trouble) => {
  expect(advise(trouble)).toBe(advice);
});

test('closed eyes and a covered mouth are advised of', () => {
  expect(advise({}, 0.1)).toBe('open-eyes');
  expect(advise({}, 1, mask)).toBe('uncover-mouth');
});

test.each<[string, Partial<MouthView>, boolean]>([
  ['lips that are only darker', { dark: 0.2 }, false],
  ['lips that are only redder', { red: 0.06 }, false],
  ['teeth', { bright: 0.2 }, false],
  ['cloth in the colour of skin', { foreign: 0.02 }, true],
  ['a mask in another colour, with a dark pattern', { foreign: 0.6, dark: 0.3, red: 0.2 }, true],
  ['a picture without colours, where nobody can tell', { skinRed: 0 }, false],
])('a mouth and its cover: %s', (_, view, covered) => {
  expect(mouthCovered({ ...mask, ...view })).toBe(covered);
});

test('of several troubles the one that hides the others is told first', () => {
  expect(advise({ eyeDistancePx: 20, sharpness: 3, brightness: 20 })).toBe('come-closer');
  expect(advise({ pose: { ...straight, yawDeg: 30 }, brightness: 20 })).toBe('more-light');
  expect(advise({ pose: { ...straight, yawDeg: 30 } }, 0, mask)).toBe('uncover-mouth');
  expect(advise({ pose: { ...straight, yawDeg: 30 }, lopsided: 3 }, 0)).toBe('look-straight');
});

test('a head tilted to the shoulder is good enough, as the aligner turns it back', () => {
  expect(advise({ pose: { ...straight, rollDeg: 28 }, tiltDeg: 40 })).toBe('hold-still');
});

/** A face without a nose: skin, lips a little darker and redder, dark eyes; `veil` of white over it. 112 × 112, aligned. */
function paintedFace(veil: number) {
  return painted(112, 112, (x, y) => {
    const inEye = Math.abs(y - 51) < 4 && (Math.abs(x - 38) < 8 || Math.abs(x - 73) < 8);
    const inLips = Math.abs(y - 92) < 4 && Math.abs(x - 56) < 14;
    const colour = inEye ? ([20, 18, 16] as const) : inLips ? ([165, 106, 98] as const) : ([190, 142, 120] as const);
    return [mix(colour[0]), mix(colour[1]), mix(colour[2])];
  });
  function mix(value: number): number {
    return Math.round(value * (1 - veil) + 255 * veil);
  }
}

test('lips are seen as well under a veil of stray light', () => {
  const marks = Array.from({ length: 68 }, (_, i) => ({
    x: i < 48 ? 56 : 42 + ((i * 7) % 28),
    y: i < 48 ? 71.74 : 92,
  }));
  for (const i of [37, 38, 40, 41]) marks[i] = { x: 38.29, y: 51.7 };
  for (const i of [43, 44, 46, 47]) marks[i] = { x: 73.53, y: 51.5 };
  for (const i of [48, 60]) marks[i] = { x: 41.55, y: 92.37 };
  for (const i of [54, 64]) marks[i] = { x: 70.73, y: 92.2 };
  expect(measureMouth(paintedFace(0), marks).dark).toBeGreaterThan(0.7 * Math.log(150 / 114));
  for (const veil of [0, 0.4]) expect(mouthCovered(measureMouth(paintedFace(veil), marks))).toBe(false);
  const noLips = paintedFace(0.4);
  noLips.rgb.copyWithin(80 * 112 * 3, 66 * 112 * 3, 90 * 112 * 3);
  noLips.rgb.copyWithin(90 * 112 * 3, 66 * 112 * 3, 76 * 112 * 3);
  expect(mouthCovered(measureMouth(noLips, marks))).toBe(true);
});

test.each<[PortraitFlaw | undefined, Partial<FaceQuality>]>([
  [undefined, { eyeDistancePx: 24, sharpness: 8, brightness: 35, pose: { ...straight, yawDeg: 30 } }],
  ['too-small', { eyeDistancePx: 8 }],
  ['turned-away', { pose: { ...straight, yawDeg: -60 } }],
  ['too-dark', { brightness: 15 }],
  ['too-bright', { brightness: 240 }],
  ['blurred', { sharpness: 2 }],
])('the flaw of a portrait: %s', (flaw, trouble) => {
  expect(portraitFlaw({ ...good, ...trouble })).toBe(flaw);
});

/** 68 points of a face from its eyes at y 200, 80 apart, to its chin at y 320. */
function landmarksAt(shiftX: number): Landmarks {
  const marks = Array.from({ length: 68 }, () => ({ x: 340 + shiftX, y: 240 }));
  for (const i of [37, 38, 40, 41]) marks[i] = { x: 300 + shiftX, y: 200 };
  for (const i of [43, 44, 46, 47]) marks[i] = { x: 380 + shiftX, y: 200 };
  marks[8] = { x: 340 + shiftX, y: 320 };
  return marks;
}

function measured(shiftX: number, yawDeg = 0, value = 90): FaceQuality {
  const box = { x: 240 + shiftX, y: 120, width: 200, height: 240 };
  const face = flat(112, 112, [value, value, value]);
  return measureQuality(
    { width: 640, height: 480 },
    box,
    landmarksAt(shiftX),
    { ...straight, yawDeg },
    face,
    luma(face),
  );
}

test('measures are of the face, and relative to the picture', () => {
  const quality = measured(0);
  expect(quality).toMatchObject({ heightShare: 0.5, sharpness: 0, outside: 0, tiltDeg: 0, veil: 90, glare: 0 });
  expect(quality.eyeDistancePx).toBeCloseTo(80);
  expect(quality.offCentre).toBeCloseTo(20 / 480);
  expect(quality.brightness).toBeCloseTo(90, 2);
  expect(quality.lopsided).toBeCloseTo(1, 2);
});

test('a face that turns aside is no smaller for it', () => {
  expect(measured(0, -40).eyeDistancePx).toBeCloseTo(80 / Math.cos((40 * Math.PI) / 180));
  expect(measured(0, 85).eyeDistancePx).toBeCloseTo(160); // beyond 60° the distance is invented
});

test('a face reaches outside with its box, or with a forehead that the box does not hold', () => {
  expect(measured(212).outside).toBeCloseTo(12 / 240);
  const face = flat(112, 112, [90, 90, 90]);
  const cut = landmarksAt(0).map(({ x, y }) => ({ x, y: y - 140 })); // the eyes at y 60, the hairline at −18
  const box = { x: 240, y: 0, width: 200, height: 220 };
  const { outside } = measureQuality({ width: 640, height: 480 }, box, cut, straight, face, luma(face));
  expect(outside).toBeCloseTo(18 / 220);
});

test('white is glare, and one dark half is light from one side', () => {
  const box = { x: 240, y: 120, width: 200, height: 240 };
  const of = (face: ReturnType<typeof flat>): FaceQuality =>
    measureQuality({ width: 640, height: 480 }, box, landmarksAt(0), straight, face, luma(face));
  expect(of(flat(112, 112, [255, 255, 255])).glare).toBe(1);
  const half = of(painted(112, 112, (x) => (x < 56 ? [40, 40, 40] : [160, 160, 160])));
  expect(half.lopsided).toBeCloseTo(4);
  expect(half.veil).toBe(40);
});

test('sharpness is the same in half the light, and is not lost under a veil', () => {
  const box = { x: 240, y: 120, width: 200, height: 240 };
  const of = (light: number, veil: number): number => {
    const face = painted(112, 112, (x, y) => {
      const value = veil + light * (20 + ((x * 7 + y * 13) % 11) * 16);
      return [value, value, value];
    });
    return measureQuality({ width: 640, height: 480 }, box, landmarksAt(0), straight, face, luma(face)).sharpness;
  };
  expect(of(0.5, 0) / of(1, 0)).toBeCloseTo(1, 1);
  expect(of(0.5, 100) / of(1, 0)).toBeGreaterThan(0.3); // 0.11 if the veil counted as light
});

test('a chessboard is sharper than its blurred self; a slope, and stripes that moved along themselves, are not sharp', () => {
  const grey = (at: (x: number, y: number) => number) =>
    Float32Array.from(painted(16, 16, (x, y) => [at(x, y), 0, 0]).rgb.filter((_, i) => i % 3 === 0));
  const sharp = sharpness(
    grey((x, y) => ((x + y) % 2) * 200),
    16,
    16,
  );
  const soft = sharpness(
    grey((x, y) => 90 + ((x + y) % 2) * 20),
    16,
    16,
  );
  expect(sharp).toBeCloseTo(400 ** 2, 0);
  expect(soft).toBeCloseTo(40 ** 2, 0);
  expect(
    sharpness(
      grey((x) => x * 10),
      16,
      16,
    ),
  ).toBe(0);
  const stripes = grey((x) => (x % 2) * 200);
  expect(sharpness(stripes, 16, 16)).toBe(0);
});
