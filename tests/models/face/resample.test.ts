import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alignFace, fitSimilarity, invert } from '../../../models/face/align.ts';
import { detectorRect } from '../../../models/face/detect.ts';
import { type FivePoints, fivePoints } from '../../../models/face/landmarks.ts';
import { type ModelName, readManifest } from '../../../models/face/manifest.ts';
import { faceNetworks } from '../../../models/face/networks.ts';
import { decodePicture, type Picture } from '../../../models/face/picture.ts';
import { type FaceRuntime, loadRuntime } from '../../../models/face/runtime.ts';
import { crop, type Rect, type Similarity, type Smoothing, toTensor, warp } from '../../../models/face/sampling.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { painted, samplePhoto } from './pictures.ts';

const manifest = readManifest();
let runtime: FaceRuntime;

beforeAll(async () => {
  await prepareWeights();
  runtime = await loadRuntime(defaultWeightsDir, manifest);
}, 60_000);

afterAll(async () => {
  await runtime.close();
});

type ToSource = (x: number, y: number) => readonly [x: number, y: number];

/** What the fast loops must come to, one value at a time: the mean of `perSide`² bilinear values, edges repeated. */
function plainly(picture: Picture, toSource: ToSource, width: number, height: number, perSide: number): Picture {
  const at = (x: number, y: number, channel: number): number => {
    const inX = Math.min(Math.max(x, 0), picture.width - 1);
    const inY = Math.min(Math.max(y, 0), picture.height - 1);
    return picture.rgb[(inY * picture.width + inX) * 3 + channel]!;
  };
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i += 1) {
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    let sum = 0;
    for (let value = 0; value < perSide * perSide; value += 1) {
      const [fromX, fromY] = toSource(
        x + ((value % perSide) + 0.5) / perSide,
        y + (Math.floor(value / perSide) + 0.5) / perSide,
      );
      const [left, top] = [Math.floor(fromX - 0.5), Math.floor(fromY - 0.5)];
      const [right, down] = [fromX - 0.5 - left, fromY - 0.5 - top];
      sum +=
        at(left, top, channel) * (1 - right) * (1 - down) +
        at(left + 1, top, channel) * right * (1 - down) +
        at(left, top + 1, channel) * (1 - right) * down +
        at(left + 1, top + 1, channel) * right * down;
    }
    // Halves go up, also those of which the last bits of a sum are missing.
    rgb[i] = Math.round(sum / perSide ** 2 + 1e-6);
  }
  return { width, height, rgb };
}

function perSide(smoothing: Smoothing, merged: number): number {
  return smoothing === 'none' ? 1 : Math.min(Math.max(Math.round(merged), 1), 4);
}

function straight(picture: Picture, rect: Rect, width: number, height: number, values: number): Picture {
  const toSource: ToSource = (x, y) => [rect.x + x * (rect.width / width), rect.y + y * (rect.height / height)];
  return plainly(picture, toSource, width, height, values);
}

/** Where lib/fr_feature.js of the weights' package puts eyes, nose and corners of the mouth. */
const inAligned = [
  { x: 38.29, y: 51.7 },
  { x: 73.53, y: 51.5 },
  { x: 56.03, y: 71.74 },
  { x: 41.55, y: 92.37 },
  { x: 70.73, y: 92.2 },
];

function plainlyAligned(picture: Picture, points: FivePoints): Picture {
  return through(picture, invert(fitSimilarity(points, inAligned)), 112, 112, 'area');
}

function through(picture: Picture, to: Similarity, width: number, height: number, smoothing: Smoothing): Picture {
  const { a, b, tx, ty } = to;
  const toSource: ToSource = (x, y) => [a * x - b * y + tx, b * x + a * y + ty];
  return plainly(picture, toSource, width, height, perSide(smoothing, Math.hypot(a, b)));
}

/** Sums in another order, of rounded weights, may fall on the other side of a half: one or two of 100 small pictures. Nothing else may differ. */
function expectSamePixels(picture: Picture, expected: Picture): void {
  expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
  const apart = [...picture.rgb].map((value, i) => Math.abs(value - expected.rgb[i]!)).filter((by) => by > 0);
  expect(Math.max(0, ...apart)).toBeLessThanOrEqual(1);
  // Rounded the other way, a value at the edge is so in a whole row beyond it.
  const aRow = 3 * (picture.width + picture.height);
  expect(apart.length).toBeLessThanOrEqual(picture.rgb.length * 0.02 + aRow);
}

const pictures = fc
  .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }), seed: fc.nat(250) })
  .map(({ width, height, seed }) =>
    painted(width, height, (x, y) => [
      (x * 37 + seed) % 256,
      (y * 53 + x * 11 + seed) % 256,
      (x * y * 7 + seed * 3) % 256,
    ]),
  );
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const smoothings = fc.constantFrom<Smoothing>('none', 'area');

test('a crop is the mean of bilinear values, wherever it lies and however small it becomes', () => {
  fc.assert(
    fc.property(
      pictures,
      fc.tuple(fraction, fraction, fraction, fraction),
      smoothings,
      (picture, [x, y, w, h], smoothing) => {
        const rect = {
          x: (x * 2 - 0.7) * picture.width,
          y: (y * 2 - 0.7) * picture.height,
          width: 0.5 + w * 2 * picture.width,
          height: 0.5 + h * 2 * picture.height,
        };
        const merged = Math.max(rect.width / 9, rect.height / 7);
        const expected = straight(picture, rect, 9, 7, perSide(smoothing, merged));
        expectSamePixels(crop(picture, rect, 9, 7, smoothing), expected);
      },
    ),
  );
});

test('a turned picture is the mean of bilinear values, inside and outside of the picture', () => {
  fc.assert(
    fc.property(
      pictures,
      fc.tuple(fraction, fraction, fraction, fraction),
      smoothings,
      (picture, [turn, scale, x, y], smoothing) => {
        const [angle, size] = [turn * 2 * Math.PI, 0.3 + scale * 5];
        const [a, b] = [size * Math.cos(angle), size * Math.sin(angle)];
        const to: Similarity = { a, b, tx: (x * 3 - 1) * picture.width, ty: (y * 3 - 1) * picture.height };
        expectSamePixels(warp(picture, to, 8, 6, smoothing), through(picture, to, 8, 6, smoothing));
      },
    ),
  );
});

test('the networks answer the same of the sample photos as from a plain resampling', async () => {
  const networks = faceNetworks(runtime, manifest);
  const answers = (model: ModelName, view: Picture) =>
    runtime.run(model, toTensor(view, manifest.weights[model].input));
  const apart = new Map<ModelName, number>();
  const compare = async (model: ModelName, view: Picture, plain: Picture): Promise<void> => {
    const outputs = await answers(model, view);
    for (const [name, expected] of await answers(model, plain)) {
      const largest = outputs
        .get(name)!
        .reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), apart.get(model) ?? 0);
      apart.set(model, largest);
    }
  };
  for (const number of [1, 3, 6] as const) {
    const photo = await decodePicture(await readFile(samplePhoto(number)));
    const whole = detectorRect(photo, 0);
    await compare('detect', crop(photo, whole, 320, 240), straight(photo, whole, 320, 240, 1));
    const [face] = await networks.detect(photo);
    const { box } = face!;
    const merged = Math.max(box.width, box.height) / 64;
    await compare('landmarks', crop(photo, box, 64, 64, 'area'), straight(photo, box, 64, 64, perSide('area', merged)));
    await compare('pose', crop(photo, box, 224, 224), straight(photo, box, 224, 224, 1));
    await compare('liveness', crop(photo, box, 128, 128), straight(photo, box, 128, 128, 1));
    const points = fivePoints(await networks.landmarks(photo, box));
    await compare('embed', alignFace(photo, points), plainlyAligned(photo, points));
  }
  expect(apart.size).toBe(5);
  for (const [model, largest] of apart) expect([model, largest <= 1e-4, largest]).toEqual([model, true, largest]);
}, 60_000);
