import { describe, expect, test } from 'vitest';
import { initialState, type PrintState } from '../../printers/escpos/print-state.ts';
import { applySymbolFunction } from '../../printers/escpos/symbol-functions.ts';
import { bars, type Pdf417Options, pdf417 } from '../../printers/escpos/symbols.ts';
import { stream } from './escpos-streams.ts';

/** The state after functions of `GS ( k`, each as family, function and parameters in hex; all of them leave nothing to do. */
function stateAfter(...functions: string[]): PrintState {
  const state = initialState();
  for (const hex of functions) {
    const [family = 0, fn = 0, ...parameters] = stream(hex);
    expect(applySymbolFunction(state, family, fn, Uint8Array.from(parameters))).toBe('nothing');
  }
  return state;
}

describe('GS ( k sets up QR codes', () => {
  test('which have modules of three dots, the weakest correction and no data after a reset', () => {
    expect(stateAfter().qr).toEqual({ moduleDots: 3, level: 'L', data: new Uint8Array() });
  });

  test.each([
    ['3143 01', 1],
    ['3143 08', 8],
    ['3143 10', 16],
    ['3143 00', 1],
    ['3143 11', 16],
    ['3143 ff', 16],
    ['3143', 3],
  ])('%s: modules of %i dots', (hex, moduleDots) => {
    expect(stateAfter(hex).qr.moduleDots).toBe(moduleDots);
  });

  test.each([
    ['3145 30', 'L'],
    ['3145 31', 'M'],
    ['3145 32', 'Q'],
    ['3145 33', 'H'],
    ['3145 00', 'L'],
    ['3145 01', 'M'],
    ['3145 02', 'Q'],
    ['3145 03', 'H'],
    ['3145 34', 'L'],
    ['3145 07', 'L'],
  ])('%s: correction %s', (hex, level) => {
    expect(stateAfter('3145 32', hex).qr.level).toBe(level);
  });

  test('and holds their data until the next, without the byte that says that it is stored', () => {
    expect(stateAfter('3150 30 414243').qr.data).toEqual(Uint8Array.of(0x41, 0x42, 0x43));
    expect(stateAfter('3150 30 414243', '3150 30 44').qr.data).toEqual(Uint8Array.of(0x44));
    expect(stateAfter('3150 30').qr.data).toEqual(new Uint8Array());
  });

  test('their model, and what asks for their size, changes nothing', () => {
    expect(stateAfter('3141 3200', '3152 30')).toEqual(initialState());
  });
});

describe('GS ( k sets up PDF417', () => {
  const options = { columns: 0, rows: 0, level: undefined, truncated: false };

  test('which has modules of three dots, rows of three modules, and is as large as its data after a reset', () => {
    expect(stateAfter().pdf417).toEqual({ moduleDots: 3, rowModules: 3, data: '', options });
  });

  test.each([
    ['3041 00', { columns: 0 }],
    ['3041 01', { columns: 1 }],
    ['3041 1e', { columns: 30 }],
    ['3041 1f', { columns: 30 }],
    ['3042 00', { rows: 0 }],
    ['3042 03', { rows: 3 }],
    ['3042 5a', { rows: 90 }],
    ['3042 5b', { rows: 90 }],
    ['3045 3030', { level: 0 }],
    ['3045 3038', { level: 8 }],
    ['3045 3039', { level: 8 }],
    ['3045 3005', { level: 5 }],
    ['3045 3105', { level: undefined }],
    ['3046 01', { truncated: true }],
    ['3046 00', { truncated: false }],
  ])('%s: %o, and nothing else', (hex, changed) => {
    expect(stateAfter(hex).pdf417.options).toEqual({ ...options, ...changed });
    const others = ['3041 05', '3042 06', '3045 3007', '3046 01'];
    expect(stateAfter(...others, hex).pdf417.options).toEqual({
      columns: 5,
      rows: 6,
      level: 7,
      truncated: true,
      ...changed,
    });
  });

  test.each([
    ['3043 02', { moduleDots: 2 }],
    ['3043 00', { moduleDots: 1 }],
    ['3043 08', { moduleDots: 8 }],
    ['3043 09', { moduleDots: 8 }],
    ['3044 04', { rowModules: 4 }],
    ['3044 01', { rowModules: 2 }],
    ['3044 08', { rowModules: 8 }],
    ['3044 09', { rowModules: 8 }],
    ['3050 30 5044e9', { data: 'PD\xe9' }],
    ['3050 30', { data: '' }],
    ['3052 30', {}],
  ])('%s: %o, and nothing else', (hex, changed) => {
    expect(stateAfter(hex).pdf417).toEqual({ moduleDots: 3, rowModules: 3, data: '', options, ...changed });
  });

  test('whose smallest module, row and level are told from one more', () => {
    expect(stateAfter('3043 01', '3044 02').pdf417).toMatchObject({ moduleDots: 1, rowModules: 2 });
    expect(stateAfter('3045 3031').pdf417.options.level).toBe(1);
  });
});

describe('GS ( k', () => {
  const asked = (hex: string): string => {
    const [family = 0, fn = 0, ...parameters] = stream(hex);
    return applySymbolFunction(initialState(), family, fn, Uint8Array.from(parameters));
  };

  test('prints what its function 51h says', () => {
    expect([asked('3151 30'), asked('3051 30')]).toEqual(['print-qr', 'print-pdf417']);
  });

  test.each(['3153 30', '3140 30', '3053 30', '3040 30', '3241 31', '2f51 30', '3651 30'])(
    'does not know %s',
    (hex) => {
      expect(asked(hex)).toBe('unknown');
    },
  );
});

describe('a PDF417 symbol', () => {
  const own: Pdf417Options = { columns: 0, rows: 0, level: undefined, truncated: false };
  const rowsOf = (data: string, options: Partial<Pdf417Options> = {}): string[] => {
    const { columns, rows, dark } = pdf417(data, { ...own, ...options }) ?? { columns: 0, rows: 0, dark: [] };
    return Array.from({ length: rows }, (_, y) =>
      dark.slice(y * columns, (y + 1) * columns).reduce((row, on) => row + (on ? '#' : '.'), ''),
    );
  };
  /** ISO/IEC 15438, 5.3.3: each row begins with bars 8 1 1 1 1 1 1 3 and ends with 7 1 1 3 1 1 1 2 1. */
  const START = '########.#.#.#...';
  const STOP = '#######.#...#.#..#';

  test('begins and ends each row as the standard says', () => {
    const rows = rowsOf('PDF417');
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) expect([row.slice(0, 17), row.slice(-18)]).toEqual([START, STOP]);
  });

  test('that is cut short ends each row with one bar in place of the right indicator and the stop', () => {
    const [whole = [], short = []] = [
      rowsOf('PDF417', { columns: 3 }),
      rowsOf('PDF417', { columns: 3, truncated: true }),
    ];
    expect(short).toHaveLength(whole.length);
    expect([short[0]?.length, whole[0]?.length]).toEqual([17 + 17 + 3 * 17 + 1, 17 + 17 + 3 * 17 + 17 + 18]);
    for (const [y, row] of short.entries()) expect(row).toBe(`${whole[y]?.slice(0, -35)}#`);
  });

  test.each([
    [{ columns: 2 }, 17 * 4 + 1 + 2 * 17, undefined],
    [{ columns: 5 }, 17 * 4 + 1 + 5 * 17, undefined],
    [{ columns: 2, rows: 10 }, 17 * 4 + 1 + 2 * 17, 10],
    [{ columns: 2, rows: 12 }, 17 * 4 + 1 + 2 * 17, 12],
  ])('of %o is as wide and high as that', (options, columns, rows) => {
    const symbol = pdf417('PDF417', { ...own, ...options });
    expect(symbol?.columns).toBe(columns);
    if (rows) expect(symbol?.rows).toBe(rows);
  });

  test('has 2, 4, 8 and so on words of correction by its level', () => {
    const rows = [0, 1, 2, 3, 4].map((level) => pdf417('PDF417', { ...own, columns: 1, level })?.rows ?? 0);
    // Words of data and length, and one for each row: as many rows as words.
    expect(rows.map((count) => count - (rows[0] ?? 0))).toEqual([0, 2, 6, 14, 30]);
  });

  test('holds bytes as they were sent, not as letters that would take two', () => {
    expect(rowsOf('\xe9', { columns: 3, rows: 8 })).not.toEqual(rowsOf('\xc3\xa9', { columns: 3, rows: 8 }));
    expect(rowsOf('\xe9'.repeat(400), { columns: 10, level: 0 }).length).toBeLessThan(40);
  });

  test('holds more digits than bytes', () => {
    expect(pdf417('1'.repeat(1_200), { ...own, level: 0 })).toBeDefined();
    expect(pdf417('\xe9'.repeat(1_200), { ...own, level: 0 })).toBeUndefined();
  });

  test('of nothing, or in fewer rows than there can be, is none', () => {
    expect(pdf417('', own)).toBeUndefined();
    expect(pdf417('PDF417', { ...own, rows: 1 })).toBeUndefined();
  });
});

describe('a barcode', () => {
  const drawn = (m: number, data: string): unknown[] => {
    const code = bars(m, data);
    return code ? [code.symbology, code.text, code.widths.reduce((sum, width) => sum + width, 0)] : ['none'];
  };
  const widths = (m: number, data: string): string => bars(m, data)?.widths.join('') ?? 'none';

  test.each([
    [65, '03600029145', 'UPC-A', '036000291452', 95],
    [66, '123456', 'UPC-E', '123456', 51],
    [67, '690123456789', 'EAN-13', '6901234567892', 95],
    [68, '9638507', 'EAN-8', '96385074', 67],
    [70, '1234', 'ITF', '1234', 37],
    [72, 'A1', 'CODE93', 'A1', 37],
    [73, 'AB', 'CODE128', 'AB', 57],
    [74, '10AB', 'GS1-128', '10AB', 90],
    [75, '0950600013435', 'GS1 DataBar', '0950600013435', 96],
    [76, '0950600013435', 'GS1 DataBar Truncated', '0950600013435', 96],
    [77, '0950600013435', 'GS1 DataBar Limited', '0950600013435', 79],
    [78, '(01)09506000134352', 'GS1 DataBar Expanded', '(01)09506000134352', 134],
    [79, 'AB', 'CODE128', 'AB', 57],
  ])('%i of %s is %s, reads %s and is %i modules wide', (m, data, symbology, text, modules) => {
    expect(drawn(m, data)).toEqual([symbology, text, modules]);
  });

  test.each([
    [0, 65, '03600029145'],
    [2, 67, '690123456789'],
    [4, 69, 'A-1'],
    [6, 71, 'A12B'],
  ])('of the old form, %i, is the same as %i', (old, m, data) => {
    expect(bars(old, data)).toEqual(bars(m, data));
  });

  test.each([
    ['of a kind that nobody knows', 80, '1'],
    ['EAN-13 with a letter', 67, '6901234567X9'],
    ['EAN-13 with a letter in place of the check digit', 67, '690123456789X'],
    ['EAN-13 with a letter in front', 67, 'X690123456789'],
    ['EAN-13 of fourteen digits', 67, '69012345678921'],
    ['EAN-13 of eleven digits', 67, '69012345678'],
    ['EAN-8 of twelve digits', 68, '963850740000'],
    ['EAN-8 of nine digits', 68, '963850740'],
    ['UPC-A of thirteen digits', 65, '0360002914521'],
    ['CODE39 with a star inside', 69, 'A*B'],
    ['CODABAR without start and stop', 71, '12'],
    ['DataBar Expanded without identifiers', 78, '0109506000134352'],
  ])('%s is none', (_, m, data) => {
    expect(bars(m, data)).toBeUndefined();
  });

  test.each([
    ['DataBar with the brackets of its identifier', 75, '(01)09506000134352', '0950600013435'],
    ['GS1-128 with brackets', 74, '(10)AB(15)251231', '10AB{115251231'],
    ['CODE39 with its start only', 69, '*A-1', 'A-1'],
    ['CODE39 with its stop only', 69, 'A-1*', 'A-1'],
    ['CODABAR in small letters', 71, 'a12b', 'A12B'],
  ])('%s is the same as without', (_, m, one, other) => {
    expect(widths(m, one)).toBe(widths(m, other));
    expect(bars(m, one)?.text).toBe(one);
  });

  test('GS1-128 takes a caret for a letter, not for a function', () => {
    expect(widths(74, '21A^FNC1')).not.toBe(widths(74, '21A{1'));
    expect(drawn(74, '21A^FNC1')).toEqual(['GS1-128', '21A^FNC1', 134]);
  });

  test.each([
    ['{AAB', 'AB'],
    ['{BAB{1CD', 'ABCD'],
    ['{C\x0c\x22', '1234'],
    ['{C\x05', '05'],
    ['{C\x0c{1\x22', '1234'],
    ['{C\x0c{BA', '12A'],
    ['{C\x0c{AA', '12A'],
    ['{BA{SB', 'AB'],
    ['{BA{2{3{4B', 'AB'],
    ['{BA{{B', 'A{B'],
    ['AB', 'AB'],
  ])('CODE128 of %j reads %s', (data, text) => {
    expect(bars(73, data)?.text).toBe(text);
    expect(widths(73, data)).toBe(widths(79, text));
  });

  test('CODE128 whose code sets the printer chooses has braces for letters, and so have other codes', () => {
    expect(bars(79, '{AB1')?.text).toBe('{AB1');
    expect(bars(72, '{A1')).toBeUndefined();
  });

  test('shows a control character as a space', () => {
    expect(bars(73, '{AA\tB\x1f')?.text).toBe('A B ');
  });
});
