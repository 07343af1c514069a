import { describe, expect, test } from 'vitest';
import { facePattern } from '../../../models/face/pattern.ts';
import { sheetStrength } from '../../../models/face/sheet.ts';
import { randomNumbers } from '../../../scripts/evaluate-face/bootstrap.ts';
import { painted } from './pictures.ts';

type Rgb = [red: number, green: number, blue: number];

/** From this strength on a face of many pieces is refused, whatever the network says: the limit of 28 times √2. */
const REFUSED = 40;

const cameraNoise = new Map<number, Float64Array>();

/** A grey with the noise of a camera, the same each time, and `more` on top of it. */
function noisy(width: number, height: number, more: (x: number, y: number) => number) {
  const random = randomNumbers(1);
  const pixels = width * height;
  const noise =
    cameraNoise.get(pixels) ?? Float64Array.from({ length: pixels }, () => (random() + random() + random() - 1.5) * 12);
  cameraNoise.set(pixels, noise);
  return painted(width, height, (x, y) => {
    const grey = 130 + noise[y * width + x]! + more(x, y);
    return [grey + 10, grey, grey - 20];
  });
}

describe('a pattern in the face', () => {
  const face = { x: 60, y: 50, width: 220, height: 280 };
  const strengthOf = (more: (x: number, y: number) => number): number =>
    facePattern(noisy(400, 400, more), face).strength;

  test('of noise alone none stands out', () => {
    expect(strengthOf(() => 0)).toBeLessThan(5);
  });

  test('a beat that deviates by 2 % of the light does, whichever way it runs, from 3 to 12 pixels long', () => {
    for (const length of [3, 5.3, 10, 12]) {
      for (const angle of [0.2, 0.7, 1.4]) {
        const [across, down] = [(Math.cos(angle) * 2 * Math.PI) / length, (Math.sin(angle) * 2 * Math.PI) / length];
        expect(strengthOf((x, y) => 3 * Math.sin(x * across + y * down))).toBeGreaterThan(REFUSED);
      }
    }
  });

  test('one in colour alone does too', () => {
    const random = randomNumbers(2);
    const beat = painted(400, 400, (x, y) => {
      const grey = 130 + (random() + random() + random() - 1.5) * 12;
      const wave = 6 * Math.sin(((x + y * 0.4) * 2 * Math.PI) / 5);
      return [grey + wave, grey, grey - wave];
    });
    expect(facePattern(beat, face).strength).toBeGreaterThan(200);
  });

  test('the features of a face, which are longer, do not', () => {
    const soft = (x: number, y: number) => 40 * Math.sin((x * 2 * Math.PI) / 60) * Math.sin((y * 2 * Math.PI) / 45);
    expect(strengthOf(soft)).toBeLessThan(5);
  });

  test('nor does hair that hangs over a part of it, nor a striped scarf up to the chin', () => {
    const hair = (x: number, y: number) => (x < 150 && y < 140 ? 25 * Math.sin((x + y * 0.4) * 1.2) : 0);
    const scarf = (_x: number, y: number) => (y > 270 ? 30 * Math.sin(y) : 0);
    expect(strengthOf(hair)).toBeLessThan(10);
    expect(strengthOf(scarf)).toBeLessThan(10);
  });

  test('the blocks of JPEG do not', () => {
    expect(strengthOf((x) => (x % 8 === 0 ? 14 : 0))).toBeLessThan(5);
  });

  test('the steps of whole numbers in an even shade do not, though there is nothing else', () => {
    const even = painted(
      400,
      400,
      (x, y) => [120, 120, 120].map((grey) => grey + Math.floor((x + y * 0.6) / 29)) as Rgb,
    );
    expect(facePattern(even, face).strength).toBeLessThan(REFUSED);
  });

  test('outside the face it does not count, and a face too small for it is not judged', () => {
    expect(strengthOf((_x, y) => (y > 340 ? 30 * Math.sin(y * 1.5) : 0))).toBeLessThan(5);
    const striped = noisy(400, 400, (x) => 30 * Math.sin(x));
    expect(facePattern(striped, { x: 10, y: 10, width: 60, height: 75 })).toEqual({ strength: 1, pieces: 0 });
  });
});

describe('a frame around the face', () => {
  const face = { x: 560, y: 220, width: 160, height: 200 };
  /** A sheet 400 wide around the face, leaning; `until` is the row where it ends. */
  const held = (lean: number, until: number) =>
    noisy(1_280, 720, (x, y) => (Math.abs(x - 640 - lean * (y - 360)) < 200 && y < until ? 60 : 0));

  test("edges that go on past the shoulders on both sides are a sheet's, also held askew", () => {
    expect(sheetStrength(held(0, 720), face)).toBeGreaterThan(0.96);
    expect(sheetStrength(held(0.15, 720), face)).toBeGreaterThan(0.96);
  });

  test('so are edges that end below the chin and are joined there, by white paper or a black rim', () => {
    for (const [border, within] of [
      [110, 20],
      [-110, 0],
    ] as const) {
      const small = noisy(1_280, 720, (x, y) => {
        const [across, down] = [x - 640 - 0.06 * (y - 360), y - 320 + 0.06 * (x - 640)];
        const outside = Math.max(Math.abs(across) - 170, Math.abs(down) - 180);
        return outside < 0 ? within + 20 * Math.sin(x / 30) : outside < 20 ? border : 0;
      });
      expect(sheetStrength(small, face)).toBeGreaterThan(0.96);
    }
  });

  test('a door frame behind somebody is not, even with a scarf whose edge is straight', () => {
    const doorway = (y: number, x: number) =>
      (Math.abs(x - 640) < 200 ? 60 : 0) * (y < 430 || Math.abs(x - 640) > 150 ? 1 : 0);
    const scarf = (y: number, x: number) => (y > 430 && Math.abs(x - 640) < 170 - (480 - y) * 0.1 ? -80 : 0);
    const person = noisy(1_280, 720, (x, y) => (y > 470 ? -40 : doorway(y, x) + scarf(y, x)));
    expect(sheetStrength(person, face)).toBeLessThan(0.93);
  });

  test('a door frame that ends at the shoulders is not', () => {
    const shoulders = (x: number) => 430 + Math.abs(x - 640) * 0.2;
    const doorway = noisy(1_280, 720, (x, y) => (y < shoulders(x) ? (Math.abs(x - 640) < 200 ? 60 : 0) : -30));
    expect(sheetStrength(doorway, face)).toBeLessThan(0.9);
  });

  test('nor is one edge alone, nor a wall', () => {
    expect(
      sheetStrength(
        noisy(1_280, 720, (x) => (x < 440 ? 60 : 0)),
        face,
      ),
    ).toBeLessThan(0.5);
    expect(
      sheetStrength(
        noisy(1_280, 720, () => 0),
        face,
      ),
    ).toBeLessThan(0.3);
  });

  test('a portrait that ends just below the chin is not judged', () => {
    expect(sheetStrength(held(0, 720), { ...face, y: 480 })).toBe(0);
  });
});

describe('a black rim on both sides of the face', () => {
  const face = { x: 280, y: 110, width: 80, height: 100 };
  interface Bar {
    readonly away: number;
    readonly width: number;
    /** Hidden below this row, by fingers or shoulders. */
    readonly until: number;
    readonly lean: number;
  }
  /** Two bars before a wall; all brightness against the wall's 130. */
  const barred = (left: Bar, right: Bar, { within = 0, shade = -95, beyond = 0, height = 360 } = {}) =>
    noisy(640, height, (x, y) => {
      const bar = x < 320 ? left : right;
      const inside = bar.away - Math.abs(x - 320 - bar.lean * (y - 160));
      if (y >= bar.until && Math.abs(inside - 10) < 30) return 25;
      if (inside < 0) return beyond;
      return inside < bar.width ? shade : within;
    });
  const bar = { away: 115, width: 10, until: 360, lean: 0 };
  const hidden = { ...bar, until: 223 }; // the chin is at 215
  const askew = { lean: 0.15 };

  test("is a phone's, upright or askew, though fingers hide it below the chin on one side", () => {
    expect(sheetStrength(barred(bar, hidden), face)).toBeGreaterThan(0.96);
    expect(sheetStrength(barred({ ...hidden, ...askew }, { ...bar, ...askew }, { within: -30 }), face)).toBeGreaterThan(
      0.96,
    );
  });

  test('is a door behind somebody where both end at the shoulders', () => {
    expect(sheetStrength(barred(hidden, hidden), face)).toBeLessThan(0.93);
  });

  test('is not judged where the picture ends just below the chin', () => {
    expect(sheetStrength(barred(bar, hidden, { height: 235 }), face)).toBeLessThan(0.93);
  });

  test('is none where the two are unlike: one of them nearer, wider, or aslant', () => {
    for (const other of [{ away: 75 }, { width: 28 }, { lean: -0.35 }]) {
      expect(sheetStrength(barred(bar, { ...hidden, ...other }), face)).toBeLessThan(0.93);
    }
  });

  test('is none where it has no inner edge: a dark room behind an open door', () => {
    expect(sheetStrength(barred(bar, hidden, { within: -95 }), face)).toBeLessThan(0.93);
  });

  test('is none where it is not black, as a frame of wood, nor darker than what is beyond', () => {
    expect(sheetStrength(barred(bar, hidden, { shade: -25 }), face)).toBeLessThan(0.93);
    expect(sheetStrength(barred(bar, hidden, { shade: -50, beyond: -90 }), face)).toBeLessThan(0.93);
  });
});
