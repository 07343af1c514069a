import { createCanvas } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { drawCharacter, drawCursive, hasGlyph } from '../../printers/escpos/fonts.ts';
import { rasterLine, toBitmap } from '../../printers/escpos/glyph-raster.ts';

/** A dot that is covered by more than a third. */
const INKED = 90;
const AROUND = 12;

interface Ink {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly dots: number;
}

type Draw = (context: Parameters<typeof drawCharacter>[0]) => void;

/** Where the ink is, from the cell's left upper corner: the first dots that have some and the last. */
function inkOf(draw: Draw, size = 72): Ink {
  const canvas = createCanvas(size, size);
  const context = canvas.getContext('2d');
  context.translate(AROUND, AROUND);
  draw(context);
  const { data } = context.getImageData(0, 0, size, size);
  const inked = Array.from({ length: size * size }, (_, at) => at).filter((at) => data[at * 4 + 3]! >= INKED);
  const columns = inked.map((at) => (at % size) - AROUND);
  const rows = inked.map((at) => Math.floor(at / size) - AROUND);
  const [left, right] = [Math.min(...columns), Math.max(...columns)];
  return { left, right, top: Math.min(...rows), bottom: Math.max(...rows), dots: inked.length };
}

const latin = (text: string, bold = false): Ink =>
  inkOf((context) => drawCharacter(context, text, { x: 0, y: 0, width: 12, height: 24, columns: 1 }, bold));
const chinese = (text: string, bold = false): Ink =>
  inkOf((context) => drawCharacter(context, text, { x: 0, y: 0, width: 24, height: 24, columns: 2 }, bold));

describe('a character of one column', () => {
  test('stands on the line of all, and capitals are sixteen rows high', () => {
    expect(['H', 'M', 'x', 'i'].map((letter) => latin(letter).bottom)).toEqual([19, 19, 19, 19].map(near(1)));
    expect([latin('H').top, latin('x').top]).toEqual([near(1)(3), near(1)(7)]);
  });

  test('has its foot below the line where it has one, and in its cell', () => {
    for (const letter of ['g', 'p', 'y']) {
      expect(latin(letter).bottom).toEqual(near(1)(23.5));
      expect(latin(letter).top).toEqual(near(1)(7));
    }
  });

  test('is narrowed to its column where it is wider, and fills it', () => {
    for (const letter of ['W', 'M', '@', '—']) {
      const { left, right } = latin(letter);
      expect([left >= 0, right <= 11, right - left >= 8]).toEqual([true, true, true]);
    }
  });

  test('stands in the middle of its column where it is narrower', () => {
    for (const letter of ['i', '|', 'l', 'H']) {
      const { left, right } = latin(letter);
      expect((left + right) / 2).toEqual(near(0.8)(5.5));
    }
    expect(latin('|').right - latin('|').left).toBeLessThan(4);
  });

  test('that is bold has more ink', () => {
    expect(latin('H', true).dots).toBeGreaterThan(latin('H').dots * 1.3);
  });
});

describe('a character of two columns', () => {
  test('fills them, and stands a little lower than Latin letters', () => {
    const { left, right, top, bottom } = chinese('国');
    expect([left, right, top, bottom]).toEqual([2, 21, 2, 22].map(near(1)));
    expect(chinese('H').bottom).toEqual(near(0.5)(20));
    expect(chinese('一').right - chinese('一').left).toBeGreaterThan(19);
  });

  test('is in the middle where it is narrower, and as wide as it is', () => {
    const { left, right, top } = chinese('H');
    expect((left + right) / 2).toEqual(near(0.8)(11.5));
    expect(right - left).toEqual(near(1.5)(12.5));
    expect(top).toEqual(near(1)(3));
  });

  test.each(['ạ', 'ệ', 'Ậ', 'ộ'])('%s with a mark below is lifted until that is in its cell', (letter) => {
    const { bottom, top } = chinese(letter);
    expect(bottom).toBeLessThanOrEqual(24);
    expect(bottom).toBeGreaterThanOrEqual(21);
    expect(top).toBeGreaterThanOrEqual(0);
  });

  test.each(['Ế', 'Ậ', 'Ễ'])('%s with a mark above keeps it', (letter) => {
    const { top } = chinese(letter);
    expect(top).toEqual(near(1)(1));
  });

  test('without marks stands as high as it is', () => {
    expect(chinese('x').top).toEqual(near(1)(7));
    expect(chinese('x').bottom).toEqual(near(1)(20));
  });
});

describe('characters', () => {
  test('are stretched as their cell is larger', () => {
    const ink = inkOf(
      (context) => drawCharacter(context, 'H', { x: 0, y: 0, width: 24, height: 48, columns: 1 }, false),
      96,
    );
    const { left, right, top, bottom } = latin('H');
    expect([ink.left, ink.right, ink.top, ink.bottom]).toEqual(
      [2 * left, 2 * right + 1, 2 * top, 2 * bottom + 1].map(near(2)),
    );
  });

  test('are drawn in the cell that they are given, whatever was drawn before', () => {
    const cell = { y: 6, width: 12, height: 24, columns: 1 } as const;
    const ink = inkOf((context) => {
      drawCharacter(context, ' ', { ...cell, x: 20 }, false);
      drawCharacter(context, 'H', { ...cell, x: 30 }, false);
    });
    const { left, right, top, bottom } = latin('H');
    expect([ink.left, ink.right, ink.top, ink.bottom]).toEqual([left + 30, right + 30, top + 6, bottom + 6]);
  });
});

/** What was asked once is remembered: each test asks of characters that were not asked about before. */
let asked = 0;
const ideograph = (): string => String.fromCodePoint(0x5000 + (asked++ % 0x4000));
/** Cuneiform, which none of the fonts has. */
const unknown = (): string => String.fromCodePoint(0x12000 + (asked++ % 0x390));

describe('whether a font has a character', () => {
  test.each<[string, () => string, boolean]>([
    ['an ideograph', ideograph, true],
    ['several that all are there', () => `A${ideograph()}`, true],
    ['a script that no font here has', unknown, false],
    ['one that is there, joined with one that is not', () => ideograph() + unknown(), false],
    ['one that is not there, joined with one that is', () => unknown() + ideograph(), false],
    ['one for private use', () => String.fromCodePoint(0xe000 + (asked++ % 0x1900)), false],
    ['one that is not assigned', () => `${ideograph()}\u0378`, false],
    ['a control character', () => `${ideograph()}\u0007`, false],
    ['half of a surrogate pair', () => `${ideograph()}\u{d842}`, false],
  ])('is asked of %s', (_, make, expected) => {
    const text = make();
    expect([hasGlyph(text), hasGlyph(text)]).toEqual([expected, expected]);
  });
});

const plain = { width: 1, height: 1, strong: false };

/** A line as dots, a text a row. */
function rowsOf(text: string, style = plain): string[] {
  const { rowBytes, rows, bits } = rasterLine(text, style);
  return Array.from({ length: rows }, (_, y) =>
    Array.from(bits.subarray(y * rowBytes, (y + 1) * rowBytes), (byte) => byte.toString(2).padStart(8, '0'))
      .join('')
      .replaceAll('0', '.')
      .replaceAll('1', '#'),
  );
}

const black = (rows: string[]): number => rows.join('').replaceAll('.', '').length;
const cut = (rows: string[], left: number, width: number): string[] => rows.map((row) => row.slice(left, left + width));

describe('a line drawn as a picture', () => {
  test.each([
    ['of nothing is a column of white', '', plain, 2, 24],
    ['is 24 rows high, and a column 12 dots wide', 'ABCD', plain, 6, 24],
    ['is as wide as its multiple', 'AB', { ...plain, width: 3 }, 9, 24],
    ['is as high as its multiple', 'AB', { ...plain, height: 2 }, 3, 48],
  ])('%s', (_, text, style, rowBytes, rows) => {
    const picture = rasterLine(text, style);
    expect([picture.rowBytes, picture.rows, picture.bits.length]).toEqual([rowBytes, rows, rowBytes * rows]);
  });

  test('has its characters beside each other, each in its columns', () => {
    const rows = rowsOf('L国 L');
    expect(cut(rows, 0, 12)).toEqual(cut(rowsOf('L'), 0, 12));
    expect(cut(rows, 12, 24)).toEqual(cut(rowsOf('国'), 0, 24));
    expect(black(cut(rows, 36, 12))).toBe(0);
    expect(cut(rows, 48, 12)).toEqual(cut(rowsOf('L'), 0, 12));
  });

  test('shows letters the right way round', () => {
    const rows = rowsOf('L');
    expect(black(cut(rows, 0, 6).slice(4, 16))).toBeGreaterThan(10);
    expect(black(cut(rows, 7, 5).slice(4, 16))).toBe(0);
  });

  test('has letters of one column as drawn there, not as of two', () => {
    const { left, right, top, bottom } = latin('H');
    const rows = rowsOf('H');
    const inked = [...rows.keys()].filter((y) => rows[y]!.includes('#'));
    expect([inked[0], inked.at(-1)]).toEqual([top, bottom]);
    expect(rows[10]!.indexOf('#')).toEqual(near(1)(left));
    expect(rows[10]!.lastIndexOf('#')).toEqual(near(1)(right));
  });

  test('has rare ideographs as large as all others', () => {
    const rows = rowsOf('㛃');
    const inked = [...rows.keys()].filter((y) => rows[y]!.includes('#'));
    const { top, bottom, left, right } = chinese('㛃');
    expect([inked[0], inked.at(-1)]).toEqual([near(1)(top), near(1)(bottom)]);
    expect(Math.min(...rows.map((row) => row.indexOf('#') >>> 0))).toEqual(near(1)(left));
    expect(Math.max(...rows.map((row) => row.lastIndexOf('#')))).toEqual(near(1)(right));
    expect(bottom).toBeGreaterThan(20);
  });

  test('is stretched, character for character', () => {
    const rows = rowsOf('L国', { width: 2, height: 1, strong: false });
    expect(black(cut(rows, 24, 48))).toBeGreaterThan(1.6 * black(rowsOf('国')));
    expect(black(cut(rows, 14, 10).slice(4, 14))).toBe(0);
  });

  test('that is strong has more ink', () => {
    expect(black(rowsOf('国', { ...plain, strong: true }))).toBeGreaterThan(1.2 * black(rowsOf('国')));
  });
});

describe('a character that no font has', () => {
  test('is a frame of its cell, which ends a row above the next line', () => {
    const rows = rowsOf('\u{12000}');
    expect([rows[0], rows[22]]).toEqual(Array(2).fill(`.${'#'.repeat(22)}.`));
    for (const row of rows.slice(1, 22)) expect(row).toMatch(/^\.#.{20}#\.$/);
    expect(rows[23]).toBe('.'.repeat(24));
  });

  /** Where digits stand: three in a row of a box of two columns. */
  const place = (at: number): [x: number, y: number] => [Math.round(2.5 + (at % 3) * 6.4), at < 3 ? 1 : 11];

  test.each([
    ['\u{12000}', '\u{12008}', 5],
    ['\u{12000}', '\u{12080}', 4],
    ['\u{12480}', '\u{12080}', 3],
    ['\u{12000}', '\u{13000}', 2],
  ])('shows its code, three digits a row: %s and %s differ at digit %i', (one, other, at) => {
    const [left, right] = [rowsOf(one), rowsOf(other)];
    const [x, y] = place(at);
    let differences = 0;
    for (const [row, dots] of left.entries()) {
      for (const [column, dot] of [...dots].entries()) {
        if (dot === right[row]![column]) continue;
        differences += 1;
        expect([column >= x - 1, column <= x + 7, row >= y, row < y + 11]).toEqual([true, true, true, true]);
      }
    }
    expect(differences).toBeGreaterThan(2);
  });

  test('shows four digits at least, and capitals of their height', () => {
    const digits = (text: string): number[] =>
      Array.from({ length: 6 }, (_, at) => {
        const [x, y] = place(at);
        return black(cut(rowsOf(text), x, 6).slice(y + 1, y + 11));
      });
    expect(digits('\u0710').map((dots) => dots > 4)).toEqual([false, false, true, true, true, true]);
    expect(digits('\u{12000}').map((dots) => dots > 4)).toEqual([false, true, true, true, true, true]);
    const top = (text: string): number => {
      const [x, y] = place(5);
      return cut(rowsOf(text), x, 6)
        .slice(y)
        .findIndex((row) => row.includes('#'));
    };
    expect(top('\u{1200a}')).toBe(top('\u{12000}'));
    expect(top('\u{1200c}')).toBe(top('\u{12000}'));
  });

  test('is as large as its line', () => {
    const rows = rowsOf('A\u{12000}', { width: 2, height: 2, strong: false });
    expect([rows.length, rows[0]!.length]).toEqual([48, 72]);
    expect(cut(rows, 24, 48)[0]).toMatch(/^\.\.#{44}\.\.$/);
    expect(cut(rows, 24, 48)[45]).toMatch(/^\.\.#{44}\.\.$/);
    expect(black(rows.slice(46))).toBe(0);
  });

  test('does not move what stands behind it', () => {
    expect(cut(rowsOf('L\u{12000}L'), 36, 12)).toEqual(cut(rowsOf('L'), 0, 12));
    expect(cut(rowsOf('L\u{12000}\u{12000}'), 36, 24)).toEqual(cut(rowsOf('\u{12000}'), 0, 24));
  });

  test.runIf(!hasGlyph('\u0889'))('has a narrower frame where it is a cursive letter, with two digits a row', () => {
    const rows = rowsOf('\u0889');
    expect(rows[0]!.slice(0, 12)).toBe('.##########.');
    const quarter = (x: number, y: number): number => black(cut(rows, x, 4).slice(y, y + 9));
    expect([quarter(2, 2), quarter(6, 2), quarter(2, 12), quarter(6, 12)].every((dots) => dots > 5)).toBe(true);
  });
});

/** DejaVu Sans or one of Windows has them; without one, letters are frames. */
describe.runIf(hasGlyph('\u0626'))('letters that join, where a font has them', () => {
  const word = '\u0628\u0628\u0628';

  test('begin at the left of their place, and are narrowed to it', () => {
    const cursive = (text: string, columns: number): Ink =>
      inkOf((context) => drawCursive(context, text, { x: 0, y: 0, width: columns * 12, height: 24, columns }, false));
    expect(cursive('\u0627', 4).left).toBeLessThan(5);
    expect(cursive(word.repeat(4), 2)).toMatchObject({ left: near(2)(0), right: near(2)(23) });
    expect(cursive(word, 9).right).toBeLessThan(60);
  });

  test('stand where such letters do, and show what they are', () => {
    const one = '\u0628\u0627\u0628';
    const ink = inkOf((context) => drawCursive(context, one, { x: 0, y: 0, width: 36, height: 24, columns: 3 }, false));
    const rows = rowsOf(one);
    const inked = [...rows.keys()].filter((y) => rows[y]!.includes('#'));
    expect([inked[0], inked.at(-1)]).toEqual([near(1)(ink.top), near(1)(ink.bottom)]);
    expect(Math.min(...rows.map((row) => row.indexOf('#') >>> 0))).toEqual(near(1)(Math.max(0, ink.left)));
    expect(Math.max(...rows.map((row) => row.lastIndexOf('#')))).toEqual(near(1)(ink.right));
    expect(rows).not.toEqual(rowsOf('\u0628\u0628\u0627'));
  });

  test('are drawn as one word, unlike each by itself', () => {
    const apart = cut(rowsOf('\u0628'), 0, 12);
    for (const at of [0, 12, 24]) expect(cut(rowsOf(word), at, 12)).not.toEqual(apart);
  });

  test('of two words are drawn together with the space between them, from right to left', () => {
    const both = rowsOf(`${word} \u0627`);
    // The second word, one upright letter, is at the left.
    expect(black(cut(both, 0, 7))).toBeGreaterThan(5);
    expect(cut(both, 0, 36)).not.toEqual(cut(rowsOf(word), 0, 36));
  });

  test('leave Latin letters and ideographs beside them as they are', () => {
    const rows = rowsOf(`L${word}国 ${word} L`);
    expect(cut(rows, 0, 12)).toEqual(cut(rowsOf('L'), 0, 12));
    expect(cut(rows, 12, 36)).toEqual(cut(rowsOf(word), 0, 36));
    expect(cut(rows, 48, 24)).toEqual(cut(rowsOf('国'), 0, 24));
    expect(black(cut(rows, 72, 12))).toBe(0);
    expect(cut(rows, 84, 36)).toEqual(cut(rowsOf(word), 0, 36));
    expect(black(cut(rows, 120, 12))).toBe(0);
    expect(cut(rows, 132, 12)).toEqual(cut(rowsOf('L'), 0, 12));
  });

  test('keep the room of a space at the line’s end', () => {
    expect(rowsOf(`${word}  `)[0]).toHaveLength(64);
    expect(cut(rowsOf(`${word}  `), 0, 36)).toEqual(cut(rowsOf(word), 0, 36));
  });
});

test('a picture has whole bytes a row, its first dot in the highest bit', () => {
  const { rowBytes, rows, bits } = toBitmap(10, 2, (x, y) => (x + y * 9) % 9 === 0 && x < 10);
  expect([rowBytes, rows, [...bits]]).toEqual([2, 2, [0x80, 0x40, 0x80, 0x40]]);
});

/** A number of dots, give or take so many. */
function near(by: number): (dots: number) => unknown {
  return (dots) => ({
    asymmetricMatch: (other: unknown) => typeof other === 'number' && Math.abs(other - dots) <= by,
    toAsymmetricMatcher: () => `${dots} ± ${by}`,
  });
}
