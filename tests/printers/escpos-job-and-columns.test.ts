import { describe, expect, test } from 'vitest';
import { type Receipt, type ReceiptBlock, receipt } from '../../printers/document/document.ts';
import { type Command, code128Content, encode } from '../../printers/escpos/commands.ts';
import { gridRow, gridWidths } from '../../printers/escpos/grid.ts';
import { receiptCommands } from '../../printers/escpos/job.ts';
import { layoutReceipt } from '../../printers/escpos/layout.ts';
import { type EscposProfile, loadProfile } from '../../printers/escpos/profile.ts';
import { qrBitmap, rowsBitmap } from '../../printers/escpos/receipt-pictures.ts';
import { qrModules } from '../../printers/escpos/symbols.ts';

const wide = loadProfile('generic-80');
const narrow = loadProfile('generic-58');

const slipOf = (blocks: ReceiptBlock[]): Receipt => receipt.parse({ kind: 'receipt', language: 'zh-CN', blocks });
const laidOut = (blocks: ReceiptBlock[], profile = wide) => layoutReceipt(slipOf(blocks), profile);
const textsOf = (blocks: ReceiptBlock[], profile = wide): string[] =>
  laidOut(blocks, profile).flatMap((line) => (line.type === 'text' ? [line.text] : []));
const sent = (blocks: ReceiptBlock[], profile: EscposProfile = wide): Command[] =>
  receiptCommands(slipOf(blocks), profile);
const ofType = <Type extends Command['type']>(type: Type, commands: Command[]): Extract<Command, { type: Type }>[] =>
  commands.filter((command): command is Extract<Command, { type: Type }> => command.type === type);

const text = '办件受理凭证请妥善保管到期查询进度以便';

describe('columns beside each other', () => {
  const sides = [
    { align: 'left', share: 1 },
    { align: 'right', share: 1 },
  ] as const;

  test.each([
    [39, 'a b'],
    [40, 'a  b'],
  ])('of a line of %i columns have a space between them, or two where there is room', (columns, line) => {
    expect(gridRow(['a', 'b'], sides, [1, 1], columns)).toEqual([line]);
  });

  test.each([
    [39, 19 + 19],
    [40, 19 + 19],
  ])('of a line of %i columns share the rest of it', (columns, all) => {
    expect(gridWidths([['a', 'b']], sides, columns)?.reduce((sum, width) => sum + width)).toBe(all);
  });

  test('with a cell missing are empty there, and as narrow as what is in them', () => {
    expect(gridWidths([['a', 'b'], ['c']], sides, 10)).toEqual(gridWidths([['a', 'b']], sides, 10));
    expect(gridRow(['a'], sides, [3, 3], 10)).toEqual(['a']);
    expect(gridRow(['a'], [...sides, { align: 'left', share: 1 }], [3, 3, 3], 10)).toEqual(['a']);
  });
});

describe('a table', () => {
  const table = (headers: string[]): ReceiptBlock => ({
    type: 'table',
    columns: headers.map((header) => ({ header, share: 1 })),
    rows: [['证照', '1']],
  });
  const linesOf = (headers: string[]): unknown[] =>
    laidOut([table(headers)]).map((line) => (line.type === 'text' ? line.strong : line.type));

  test('has a strong head, a rule below it, and rows that are not strong', () => {
    expect(linesOf(['名称', '数量'])).toEqual([true, 'rule', 'gap', false, 'gap', 'gap']);
  });

  test('has a head where one column has a name', () => {
    expect(linesOf(['名称', ''])).toEqual([true, 'rule', 'gap', false, 'gap', 'gap']);
  });

  test('without names has no head', () => {
    expect(linesOf(['', ''])).toEqual([false, 'gap', 'gap']);
  });
});

describe('text that is broken', () => {
  test('in the middle has lines of one length, at the left full ones', () => {
    const lengths = (align: 'center' | 'left'): number[] =>
      textsOf([{ type: 'text', align, text }], narrow).map((line) => line.length);
    expect(lengths('left')).toEqual([16, 3]);
    expect(lengths('center')).toEqual([10, 9]);
  });
});

describe('a job', () => {
  test('of plain text sets no place, size or weight: the reset has', () => {
    const types = sent([{ type: 'text', text: '办' }]).map(({ type }) => type);
    for (const mode of ['align', 'size', 'bold']) expect(types).not.toContain(mode);
  });

  test('sets each mode once, where it changes', () => {
    const commands = sent([
      { type: 'text', text: '办', strong: true },
      { type: 'text', text: '件', strong: true },
      { type: 'text', text: '受', align: 'center' },
      { type: 'text', text: '理', align: 'center' },
    ]);
    expect(ofType('bold', commands).map(({ on }) => on)).toEqual([true, false]);
    expect(ofType('align', commands).map(({ to }) => to)).toEqual(['center']);
    expect(ofType('line-spacing', commands)).toHaveLength(1);
  });

  test('sets a size of which only the width changes, or only the height', () => {
    const commands = sent([
      { type: 'title', text: '凭证' },
      { type: 'title', text },
      { type: 'text', text: '办' },
    ]);
    expect(ofType('size', commands).map(({ width, height }) => [width, height])).toEqual([
      [2, 2],
      [1, 2],
      [1, 1],
    ]);
  });

  test('has no text in an empty line', () => {
    const commands = sent([{ type: 'text', text: '办\n\n件' }]);
    expect(ofType('line-feed', commands)).toHaveLength(3);
    expect(ofType('text', commands).map((command) => command.text)).toEqual(['办', '件']);
  });
});

describe('a QR code', () => {
  test.each([
    [10, 21, 8],
    [60, 33, 7],
    [200, 57, 4],
    [400, 77, 3],
  ])(
    'of %i bytes, which are %i modules, has modules of %i dots: 29 mm of 3 to 8 each',
    (bytes, modules, moduleDots) => {
      const [qr] = ofType('qr', sent([{ type: 'qr', data: 'x'.repeat(bytes) }], { ...wide, qr: 'native' }));
      expect([qrModules(bytes), qr?.moduleDots]).toEqual([modules, moduleDots]);
    },
  );

  test('is no wider than its paper', () => {
    const paper = { ...wide, qr: 'native', widthDots: 144, columns: 12 } as const;
    const data = 'x'.repeat(180);
    const [qr] = ofType('qr', sent([{ type: 'qr', data }], paper));
    expect([qrModules(180), qr?.moduleDots]).toEqual([53, 2]);
  });

  test('is sent as a picture of its size to a printer that draws none', () => {
    const commands = sent([{ type: 'qr', data: 'x'.repeat(60) }], { ...wide, qr: 'raster' });
    const bands = ofType('raster', commands).map(({ image }) => [image.rowBytes, image.rows]);
    expect(bands).toEqual([...Array.from({ length: 9 }, () => [29, 24]), [29, 33 * 7 - 9 * 24]]);
    expect(ofType('qr', commands)).toEqual([]);
  });

  test('as a picture has each row of modules as often as they are high', () => {
    const dark = [true, false, true, false, false, true, true, true, false];
    const { rowBytes, rows, bits } = qrBitmap({ modules: 3, dark }, 3);
    const [first, second, third] = [
      [0xe3, 0x80],
      [0x03, 0x80],
      [0xfc, 0x00],
    ];
    const thrice = [first, second, third].flatMap((row) => [row, row, row]).flat();
    expect([rowBytes, rows, [...bits]]).toEqual([2, 9, thrice]);
  });
});

test('a symbol of one dot a module is a picture row by row', () => {
  const dark = [true, false, false, true, false, true, true, true];
  expect(rowsBitmap(dark, 4)).toEqual({ rowBytes: 1, rows: 2, bits: Uint8Array.of(0x90, 0x70) });
  expect(rowsBitmap(dark, 2)).toEqual({ rowBytes: 1, rows: 4, bits: Uint8Array.of(0x80, 0x40, 0x40, 0xc0) });
});

describe('a barcode', () => {
  test.each([
    ['B', '件A'],
    ['B', 'A件'],
    ['B', ''],
    ['C', '1'],
    ['C', '12A'],
    ['C', 'A12'],
  ] as const)('in set %s does not hold "%s"', (set, data) => {
    expect(() => code128Content([{ set, text: data }])).toThrow(new RegExp(`set ${set} `));
  });

  test('in sets B and C is sent as letters and as pairs of digits', () => {
    const content = code128Content([
      { set: 'B', text: 'A{' },
      { set: 'C', text: '0099' },
    ]);
    expect([...content]).toEqual([0x7b, 0x42, 0x41, 0x7b, 0x7b, 0x7b, 0x43, 0, 99]);
  });

  test('that is too long for its paper is refused in words', () => {
    expect(() => sent([{ type: 'barcode', data: 'x'.repeat(60) }])).toThrow(/Barcode .* too long/);
  });
});

test('a raster whose dots are not those of its size is refused with both', () => {
  const image = { rowBytes: 3, rows: 2, bits: new Uint8Array(7) };
  expect(() => encode({ type: 'raster', image })).toThrow(/3 × 2 .* 7/);
});
