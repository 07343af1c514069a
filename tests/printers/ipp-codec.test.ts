import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../printers/ipp/codec.ts';
import { jobFacts, printerFacts } from '../../printers/ipp/facts.ts';
import {
  attribute,
  enumerated,
  type IppAttribute,
  type IppMessage,
  type IppValue,
  integer,
  keyword,
  mimeType,
  name,
  uri,
} from '../../printers/ipp/values.ts';
import { messageDecoderConformance } from '../conformance/decoder-conformance.ts';
import ippFrames from './ipp-frames.json' with { type: 'json' };

const { frames } = ippFrames;
const bytesOf = (id: string): Uint8Array => {
  const frame = frames.find((each) => each.id === id);
  if (!frame) throw new Error(`no frame ${id}`);
  return new Uint8Array(Buffer.from(frame.hex, 'hex'));
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

const preamble = [
  attribute('attributes-charset', { type: 'charset', value: 'utf-8' }),
  attribute('attributes-natural-language', { type: 'natural-language', value: 'en' }),
  attribute('printer-uri', uri('ipp://192.0.2.10:631/ipp/print')),
];

describe('frames that CUPS ippeveprinter understood', () => {
  test.each(frames.map(({ id, hex }) => [id, hex]))('%s is written back byte for byte', (_, expected) => {
    const { message, document } = decodeMessage(new Uint8Array(Buffer.from(expected, 'hex')));
    expect(document).toHaveLength(0);
    expect(hex(encodeMessage(message))).toBe(expected);
  });

  test('Validate-Job with nested media-col is built byte for byte', () => {
    const margin = (side: string): IppAttribute => attribute(`media-${side}-margin`, integer(500));
    const size = [attribute('x-dimension', integer(21_000)), attribute('y-dimension', integer(29_700))];
    const mediaCol: IppValue = {
      type: 'collection',
      members: [
        attribute('media-size', { type: 'collection', members: size }),
        attribute('media-source', keyword('tray-1')),
        attribute('media-type', keyword('stationery')),
        ...['top', 'bottom', 'left', 'right'].map(margin),
      ],
    };
    const message: IppMessage = {
      version: [2, 0],
      code: 0x0004,
      requestId: 2,
      groups: [
        {
          group: 'operation',
          attributes: [
            ...preamble,
            attribute('requesting-user-name', name('kiosk')),
            attribute('job-name', name('办理凭证')),
            attribute('document-format', mimeType('application/pdf')),
          ],
        },
        {
          group: 'job',
          attributes: [
            attribute('media-col', mediaCol),
            attribute('sides', keyword('one-sided')),
            attribute('print-quality', enumerated(4)),
            attribute('copies', integer(1)),
          ],
        },
      ],
    };
    expect(hex(encodeMessage(message))).toBe(hex(bytesOf('validate-job')));
  });

  test('a reply with two reasons gives both, in order', () => {
    const { message } = decodeMessage(bytesOf('get-printer-attributes-reply'));
    const printer = message.groups.find(({ group }) => group === 'printer');
    const reasons = printer?.attributes.find((each) => each.name === 'printer-state-reasons');
    expect(reasons?.values).toEqual([keyword('media-empty-error'), keyword('cover-open-error')]);
  });

  test('an attribute that a printer does not support has no value', () => {
    const { message } = decodeMessage(bytesOf('validate-job-reply-unsupported'));
    expect(message.code).toBe(1);
    expect(message.groups[1]).toEqual({
      group: 'unsupported',
      attributes: [attribute('finishings', { type: 'unsupported' })],
    });
  });

  test('what follows a message is its document', () => {
    const pdf = new TextEncoder().encode('%PDF-1.4');
    const { document } = decodeMessage(Uint8Array.of(...bytesOf('send-document'), ...pdf));
    expect([...document]).toEqual([...pdf]);
  });
});

describe('any message', () => {
  const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
  const string = fc.string({ unit: 'grapheme', maxLength: 15 });
  const bytes = fc.uint8Array({ maxLength: 60 });
  const plain = fc.oneof(
    fc.constantFrom(...(['unsupported', 'unknown', 'no-value'] as const)).map((type): IppValue => ({ type })),
    fc
      .tuple(fc.constantFrom(...(['integer', 'enum'] as const)), int32)
      .map(([type, value]): IppValue => ({ type, value })),
    fc
      .tuple(fc.constantFrom(...(['text', 'name', 'keyword', 'uri', 'charset', 'mime-media-type'] as const)), string)
      .map(([type, value]): IppValue => ({ type, value: Buffer.from(value).subarray(0, 60).toString() })),
    fc
      .tuple(fc.constantFrom(...(['text-with-language', 'name-with-language'] as const)), string)
      .map(([type, value]): IppValue => ({ type, language: 'zh', value })),
    fc.boolean().map((value): IppValue => ({ type: 'boolean', value })),
    bytes.map((value): IppValue => ({ type: 'octet-string', bytes: value })),
    fc.uint8Array({ minLength: 11, maxLength: 11 }).map((value): IppValue => ({ type: 'date-time', bytes: value })),
    fc.tuple(int32, int32).map(([lower, upper]): IppValue => ({ type: 'range', lower, upper })),
    fc
      .tuple(int32, int32, fc.constantFrom(...(['per-inch', 'per-cm'] as const)))
      .map(([crossFeed, feed, units]): IppValue => ({ type: 'resolution', crossFeed, feed, units })),
    fc
      .tuple(fc.constantFrom(0x38, 0x4b, 0x7f, 0xff), bytes)
      .map(([tag, value]): IppValue => ({ type: 'other', tag, bytes: value })),
  );
  const attributeName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
  const attributeOf = (value: fc.Arbitrary<IppValue>): fc.Arbitrary<IppAttribute> =>
    fc.record({ name: attributeName, values: fc.array(value, { minLength: 1, maxLength: 4 }) });
  const { value } = fc.letrec<{ value: IppValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      plain,
      fc
        .array(attributeOf(tie('value')), { maxLength: 3 })
        .map((members): IppValue => ({ type: 'collection', members })),
    ),
  }));
  const message: fc.Arbitrary<IppMessage> = fc.record({
    version: fc.constantFrom([1, 1] as const, [2, 0] as const),
    code: fc.integer({ min: 0, max: 0xffff }),
    requestId: fc.integer({ min: 1, max: 0x7fff_ffff }),
    groups: fc.array(
      fc.record({
        group: fc.constantFrom(...(['operation', 'job', 'printer', 'unsupported', 'document'] as const)),
        attributes: fc.array(attributeOf(value), { maxLength: 4 }),
      }),
      { maxLength: 4 },
    ),
  });

  test('comes back as it was sent, with its document', () => {
    fc.assert(
      fc.property(message, bytes, (sent, document) => {
        const read = decodeMessage(Uint8Array.of(...encodeMessage(sent), ...document));
        expect(read.message).toEqual(sent);
        expect(read.document).toEqual(document);
      }),
    );
  });

  test('cut short anywhere, it is refused and not half read', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, cut) => {
        const whole = encodeMessage(sent);
        expect(() => decodeMessage(whole.subarray(0, cut % whole.length))).toThrow(
          expect.objectContaining({ code: 'protocol' }),
        );
      }),
    );
  });

  test('with any bytes changed, it is read or refused, never anything else', () => {
    const frame = fc.constantFrom(...frames.map((each) => each.hex));
    fc.assert(
      fc.property(
        frame,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (start, changes) => {
          const bytes = new Uint8Array(Buffer.from(start, 'hex'));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            decodeMessage(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: 'DeviceError', code: 'protocol' });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('hostile bytes', () => {
  const head = [2, 0, 0, 0, 0, 0, 0, 1];
  const refused = (...bytes: number[]) =>
    expect(() => decodeMessage(Uint8Array.of(...head, ...bytes))).toThrow(
      expect.objectContaining({ code: 'protocol' }),
    );

  test('an attribute before any group is refused', () => refused(0x21, 0, 1, 0x61, 0, 4, 0, 0, 0, 1, 3));
  test('a further value without an attribute is refused', () => refused(1, 0x21, 0, 0, 0, 4, 0, 0, 0, 1, 3));
  test('an unknown group is refused', () => refused(0x0f, 3));
  test('a negative length is refused', () => refused(1, 0x44, 0xff, 0xff, 0, 0, 3));
  test('an integer of three bytes is refused', () => refused(1, 0x21, 0, 1, 0x61, 0, 3, 0, 0, 1, 3));
  test('an integer of five bytes is refused', () => refused(1, 0x21, 0, 1, 0x61, 0, 5, 0, 0, 0, 0, 1, 3));
  test('a collection that never ends is refused', () => refused(1, 0x34, 0, 1, 0x61, 0, 0, 3));
  test('a collection value without a member name is refused', () =>
    refused(1, 0x34, 0, 1, 0x61, 0, 0, 0x21, 0, 0, 0, 4, 0, 0, 0, 1, 0x37, 0, 0, 0, 0, 3));
  test('a member without a value is refused', () =>
    refused(1, 0x34, 0, 1, 0x61, 0, 0, 0x4a, 0, 0, 0, 1, 0x62, 0x37, 0, 0, 0, 0, 3));
  test('the end of a collection outside one is refused', () => refused(1, 0x37, 0, 1, 0x61, 0, 0, 3));

  test('collections nested a thousand deep are refused without exhausting the stack', () => {
    const nested = Array.from({ length: 1000 }, () => [0x4a, 0, 0, 0, 1, 0x62, 0x34, 0, 0, 0, 0]).flat();
    refused(1, 0x34, 0, 1, 0x61, 0, 0, ...nested);
  });

  test('a reply of ever more values is refused', () => {
    refused(1, ...Array.from({ length: 10_001 }, () => [0x13, 0, 1, 0x61, 0, 0]).flat(), 3);
  });

  test('Latin-1 in a message for people does not cost the reply', () => {
    const { message } = decodeMessage(Uint8Array.of(...head, 4, 0x41, 0, 1, 0x61, 0, 2, 0xe9, 0x61, 3));
    expect(message.groups[0]?.attributes).toEqual([attribute('a', { type: 'text', value: '\ufffda' })]);
  });
});

messageDecoderConformance('an IPP reply', decodeMessage, bytesOf('get-printer-attributes-reply'));
messageDecoderConformance(
  'what an IPP printer says of itself',
  (bytes) => printerFacts(decodeMessage(bytes).message.groups.find(({ group }) => group === 'printer')),
  bytesOf('get-printer-attributes-reply'),
);
messageDecoderConformance(
  'what an IPP printer says of a job',
  (bytes) => jobFacts(decodeMessage(bytes).message.groups.find(({ group }) => group === 'job')),
  bytesOf('get-job-attributes-reply'),
);

describe('what IPP cannot carry is not sent', () => {
  const encode =
    (value: IppValue, attributeName = 'a') =>
    () =>
      encodeMessage({
        version: [2, 0],
        code: 2,
        requestId: 1,
        groups: [{ group: 'job', attributes: [attribute(attributeName, value)] }],
      });
  const invalid = expect.objectContaining({ code: 'invalid-data' });

  test('a name of more than 255 bytes, in UTF-8', () => {
    expect(encode(name('证'.repeat(85)))).not.toThrow();
    expect(encode(name('证'.repeat(86)))).toThrow(invalid);
  });
  test('a number that is no 32-bit integer', () => {
    expect(encode(integer(2 ** 31))).toThrow(invalid);
    expect(encode(integer(1.5))).toThrow(invalid);
    expect(encode(integer(Number.NaN))).toThrow(invalid);
  });
  test('an attribute without a name', () => expect(encode(integer(1), '')).toThrow(invalid));
  test('octets beyond a signed short', () => {
    expect(encode({ type: 'octet-string', bytes: new Uint8Array(32_768) })).toThrow(invalid);
  });
});
