import { describe, expect, test } from 'vitest';
import { moved, Page } from '../../printers/escpos/page.ts';
import type { Glyph, PaperEvent } from '../../printers/escpos/paper-events.ts';
import { bitmapOf } from './paper-pictures.ts';

/** `ESC W`: left, top, width and height, low byte first. */
const area = (...words: readonly number[]): Uint8Array =>
  Uint8Array.from(words.flatMap((word) => [word & 0xff, word >> 8]));

const image: PaperEvent = {
  ...{ type: 'image', atDots: 3, leftDots: 5, heightDots: 1, scaleX: 1, scaleY: 1 },
  image: bitmapOf('########'),
};

describe('a page in memory', () => {
  test('is as wide as the paper, and 1662 dots long', () => {
    const { roll } = new Page(576);
    expect([roll.widthDots, roll.freeDots]).toEqual([576, 1_662]);
  });

  test.each([
    ['that fits, as as large as it was set', [100, 50, 200, 300], 200, 300, [105, 53], 350],
    ['that reaches no further than the paper’s side', [500, 0, 200, 300], 76, 300, [505, 3], 300],
    ['that reaches no further than the page’s end', [0, 1_600, 576, 300], 576, 62, [5, 1_603], 1_662],
    ['set beside the paper, the narrowest at its side', [9_000, 0, 200, 300], 24, 300, [557, 3], 300],
    ['set below the page’s end, of no length', [0, 9_000, 576, 300], 576, 0, undefined, 1_662],
    ['set too narrow, the narrowest', [0, 0, 3, 300], 24, 300, [5, 3], 300],
    ['by both bytes of its words', [256, 513, 258, 770], 258, 770, [261, 516], 1_283],
  ] as const)('has an area %s', (_, words, widthDots, heightDots, place, pageDots) => {
    const page = new Page(576);
    page.setArea(area(...words));
    expect([page.roll.widthDots, page.roll.freeDots]).toEqual([widthDots, heightDots]);
    page.roll.add(image);
    const { events, heightDots: all } = page.finish();
    const places = events.map((event) => [event.type === 'image' && event.leftDots, event.atDots]);
    expect([places, all]).toEqual([place ? [place] : [], pageDots]);
  });

  test('without an area is as long as what was printed on it', () => {
    const page = new Page(576);
    page.roll.add(image);
    page.roll.advance(70);
    page.roll.moveTo(10);
    page.roll.advance(20);
    expect(page.finish()).toEqual({ events: [image], heightDots: 70 });
  });

  test('is as long as the lowest of its areas, in whatever order they come', () => {
    const page = new Page(576);
    page.setArea(area(0, 400, 100, 100));
    page.setArea(area(0, 0, 100, 100));
    expect(page.finish()).toEqual({ events: [], heightDots: 500 });
  });

  test('has what was printed in each of its areas', () => {
    const page = new Page(576);
    page.roll.add(image);
    page.setArea(area(10, 20, 100, 100));
    page.roll.add(image);
    page.setArea(area(200, 0, 100, 100));
    page.roll.add(image);
    const { events } = page.finish();
    expect(events).toMatchObject([
      { leftDots: 5, atDots: 3 },
      { leftDots: 15, atDots: 23 },
      { leftDots: 205, atDots: 3 },
    ]);
  });

  test('is printed over four times, and no more', () => {
    const page = new Page(576);
    for (let time = 0; time < 4; time += 1) {
      expect(page.roll.exhausted).toBe(false);
      page.roll.add(image);
      page.roll.advance(1_662);
      page.setArea(area(0, 0, 576, 1_662));
    }
    expect(page.roll.exhausted).toBe(true);
  });

  test('holds twenty thousand things in all its areas', () => {
    const page = new Page(576);
    for (let at = 0; at < 10_001; at += 1) page.roll.add({ type: 'beep', atDots: 0 });
    page.setArea(area(0, 0, 576, 100));
    for (let at = 0; at < 10_001; at += 1) page.roll.add({ type: 'beep', atDots: 0 });
    expect(page.finish().events).toHaveLength(20_000);
  });
});

describe('what is on a page comes onto the paper as it was, elsewhere', () => {
  const place = { atDots: 3, leftDots: 5, heightDots: 24 };
  const glyph: Omit<Glyph, 'leftDots'> = {
    ...{ text: 'A', columns: 1, widthDots: 12, heightDots: 24 },
    style: { bold: false, underlineDots: 0, reverse: false, italic: false, upsideDown: false },
  };
  const bars = { symbology: 'EAN-8', widths: [1, 2], text: '1' };
  const matrix = { modules: 1, dark: [true] };

  test.each<[string, PaperEvent]>([
    ['a picture', image],
    ['a QR code', { type: 'qr', ...place, moduleDots: 2, data: 'x', matrix }],
    ['a barcode', { type: 'barcode', ...place, barDots: 24, moduleDots: 2, textPlace: 'none', bars }],
  ])('%s', (_, event) => {
    expect(moved(event, 100, 1_000)).toEqual({ ...event, leftDots: 105, atDots: 1_003 });
  });

  test('a line with all its characters', () => {
    const glyphs = [
      { ...glyph, leftDots: 0 },
      { ...glyph, leftDots: 12 },
    ];
    const event: PaperEvent = { type: 'text', atDots: 3, heightDots: 24, text: 'AA', glyphs };
    expect(moved(event, 100, 1_000)).toEqual({
      ...event,
      atDots: 1_003,
      glyphs: [
        { ...glyph, leftDots: 100 },
        { ...glyph, leftDots: 112 },
      ],
    });
  });

  test.each<[string, PaperEvent]>([
    ['a feed', { type: 'feed', atDots: 3, dots: 9 }],
    ['a beep', { type: 'beep', atDots: 3 }],
    ['what is not known', { type: 'unknown', atDots: 3, reason: 'control byte', hex: '1f', offset: 7 }],
  ])('%s', (_, event) => {
    expect(moved(event, 100, 1_000)).toEqual({ ...event, atDots: 1_003 });
  });
});
