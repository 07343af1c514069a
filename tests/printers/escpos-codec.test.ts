import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
