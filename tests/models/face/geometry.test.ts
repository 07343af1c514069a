import { describe, expect, test } from 'vitest';
import { alignFace, fitSimilarity, invert, upright } from '../../../models/face/align.ts';
import { similarity, toUnitLength } from '../../../models/face/compare.ts';
import { decodeDetections, detectorRect, mainFace, overlap, suppressOverlaps } from '../../../models/face/detect.ts';
import { decodeLandmarks, eyeDistancePx, type FivePoints, fivePoints } from '../../../models/face/landmarks.ts';
import { decodeLiveness, livenessRect, liveScore } from '../../../models/face/liveness.ts';
import { decodeAngleDeg, poseView } from '../../../models/face/pose.ts';
import type { Point, Similarity } from '../../../models/face/sampling.ts';
import { softmax } from '../../../models/face/softmax.ts';
import { painted } from './pictures.ts';

const box = (x: number, y: number, width: number, height = width) => ({ x, y, width, height });

describe('alignment', () => {
  const apply = ({ a, b, tx, ty }: Similarity, { x, y }: Point): Point => ({
    x: a * x - b * y + tx,
    y: b * x + a * y + ty,
  });
  /** Scale 1.7, turned by 25°, shifted. */
  const known = {
    a: 1.7 * Math.cos((25 * Math.PI) / 180),
    b: 1.7 * Math.sin((25 * Math.PI) / 180),
    tx: 12,
    ty: -40,
  };
  const points = [
    { x: 10, y: 20 },
    { x: 60, y: 25 },
    { x: 33, y: 48 },
    { x: 15, y: 80 },
    { x: 55, y: 85 },
  ];

  test('a known turn, scale and shift is found again', () => {
    const found = fitSimilarity(
      points,
      points.map((point) => apply(known, point)),
    );
    for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(found[key]).toBeCloseTo(known[key], 9);
  });

  test('a mirrored face is not mirrored back', () => {
    const mirrored = points.map(({ x, y }) => ({ x: -x, y }));
    const { a, b } = fitSimilarity(points, mirrored);
    expect(Math.hypot(a, b)).toBeLessThan(0.9);
  });

  test('a point sent forth and back is where it was', () => {
    const { x, y } = apply(invert(known), apply(known, { x: 31, y: -7 }));
    expect(x).toBeCloseTo(31, 9);
    expect(y).toBeCloseTo(-7, 9);
  });

  test('points in one place give no scale rather than a broken number', () => {
    const same = points.map(() => ({ x: 3, y: 3 }));
    expect(fitSimilarity(same, points)).toMatchObject({ a: 0, b: 0 });
  });

  test('a tilted face comes out upright, with its eyes at the height the network expects', () => {
    const tilt = { a: 2 * Math.cos(0.5), b: 2 * Math.sin(0.5), tx: 150, ty: 60 };
    const [leftEye, rightEye, nose, left, right] = [
      { x: 38.29, y: 51.7 },
      { x: 73.53, y: 51.5 },
      { x: 56.03, y: 71.74 },
      { x: 41.55, y: 92.37 },
      { x: 70.73, y: 92.2 },
    ].map((point) => apply(tilt, point));
    const eyes = [leftEye!, rightEye!];
    const picture = painted(400, 400, (x, y) =>
      eyes.some((eye) => Math.hypot(eye.x - x - 0.5, eye.y - y - 0.5) < 8) ? [255, 0, 0] : [0, 0, 0],
    );
    const { rgb } = alignFace(picture, [leftEye!, rightEye!, nose!, left!, right!]);
    const redAt = (x: number, y: number) => rgb[(y * 112 + x) * 3];
    expect([redAt(38, 51), redAt(73, 51), redAt(56, 71), redAt(38, 60)]).toEqual([255, 255, 0, 0]);

    const points = upright.points.map(({ x, y }) => ({ x: x * 2 + 10, y: y * 2 }));
    const other = { side: 240, points: points as unknown as FivePoints };
    const larger = alignFace(picture, [leftEye!, rightEye!, nose!, left!, right!], other);
    const redOfLarger = (x: number, y: number) => larger.rgb[(y * 240 + x) * 3];
    expect([redOfLarger(86, 103), redOfLarger(157, 103), redOfLarger(38, 51)]).toEqual([255, 255, 0]);
  });
});

describe('detection', () => {
  const whole = box(0, 0, 640, 480);

  test('boxes come in pixels of the picture, best first, the unlikely left out', () => {
    const scores = Float32Array.of(0.3, 0.7, 0.5, 0.5, 0.1, 0.9);
    const boxes = Float32Array.of(0, 0, 0.25, 0.5, 0.1, 0.1, 0.2, 0.2, 0.5, 0.5, 1, 1);
    const [first, second, ...more] = decodeDetections(scores, boxes, whole);
    expect(first).toMatchObject({ box: box(320, 240, 320, 240), score: Math.fround(0.9) });
    expect(second).toMatchObject({ box: box(0, 0, 160, 240) });
    expect(more).toEqual([]);
  });

  test('margin around the picture is taken off again', () => {
    const rect = detectorRect({ width: 100, height: 200 }, 0.5);
    expect(rect).toEqual(box(-50, -100, 200, 400));
    const [found] = decodeDetections(Float32Array.of(0, 1), Float32Array.of(0.25, 0.25, 0.75, 0.75), rect);
    expect(found?.box).toEqual(box(0, 0, 100, 200));
  });

  test('an answer that is not a number is no face', () => {
    expect(decodeDetections(Float32Array.of(0, Number.NaN), Float32Array.of(0, 0, 1, 1), whole)).toEqual([]);
    expect(decodeDetections(Float32Array.of(0, 1), Float32Array.of(0, Number.NaN, 1, 1), whole)).toEqual([]);
    expect(decodeDetections(Float32Array.of(0, 1), Float32Array.of(0.9, 0.9, 0.1, 0.1), whole)).toEqual([]);
  });

  test('of two boxes on one face the better stays, and a neighbour stays too', () => {
    const best = { box: box(100, 100, 100), score: 0.9 };
    const shifted = { box: box(120, 110, 100), score: 0.8 };
    const neighbour = { box: box(180, 100, 100), score: 0.7 };
    expect(suppressOverlaps([best, shifted, neighbour])).toEqual([best, neighbour]);
  });

  test('overlap is intersection over union', () => {
    expect(overlap(box(0, 0, 10), box(5, 0, 10))).toBeCloseTo(50 / 150);
    expect(overlap(box(0, 0, 10), box(10, 0, 10))).toBe(0);
  });

  test('a bystander far behind does not count as second person', () => {
    const person = { box: box(200, 100, 150, 200), score: 0.8 };
    const behind = { box: box(20, 90, 60, 80), score: 0.99 };
    expect(mainFace([behind, person], 0.5)).toEqual({ main: person, count: 1 });
    const beside = { box: box(20, 90, 90, 110), score: 0.99 };
    expect(mainFace([beside, person], 0.5)).toEqual({ main: person, count: 2 });
  });

  test('no face is no main face', () => {
    expect(mainFace([], 0.5)).toBeUndefined();
  });
});

test('landmarks come as fractions of the face box', () => {
  const output = new Float32Array(136).fill(0.5);
  output.set([0.25, 0.5], 36 * 2);
  const landmarks = decodeLandmarks(output, box(100, 200, 80, 40));
  expect([landmarks.length, landmarks[0], landmarks[36]]).toEqual([68, { x: 140, y: 220 }, { x: 120, y: 220 }]);
});

test('an eye is the middle of its four lid points, not of its corners', () => {
  const landmarks = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  for (const [i, x, y] of [
    [37, 10, 8],
    [38, 14, 8],
    [40, 14, 12],
    [41, 10, 12],
    [36, 900, 900],
    [39, 900, 900],
  ] as const) {
    landmarks[i] = { x, y };
  }
  for (const i of [43, 44, 46, 47]) landmarks[i] = { x: 72, y: 10 };
  const points = fivePoints(landmarks);
  expect(points[0]).toEqual({ x: 12, y: 10 });
  expect(eyeDistancePx(points)).toBe(60);
});

test('the liveness crop is 2.7 times the face around its middle, wherever the picture ends', () => {
  expect(livenessRect(box(400, 300, 100))).toEqual(box(315, 215, 270));
  expect(livenessRect(box(0, 10, 100, 200))).toEqual(box(-85, -160, 270, 540));
});

test('index 0 of the liveness answer is the live face', () => {
  expect(decodeLiveness(Float32Array.of(10, 0, 0))).toBeGreaterThan(0.99);
  expect(decodeLiveness(Float32Array.of(0, 10, 0))).toBeLessThan(0.01);
});

describe('one score of liveness', () => {
  const plain = { strength: 1, pieces: 12 };

  test("is the network's where skin is skin and nothing frames the face", () => {
    expect(liveScore(0.9, { strength: 28, pieces: 12 }, 0.91)).toBe(0.9);
    expect(liveScore(0.8, plain, 0.93)).toBeGreaterThan(0.6);
  });

  test('is too low for a screen and for a held sheet, however sure the network is', () => {
    expect(liveScore(1, { strength: 70, pieces: 12 }, 0)).toBeLessThan(0.2);
    expect(liveScore(1, { strength: 170, pieces: 1 }, 0)).toBeLessThan(0.3);
    expect(liveScore(1, plain, 0.95)).toBeLessThan(0.45);
    expect(liveScore(1, plain, 1)).toBe(0);
  });

  test('lets a small face pass with a strand of hair that would be a beat in a large one', () => {
    expect(liveScore(1, { strength: 85, pieces: 1 }, 0)).toBe(1);
    expect(liveScore(1, { strength: 85, pieces: 12 }, 0)).toBeLessThan(0.2);
  });

  test("is never above the network's", () => {
    expect(liveScore(0.3, plain, 0)).toBe(0.3);
  });
});

test('softmax sums to one and bears large numbers', () => {
  const shares = softmax(Float32Array.of(1_000, 1_001, 999));
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1);
  expect(shares[1]! / shares[0]!).toBeCloseTo(Math.E, 4);
});

test('class 33 of 66 is a face that looks straight, three degrees a class', () => {
  const at = (index: number) => {
    const output = new Float32Array(66);
    output[index] = 100;
    return decodeAngleDeg(output);
  };
  expect([at(33), at(40), at(0)].map(Math.round)).toEqual([0, 21, -99]);
});

test('the pose crop has a quarter face around it and ends where the picture does', () => {
  const picture = painted(100, 100, (x, y) => [x, y, 0]);
  const { rgb } = poseView(picture, box(40, 40, 40), 60, 60);
  expect([...rgb.subarray(0, 2)]).toEqual([30, 30]);
  const cut = poseView(picture, box(0, 60, 40), 50, 50);
  expect([...cut.rgb.subarray(0, 2)]).toEqual([0, 50]);
  expect(cut.rgb.at(-2)).toBe(99);
});

describe('comparison', () => {
  test('an embedding has length one, and its cosine with itself is one', () => {
    const embedding = toUnitLength(Float32Array.of(3, 4));
    expect([...embedding].map((value) => Number(value.toFixed(6)))).toEqual([0.6, 0.8]);
    expect(similarity(embedding, embedding)).toBeCloseTo(1, 6);
  });

  test('opposite is minus one, unrelated is zero, and length does not matter', () => {
    expect(similarity(Float32Array.of(1, 2), Float32Array.of(-2, -4))).toBeCloseTo(-1, 6);
    expect(similarity(Float32Array.of(1, 0), Float32Array.of(0, 9))).toBe(0);
  });

  test('embeddings of different networks are not compared', () => {
    expect(() => similarity(new Float32Array(512), new Float32Array(128))).toThrow(RangeError);
  });
});
