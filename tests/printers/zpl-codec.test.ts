import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../drivers/core/index.ts';
import { ANSWER_BYTES_MAX, type Answer, AnswerDecoder } from '../../printers/zpl/answers.ts';
import { type Command, cancelEverything, encode, escapeField, unescapeField } from '../../printers/zpl/commands.ts';
import {
  compressAcs,
  compressZ64,
  decodeBase64,
  decodeGraphic,
  decompressAcs,
  encodeGraphic,
} from '../../printers/zpl/graphics.ts';
import { jobPieces } from '../../printers/zpl/job.ts';
import { COMMAND_BYTES_MAX, ZplParser } from '../../printers/zpl/parser.ts';
import { conditionFromErrors, isEmpty, troubleOf } from '../../printers/zpl/status.ts';
import { messageDecoderConformance, streamDecoderConformance } from '../conformance/decoder-conformance.ts';
import { Noise } from '../support/noise.ts';

const vectors: {
  hostStatus: { means: string; hex: string }[];
  graphics: { id: string; bytesPerRow: number; acs?: string; z64?: string; hex: string }[];
} = JSON.parse(readFileSync(new URL('zpl-vectors.json', import.meta.url), 'utf8'));

const [ready, mediaOut, headOpen] = vectors.hostStatus.map(({ hex }) => Buffer.from(hex, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
const framed = (text: string): Uint8Array => Buffer.from(`\x02${text}\x03\r\n`);
const text = (command: Command): string => Buffer.from(encode(command)).toString();

function answersIn(...chunks: Uint8Array[]): Answer[] {
  const decoder = new AnswerDecoder();
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

function statusIn(...chunks: Uint8Array[]) {
  const [answer, ...more] = answersIn(...chunks);
  expect(more).toEqual([]);
  if (answer?.type !== 'host-status') throw new Error('no host status');
  return answer.status;
}

describe('the answer to ~HS', () => {
  test('of a printer that is ready: nothing wrong, nothing left, 330 dots', () => {
    const status = statusIn(ready!);
    expect([troubleOf(status), isEmpty(status), status.labelLengthDots]).toEqual([undefined, true, 330]);
  });

  test('of a printer without media: paper out before paused, and five labels left', () => {
    const status = statusIn(mediaOut!);
    expect(troubleOf(status)).toMatchObject({ code: 'paper-out', certain: true });
    expect([status.paused, status.labelsRemaining, isEmpty(status)]).toEqual([true, 5, false]);
  });

  test('of a printer with its head open', () => {
    expect(troubleOf(statusIn(headOpen!))).toMatchObject({ code: 'cover-open', certain: true });
  });

  test.each([
    ['ribbon out', [2, 3], { code: 'user-error', detail: expect.stringContaining('ribbon') }],
    ['paused', [1, 2], { code: 'user-error', detail: expect.stringContaining('pause') }],
    ['corrupt RAM', [1, 9], { code: 'hardware-error', detail: expect.stringContaining('settings') }],
    ['too hot', [1, 11], { code: 'hardware-error', certain: false }],
    ['buffer full', [1, 5], { code: 'hardware-error', certain: false }],
    ['diagnosing', [1, 6], { code: 'user-error', detail: expect.stringContaining('hex dumps') }],
    ['too cold, which only pales the print', [1, 10], undefined],
    ['a label on the peeler', [2, 7], { code: 'user-error', detail: expect.stringContaining('taken') }],
  ] as const)('%s is told from the other flags', (_, [line, field], expected) => {
    const lines = ready!.toString('latin1').split('\r\n');
    const fields = lines[line - 1]!.slice(1, -1).split(',');
    fields[field] = '1';
    lines[line - 1] = `\x02${fields.join(',')}\x03`;
    const trouble = troubleOf(statusIn(Buffer.from(lines.join('\r\n'), 'latin1')));
    if (expected) expect(trouble).toMatchObject(expected);
    else expect(trouble).toBeUndefined();
  });

  test('is understood without CR LF, and in any two packets', () => {
    const bare = Buffer.from(ready!.toString('latin1').replaceAll('\r\n', ''), 'latin1');
    expect(statusIn(bare)).toEqual(statusIn(ready!));
    for (let cut = 0; cut <= mediaOut!.length; cut += 1) {
      expect(statusIn(mediaOut!.subarray(0, cut), mediaOut!.subarray(cut)).labelsRemaining).toBe(5);
    }
  });

  test.each([
    ['the second line alone', '\x02000,0,0,0,0,2,0,0,00000000,1,000\x03'],
    ['the first line twice', '\x02030,0,0,0330,000,0,0,0,000,0,0,0\x03'.repeat(2)],
    ['a flag that is no flag', '\x02030,7,0,0330,000,0,0,0,000,0,0,0\x03\x02000,0,0,0,0,2,0,0,00000000,1,000\x03'],
    [
      'a first line whose beginning is lost',
      '\x020,0,0330,000,0,0,0,000,0,0,0\x03\x02000,0,0,0,0,2,0,0,00000000,1,000\x03',
    ],
    [
      'another answer in between',
      '\x02030,0,0,0330,000,0,0,0,000,0,0,0\x03\x02X,V1,8,1KB\x03\x02000,0,0,0,0,2,0,0,00000000,1,000\x03',
    ],
  ])('%s is no host status', (_, bytes) => {
    const types = answersIn(Buffer.from(bytes)).map(({ type }) => type);
    expect(types).not.toContain('host-status');
  });

  test('keeps the password of its third line to itself', () => {
    expect(JSON.stringify(answersIn(ready!))).not.toContain('1234');
  });
});

describe('the answers to ~HI and ~HQES', () => {
  test.each([
    ['ZTC ZD420-300dpi ZPL,V84.20.21Z,12,8176KB', { model: 'ZTC ZD420-300dpi ZPL', firmware: 'V84.20.21Z', dpi: 300 }],
    ['XXXXXX,V1.0.0,8,512KB,X', { model: 'XXXXXX', dpi: 203, memory: '512KB' }],
    ['ZTC ZD420-300dpi ZPL,V84.20.21Z,300,262144', { dpi: 300, memory: '262144' }],
    ['LE850,V2.1,24,8192KB,CUTTER,RTC', { dpi: 600 }],
    ['SOMETHING,V2.1,7,8192KB', { dpi: undefined }],
  ])('%s is a printer', (line, expected) => {
    expect(answersIn(framed(line))).toMatchObject([{ type: 'identity', identity: expected }]);
  });

  const errorsIn = (line: string) =>
    answersIn(framed(line)).map((answer) => (answer.type === 'errors' ? answer.errors : answer));

  test.each([
    ['00000001', 'paper-out'],
    ['00000002', 'user-error'],
    ['00000005', 'cover-open'],
    ['00000008', 'media-jammed'],
    ['00000010', 'hardware-error'],
    ['00008000', 'hardware-error'],
  ])('error flags %s are %s', (flags, code) => {
    const [errors] = errorsIn(
      `\r\n\r\n  PRINTER STATUS\r\n  ERRORS:         1 00000000 ${flags}\r\n  WARNINGS: 1 00000000 00000001\r\n`,
    );
    if (!errors || 'type' in errors) throw new Error('no errors');
    expect(conditionFromErrors(errors)?.trouble).toMatchObject({ code });
  });

  test('no error flags explain no silence', () => {
    const [errors] = errorsIn('PRINTER STATUS\r\nERRORS: 0 00000000 00000000\r\nWARNINGS: 0 00000000 00000000');
    if (!errors || 'type' in errors) throw new Error('no errors');
    expect(conditionFromErrors(errors)).toBeUndefined();
  });
});

describe('pictures', () => {
  test.each(vectors.graphics)('$id is read as its makers read it', ({ bytesPerRow, acs, z64, hex: plain }) => {
    const total = plain.length / 2;
    if (acs) expect(hex(decompressAcs(acs, bytesPerRow, total))).toBe(plain);
    if (z64) expect(hex(decodeBase64(z64, total))).toBe(plain);
    const parameters = `A,${total},${total},${bytesPerRow},${acs ?? z64}`;
    expect(hex(decodeGraphic(parameters).bits)).toBe(plain);
    expect(hex(decodeGraphic(`A,${total},${total},${bytesPerRow},${plain}`).bits)).toBe(plain);
  });

  test('run lengths are written as the published vector has them', () => {
    expect(compressAcs(Buffer.from('FFFFF00FFFFF', 'hex'), 2)).toBe('JFFH0FJF');
    expect(compressAcs(Buffer.from('00000000000000000000000000000E', 'hex'), 15)).toBe('gO0E');
    expect(compressAcs(Buffer.from('FFFFFFFF0000FF00', 'hex'), 2)).toBe('JF:,HF,');
  });

  test('zzhH is 842 of a digit', () => {
    expect(hex(decompressAcs('zzhHA', 421, 421))).toBe('A'.repeat(842));
    expect(compressAcs(new Uint8Array(421).fill(0xaa), 421)).toBe('zzhHA');
  });

  test('any picture comes back as it was, in either encoding, and without an exclamation mark', () => {
    const picture = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }))
      .chain(([rowBytes, rows]) =>
        fc.record({
          rowBytes: fc.constant(rowBytes),
          rows: fc.constant(rows),
          bits: fc.oneof(
            fc.uint8Array({ minLength: rowBytes * rows, maxLength: rowBytes * rows }),
            fc
              .array(fc.constantFrom(0, 0xff, 0xf0), { minLength: rowBytes * rows, maxLength: rowBytes * rows })
              .map((array) => Uint8Array.from(array)),
          ),
        }),
      );
    fc.assert(
      fc.property(picture, fc.constantFrom('acs', 'z64'), (image, encoding) => {
        const command = encodeGraphic(image, encoding);
        expect(command).not.toContain('!');
        expect(decodeGraphic(command.slice(3))).toEqual(image);
      }),
    );
  });

  test('a wrong CRC, a bomb and a broken stream are refused', () => {
    const good = compressZ64(new Uint8Array(100).fill(0x55));
    expect(hex(decodeBase64(good, 100))).toBe('55'.repeat(100));
    expect(() => decodeBase64(good.replace(/.{4}$/, '0000'), 100)).toThrow(DeviceError);
    expect(() => decodeBase64(compressZ64(new Uint8Array(1_000_000)), 100)).toThrow(DeviceError);
    expect(() => decodeGraphic('A,999999999,1,1,zzzzF')).toThrow(DeviceError);
    expect(() => decodeGraphic('B,4,4,2,abcd')).toThrow(/unsupported|format B/);
  });

  test('a picture that no graphic field holds is refused before it is sent', () => {
    expect(() => encodeGraphic({ rowBytes: 1_250, rows: 1, bits: new Uint8Array(1_250) }, 'acs')).toThrow(RangeError);
    expect(() => encodeGraphic({ rowBytes: 100, rows: 1_000, bits: new Uint8Array(100_000) }, 'acs')).toThrow(
      RangeError,
    );
    expect(() => encodeGraphic({ rowBytes: 2, rows: 2, bits: new Uint8Array(3) }, 'acs')).toThrow(RangeError);
  });

  messageDecoderConformance(
    'a graphic field',
    (message) => decodeGraphic(Buffer.from(message).toString('latin1')),
    Buffer.from(
      encodeGraphic({ rowBytes: 4, rows: 3, bits: Uint8Array.from({ length: 12 }, (_, at) => at * 21) }, 'z64').slice(
        3,
      ),
    ),
  );
});

describe('commands', () => {
  test('the graphic of BinaryKits.Zpl', () => {
    const image = { rowBytes: 2, rows: 3, bits: Buffer.from('FFFFF00FFFFF', 'hex') };
    expect(text({ type: 'graphic', x: 10, y: 10, image, encoding: 'acs' })).toBe('^FO10,10^GFA,6,6,2,JFFH0FJF^FS');
  });

  test.each<[Command, string]>([
    [{ type: 'print-width', dots: 400 }, '^PW400'],
    [{ type: 'label-length', dots: 240 }, '^LL240'],
    [{ type: 'label-home', x: 0, y: 8 }, '^LH0,8'],
    [{ type: 'copies', count: 3 }, '^PQ3'],
    [{ type: 'print-mode', mode: 'cutter' }, '^MMC'],
    [{ type: 'reprint-after-error', value: 'no' }, '^JZN'],
  ])('%j is %s', (command, expected) => {
    expect(text(command)).toBe(expected);
  });

  test.each<Command>([
    { type: 'print-width', dots: 1 },
    { type: 'label-length', dots: 32_001 },
    { type: 'copies', count: 0 },
    { type: 'copies', count: 1.5 },
  ])('%j is refused', (command) => {
    expect(() => encode(command)).toThrow(RangeError);
  });

  test('text holds no command of its own, and comes back as it was', () => {
    expect(escapeField('A^XZ~JA_办')).toBe('A_5EXZ_7EJA_5F_E5_8A_9E');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (written) => {
        const escaped = escapeField(written);
        expect(escaped).toMatch(/^[ -}]*$/);
        expect(escaped).not.toMatch(/[\^~]/);
        expect(Buffer.from(unescapeField(escaped, '_'), 'latin1').toString()).toBe(Buffer.from(written).toString());
      }),
    );
  });

  test('a job prints nothing before its last piece, and no picture hides a command', () => {
    const noise = new Noise(3);
    const image = { rowBytes: 25, rows: 100, bits: noise.bytes(2_500) };
    for (const graphics of ['acs', 'z64'] as const) {
      const pieces = jobPieces(image, 200, { copies: 2, graphics }).map((piece) => Buffer.from(piece).toString());
      expect(pieces[0]).toBe('^XA^JZN^PW200^LL100^LH0,0');
      expect(pieces.at(-1)).toBe('^PQ2^XZ');
      for (const band of pieces.slice(1, -1)) expect(band).toMatch(/^\^FO0,\d+\^GFA,[^^~]*\^FS$/);
    }
  });
});

streamDecoderConformance("a ZPL printer's answers", () => {
  const decoder = new AnswerDecoder();
  let found = 0;
  return {
    push: (chunk) => {
      found += decoder.push(chunk).filter(({ type }) => type === 'host-status').length;
    },
    frame: ready!,
    found: () => found,
    heldBytes: () => decoder.heldBytes,
    maxFrameBytes: ANSWER_BYTES_MAX,
  };
});

streamDecoderConformance("a ZPL printer's input", () => {
  const parser = new ZplParser();
  let found = 0;
  return {
    push: (chunk) => {
      found += parser.push(chunk).filter(({ name }) => name === '~HQES').length;
    },
    frame: Buffer.from('~HQES'),
    found: () => found,
    heldBytes: () => parser.heldBytes,
    maxFrameBytes: COMMAND_BYTES_MAX,
  };
});

test('a control command is carried out inside a label, and cuts a graphic short', () => {
  const parser = new ZplParser();
  const found = parser.push(Buffer.from(`^XA^FO1,2^GFA,6,6,2,FFF~HSFF^FS${Buffer.from(cancelEverything)}^xz`));
  expect(found.map(({ name, parameters }) => name + parameters)).toEqual([
    '^XA',
    '^FO1,2',
    '^GFA,6,6,2,FFF',
    '~HS',
    '^FS',
    '~JX',
    '~JA',
    '^XZ',
  ]);
});
