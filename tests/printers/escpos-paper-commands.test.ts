import { describe, expect, test } from 'vitest';
import type { PaperEvent } from '../../printers/escpos/paper-events.ts';
import { events, printed, stream, word } from './escpos-streams.ts';

/** Each text and where it is: down from the upper edge, and its first character from the left. */
const lines = (list: readonly PaperEvent[]): unknown[] =>
  list.flatMap((event) => (event.type === 'text' ? [[event.text, event.atDots, event.glyphs[0]?.leftDots]] : []));
const reasons = (list: readonly PaperEvent[]): unknown[] =>
  list.map((event) => (event.type === 'unknown' ? event.reason : event.type));

describe('a command that this paper does not show', () => {
  test.each([
    ['return-home', '1b3c'],
    ['rotate', '1b5601'],
    ['reverse-feed', '1b6501'],
    ['reverse-feed-dots', '1b4b01'],
    ['vendor-symbol', '1b5a 000204 0100 41'],
    ['variable-bit-image', '1d5130 00 0100 0100 ff'],
    ['macro', '1d3a'],
    ['macro-run', '1d5e 010100'],
    ['counter', '1d4330 0501'],
    ['counter-print', '1d63'],
  ])('is reported by name where it would be seen: %s', (name, hex) => {
    expect(events('"a"', '0a', hex)).toMatchObject([
      { type: 'text' },
      { type: 'unknown', reason: name, hex: hex.replaceAll(' ', '').slice(0, 16), atDots: 34, offset: 2 },
    ]);
  });

  test.each([
    ['real-time status', '100401'],
    ['recovery', '100501'],
    ['pulse', '1014010001'],
    ['report', '1d7201'],
    ['automatic status', '1d61ff'],
    ['identity', '1d4901'],
    ['peripheral status', '1b7500'],
    ['paper sensor', '1b76'],
    ['panel', '1b6335 01'],
    ['barcode font', '1d6600'],
    ['motion units', '1d50cbcb'],
    ['smoothing', '1d6201'],
    ['density', '1d7c00 1223 ff'],
    ['heating', '1b37075002'],
    ['peripheral', '1b3d01'],
    ['one direction', '1b5501'],
    ['user memory', '1c6732 00 00000000 0300'],
    ['colour', '1b7201'],
    ['line start', '1d5401'],
    ['maintenance counter', '1d673014 00 00'],
    ['Chinese code', '1c4300'],
    ['waits', '1b660101 1d7a300303'],
    ['kind of symbol', '1d5a02'],
    ['presenter', '1d65030c 1d6505'],
    ['commands of Custom', '1de001 1de1 1df8 1cc041424344'],
  ])('and would not be seen is no news: %s', (_, hex) => {
    expect(events(hex)).toEqual([]);
  });

  const letters = (head: string, known: string): unknown[] =>
    [...known].map((letter) => {
      const code = letter.charCodeAt(0).toString(16);
      return reasons(events(`${head}${code} 0200 3132`));
    });

  test.each([
    ['GS (', '1d28', 'CDEHJKMPRVYz'],
    ['ESC (', '1b28', 'AY'],
    ['FS (', '1c28', 'CELeg'],
  ])('%s with letters that set up or ask the printer is no news', (_, head, known) => {
    expect(letters(head, known)).toEqual([...known].map(() => []));
  });

  test.each([
    ['1d28', 'gs-function', 'ABQ'],
    ['1b28', 'esc-function', 'BCy'],
    ['1c28', 'fs-function', 'ABG'],
  ])('%s with other letters is reported as %s', (head, family, others) => {
    expect(letters(head, others)).toEqual([...others].map((letter) => [`${family} "${letter}"`]));
  });

  test.each([
    ['1c2843 0200 3002', 'text in UTF-8'],
    ['1c2843 0200 3032', 'text in UTF-8'],
    ['1c2843 0200 3001', undefined],
    ['1c2843 0200 3132', undefined],
    ['1c2845 0200 3032', undefined],
    ['1c2841 0200 3032', 'fs-function "A"'],
  ])('%s: %s', (hex, reason) => {
    expect(reasons(events(hex))).toEqual(reason ? [reason] : []);
  });

  test('is named with its first eight bytes', () => {
    expect(events('1d2842 0700 41424344454647')).toMatchObject([{ hex: '1d28420700414243' }]);
  });

  test('ESC t is reported only for pages that are not known', () => {
    expect(reasons(events('1b7400 1b740d 1b7434 1b74ff 1b7435'))).toEqual(['code page 255', 'code page 53']);
  });
});

describe('ESC @', () => {
  test('forgets the line that is being built, and the page', () => {
    expect(lines(events('"draft"', '1b40', '"a"', '0a'))).toEqual([['a', 0, 0]]);
    expect(lines(events('1b246400 1b40', '"a"', '0a'))).toEqual([['a', 0, 0]]);
    expect(events('1b4c', '"draft"', '0a 1b40', '"a"', '0a')).toMatchObject([{ type: 'text', text: 'a', atDots: 0 }]);
  });
});

describe('a cut', () => {
  test('prints the line that is being built, feeds what it says, and is there', () => {
    expect(events('"a"', '1d564210')).toMatchObject([
      { type: 'text', text: 'a', atDots: 0 },
      { type: 'feed', atDots: 34, dots: 16 },
      { type: 'cut', atDots: 50, kind: 'partial' },
    ]);
    expect(events('"a"', '1b69')).toMatchObject([{ type: 'text' }, { type: 'cut', atDots: 34, kind: 'full' }]);
  });

  test('at the beginning of a line feeds nothing by itself', () => {
    expect(events('"a"', '0a 1d5600')).toMatchObject([{ type: 'text' }, { type: 'cut', atDots: 34 }]);
    expect(events('"a"', '0a 1d564100')).toMatchObject([{ type: 'text' }, { type: 'cut', atDots: 34 }]);
  });

  test('forgets the page that was not printed', () => {
    expect(reasons(events('"a"', '0a 1b4c', '"draft"', '0a 1d5600'))).toEqual(['text', 'cut']);
    expect(lines(events('"a"', '0a 1b4c', '"draft"', '0a 1d5600', '"b"', '0a'))).toEqual([
      ['a', 0, 0],
      ['b', 0, 0],
    ]);
  });

  const withoutFeed = (...parts: string[]): unknown[] =>
    printed(stream(...parts), { cuts: 'without-feed' }).map(({ cut, events: all }) => [cut, ...reasons(all)]);

  test.each(['1d564110', '1d564210', '1d566100', '1d566200', '1d566700', '1d566800'])(
    'that feeds, %s, is nothing to a printer that knows only those without',
    (hex) => {
      expect(withoutFeed('"a"', '0a', hex)).toEqual([[false, 'text', 'cut with a feed']]);
    },
  );

  test.each(['1d5600', '1d5601', '1d5630', '1d5631', '1b69', '1b6d'])('that does not, %s, is one to it', (hex) => {
    expect(withoutFeed('"a"', '0a', hex)).toEqual([[true, 'text', 'cut']]);
  });
});

describe('a QR code on the paper', () => {
  const data = '1d286b0400 315030 41'; // one letter: 21 modules
  const print = '1d286b0300 315130';
  const size = (dots: number): string => `1d286b0300 3143${dots.toString(16).padStart(2, '0')}`;

  test.each([
    ['left', '1b6100', 0],
    ['center', '1b6101', 256],
    ['right', '1b6102', 513],
    ['left behind a margin', '1d4c2000', 32],
  ])('is set on the %s', (_, place, leftDots) => {
    const [code, below] = events(place, data, print, '1b6100 1d4c0000', '"x"', '0a');
    expect(code).toMatchObject({ type: 'qr', data: 'A', atDots: 0, leftDots, heightDots: 63, moduleDots: 3 });
    expect(code).toMatchObject({ matrix: { modules: 21, dark: { length: 441 } } });
    expect(below).toMatchObject({ text: 'x', atDots: 63 });
  });

  test('stands below the line that is being built, and the next begins at the left', () => {
    const all = events('"a"', data, print, '"b"', '0a');
    expect(all).toMatchObject([
      { text: 'a', atDots: 0 },
      { type: 'qr', atDots: 24 },
      { text: 'b', atDots: 87 },
    ]);
    expect(lines(events('1b246400', data, print, '"b"', '0a'))).toEqual([['b', 63, 0]]);
  });

  test('as wide as the line is drawn, and a wider one is named', () => {
    expect(reasons(events(data, size(5), '1d576900', print))).toEqual(['qr']);
    expect(events(data, size(5), '1d576800', print)).toMatchObject([
      { type: 'unknown', reason: 'QR wider than the line', hex: '1d286b0300315130' },
    ]);
  });

  test('of no data, or of more than a symbol holds, is named', () => {
    expect(reasons(events(print))).toEqual(['QR data that fits no symbol']);
    expect(reasons(events('"a"', print, '"b"', '0a'))).toEqual(['text', 'QR data that fits no symbol', 'text']);
  });

  test('can be printed again', () => {
    expect(events(data, print, print)).toMatchObject([{ atDots: 0 }, { type: 'qr', atDots: 63 }]);
  });
});

describe('PDF417 on the paper', () => {
  const columns = '1d286b0300 304101'; // 86 modules
  const data = '1d286b0400 305030 41';
  const print = '1d286b0300 305130';

  test('has modules and rows of the size that was set, and its height', () => {
    const [code, below] = events(columns, data, '1d286b0300 304302 1d286b0300 304404', print, '"x"', '0a');
    if (code?.type !== 'image') throw new Error('no picture');
    const { rows } = code.image;
    expect(code).toMatchObject({ scaleX: 2, scaleY: 8, heightDots: rows * 8, leftDots: 0, image: { rowBytes: 11 } });
    expect(below).toMatchObject({ atDots: rows * 8 });
    expect(Buffer.from(code.image.bits.subarray(0, 2)).toString('hex')).toBe('ff54'); // bars 8 1 1 1 1 1 1 3
  });

  test('as wide as the line is drawn, and a wider one is named', () => {
    expect(reasons(events(columns, data, `1d57${word(258)}`, print))).toEqual(['image']);
    expect(events(columns, data, `1d57${word(257)}`, print)).toMatchObject([
      { type: 'unknown', reason: 'PDF417 wider than the line', hex: '1d286b0300305130' },
    ]);
  });

  test('stands below the line that is being built, and the next begins at the left', () => {
    expect(events('"a"', columns, data, print)).toMatchObject([
      { text: 'a', atDots: 0 },
      { type: 'image', atDots: 24 },
    ]);
    expect(lines(events('1b246400', columns, data, print, '"b"', '0a'))).toMatchObject([['b', expect.anything(), 0]]);
  });
});

describe('a barcode on the paper', () => {
  const code = '1d6b44 07 39363338353037'; // EAN-8: 67 modules

  test('has bars of 162 dots, modules of three and no text after a reset', () => {
    expect(events(code)).toMatchObject([
      { type: 'barcode', atDots: 0, leftDots: 0, heightDots: 162, barDots: 162, moduleDots: 3, textPlace: 'none' },
    ]);
  });

  test.each([
    ['1d4800', 'none', 162],
    ['1d4801', 'above', 190],
    ['1d4802', 'below', 190],
    ['1d4803', 'both', 218],
    ['1d4830', 'none', 162],
    ['1d4831', 'above', 190],
    ['1d4832', 'below', 190],
    ['1d4833', 'both', 218],
    ['1d4802 1d4804', 'none', 162],
  ])('%s: text %s, %i dots in all', (place, textPlace, heightDots) => {
    const [drawn, below] = events(place, code, '"x"', '0a');
    expect(drawn).toMatchObject({ textPlace, barDots: 162, heightDots });
    expect(below).toMatchObject({ text: 'x', atDots: heightDots });
  });

  test.each([
    ['1d6801', 1],
    ['1d6800', 1],
    ['1d6850', 80],
    ['1d68ff', 255],
  ])('%s: bars of %i dots', (height, barDots) => {
    expect(events(height, code)).toMatchObject([{ barDots, heightDots: barDots }]);
  });

  test.each([
    ['1d7700', 1],
    ['1d7701', 1],
    ['1d7702', 2],
    ['1d7706', 6],
    ['1d7707', 6],
  ])('%s: modules of %i dots, in the middle of the line', (width, moduleDots) => {
    const leftDots = Math.floor((576 - 67 * moduleDots) / 2);
    expect(events(width, '1b6101', code)).toMatchObject([{ moduleDots, leftDots }]);
  });

  test('as wide as the line is drawn, and a wider one is named', () => {
    expect(reasons(events(`1d57${word(201)}`, code))).toEqual(['barcode']);
    expect(events(`1d57${word(200)}`, code)).toMatchObject([
      { type: 'unknown', reason: 'barcode wider than the line', hex: '1d6b440739363338' },
    ]);
  });

  test('stands below the line that is being built, and the next begins at the left', () => {
    expect(events('"a"', code, '"b"', '0a')).toMatchObject([
      { text: 'a', atDots: 0 },
      { type: 'barcode', atDots: 24 },
      { text: 'b', atDots: 186 },
    ]);
    expect(lines(events('1b246400', code, '"b"', '0a'))).toEqual([['b', 162, 0]]);
  });

  test('that cannot be drawn is named, and takes no paper', () => {
    expect(events('1d6b43 03 414243', '"x"', '0a')).toMatchObject([
      { type: 'unknown', reason: 'barcode that cannot be drawn', hex: '1d6b4303414243' },
      { text: 'x', atDots: 0 },
    ]);
  });

  test('of the old form begins behind its number and ends before its NUL', () => {
    expect(events('1d6b04 412d31 00')).toMatchObject([{ bars: { symbology: 'CODE39', text: 'A-1' } }]);
  });
});
