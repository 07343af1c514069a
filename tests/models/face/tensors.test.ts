import { expect, test } from 'vitest';
import { type ModelName, readManifest } from '../../../models/face/manifest.ts';
import { crop, luma, toTensor, warp } from '../../../models/face/sampling.ts';
import { flat, painted } from './pictures.ts';

const { weights } = readManifest();
const RED = 200;
const GREEN = 100;
const BLUE = 50;

/** The first number of each plane of `model`'s tensor of a flat picture in the colour above. */
function planes(model: ModelName): number[] {
  const { input } = weights[model];
  const [, channels, height, width] = input.shape;
  const tensor = toTensor(flat(width, height, [RED, GREEN, BLUE]), input);
  expect(tensor).toHaveLength(channels * width * height);
  return Array.from({ length: channels }, (_, channel) => tensor[channel * width * height]!);
}

test('the detector sees red, green, blue around zero', () => {
  expect(planes('detect')).toEqual([(RED - 127) / 128, (GREEN - 127) / 128, (BLUE - 127) / 128].map(Math.fround));
});

test('the embedding network sees blue, green, red around zero', () => {
  expect(planes('embed')).toEqual([(BLUE - 127) / 128, (GREEN - 127) / 128, (RED - 127) / 128].map(Math.fround));
});

test('the liveness network sees blue, green, red as plain bytes', () => {
  expect(planes('liveness')).toEqual([BLUE, GREEN, RED]);
});

test("the pose network sees red, green, blue in ImageNet's scale", () => {
  const [red, green, blue] = planes('pose');
  expect(red).toBeCloseTo((RED / 255 - 0.485) / 0.229, 5);
  expect(green).toBeCloseTo((GREEN / 255 - 0.456) / 0.224, 5);
  expect(blue).toBeCloseTo((BLUE / 255 - 0.406) / 0.225, 5);
});

test('the landmark network sees one grey plane from 0 to 1', () => {
  expect(planes('landmarks')[0]).toBeCloseTo((0.299 * RED + 0.587 * GREEN + 0.114 * BLUE) / 256, 5);
});

test('the eye network sees one grey plane from 0 to 1, white included', () => {
  expect(planes('eye')[0]).toBeCloseTo((0.299 * RED + 0.587 * GREEN + 0.114 * BLUE) / 255, 5);
});

test('a tensor runs along the rows, from the top', () => {
  const input = { ...weights.detect.input, shape: [1, 3, 2, 3] as [1, 3, number, number] };
  const tensor = toTensor(
    painted(3, 2, (x, y) => [127 + x + 10 * y, 127, 127]),
    input,
  );
  expect([...tensor.subarray(0, 6)].map((value) => Math.round(value * 128))).toEqual([0, 1, 2, 10, 11, 12]);
});

test('a picture of another size is no input', () => {
  expect(() => toTensor(flat(10, 10, [0, 0, 0]), weights.detect.input)).toThrow(RangeError);
});

test('a crop at full scale copies its pixels', () => {
  const picture = painted(8, 8, (x, y) => [x * 10, y * 10, 7]);
  const { rgb } = crop(picture, { x: 2, y: 3, width: 2, height: 2 }, 2, 2);
  expect([...rgb]).toEqual([20, 30, 7, 30, 30, 7, 20, 40, 7, 30, 40, 7]);
});

test('a crop to twice its size blends a quarter and three quarters of neighbours, as OpenCV does', () => {
  const picture = painted(2, 1, (x) => [x * 100, 0, 0]);
  const { rgb } = crop(picture, { x: 0, y: 0, width: 2, height: 1 }, 4, 1);
  expect([0, 3, 6, 9].map((i) => rgb[i])).toEqual([0, 25, 75, 100]);
});

test('beyond the picture its edge is repeated', () => {
  const picture = painted(2, 2, (x, y) => [x === 0 ? 40 : 80, y === 0 ? 20 : 60, 9]);
  const { rgb } = crop(picture, { x: -2, y: -2, width: 6, height: 6 }, 6, 6);
  expect([...rgb.subarray(0, 3)]).toEqual([40, 20, 9]);
  expect([...rgb.subarray(-3)]).toEqual([80, 60, 9]);
});

test('merged pixels are averaged where a small face is taken from a large photo', () => {
  const stripes = painted(64, 64, (x) => (x % 4 < 2 ? [0, 0, 0] : [200, 200, 200]));
  const whole = { x: 0, y: 0, width: 64, height: 64 };
  expect(new Set(crop(stripes, whole, 16, 16, 'area').rgb)).toEqual(new Set([100]));
  expect(crop(stripes, { ...whole, x: 1 }, 16, 16).rgb[0]).not.toBe(100);
});

test('a quarter turn brings the right edge to the top', () => {
  const picture = painted(4, 4, (x) => [x * 50, 0, 0]);
  const { rgb } = warp(picture, { a: 0, b: 1, tx: 4, ty: 0 }, 4, 4);
  expect([0, 1, 2, 3].map((y) => rgb[y * 12])).toEqual([150, 100, 50, 0]);
});

test('white is as bright as it gets', () => {
  expect(luma(flat(1, 1, [255, 255, 255]))[0]).toBeCloseTo(255, 3);
});
