import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip, fromColumns } from '../../printers/escpos/bitmap.ts';
import { code128Modules, code128Parts } from '../../printers/escpos/code128.ts';
import { type Command, encode, realTimeStatusRequest, statusItems } from '../../printers/escpos/commands.ts';
import { assertPrintable, cells, columnsOf, isPrintable, missingCharacters } from '../../printers/escpos/text.ts';
import file from './escpos-vectors.json' with { type: 'json' };

const plain = { type: 'size', width: 1, height: 1 } as const;
const large = { type: 'size', width: 2, height: 2 } as const;
const text = (characters: string): Command => ({ type: 'text', text: characters });

const commands = new Map<string, readonly Command[]>([
  ['init', [{ type: 'initialise' }]],
  ['chinese-line', [{ type: 'initialise' }, { type: 'chinese', on: true }, text('中文测试'), { type: 'line-feed' }]],
  [
    'title',
    [
      { type: 'align', to: 'center' },
      large,
      text('办理凭证'),
      { type: 'line-feed' },
      plain,
      { type: 'align', to: 'left' },
    ],
  ],
  ['bold', [{ type: 'bold', on: true }, text('姓名：张三'), { type: 'line-feed' }, { type: 'bold', on: false }]],
  [
    'underline-chinese',
    [{ type: 'underline', dots: 1 }, text('请妥善保管'), { type: 'underline', dots: 0 }, { type: 'line-feed' }],
  ],
  [
    'double-chinese',
    [
      { type: 'chinese-mode', doubleWidth: true, doubleHeight: true },
      text('大字'),
      { type: 'chinese-mode', doubleWidth: false, doubleHeight: false },
      { type: 'line-feed' },
    ],
  ],
  ['qr-native', [{ type: 'qr', data: 'https://example.gov.cn/v?id=202401010001', moduleDots: 6, level: 'M' }]],
  [
    'barcode-code128',
    [{ type: 'code128', parts: [{ set: 'B', text: 'GOV2024001' }], heightDots: 80, moduleDots: 2, text: 'below' }],
  ],
  [
    'raster-8x8',
    [
      {
        type: 'raster',
        image: { rowBytes: 1, rows: 8, bits: Uint8Array.of(0xff, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0xff) },
      },
    ],
  ],
  [
    'feed-cut',
    [
      { type: 'feed-lines', lines: 5 },
      { type: 'cut', kind: 'partial' },
    ],
  ],
  ['feed-and-cut', [{ type: 'feed-and-cut', kind: 'partial', dots: 30 }]],
  ['beep-cn', [{ type: 'beep', times: 3, eachMs: 200 }]],
  ['drawer', [{ type: 'drawer', pin: 2, onMs: 50, offMs: 500 }]],
  ['asb-on', [{ type: 'automatic-status', items: statusItems.everything }]],
]);

describe('the ESC/POS encoder', () => {
  test.each(file.vectors.filter(({ id }) => id !== 'poll-all'))('writes $id byte for byte: $meaning', ({ id, hex }) => {
    const bytes = Buffer.concat((commands.get(id) ?? []).map(encode));
    expect(bytes.toString('hex').toUpperCase()).toBe(hex);
  });

  test('asks for the four real-time states as in the manual', () => {
    const vector = file.vectors.find(({ id }) => id === 'poll-all');
    const asked = Buffer.concat(([1, 2, 3, 4] as const).map(realTimeStatusRequest));
    expect(asked.toString('hex').toUpperCase()).toBe(vector?.hex);
  });

  test('a value outside a command is a mistake of ours, and is not sent as something else', () => {
    expect(() => encode({ type: 'size', width: 9, height: 1 })).toThrow(RangeError);
    expect(() => encode({ type: 'feed-dots', dots: 256 })).toThrow(RangeError);
    expect(() => encode({ type: 'feed-dots', dots: 1.5 })).toThrow(RangeError);
    expect(() => encode({ type: 'beep', times: 1, eachMs: 75 })).toThrow(RangeError);
    for (const part of [
      { set: 'B', text: '编号' },
      { set: 'C', text: '123' },
      { set: 'C', text: '1604' }, // 10h 04h, which asks for a status
    ] as const) {
      expect(() => encode({ type: 'code128', parts: [part], heightDots: 80, moduleDots: 2, text: 'none' })).toThrow(
        RangeError,
      );
    }
    expect(() => encode({ type: 'qr', data: 'a\u0010\u0005\u0002', moduleDots: 4, level: 'M' })).toThrow(RangeError);
    const short = { rowBytes: 2, rows: 2, bits: new Uint8Array(3) };
    expect(() => encode({ type: 'raster', image: short })).toThrow(RangeError);
  });

  test('no picture asks for a status or clears the printer, whatever is on it', () => {
    const dangerous = Uint8Array.of(0x10, 0x04, 0x01, 0x10, 0x05, 0x02, 0x10, 0x14, 0x08, 0x10, 0x10, 0x04);
    const bytes = encode({ type: 'raster', image: { rowBytes: dangerous.length, rows: 1, bits: dangerous } });
    expect(Buffer.from(bytes).toString('hex')).not.toMatch(/10(04|05|14)/);
    expect(bytes).toHaveLength(8 + dangerous.length);
  });
});

const hexOf = (command: Command): string => Buffer.from(encode(command)).toString('hex');
const bars = (changes: object): Command => {
  const plainBars = { type: 'code128', parts: [{ set: 'B', text: 'A' }], heightDots: 80, moduleDots: 2, text: 'none' };
  return { ...plainBars, ...changes } as Command;
};
const qr = (changes: object): Command =>
  ({ type: 'qr', data: 'a', moduleDots: 4, level: 'M', ...changes }) as unknown as Command;

describe('each command', () => {
  test.each<[string, Command, string]>([
    ['Chinese off', { type: 'chinese', on: false }, '1c2e'],
    ['motion units of 203 dpi', { type: 'motion-units', dpi: 203 }, '1d50cbcb'],
    ['code page 16', { type: 'code-page', page: 16 }, '1b7410'],
    ['right', { type: 'align', to: 'right' }, '1b6102'],
    ['left', { type: 'align', to: 'left' }, '1b6100'],
    ['three wide and eight high', { type: 'size', width: 3, height: 8 }, '1d2127'],
    ['Chinese of double width', { type: 'chinese-mode', doubleWidth: true, doubleHeight: false }, '1c2104'],
    ['Chinese of double height', { type: 'chinese-mode', doubleWidth: false, doubleHeight: true }, '1c2108'],
    ['bold off', { type: 'bold', on: false }, '1b4500'],
    ['a thick line below', { type: 'underline', dots: 2 }, '1b2d021c2d02'],
    ['lines 33 dots apart', { type: 'line-spacing', dots: 33 }, '1b3321'],
    ['a feed of 200 dots', { type: 'feed-dots', dots: 200 }, '1b4ac8'],
    ['a full cut', { type: 'cut', kind: 'full' }, '1d5600'],
    ['a full cut after a feed', { type: 'feed-and-cut', kind: 'full', dots: 3 }, '1d564103'],
    ['the other drawer', { type: 'drawer', pin: 5, onMs: 100, offMs: 200 }, '1b70013264'],
    ['a report', { type: 'report-when-done' }, '1d7201'],
    ['bars with their text above', bars({ text: 'above' }), '1d68501d77021d48011d6b49037b4241'],
    ['bars with their text above and below', bars({ text: 'both' }), '1d68501d77021d48031d6b49037b4241'],
    ['pairs of digits', bars({ parts: [{ set: 'C', text: '0799' }] }), '1d68501d77021d48001d6b49047b430763'],
    ['a brace', bars({ parts: [{ set: 'B', text: 'a{' }] }), '1d68501d77021d48001d6b49057b42617b7b'],
  ])('%s is written byte for byte', (_, command, hex) => {
    expect(hexOf(command)).toBe(hex);
  });

  test.each(['L', 'M', 'Q', 'H'] as const)('a QR code of level %s says so', (level) => {
    const said = { L: '30', M: '31', Q: '32', H: '33' }[level];
    expect(hexOf(qr({ level }))).toBe(
      `1d286b040031413200${'1d286b0300314304'}1d286b03003145${said}${'1d286b0400315030'}61${'1d286b0300315130'}`,
    );
  });

  test.each<[string, number, number, (value: number) => Command]>([
    ['dots per inch', 1, 255, (dpi) => ({ type: 'motion-units', dpi })],
    ['a code page', 0, 255, (page) => ({ type: 'code-page', page })],
    ['a width', 1, 8, (width) => ({ type: 'size', width, height: 1 })],
    ['a height', 1, 8, (height) => ({ type: 'size', width: 1, height })],
    ['a line spacing', 0, 255, (dots) => ({ type: 'line-spacing', dots })],
    ['a feed', 0, 255, (dots) => ({ type: 'feed-dots', dots })],
    ['lines', 0, 255, (lines) => ({ type: 'feed-lines', lines })],
    ['a feed before the cut', 0, 255, (dots) => ({ type: 'feed-and-cut', kind: 'full', dots })],
    ['beeps', 1, 9, (times) => ({ type: 'beep', times, eachMs: 50 })],
    ['fiftieths of a second', 1, 9, (parts) => ({ type: 'beep', times: 1, eachMs: parts * 50 })],
    ['a pulse', 0, 255, (parts) => ({ type: 'drawer', pin: 2, onMs: parts * 2, offMs: 0 })],
    ['a pause', 0, 255, (parts) => ({ type: 'drawer', pin: 2, onMs: 0, offMs: parts * 2 })],
    ['status items', 0, 255, (items) => ({ type: 'automatic-status', items })],
    ['dots of a module', 1, 16, (moduleDots) => qr({ moduleDots })],
    ['bytes in a QR code', 1, 2_953, (length) => qr({ data: 'a'.repeat(Math.ceil(length)) })],
    ['dots of bars', 1, 255, (heightDots) => bars({ heightDots })],
    ['dots of a bar', 2, 6, (moduleDots) => bars({ moduleDots })],
  ])('%s go from %d to %d', (_, least, most, command) => {
    for (const value of [least, most]) expect(() => encode(command(value))).not.toThrow();
    expect(() => encode(command(most + 1))).toThrow(RangeError);
    if (least > 0) expect(() => encode(command(least - 1))).toThrow(RangeError);
  });

  test.each([-1, 0.5, Number.NaN])('a feed of %d dots is a mistake of ours', (dots) => {
    expect(() => encode({ type: 'feed-dots', dots })).toThrow(`parameter ${dots} is not a whole number from 0 to 255`);
  });

  test('a picture is as large as it says, up to what sixteen bits hold, and keeps its dots', () => {
    const picture = (rowBytes: number, rows: number) =>
      encode({ type: 'raster', image: { rowBytes, rows, bits: new Uint8Array(rowBytes * rows).fill(0x10) } });
    expect(Buffer.from(picture(2, 300).subarray(0, 9)).toString('hex')).toBe('1d76300002002c0110');
    expect(picture(258, 1).subarray(4, 8)).toEqual(Uint8Array.of(2, 1, 1, 0));
    for (const [rowBytes, rows] of [
      [0, 1],
      [1, 0],
      [0x1_0000, 1],
      [1, 0x1_0000],
    ] as const)
      expect(() => picture(rowBytes, rows)).toThrow(RangeError);
    const bits = Uint8Array.of(0x10, 0x10, 0x04, 0x10, 0x06, 0x04, 0x10);
    const sent = encode({ type: 'raster', image: { rowBytes: 7, rows: 1, bits } }).subarray(8);
    expect(sent).toEqual(Uint8Array.of(0x10, 0x18, 0x04, 0x10, 0x06, 0x04, 0x10));
  });
});

describe('a barcode', () => {
  test.each([
    ['', []],
    ['A', ['B A']],
    ['1234', ['C 1234']],
    ['123', ['B 123']],
    ['12345', ['B 1', 'C 2345']],
    ['A1234', ['B A', 'C 1234']],
    ['1234A', ['C 1234', 'B A']],
    ['A12345B', ['B A12345B']],
    ['A123456B', ['B A', 'C 123456', 'B B']],
    ['A1234567B', ['B A1', 'C 234567', 'B B']],
    ['A12B1234', ['B A12B', 'C 1234']],
    ['123456A123456', ['C 123456', 'B A', 'C 123456']],
  ])('of %s is in the sets that make it short', (data, parts) => {
    expect(code128Parts(data).map(({ set, text: part }) => `${set} ${part}`)).toEqual(parts);
  });

  test('is as wide as its characters, their check and the stop', () => {
    expect(code128Modules([{ set: 'B', text: 'A' }])).toBe(3 * 11 + 13);
    expect(code128Modules([{ set: 'C', text: '1234' }])).toBe(4 * 11 + 13);
    expect(code128Modules(code128Parts('A123456B'))).toBe((2 + 4 + 2 + 1) * 11 + 13);
  });
});

describe('a picture', () => {
  test('sent in columns is turned into rows', () => {
    const { rowBytes, rows, bits } = fromColumns(Uint8Array.of(0x80, 0x01, 0x00, 0xff), 16);
    expect([rowBytes, rows, Buffer.from(bits).toString('hex')]).toEqual([
      1,
      16,
      `80${'00'.repeat(7)}${'40'.repeat(7)}c0`,
    ]);
    const nine = fromColumns(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0x81), 8);
    expect([nine.rowBytes, Buffer.from(nine.bits).toString('hex')]).toEqual([2, `0080${'0000'.repeat(6)}8080`]);
    expect(fromColumns(new Uint8Array(3), 16).rowBytes).toBe(1);
    expect(fromColumns(Uint8Array.of(1), 0)).toEqual({ rowBytes: 0, rows: 0, bits: new Uint8Array() });
  });

  test('is cut off where the paper ends, in memory of its own', () => {
    const bits = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const picture = { rowBytes: 2, rows: 3, bits };
    expect(clip(picture, 1, 9)).toEqual({ rowBytes: 1, rows: 3, bits: Uint8Array.of(1, 3, 5) });
    expect(clip(picture, 9, 2)).toEqual({ rowBytes: 2, rows: 2, bits: Uint8Array.of(1, 2, 3, 4) });
    const kept = clip(picture, 2, 3);
    bits.fill(0);
    expect(kept.bits).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });
});

describe('text for the printer', () => {
  test('Chinese goes out in GB 18030, two bytes a character', () => {
    expect(Buffer.from(assertPrintable('中文 A')).toString('hex')).toBe('d6d0cec42041');
    expect(columnsOf('中文 A')).toBe(6);
  });

  test.each([
    ['a rare surname', '𠮷'],
    ['a character of extension A', '㛃'],
    ['䶮, which GB 18030 has in a row that GBK printers leave empty', '䶮'],
    ['the euro sign', '€'],
    ['an emoji', '😀'],
    ['an emoji of several', '👨‍👩‍👧'],
    ['a character of extension F', '𬱖'],
    ['a Tibetan syllable', '\u0f56\u0f7c'],
    ['a Uyghur letter', '\u06d0'],
    ['a private-use character', '\u{e000}'],
    ['half of a surrogate pair', '\u{d842}'],
    ['an escape character', '\u{1b}'],
    ['a letter with a loose accent', 'e\u{301}\u{302}'],
  ])('%s is reported as missing, never sent as a question mark', (_, character) => {
    expect(missingCharacters(`张${character}三`)).toEqual([character]);
    expect(() => assertPrintable(character)).toThrow(RangeError);
  });

  test('a character with two codes is sent by the assigned one', () => {
    expect(Buffer.from(assertPrintable('\u3000')).toString('hex')).toBe('a1a1');
  });

  test('no character of the font joins another as one to a reader, so each can be looked up by itself', () => {
    const font = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit)).filter(isPrintable);
    const beside = font.map((character) => `A${character}${character}中`).join('');
    expect(font.length).toBeGreaterThan(21_000);
    expect([...new Intl.Segmenter('zh-CN').segment(beside)]).toHaveLength(font.length * 4);
  });

  test('the error about a character does not show it', () => {
    expect(() => assertPrintable('㛃')).toThrow(/^Text holds a character that is not in the font of the printer$/);
  });

  test('no byte below the space is ever sent as text, and every character is either sent or reported', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (any) => {
        const all = cells(any);
        expect(all.map((cell) => cell.text).join('')).toBe(any);
        for (const cell of all) {
          if (cell.bytes) {
            expect(cell.bytes.length).toBe(cell.columns);
            expect(Math.min(...cell.bytes)).toBeGreaterThanOrEqual(0x20);
          } else expect(missingCharacters(any)).toContain(cell.text);
        }
      }),
    );
  });
});
