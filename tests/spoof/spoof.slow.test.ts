import { describe, expect, test } from 'vitest';
import type { Detection } from '../../models/face/detect.ts';
import type { Picture } from '../../models/face/picture.ts';
import { randomNumbers } from '../../scripts/evaluate-face/bootstrap.ts';
import { byteOf, type Light, lensContrast, photograph, slideOf, toByte } from '../../scripts/spoof/optics.ts';
import { pasted } from '../../scripts/spoof/pasted.ts';
import { placed } from '../../scripts/spoof/placement.ts';
import { portraitsOf } from '../../scripts/spoof/portraits.ts';
import { presented } from '../../scripts/spoof/species.ts';
import { displayed, printed } from '../../scripts/spoof/surfaces.ts';
import { flat, painted } from '../models/face/pictures.ts';

const portrait = {
  photo: painted(240, 320, (x, y) => [120 + ((x * 5) % 60), 100 + (y % 50), 90]),
  face: { x: 60, y: 80, width: 120, height: 150 },
};
const still = { width: 64, height: 64, exposure: 1, noise: 0, random: () => 0.5 };
const straight = { yaw: 0, pitch: 0, roll: 0, x: 640, y: 360, widthPx: 400, bend: 0 };

describe('a picture of a picture', { timeout: 60_000 }, () => {
  /** Of a camera with a sixteenth of the pixels: each costs nine rays. */
  const small = { width: 320, height: 180 };

  test('is the same for the same seed and another for another', () => {
    const made = (seed: number) => presented('screen-phone', portrait, randomNumbers(seed), small);
    const [first, again, other] = [made(1), made(1), made(2)];
    expect(Buffer.from(first.rgb).equals(again.rgb)).toBe(true);
    expect(Buffer.from(first.rgb).equals(other.rgb)).toBe(false);
  });

  test('held in front of a wall leaves the wall in sight; one that fills the view does not', () => {
    const red = { ...portrait, photo: flat(240, 320, [250, 10, 10]) };
    const wallIn = ({ width, height, rgb }: Picture): number => {
      const left = (height >> 1) * width * 3;
      return rgb[left + 1]! / Math.max(rgb[left]!, 1); // green to red at the left edge
    };
    expect(wallIn(presented('print-whole', red, randomNumbers(4), small))).toBeGreaterThan(0.7);
    const whole = presented('print-fills-view', red, randomNumbers(4));
    expect([whole.width, whole.height]).toEqual([1_280, 720]);
    expect(wallIn(whole)).toBeLessThan(0.6);
  });
});

describe('a pasted picture', { timeout: 60_000 }, () => {
  const plain = { ...portrait, photo: flat(240, 320, [130, 110, 90]) };
  /** The seeds used here make small pictures. */
  const made = (kind: Parameters<typeof pasted>[0], seed = 218) => pasted(kind, plain, randomNumbers(seed)).picture;
  /** Deviation of green within the face, which lies in the same place of the photo whatever its size. */
  const deviation = ({ width, height, rgb }: Picture): number => {
    const values: number[] = [];
    for (let y = Math.floor(height * 0.4); y < height * 0.6; y += 1) {
      for (let x = Math.floor(width * 0.4); x < width * 0.6; x += 1) values.push(rgb[(y * width + x) * 3 + 1]!);
    }
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };

  test('is the same for the same seed and another for another', () => {
    expect(Buffer.from(made('pasted-screen-waves').rgb).equals(made('pasted-screen-waves').rgb)).toBe(true);
    expect(Buffer.from(made('pasted-screen-waves').rgb).equals(made('pasted-screen-waves', 183).rgb)).toBe(false);
  });

  test('has room around its border, and a border in its kind of shade', () => {
    const whole = made('pasted-nothing');
    for (const kind of ['pasted-print', 'pasted-screen'] as const) {
      const { width, height, rgb } = made(kind);
      expect(width / whole.width).toBeGreaterThan(1.35);
      const row = rgb.subarray((height >> 1) * width * 3, ((height >> 1) + 1) * width * 3);
      const greens = row.filter((_, at) => at % 3 === 1);
      if (kind === 'pasted-print') expect(Math.max(...greens)).toBeGreaterThan(215);
      else expect(Math.min(...greens)).toBeLessThan(50);
    }
  });

  test('with waves has them in the face; a room is behind the person', () => {
    expect(deviation(made('pasted-waves'))).toBeGreaterThan(5);
    expect(deviation(made('pasted-nothing'))).toBeLessThan(5);
    expect(deviation(made('pasted-room'))).toBeLessThan(5);
    const { width, height, rgb } = made('pasted-room');
    const top = rgb.subarray(0, width * 3 * Math.floor(height * 0.5)).filter((_, at) => at % 3 === 1);
    expect(Math.max(...top) - Math.min(...top)).toBeGreaterThan(60);
  });
});

test('a flat thing that faces the camera is shown upright and to scale', () => {
  const toPlace = placed(straight, { u: 0.5, v: 0.6 });
  expect([...toPlace(640, 360)].map((n) => Number(n.toFixed(9)))).toEqual([0.5, 0.6]);
  expect([...toPlace(840, 260)].map((n) => Number(n.toFixed(9)))).toEqual([1, 0.35]);
});

test('of a thing turned away, the near side looks larger', () => {
  const toPlace = placed({ ...straight, yaw: 0.4 }, { u: 0, v: 0 });
  // Half a width along it lies 0.5·cos 0.4 to the side and 0.5·sin 0.4 nearer than 3.2 widths.
  const near = (400 * 3.2 * 0.5 * Math.cos(0.4)) / (3.2 - 0.5 * Math.sin(0.4));
  const far = (400 * 3.2 * 0.5 * Math.cos(0.4)) / (3.2 + 0.5 * Math.sin(0.4));
  expect(toPlace(640 + near, 360)[0]).toBeCloseTo(0.5, 6);
  expect(toPlace(640 - far, 360)[0]).toBeCloseTo(-0.5, 6);
});

test('a print keeps the tone of the photo on the whole, lighter where the photo is black', () => {
  const paper: Light = [0.9, 0.9, 0.9];
  const mean = (photo: Picture): number => {
    const surface = printed(photo, { dotsAcross: 40, contrast: 1, black: 0.05, saturation: 1, paper });
    const places = Array.from({ length: 2_500 }, (_, i) => surface((i % 50) / 50, Math.floor(i / 50) / 50, 1));
    return places.reduce((a, b) => a + b) / places.length;
  };
  expect(mean(flat(50, 50, [255, 255, 255]))).toBeCloseTo(0.9, 1);
  expect(mean(flat(50, 50, [0, 0, 0]))).toBeGreaterThan(0.04);
  const grey = mean(flat(50, 50, [188, 188, 188])); // half of white's light
  expect(grey).toBeGreaterThan(0.3);
  expect(grey).toBeLessThan(0.65);
});

test('a screen shines in stripes of one colour each, and on the whole like its photo', () => {
  const surface = displayed(flat(90, 90, [255, 255, 255]), {
    pixelsAcross: 10,
    contrast: 1,
    white: [1, 1, 1],
    black: 0,
    aperture: 0.9,
  });
  const middle = (stripe: number) => [0, 1, 2].map((colour) => surface((stripe + 0.5) / 30, 0.05, colour) > 1);
  expect([middle(0), middle(1), middle(2)]).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
  const across = Array.from({ length: 10_000 }, (_, i) => surface((i % 100) / 100, Math.floor(i / 100) / 100, 1));
  expect(across.reduce((a, b) => a + b) / across.length).toBeCloseTo(1, 1);
});

test('a sensor of coloured pixels sees a plain colour as it is, and fine stripes in colours they do not have', () => {
  const plain = photograph((_x, _y, colour) => [0.5, 0.2, 0.05][colour]!, still);
  expect([...plain.rgb.subarray(64 * 30 * 3, 64 * 30 * 3 + 3)]).toEqual([0.5, 0.2, 0.05].map(toByte));
  const stripes = photograph((x) => 0.5 + 0.5 * Math.sin((x * 2 * Math.PI) / 2.2), still);
  const colourful = stripes.rgb.reduce(
    (sum, value, i) => (i % 3 === 0 ? sum + Math.abs(value - stripes.rgb[i + 2]!) : sum),
    0,
  );
  expect(colourful / (64 * 64)).toBeGreaterThan(10);
});

test('a lens leaves a tenth of a pattern as fine as the pixels, and nothing of one twice as fine', () => {
  expect(lensContrast(0)).toBe(1);
  expect(lensContrast(1)).toBeCloseTo(0.09, 2);
  expect(lensContrast(2)).toBeLessThan(0.001);
});

test("light and byte are each other's inverse", () => {
  const slide = slideOf(painted(256, 1, (x) => [x, x, x]));
  expect([...slide.planes[0]].map(toByte)).toEqual(Array.from({ length: 256 }, (_, i) => i));
});

test('the byte of a light is the same out of the table', () => {
  const random = randomNumbers(3);
  const lights = Array.from({ length: 20_000 }, () => random() * 1.2 - 0.1);
  const borders = Array.from({ length: 1_025 }, (_, step) => [step / 1_024, step / 1_024 - 2 ** -53]).flat();
  const all = [...lights, ...borders, -5, 5, Number.POSITIVE_INFINITY];
  expect(all.filter((light) => byteOf(light) !== toByte(light))).toEqual([]);
});

describe('portraits out of a photo', () => {
  const face = (x: number, height = 100): Detection => ({ box: { x, y: 100, width: 80, height }, score: 1 });
  const photo = flat(800, 400, [100, 100, 100]);

  test('end where a neighbour begins', () => {
    const [left, right] = portraitsOf(photo, [face(220), face(100)]);
    expect(left!.photo.width).toBe(195); // 75 before the face, and up to the neighbour at 220
    expect(left!.face.x).toBe(75);
    expect(right!.photo.width).toBe(195);
    expect(right!.face.x).toBe(40);
  });

  test('are not made of small faces, nor of faces that hide each other', () => {
    expect(portraitsOf(photo, [face(100, 60)])).toEqual([]);
    expect(portraitsOf(photo, [face(100), face(130)])).toEqual([]);
  });
});
