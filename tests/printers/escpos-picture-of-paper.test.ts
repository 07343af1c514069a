import { describe, expect, test } from 'vitest';
import type { PaperEvent } from '../../printers/escpos/paper-events.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';
import { area, bitmapOf, colour, paperOf, pictureOf } from './paper-pictures.ts';

/** 36 dots and twice the margin are twelve teeth of nine dots. */
const WIDTH = 36;
const PAPER_WIDTH = WIDTH + 72;
const TEETH = 12;

/** From the first line of a PNG: to look at pictures of metres takes long. */
async function sizeOf(...receipts: ReturnType<typeof paperOf>[]): Promise<[number, number]> {
  const png = await renderReceipts(receipts);
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

const black = (leftDots: number, atDots: number, rows: number): PaperEvent => {
  const image = bitmapOf(...Array.from({ length: rows }, () => '########'));
  return { type: 'image', atDots, leftDots, heightDots: rows, scaleX: 1, scaleY: 1, image };
};

describe('a picture of receipts', () => {
  test.each([
    ['of none is a strip of desk', [], 24, 40],
    ['narrower than a character is as wide as one', [paperOf(10, 5)], 24, 40 + 81 + 40],
    ['is as wide as its paper', [paperOf(48, 5)], 48, 40 + 81 + 40],
    ['is as wide as the widest of them', [paperOf(40, 5), paperOf(64, 9), paperOf(48, 0)], 64, 40 + 121 + 125 + 116],
  ])('%s', async (_, receipts, widthDots, heightDots) => {
    expect(await sizeOf(...receipts)).toEqual([2 * (widthDots + 72 + 80), 2 * heightDots]);
  });

  test('of more than 1.25 metres has one pixel a dot', async () => {
    expect(await sizeOf(paperOf(24, 10_001 - 156))).toEqual([24 + 152, 10_001]);
  });

  test('leaves out what goes beyond three metres, and all behind it', async () => {
    expect(await sizeOf(paperOf(24, 25_000 - 156 + 1))).toEqual([352, 80]);
    expect(await sizeOf(paperOf(24, 4), paperOf(24, 24_804), paperOf(24, 4))).toEqual([352, 2 * 160]);
  });

  test('is of desk at its corners, and of paper in its margins', async () => {
    const { at, widthDots, heightDots } = await pictureOf(paperOf(WIDTH, 4));
    for (const x of [0, widthDots - 0.5]) for (const y of [0, heightDots - 0.5]) expect(at(x, y)).toBe(colour.desk);
    for (const x of [41, 40 + PAPER_WIDTH - 1.5]) {
      for (const y of [46, 40 + 80 - 6.5]) expect(at(x, y)).toBe(colour.paper);
    }
  });

  test('shows the paper’s shadow on the desk, more of it below than above', async () => {
    const { light } = await pictureOf(paperOf(WIDTH, 4));
    const middle = 40 + 9; // where the teeth reach the edge
    const desk = light(0, 0);
    expect(light(middle, 40 + 80 + 4)).toBeLessThan(desk - 40);
    expect(light(middle, 36)).toBeGreaterThan(light(middle, 40 + 80 + 4) + 20);
  });

  test('shows no shadow of what is printed', async () => {
    const { dots } = await pictureOf(paperOf(WIDTH, 20, [black(8, 4, 4)]));
    expect(dots(0, 0, 24, 20)).toEqual([
      ...Array<string>(4).fill('.'.repeat(24)),
      ...Array<string>(4).fill(`${'.'.repeat(8)}########${'.'.repeat(8)}`),
      ...Array<string>(12).fill('.'.repeat(24)),
    ]);
  });

  test('shows the edge of the paper as a grey line, darker than paper', async () => {
    const { light, at } = await pictureOf(paperOf(WIDTH, 4));
    const edges = [light(40, 80), light(40 + PAPER_WIDTH - 0.5, 80)];
    for (const edge of edges) {
      expect(edge).toBeGreaterThan(3 * 0xd0);
      expect(edge).toBeLessThan(3 * 0xe8);
    }
    expect(at(40.5, 80)).toBe(colour.paper);
    // Along the teeth too: between the upper left corner and the middle of the first.
    expect(light(42, 42)).toBeLessThan(3 * 0xf0);
  });

  test('shows the teeth of the cutter along the upper edge and the lower one', async () => {
    const { at } = await pictureOf(paperOf(WIDTH, 4));
    const isPaper = (x: number, y: number): boolean => at(40 + x, 40 + y) === colour.paper;
    for (let tooth = 0; tooth < TEETH; tooth += 1) {
      const notch = tooth * 9 + 4.5;
      const seen = [1.5, 3.5, 6.5, 73, 76, 78].map((y) => isPaper(notch, y));
      expect([tooth, ...seen]).toEqual([tooth, false, false, true, true, false, false]);
      for (const x of [tooth * 9 + 1, tooth * 9 + 7.5]) {
        expect([x, isPaper(x, 3.5), isPaper(x, 76)]).toEqual([x, true, true]);
      }
    }
  });

  test('has teeth as wide as fit a whole number of them', async () => {
    const { at } = await pictureOf(paperOf(32, 4)); // 104 dots: twelve teeth of 8.67
    const row = Array.from({ length: 2 * 104 }, (_, x) => (at(40 + x / 2, 42) === colour.paper ? '#' : '.')).join('');
    expect(row.split(/\.+/).filter(Boolean)).toHaveLength(13);
  });

  test('has straight sides, with nothing of the paper beside them', async () => {
    const { at } = await pictureOf(paperOf(WIDTH, 4));
    for (const y of [41, 46, 80, 112, 116, 119]) {
      expect([y, at(40 - 2, y), at(40 + PAPER_WIDTH + 1.5, y)]).not.toContain(colour.paper);
    }
  });

  test('has no paper above the corners of its teeth', async () => {
    const { at } = await pictureOf(paperOf(WIDTH, 4));
    const corners = [
      [40 + 1, 43],
      [40 + PAPER_WIDTH - 1.5, 43],
      [40 + 1, 40 + 80 - 3.5],
      [40 + PAPER_WIDTH - 1.5, 40 + 80 - 3.5],
    ] as const;
    expect(corners.map(([x, y]) => at(x, y))).toEqual(Array(4).fill(colour.paper));
  });
});

describe('what is printed', () => {
  test('begins a margin from the paper’s side and below its edge', async () => {
    const { at } = await pictureOf(paperOf(WIDTH, 8, [black(0, 0, 8)]));
    expect(at(area.leftDots, area.topDots)).toBe(colour.ink);
    expect([at(area.leftDots - 0.5, area.topDots), at(area.leftDots, area.topDots - 0.5)]).toEqual(
      Array(2).fill(colour.paper),
    );
  });

  test('is cut off beside the print head and below the end of the paper', async () => {
    const { dots } = await pictureOf(paperOf(24, 4, [black(20, 0, 4), black(0, 10, 40)]));
    expect(dots(16, 0, 12, 1)).toEqual(['....####....']);
    expect(dots(0, 8, 1, 18).join('')).toBe(`..${'#'.repeat(14)}??`); // and there is desk
  });

  test('on a second receipt lies on that one, and leaves the first as it was', async () => {
    const { at, dots } = await pictureOf(paperOf(WIDTH, 8, [black(0, 0, 8)]), paperOf(24, 4, [black(8, 1, 2)]));
    expect(dots(0, 0, 9, 2)).toEqual(['########.', '########.']);
    const top = 40 + (56 + 8 + 20) + 40 + 56;
    const column = [0, 1, 2, 3].map((y) => at(area.leftDots + 8, top + y));
    expect(column).toEqual([colour.paper, colour.ink, colour.ink, colour.paper]);
    // The second is narrower: right of it is desk.
    expect(at(40 + 24 + 72 + 3, top)).not.toBe(colour.paper);
  });
});
