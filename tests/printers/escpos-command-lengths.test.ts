import { describe, expect, test } from 'vitest';
import { COMMAND_BYTES_MAX, type Parsed, parse } from '../../printers/escpos/parser.ts';
import { stream, word } from './escpos-streams.ts';

const read = (...parts: string[]): Parsed => parse(stream(...parts), true);
const named = (parsed: Parsed): unknown[] => (parsed.kind === 'command' ? [parsed.name, parsed.length] : [parsed]);
const nought = (sizeBytes: number): string => '00'.repeat(sizeBytes);
const stops = (count: number): string => '05'.repeat(count);

/** Whole commands, the smallest and largest form of each, by Epson's ESC/POS command reference. */
const whole = (
  [
    ['real-time-status', '1004 01'],
    ['real-time-status', '1004 04'],
    ['real-time-status', '1004 07 01'],
    ['real-time-status', '1004 08 03'],
    ['real-time-status', '1004 12 02'],
    ['real-time-recovery', '1005 02'],
    ['real-time-pulse', '1014 01 0001'],
    ['real-time-pulse', '1014 02 0108'],
    ['real-time-pulse', '1014 03 0101000101'],
    ['real-time-pulse', '1014 07 01'],
    ['real-time-pulse', '1014 08 01031401060208'],
    ['initialise', '1b40'],
    ['align', '1b61 01'],
    ['italic', '1b34 01'],
    ['italic', '1b34 30'],
    ['user-define', '1b26 03 4141 02 414141414141'],
    ['user-define', '1b26 01 4143 01 41 00 02 4142'],
    ['user-define', '1b26 03 4241'],
    ['esc-function', `1b2841 0100 ${nought(1)}`],
    ['esc-function', `1b2859 0001 ${nought(256)}`],
    ['absolute-position', '1b24 4142'],
    ['tab-stops', '1b44 00'],
    ['tab-stops', '1b44 0510 00'],
    ['tab-stops', `1b44 ${stops(31)} 00`],
    ['bit-image', '1b2a 00 0300 414243'],
    ['bit-image', `1b2a 01 0101 ${nought(257)}`],
    ['bit-image', `1b2a 1f 0100 ${nought(1)}`],
    ['bit-image', `1b2a 20 0100 ${nought(3)}`],
    ['bit-image', `1b2a 21 0101 ${nought(3 * 257)}`],
    ['page-area', '1b57 4142434445464748'],
    ['vendor-symbol', '1b5a 000204 0300 414243'],
    ['vendor-symbol', `1b5a 000204 0101 ${nought(257)}`],
    ['heating', '1b37 075002'],
    ['panel-printer-image', '122a 02 03 414243 444546'],
    ['panel-printer-image', `1256 01 30 ${nought(48)}`],
    ['print-density', '1223 ff'],
    ['chinese-define', `1c32 fea1 ${nought(72)}`],
    ['nv-logo-print', '1c70 0100'],
    ['nv-logo-define', '1c71 00'],
    ['nv-logo-define', `1c71 01 0100 0200 ${nought(16)}`],
    ['nv-logo-define', `1c71 02 0100 0100 ${nought(8)} 0200 0100 ${nought(16)}`],
    ['nv-logo-define', `1c71 01 0101 0100 ${nought(257 * 8)}`],
    ['nv-logo-define', `1c71 01 0100 0101 ${nought(257 * 8)}`],
    ['fs-function', '1c2845 0200 3001'],
    ['user-memory', '1c67 31 00 00000000 0300 414243'],
    ['user-memory', '1c67 01 00 00000000 0300 414243'],
    ['user-memory', '1c67 32 00 00000000 0300'],
    ['user-memory', '1c67 02 00 00000000 0300'],
    ['custom-reset', '1cc0 41424344'],
    ['left-margin', '1d4c 2000'],
    ['cut', '1d56 00'],
    ['cut', '1d56 31'],
    ['cut', '1d56 41 10'],
    ['cut', '1d56 42 10'],
    ['cut', '1d56 61 10'],
    ['cut', '1d56 62 10'],
    ['cut', '1d56 67 10'],
    ['cut', '1d56 68 10'],
    ['raster', '1d7630 00 0200 0300 414243444546'],
    ['raster', `1d7630 00 0101 0100 ${nought(257)}`],
    ['raster', `1d7630 00 0100 0101 ${nought(257)}`],
    ['raster', '1d7630 00 0000 0100'],
    ['variable-bit-image', '1d5130 00 0200 0300 414243444546'],
    ['variable-bit-image', `1d5130 00 0101 0100 ${nought(257)}`],
    ['variable-bit-image', `1d5130 00 0100 0101 ${nought(257)}`],
    ['gs-function', '1d286b 0300 315130'],
    ['gs-function', `1d284c 0101 ${nought(257)}`],
    ['gs-long-function', '1d384c 02000000 3032'],
    ['gs-long-function', `1d384c 01010000 ${nought(257)}`],
    ['gs-long-function', `1d384c 00000100 ${nought(0x1_0000)}`],
    ['barcode', '1d6b 04 414243 00'],
    ['barcode', '1d6b 02 00'],
    ['barcode', `1d6b 05 ${'31'.repeat(254)} 00`],
    ['barcode', '1d6b 41 03 313233'],
    ['barcode', '1d6b 49 00'],
    ['barcode', `1d6b 4f ff ${nought(255)}`],
    ['downloaded-image', `1d2a 02 03 ${nought(48)}`],
    ['counter', '1d43 30 0501'],
    ['counter', '1d43 00 0501'],
    ['counter', '1d43 31 010002000301'],
    ['counter', '1d43 01 010002000301'],
    ['counter', '1d43 32 0100'],
    ['counter', '1d43 3b 313b 3939393939 3b 3b 313b 313b'],
    ['macro-run', '1d5e 030203'],
    ['presenter', '1d65 03 0c'],
    ['presenter', '1d65 05'],
  ] as const
).map(([name, hex]) => ({ name, hex, begin: hex.slice(0, 20) }));

describe('a command', () => {
  test.each(whole)('$name ($begin) is taken whole and nothing of what follows', ({ name, hex }) => {
    const { length } = stream(hex);
    expect(named(read(hex))).toEqual([name, length]);
    const parsed = read(hex, '"A"');
    expect(named(parsed)).toEqual([name, length]);
    const parameters = parsed.kind === 'command' ? Buffer.from(parsed.parameters).toString('hex') : '';
    expect(parameters === hex.replaceAll(' ', '').slice(4)).toBe(true);
  });

  test.each(whole)('$name ($begin) is waited for until its last byte is there', ({ hex }) => {
    const bytes = stream(hex);
    const from = /^1b(34|44)/.test(hex) ? bytes.length - 1 : 1; // a list or a word may end earlier
    const lengths = bytes.length > 60 ? [1, 2, 3, 4, 5, 6, 7, 8, bytes.length - 1] : [...bytes.keys()];
    for (const length of lengths.filter((each) => each >= from)) {
      expect([length, parse(bytes.subarray(0, length), true)]).toEqual([length, { kind: 'incomplete' }]);
    }
  });

  test('without bytes there is nothing to read', () => {
    expect(read('')).toEqual({ kind: 'incomplete' });
  });

  test('ESC 4 takes a parameter where one follows, and text is none', () => {
    expect(named(read('1b34', '"Total"'))).toEqual(['italic', 2]);
    expect(named(read('1b34 02'))).toEqual(['italic', 2]);
    expect(named(read('1b34 31'))).toEqual(['italic', 3]);
    expect(named(read('1b34 00'))).toEqual(['italic', 3]);
  });
});

describe('a list that nobody has ended', () => {
  test('of tab stops ends by itself with the 32nd, and takes a NUL behind it', () => {
    expect(read(`1b44 ${stops(32)}`)).toEqual({ kind: 'incomplete' });
    expect(named(read(`1b44 ${stops(32)}`, '"A"'))).toEqual(['tab-stops', 2 + 32]);
    expect(named(read(`1b44 ${stops(32)} 00`, '"A"'))).toEqual(['tab-stops', 2 + 33]);
    expect(named(read(`1b44 ${stops(33)} 00`))).toEqual(['tab-stops', 2 + 32]);
  });

  test('of a barcode in the old form ends with its 255th letter', () => {
    const letters = (count: number): string => '41'.repeat(count);
    expect(read(`1d6b04 ${letters(255)}`)).toEqual({ kind: 'incomplete' });
    expect(named(read(`1d6b04 ${letters(256)}`))).toEqual(['barcode', 3 + 255]);
    expect(named(read(`1d6b04 ${letters(255)} 00`))).toEqual(['barcode', 3 + 256]);
  });

  test('of a counter ends where a number is longer than one can be', () => {
    expect(read('1d43 3b 313b 3132333435')).toEqual({ kind: 'incomplete' });
    expect(named(read('1d43 3b 313b 313233343536'))).toEqual(['counter', 3 + 2]);
    expect(named(read('1d43 3b', '"Total 12"'))).toEqual(['counter', 3]);
  });
});

describe('a command too long to be printed', () => {
  /** `GS 8 L` with so many parameter bytes, its letter and length among them. */
  const long = (sizeBytes: number): string => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(sizeBytes - 5);
    return `1d384c ${length.toString('hex')}`;
  };

  test('is one of more than two megabytes', () => {
    expect(COMMAND_BYTES_MAX).toBe(2_097_152);
    expect(read(long(COMMAND_BYTES_MAX))).toEqual({ kind: 'incomplete' });
    expect(read(long(COMMAND_BYTES_MAX + 1))).toEqual({
      kind: 'unknown',
      reason: 'gs-long-function of 2097153 bytes',
      length: 2 + 2_097_153,
    });
    expect(read('1d384c 00000001')).toMatchObject({ reason: `gs-long-function of ${5 + 0x100_0000} bytes` });
    expect(read('1d384c ffffffff')).toMatchObject({ reason: `gs-long-function of ${5 + 0xffff_ffff} bytes` });
  });

  test('is given up on as soon as its size is known, and not before', () => {
    expect(read('1d7630 00 ffff ff')).toEqual({ kind: 'incomplete' });
    expect(read('1d7630 00 ffff 2000')).toEqual({ kind: 'incomplete' }); // 2,097,120 bytes of picture
    expect(read('1d7630 00 ffff 2100')).toMatchObject({ reason: `raster of ${6 + 65_535 * 33} bytes` });
    expect(read('1d384c ffffff')).toEqual({ kind: 'incomplete' });
  });

  test('of several logos is given up on at the one that is too large', () => {
    expect(read('1c71 02 ffff ff')).toEqual({ kind: 'incomplete' });
    expect(read('1c71 02 ffff ffff')).toMatchObject({
      kind: 'unknown',
      reason: `nv-logo-define of ${5 + 65_535 * 65_535 * 8} bytes`,
    });
    expect(read(`1c71 02 0100 0100 ${nought(8)} ${word(256)}`)).toEqual({ kind: 'incomplete' });
  });
});

describe('DC2', () => {
  test('alone is waited on: of a panel printer something follows', () => {
    expect(read('12')).toEqual({ kind: 'incomplete' });
  });

  test.each([
    ['* with a row that is wider than such paper', '122a 01 31'],
    ['* without a row', '122a 00'],
    ['* without a byte in its rows', '122a 01 00'],
    ['text', '1241'],
    ['a line feed', '120a'],
  ])('before %s is the end of condensed type', (_, hex) => {
    expect(read(hex)).toEqual({ kind: 'unknown', reason: 'control byte', length: 1 });
  });

  test.each(['122a 01 30', '122a ff 01', '1256 01', '1256 01 01', '1223'])(
    '%s is a command of a panel printer',
    (hex) => {
      expect(read(hex)).toEqual({ kind: 'incomplete' });
    },
  );
});

describe('a byte that begins no command', () => {
  const character = (length: number): object => ({ kind: 'character', length });
  const nonsense = (reason: string, length = 1): object => ({ kind: 'unknown', reason, length });

  test.each([
    ['00', nonsense('control byte')],
    ['1f', nonsense('control byte')],
    ['7f', nonsense('control byte')],
    ['7f41', nonsense('control byte')],
    ['20', character(1)],
    ['7e', character(1)],
    ['80', nonsense('not a Chinese character')],
    ['8040', nonsense('not a Chinese character')],
    ['ff', nonsense('not a Chinese character')],
    ['ff40', nonsense('not a Chinese character')],
    ['81', { kind: 'incomplete' }],
    ['fe', { kind: 'incomplete' }],
    ['8140', character(2)],
    ['817e', character(2)],
    ['8180', character(2)],
    ['81fe', character(2)],
    ['fe50', character(2)],
    ['812f', nonsense('not a Chinese character')],
    ['813a', nonsense('not a Chinese character')],
    ['813f', nonsense('not a Chinese character')],
    ['817f', nonsense('not a Chinese character')],
    ['81ff', nonsense('not a Chinese character')],
    ['8120', nonsense('not a Chinese character')],
  ])('in Chinese mode, %s', (hex, expected) => {
    expect(read(hex)).toMatchObject(expected);
  });

  test.each(['7e', '80', '81', 'ff'])('out of Chinese mode %s is a character of its own', (hex) => {
    expect(parse(stream(hex, '40'), false)).toMatchObject({ ...character(1), bytes: stream(hex) });
  });

  test('out of Chinese mode DEL is no character', () => {
    expect(parse(stream('7f'), false)).toEqual(nonsense('control byte'));
  });

  test.each([
    ['8130', undefined],
    ['813081', undefined],
    ['81308130', 4],
    ['81398130', 4],
    ['8130fe39', 4],
    ['8130fe3941', 4],
    ['81308030', 1],
    ['8130ff30', 1],
    ['8130812f', 1],
    ['8130813a', 1],
    ['81304130', 1],
    ['81304141', 1],
  ])('four bytes of GB 18030, %s, are one character or none', (hex, length) => {
    const expected = length ? nonsense('four-byte GB 18030 character', length) : { kind: 'incomplete' };
    expect(read(hex)).toEqual(expected);
  });

  test('an unknown command is its two bytes', () => {
    expect(read('1b7a 4142')).toEqual(nonsense('unknown command', 2));
    expect(read('1b')).toEqual({ kind: 'incomplete' });
  });
});
