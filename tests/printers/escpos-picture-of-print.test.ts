import { describe, expect, test } from 'vitest';
import type { Glyph, GlyphStyle, PaperEvent } from '../../printers/escpos/paper-events.ts';
import { area, bitmapOf, colour, paperOf, pictureOf } from './paper-pictures.ts';

const plain: GlyphStyle = { bold: false, underlineDots: 0, reverse: false, italic: false, upsideDown: false };

/** A cell of font A at the line's left end, 12 × 24 dots. */
const glyph = (change: Partial<Glyph>, style: Partial<GlyphStyle> = {}): Glyph => ({
  ...{ text: 'A', leftDots: 0, columns: 1, widthDots: 12, heightDots: 24 },
  ...change,
  style: { ...plain, ...style },
});

const line = (glyphs: Glyph[], atDots = 0, heightDots = 24): PaperEvent => {
  return { type: 'text', atDots, heightDots, text: glyphs.map(({ text }) => text).join(''), glyphs };
};

/** The dots of a line's first cells, a text a row. */
async function drawn(glyphs: Glyph[], width = 24, height = 24): Promise<string[]> {
  const { dots } = await pictureOf(paperOf(48, 24, [line(glyphs)]));
  return dots(0, 0, width, height);
}

const isWhite = (rows: string[]): boolean => !rows.join('').includes('#') && !rows.join('').includes('?');
const marks = (rows: string[]): number => rows.join('').replaceAll('.', '').length;

describe('a character', () => {
  test('has its ink in its cell, above its foot and below its head, and none beside it', async () => {
    const rows = await drawn([glyph({ leftDots: 12 })], 36);
    expect(isWhite(rows.map((row) => row.slice(0, 12) + row.slice(24)))).toBe(true);
    expect(isWhite([...rows.slice(0, 2), ...rows.slice(20)])).toBe(true);
    expect(marks(rows)).toBeGreaterThan(30);
  });

  test('of two bytes fills a cell of two columns', async () => {
    const rows = await drawn([glyph({ text: '国', columns: 2, widthDots: 24 })]);
    expect(marks(rows.map((row) => row.slice(0, 4)))).toBeGreaterThan(15);
    expect(marks(rows.map((row) => row.slice(20)))).toBeGreaterThan(15);
  });

  test('stands at the foot of a line with taller ones', async () => {
    const { dots } = await pictureOf(paperOf(48, 60, [line([glyph({})], 6, 48)]));
    expect(isWhite(dots(0, 0, 12, 6 + 24))).toBe(true);
    expect(marks(dots(0, 30, 12, 24))).toBeGreaterThan(30);
    expect(isWhite(dots(0, 54, 12, 10))).toBe(true);
  });

  test('that is bold has more ink', async () => {
    expect(marks(await drawn([glyph({}, { bold: true })]))).toBeGreaterThan(marks(await drawn([glyph({})])) + 5);
  });

  test('of double size is stretched over its cell', async () => {
    const { dots } = await pictureOf(paperOf(48, 48, [line([glyph({ widthDots: 24, heightDots: 48 })], 0, 48)]));
    expect(marks(dots(12, 24, 12, 16))).toBeGreaterThan(20);
    expect(marks(dots(0, 24, 12, 16))).toBeGreaterThan(20);
  });

  test('that is a space leaves the paper white', async () => {
    expect(isWhite(await drawn([glyph({ text: ' ' })]))).toBe(true);
  });

  test('in white on black has a black cell and paper where its ink would be', async () => {
    const rows = await drawn([glyph({ leftDots: 4 }, { reverse: true })]);
    expect(rows[0]).toBe(`....${'#'.repeat(12)}........`);
    expect(rows[23]).toBe(rows[0]);
    expect(rows.join('').replaceAll('#', '').length).toBeGreaterThan(24 * 12 + 20);
  });

  test('in white on black leaves the next one black on white', async () => {
    const rows = await drawn([glyph({ text: ' ' }, { reverse: true }), glyph({ leftDots: 12 })]);
    expect(rows[0]).toBe('#'.repeat(12) + '.'.repeat(12));
    expect(marks(rows.map((row) => row.slice(12)))).toBeGreaterThan(30);
  });

  test.each([
    [0, []],
    [1, [23]],
    [2, [22, 23]],
  ] as const)(
    'underlined by %i dots has them at the foot of its cell, as wide as it',
    async (underlineDots, places) => {
      const rows = await drawn([glyph({ text: ' ', leftDots: 6 }, { underlineDots })], 24, 28);
      const at = [...rows.keys()].filter((y) => rows[y]!.includes('#'));
      expect(at).toEqual(places);
      for (const y of at) expect(rows[y]).toBe(`......${'#'.repeat(12)}......`);
    },
  );
});

/** As many programs define Chinese characters that the printer lacks, here of 8 × 3 dots in a cell of 12 × 3. */
const defined = (change: Partial<Glyph> = {}): Partial<Glyph> => ({
  bitmap: bitmapOf('#.......', '##......', '###....#'),
  heightDots: 3,
  ...change,
});

describe('a character that the host has defined itself', () => {
  const placed = async (change: Partial<Glyph>, style: Partial<GlyphStyle> = {}, rows = 3): Promise<string[]> => {
    const { dots } = await pictureOf(paperOf(48, 24, [line([glyph(defined(change), style)], 0, rows)]));
    return dots(0, 0, 16, rows);
  };

  test('is drawn dot for dot', async () => {
    expect(await placed({})).toEqual(['#...............', '##..............', '###....#........']);
    expect(await placed({ leftDots: 3 })).toEqual(['...#............', '...##...........', '...###....#.....']);
  });

  test('is as wide and as high as its multiples say', async () => {
    expect(await placed({ widthDots: 24, heightDots: 6 }, {}, 6)).toEqual([
      ...['##..............', '##..............', '####............'],
      ...['####............', '######........##', '######........##'],
    ]);
  });

  test('of two columns takes two', async () => {
    expect(await placed({ columns: 2, widthDots: 24 })).toEqual([
      ...['#...............', '##..............', '###....#........'],
    ]);
  });

  test('upside down is turned about the middle of its cell', async () => {
    const turned = await placed({ leftDots: 2 }, { upsideDown: true });
    expect(turned).toEqual(['......#....###..', '............##..', '.............#..']);
  });

  test('upside down has its line above it', async () => {
    const turned = await placed({ heightDots: 6 }, { upsideDown: true, underlineDots: 2 }, 6);
    expect(turned.slice(0, 2)).toEqual(Array(2).fill('############....'));
    expect(turned[5]).toBe('...........#....');
  });

  test('in italics leans to the right, a fifth of its height, and stands on its place', async () => {
    const bar = bitmapOf(...Array.from({ length: 20 }, () => '##......'));
    const { at } = await pictureOf(
      paperOf(48, 40, [line([glyph({ bitmap: bar, heightDots: 20 }, { italic: true })], 10, 20)]),
    );
    const inked = (y: number): number[] =>
      Array.from({ length: 24 }, (_, x) => x / 2).filter(
        (x) => at(area.leftDots + x, area.topDots + 10 + y) === colour.ink,
      );
    // The slant of a row, from its middle to the foot.
    for (const [y, slant] of [
      [0, 4],
      [10, 2],
      [19.5, 0],
    ] as const) {
      const middle = inked(y).reduce((sum, x) => sum + x, 0) / inked(y).length + 0.25;
      expect([y, Math.abs(middle - (1 + slant)) < 0.6, inked(y).length > 1]).toEqual([y, true, true]);
    }
  });

  test('is upright behind one that is turned or slanted', async () => {
    for (const style of [{ upsideDown: true }, { italic: true }]) {
      const { dots } = await pictureOf(
        paperOf(48, 24, [line([glyph({ text: ' ' }, style), glyph(defined({ leftDots: 12 }))], 0, 24)]),
      );
      expect(dots(12, 21, 10, 3)).toEqual(['#.........', '##........', '###....#..']);
    }
  });

  test('in white on black is white', async () => {
    expect(await placed({}, { reverse: true })).toEqual(['.###########....', '..##########....', '...####.####....']);
  });
});

describe('a picture on the paper', () => {
  const image = bitmapOf('#......#', '.#....#.', '..####..');
  const printed = async (change: object): Promise<string[]> => {
    const event = {
      type: 'image',
      atDots: 0,
      leftDots: 0,
      heightDots: 3,
      scaleX: 1,
      scaleY: 1,
      image,
      ...change,
    } as const;
    const { dots } = await pictureOf(paperOf(48, 24, [event]));
    return dots(0, 0, 16, 6);
  };
  const white = '................';

  test('is drawn dot for dot where it was printed', async () => {
    expect(await printed({})).toEqual([
      ...['#......#........', '.#....#.........', '..####..........', white, white, white],
    ]);
    expect(await printed({ leftDots: 3, atDots: 2 })).toEqual([
      ...[white, white, '...#......#.....', '....#....#......', '.....####.......', white],
    ]);
  });

  test('is stretched without grey, across and along the paper', async () => {
    expect(await printed({ scaleX: 2 })).toEqual([
      ...['##............##', '..##........##..', '....########....', white, white, white],
    ]);
    expect(await printed({ scaleY: 2 })).toEqual([
      ...['#......#........', '#......#........', '.#....#.........', '.#....#.........'],
      ...['..####..........', '..####..........'],
    ]);
  });

  test('of several bytes a row has each in its place', async () => {
    const wide = bitmapOf('#.......#......#', '.......##.......');
    expect((await printed({ image: wide })).slice(0, 3)).toEqual(['#.......#......#', '.......##.......', white]);
  });
});

describe('a QR code', () => {
  test('has its modules as large as asked for, row by row', async () => {
    const matrix = { modules: 3, dark: [true, false, true, false, true, false, false, false, true] };
    const event = { type: 'qr', atDots: 1, leftDots: 2, heightDots: 6, moduleDots: 2, data: '', matrix } as const;
    const { dots } = await pictureOf(paperOf(48, 24, [event]));
    expect(dots(0, 0, 10, 8)).toEqual([
      ...[
        '..........',
        '..##..##..',
        '..##..##..',
        '....##....',
        '....##....',
        '......##..',
        '......##..',
        '..........',
      ],
    ]);
  });
});

describe('a barcode', () => {
  /** Bars of two, one and three modules, and a text of two characters: 9 modules of 4 dots are 36. */
  const drawnBars = async (textPlace: 'none' | 'above' | 'below' | 'both') => {
    const heightDots = 10 + { none: 0, above: 28, below: 28, both: 56 }[textPlace];
    const at = { atDots: 2, leftDots: 4, heightDots, barDots: 10, moduleDots: 4, textPlace };
    const bars = { symbology: 'Code 128', widths: [2, 1, 1, 2, 3], text: '18' };
    const { dots } = await pictureOf(paperOf(48, 80, [{ type: 'barcode', ...at, bars }]));
    return dots(0, 0, 48, 80);
  };
  const bars = `....${'#'.repeat(8)}....####........${'#'.repeat(12)}........`;

  test.each([
    ['none', 2],
    ['above', 2 + 28],
    ['below', 2],
    ['both', 2 + 28],
  ] as const)('with its text %s has its bars in their widths, as high as they should be', async (place, top) => {
    const rows = await drawnBars(place);
    const barred = [...rows.keys()].filter((y) => rows[y] === bars);
    expect(barred).toEqual(Array.from({ length: 10 }, (_, at) => top + at));
  });

  test.each([
    ['none', []],
    ['above', [2]],
    ['below', [2 + 10 + 4]],
    ['both', [2, 2 + 28 + 10 + 4]],
  ] as const)('with its text %s has it in the middle, in a row of characters there', async (place, tops) => {
    const rows = await drawnBars(place);
    const written = [...rows.keys()].filter((y) => rows[y] !== bars && /[#?]/.test(rows[y]!));
    expect(written.filter((y) => !tops.some((top) => y >= top && y < top + 24))).toEqual([]);
    for (const top of tops) {
      const text = rows.slice(top, top + 24);
      // 24 dots of text in 36 dots of bars, which begin at 4.
      expect(isWhite(text.map((row) => row.slice(0, 10) + row.slice(34)))).toBe(true);
      expect(marks(text.map((row) => row.slice(10, 22)))).toBeGreaterThan(15);
      expect(marks(text.map((row) => row.slice(22, 34)))).toBeGreaterThan(25);
    }
  });

  test('has its text in thin letters', async () => {
    const text = async (place: 'above' | 'below'): Promise<string> => {
      const rows = await drawnBars(place);
      return (place === 'above' ? rows.slice(2, 26) : rows.slice(16, 40)).map((row) => row.slice(10, 34)).join('\n');
    };
    const letters = await drawn([glyph({ text: '1' }), glyph({ text: '8', leftDots: 12 })]);
    expect(await text('above')).toBe(letters.join('\n'));
    expect(await text('below')).toBe(letters.join('\n'));
  });
});

test('feeds, cuts, beeps, drawers and what is not understood leave no ink', async () => {
  const events: PaperEvent[] = [
    ...[{ type: 'feed', atDots: 0, dots: 8 } as const, { type: 'cut', atDots: 8, kind: 'full' } as const],
    ...[{ type: 'beep', atDots: 8 } as const, { type: 'drawer', atDots: 8 } as const],
    { type: 'unknown', atDots: 0, reason: 'control byte', hex: '1f', offset: 0 },
  ];
  const { dots } = await pictureOf(paperOf(24, 8, events));
  expect(isWhite(dots(0, 0, 24, 8))).toBe(true);
});
