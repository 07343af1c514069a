import { describe, expect, test } from 'vitest';
import type { Glyph } from '../../printers/escpos/paper-events.ts';
import { events, glyphs, texts, unknown } from './escpos-streams.ts';

const plain = { bold: false, underlineDots: 0, reverse: false, italic: false, upsideDown: false };

/** The first character of a line; whatever set it up is no event of its own. */
function letter(setup: string, character = '"A"'): Glyph | undefined {
  const list = events(setup, character, '0a');
  expect(list.map(({ type }) => type)).toEqual(['text']);
  return glyphs(list)[0];
}

describe('a printer that was switched on or reset', () => {
  test('prints upright plain characters of 12 × 24 dots, Chinese ones of 24 × 24', () => {
    const cell = { leftDots: 0, heightDots: 24, style: plain };
    expect(letter('')).toEqual({ text: 'A', columns: 1, widthDots: 12, ...cell });
    expect(letter('', '「中」')).toEqual({ text: '中', columns: 2, widthDots: 24, ...cell });
  });

  test('has forgotten every mode that was set before', () => {
    const modes =
      '1d2111 1b4501 1b2d02 1c2d02 1d4201 1b3401 1b7b01 1b4d01 1c210c 1b2010 1c530408 1b5202 1d4c2000 1b6102';
    expect(letter(`${modes} 1b40`)).toMatchObject({
      text: 'A',
      leftDots: 0,
      widthDots: 12,
      heightDots: 24,
      style: plain,
    });
    expect(letter(`${modes} 1b40`, '「中」')).toMatchObject({
      leftDots: 0,
      widthDots: 24,
      heightDots: 24,
      style: plain,
    });
  });

  test('has tab stops each eight characters, 32 of them', () => {
    const at = (count: number): number | undefined => glyphs(events('09'.repeat(count), '"A"', '0a'))[0]?.leftDots;
    expect([1, 2, 5].map(at)).toEqual([96, 192, 480]);
  });

  test('moves on by a sixth of an inch with each line', () => {
    expect(events('"a"', '0a', '"b"', '0a')).toMatchObject([{ atDots: 0 }, { atDots: 34 }]);
  });
});

describe('a mode of Latin letters', () => {
  test.each([
    ['GS ! 00', '1d2100', { widthDots: 12, heightDots: 24 }],
    ['GS ! 10', '1d2110', { widthDots: 24, heightDots: 24 }],
    ['GS ! 01', '1d2101', { widthDots: 12, heightDots: 48 }],
    ['GS ! 77', '1d2177', { widthDots: 96, heightDots: 192 }],
    ['GS ! FF, whose highest bits mean nothing', '1d21ff', { widthDots: 96, heightDots: 192 }],
    ['ESC ! 00', '1b2100', { widthDots: 12, heightDots: 24, style: plain }],
    ['ESC ! 01, font B', '1b2101', { widthDots: 9, heightDots: 17, style: plain }],
    ['ESC ! 08, bold', '1b2108', { widthDots: 12, heightDots: 24, style: { ...plain, bold: true } }],
    ['ESC ! 10, high', '1b2110', { widthDots: 12, heightDots: 48, style: plain }],
    ['ESC ! 20, wide', '1b2120', { widthDots: 24, heightDots: 24, style: plain }],
    ['ESC ! 80, underlined', '1b2180', { widthDots: 12, heightDots: 24, style: { ...plain, underlineDots: 1 } }],
    ['ESC ! after other modes', '1d2177 1b4501 1b2d01 1b4d01 1b2100', { widthDots: 12, heightDots: 24, style: plain }],
    ['ESC M 1, font B', '1b4d01', { widthDots: 9, heightDots: 17 }],
    ['ESC M 31h', '1b4d31', { widthDots: 9, heightDots: 17 }],
    ['ESC M 0 after it', '1b4d01 1b4d00', { widthDots: 12, heightDots: 24 }],
    ['ESC E 1', '1b4501', { style: { ...plain, bold: true } }],
    ['ESC E 0 after it', '1b4501 1b4500', { style: plain }],
    ['ESC E FE, of which the lowest bit counts', '1b45fe', { style: plain }],
    ['ESC G 1, which looks bold', '1b4701', { style: { ...plain, bold: true } }],
    ['ESC G 0 after it', '1b4701 1b4700', { style: plain }],
    ['ESC - 1', '1b2d01', { style: { ...plain, underlineDots: 1 } }],
    ['ESC - 2', '1b2d02', { style: { ...plain, underlineDots: 2 } }],
    ['ESC - 31h', '1b2d31', { style: { ...plain, underlineDots: 1 } }],
    ['ESC - 32h', '1b2d32', { style: { ...plain, underlineDots: 2 } }],
    ['ESC - 30h after it', '1b2d02 1b2d30', { style: plain }],
    ['ESC - 0 after it', '1b2d02 1b2d00', { style: plain }],
    ['GS B 1', '1d4201', { style: { ...plain, reverse: true } }],
    ['GS B 0 after it', '1d4201 1d4200', { style: plain }],
    ['ESC 4, as some printers know it', '1b34', { style: { ...plain, italic: true } }],
    ['ESC 4 1', '1b3401', { style: { ...plain, italic: true } }],
    ['ESC 4 0 after it', '1b3401 1b3400', { style: plain }],
    ['ESC 5 after it', '1b3401 1b35', { style: plain }],
    ['ESC { 1', '1b7b01', { style: { ...plain, upsideDown: true } }],
    ['ESC { 0 after it', '1b7b01 1b7b00', { style: plain }],
    ['FS ! and FS -, which are for Chinese', '1c218c 1c2d02 1c5701', { widthDots: 12, heightDots: 24, style: plain }],
  ])('%s', (_, setup, expected) => {
    expect(letter(setup)).toMatchObject(expected);
  });
});

describe('a mode of Chinese characters', () => {
  test.each([
    ['FS ! 00', '1c2100', { widthDots: 24, heightDots: 24, style: plain }],
    ['FS ! 04, wide', '1c2104', { widthDots: 48, heightDots: 24, style: plain }],
    ['FS ! 08, high', '1c2108', { widthDots: 24, heightDots: 48, style: plain }],
    ['FS ! 80, underlined', '1c2180', { widthDots: 24, heightDots: 24, style: { ...plain, underlineDots: 1 } }],
    ['FS ! 00 after it', '1c218c 1c2100', { widthDots: 24, heightDots: 24, style: plain }],
    ['FS W 1', '1c5701', { widthDots: 48, heightDots: 48, style: plain }],
    ['FS W 0 after it', '1c5701 1c5700', { widthDots: 24, heightDots: 24, style: plain }],
    ['FS - 1', '1c2d01', { style: { ...plain, underlineDots: 1 } }],
    ['FS - 2', '1c2d02', { style: { ...plain, underlineDots: 2 } }],
    ['FS - 31h', '1c2d31', { style: { ...plain, underlineDots: 1 } }],
    ['FS - 0 after it', '1c2d02 1c2d00', { style: plain }],
    ['GS !, which is for both', '1d2111', { widthDots: 48, heightDots: 48 }],
    ['GS ! where it is larger than FS !', '1d2122 1c210c', { widthDots: 72, heightDots: 72 }],
    ['ESC - and ESC M, which are for Latin', '1b2d02 1b4d01', { widthDots: 24, heightDots: 24, style: plain }],
    ['FS S, whose left space comes before it', '1c530408', { leftDots: 4, widthDots: 24 }],
  ])('%s', (_, setup, expected) => {
    expect(letter(setup, '「中」')).toMatchObject(expected);
  });
});

describe('what sets up the printer', () => {
  const user = `1b26 01 4141 01 ff`;
  test.each([
    ['line spacing', '1b3340 1b32'],
    ['code page and national set', '1b7402 1b5203'],
    ['letters of the host', `${user} 1b2501 1b3f41`],
    ['Chinese characters of the host', `1c32 fea1 ${'ff'.repeat(72)} 1c3f fea1`],
    ['spaces', '1b2005 1c530408'],
    ['margins', '1d4c2000 1d574001'],
    ['tab stops', '1b440500'],
    ['barcodes', '1d6850 1d7702 1d4802'],
  ])('is no news and moves nothing: %s', (_, hex) => {
    expect(events(hex)).toEqual([]);
  });

  test('has letters of the host for later', () => {
    expect(letter(user)).not.toHaveProperty('bitmap');
    expect(letter(`${user} 1b2501`)).toHaveProperty('bitmap');
  });
});

describe('a place on the line', () => {
  const places = (...parts: string[]): number[] => glyphs(events(...parts, '0a')).map(({ leftDots }) => leftDots);

  test.each([
    ['ESC SP puts dots to the right of each Latin letter', ['1b2005', '"ABC"'], [0, 17, 34]],
    ['FS S puts dots on both sides of each Chinese character', ['1c530408', '「中文」', '"A"'], [4, 40, 72]],
    ['ESC SP is not for Chinese, nor FS S for Latin', ['1b2005 1c530408', '"A"', '「中」', '"B"'], [0, 21, 53]],
    ['GS L moves the line to the right, by more than 255 dots too', ['1d4c2c01', '"A"'], [300]],
    ['ESC D counts in letters of their size now', ['1d2110 1b44050a00', '09', '"A"', '09', '"B"'], [120, 240]],
    ['a tab at a stop goes on to the next one', ['1b44050a00', '1b243c00', '09', '"A"'], [120]],
    ['a tab behind the last stop does nothing', ['1b440500', '09', '"A"', '09', '"B"'], [60, 72]],
    ['ESC D without stops takes them all away', ['1b4400', '"A"', '09', '"B"'], [0, 12]],
    ['a tab stop beyond the paper is its edge, and the letter comes on the next line', ['1b44ff00', '09', '"A"'], [0]],
    ['ESC $ goes to a place', ['1b246400', '"A"', '1b242c01', '"B"'], [100, 300]],
    ['ESC $ goes back as well', ['1b246400', '"A"', '1b240000', '"B"'], [100, 0]],
    ['ESC $ to the last place of the paper', ['1b243402', '"A"'], [564]],
    ['ESC $ beyond the paper is its edge', ['1b24ffff', '"A"'], [0]],
    ['ESC \\ goes on by so many dots', ['"A"', '1b5c6400', '"B"'], [0, 112]],
    ['ESC \\ goes back by so many dots', ['"ABCD"', '1b5cf4ff', '"E"'], [0, 12, 24, 36, 36]],
    ['ESC \\ goes back to the beginning of the line at most', ['"A"', '1b5c0080', '"B"'], [0, 0]],
    ['ESC \\ beyond the paper is its edge', ['1b5cff7f', '"A"'], [0]],
    ['CR is left to LF', ['"A"', '0d', '"B"'], [0, 12]],
  ])('%s', (_, parts, expected) => {
    expect(places(...parts)).toEqual(expected);
    expect(unknown(events(...parts))).toEqual([]);
  });

  test('GS W makes the line narrower, by more than 255 dots too', () => {
    expect(texts(events('1d572c01', `"${'A'.repeat(26)}"`, '0a'))).toEqual(['A'.repeat(25), 'A']);
  });

  test.each([
    ['left', '1b6100', 0],
    ['center', '1b6101', 282],
    ['right', '1b6102', 564],
    ['left, as a digit', '1b6102 1b6130', 0],
    ['center, as a digit', '1b6131', 282],
    ['right, as a digit', '1b6132', 564],
    ['what it was, for a number without meaning', '1b6102 1b6103', 564],
  ])('ESC a: %s', (_, setup, leftDots) => {
    expect(letter(setup)).toMatchObject({ leftDots });
  });

  test.each([
    ['ESC a', '1b6102'],
    ['GS L', '1d4c2000'],
    ['GS W', '1d571800'],
    ['ESC {', '1b7b01'],
  ])('%s counts from the beginning of a line only', (_, setup) => {
    const [first] = glyphs(events('"AB"', setup, '"C"', '0a'));
    expect(first).toMatchObject({ leftDots: 0, style: plain });
    expect(texts(events('"AB"', setup, '"C"', '0a'))).toEqual(['ABC']);
  });
});

describe('how far the paper moves', () => {
  const below = (...parts: string[]): number | undefined =>
    events(...parts, '"x"', '0a').findLast(({ type }) => type === 'text')?.atDots;

  test.each([
    ['LF: by the line spacing', ['"a"', '0a'], 34],
    ['LF without text: by the line spacing too', ['0a'], 34],
    ['ESC 3 sets it', ['1b3340', '"a"', '0a'], 64],
    ['ESC 3 less than the letters are high: by their height', ['1b3300', '"a"', '0a'], 24],
    ['ESC 2 sets it back', ['1b3340 1b32', '"a"', '0a'], 34],
    ['ESC J: by as many dots as it says', ['"a"', '1b4a32'], 50],
    ['ESC J less than the letters are high: by their height', ['"a"', '1b4a01'], 24],
    ['ESC J without text', ['1b4a32'], 50],
    ['ESC d: by so many lines, the printed one among them', ['"a"', '1b6401'], 34],
    ['ESC d 3', ['"a"', '1b6403'], 102],
    ['ESC d without text', ['1b6402'], 68],
    ['ESC d 0: prints the line', ['"a"', '1b6400'], 24],
    ['high letters: by their height', ['1d2103', '"a"', '0a 1d2100'], 96],
    ['a line that is full: by the line spacing', [`"${'a'.repeat(48)}"`], 34],
    ['a bell rings without a move', ['07 1b420301'], 0],
    ['a drawer opens without a move', ['1b7000 1919'], 0],
  ])('%s', (_, parts, atDots) => {
    expect(below(...parts)).toBe(atDots);
  });

  test('bells and drawers are heard between the lines', () => {
    expect(events('"a"', '0a', '07', '1b420301', '1b7000 1919')).toMatchObject([
      { type: 'text' },
      { type: 'beep', atDots: 34 },
      { type: 'beep', atDots: 34 },
      { type: 'drawer', atDots: 34 },
    ]);
  });
});

describe('characters', () => {
  const text = (...parts: string[]): string[] => texts(events(...parts, '0a'));

  test('of a page without a name of its own are those of page 437', () => {
    expect(text('1b74c8', '"\x82\xd5"')).toEqual(['é╒']);
    expect(text('1b7400', '"\x82\xd5"')).toEqual(['é╒']);
  });

  test('page 857 has a euro sign where IBM put it, and no other page does', () => {
    expect(text('1b740d', '"\xd5\xd4"')).toEqual(['€È']);
    expect(text('1b7402', '"\xd5"')).toEqual(['ı']);
  });

  test.each([0, 1, 2, 13, 37, 50])('below 80h are those of ASCII on page %i too', (page) => {
    expect(text(`1b74${page.toString(16).padStart(2, '0')}`, '"50% \\ ~"')).toEqual(['50% \\ ~']);
  });

  test('of Chinese mode and out of it', () => {
    expect(text('1c2e', '「中」')).toEqual(['╓╨']);
    expect(text('1c2e 1c26', '「中」')).toEqual(['中']);
  });

  test('as wide as the line are printed, and wider ones are named', () => {
    const wide = '1d2170 1d576000'; // letters of 96 dots on a line of 96
    expect(texts(events(wide, '"A"', '0a'))).toEqual(['A']);
    expect(unknown(events(wide, '「中」', '0a'))).toMatchObject([
      { reason: 'character wider than the line', hex: 'd6d0', offset: 7 },
    ]);
  });
});

describe('characters that the host has drawn', () => {
  const bits = (glyph: Glyph | undefined): unknown =>
    glyph?.bitmap && [glyph.bitmap.rowBytes, glyph.bitmap.rows, Buffer.from(glyph.bitmap.bits).toString('hex')];
  const user = (define: string, letters: string): unknown[] =>
    glyphs(events(define, '1b2501', letters, '0a')).map(bits);

  test('each of its own width, one behind another', () => {
    // A: two columns of 8 dots; B: none; C: one column.
    expect(user('1b26 01 4143 02 80ff 00 01 c0', '"ABCD"')).toEqual([
      [1, 8, `c0${'40'.repeat(7)}`],
      undefined,
      [1, 8, `8080${'00'.repeat(6)}`],
      undefined,
    ]);
  });

  test('have twelve columns at most, and what comes behind the thirteenth is whole', () => {
    expect(user(`1b26 01 4142 0d ${'80'.repeat(13)} 01 ff`, '"AB"')).toEqual([
      [2, 8, `fff0${'0000'.repeat(7)}`],
      [1, 8, '80'.repeat(8)],
    ]);
  });

  test('are not higher than a cell', () => {
    expect(user(`1b26 03 4141 01 ffffff`, '"A"')).toEqual([[1, 24, '80'.repeat(24)]]);
    expect(user(`1b26 04 4141 01 ffffffff`, '"A"')).toEqual([undefined]);
  });

  test('are used while ESC % says so, and until they are taken back or the printer is reset', () => {
    const define = `1b26 01 4141 01 ff`;
    const drawn = (...parts: string[]): boolean => !!glyphs(events(define, ...parts, '"A"', '0a'))[0]?.bitmap;
    expect(drawn('1b2501')).toBe(true);
    expect(drawn()).toBe(false);
    expect(drawn('1b2501 1b2500')).toBe(false);
    expect(drawn('1b2501 1b3f42')).toBe(true);
    expect(drawn('1b2501 1b3f41')).toBe(false);
    expect(drawn('1b2501 1b40 1b2501')).toBe(false);
    expect(drawn('1b40')).toBe(false);
  });

  test('in Chinese mode have the codes from FE A1', () => {
    const drawn = (define: string, code: string, ...parts: string[]): boolean =>
      !!glyphs(events(`1c32 ${define} ${'ff'.repeat(72)}`, ...parts, code, '0a'))[0]?.bitmap;
    expect(drawn('fea1', 'fea1')).toBe(true);
    expect(drawn('fefe', 'fefe')).toBe(true);
    expect(drawn('fea1', 'fea2')).toBe(false);
    expect(drawn('fda1', 'fea1')).toBe(false);
    expect(drawn('fda1', 'fda1')).toBe(false);
    expect(drawn('fea0', 'fea0')).toBe(false);
    expect(drawn('fea1', 'fea1', '1c3f fea2')).toBe(true);
    expect(drawn('fea1', 'fea1', '1c3f fea1')).toBe(false);
  });

  test('in Chinese mode are columns of 24 dots', () => {
    const [glyph] = glyphs(events(`1c32 fea1 800000 ${'000000'.repeat(22)} 000001`, 'fea1', '0a'));
    expect(bits(glyph)).toEqual([3, 24, `800000${'000000'.repeat(22)}000001`]);
  });
});
