import { describe, expect, test } from 'vitest';
import { patternStrength } from '../../../models/face/pattern.ts';
import { sheetStrength } from '../../../models/face/sheet.ts';
import { randomNumbers } from '../../../scripts/evaluate-face/bootstrap.ts';
import { painted } from './pictures.ts';

/** A grey with the noise of a camera, and `more` on top of it. */
function noisy(width: number, height: number, more: (x: number, y: number) => number) {
  const random = randomNumbers(1);
  return painted(width, height, (x, y) => {
    const grey = 130 + (random() + random() + random() - 1.5) * 12 + more(x, y);
    return [grey + 10, grey, grey - 20];
  });
}

describe('a pattern in the face', () => {
  const face = { x: 60, y: 50, width: 220, height: 280 };

  test('of noise alone none stands out', () => {
    expect(
      patternStrength(
        noisy(400, 400, () => 0),
        face,
      ),
    ).toBeLessThan(30);
  });

  test('a faint beat of two screens does, whichever way it runs', () => {
    for (const angle of [0.2, 0.7, 1.4]) {
      const [across, down] = [Math.cos(angle), Math.sin(angle)];
      const beat = noisy(400, 400, (x, y) => 8 * Math.sin(((x * across + y * down) * 2 * Math.PI) / 4.3));
      expect(patternStrength(beat, face)).toBeGreaterThan(200);
    }
  });

  test('one in colour alone does too', () => {
    const random = randomNumbers(2);
    const beat = painted(400, 400, (x, y) => {
      const grey = 130 + (random() + random() + random() - 1.5) * 12;
      const wave = 6 * Math.sin(((x + y * 0.4) * 2 * Math.PI) / 5);
      return [grey + wave, grey, grey - wave];
    });
    expect(patternStrength(beat, face)).toBeGreaterThan(200);
  });

  test('the features of a face, which are longer, do not', () => {
    const soft = noisy(400, 400, (x, y) => 40 * Math.sin((x * 2 * Math.PI) / 60) * Math.sin((y * 2 * Math.PI) / 45));
    expect(patternStrength(soft, face)).toBeLessThan(60);
  });

  test('the blocks of JPEG do not', () => {
    const blocks = noisy(400, 400, (x) => (x % 8 === 0 ? 14 : 0));
    expect(patternStrength(blocks, face)).toBeLessThan(60);
  });

  test('outside the face it does not count, and a face too small for it is not judged', () => {
    const shirt = noisy(400, 400, (_x, y) => (y > 340 ? 30 * Math.sin(y * 1.5) : 0));
    expect(patternStrength(shirt, face)).toBeLessThan(30);
    expect(
      patternStrength(
        noisy(400, 400, (x) => 30 * Math.sin(x)),
        { x: 10, y: 10, width: 60, height: 75 },
      ),
    ).toBe(1);
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

  test('a door frame that ends at the shoulders is not', () => {
    expect(sheetStrength(held(0, 470), face)).toBeLessThan(0.9);
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
