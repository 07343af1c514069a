import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Condition,
  conditionFromAnswers,
  decodeAutomatic,
  decodeErrors,
  decodeOfflineCause,
  decodePaper,
  decodePrintedPaper,
  decodePrinter,
  decodeStatus,
  troubleOf,
} from '../../printers/escpos/status.ts';
import { streamDecoderConformance } from '../conformance/decoder-conformance.ts';
import file from './escpos-status-bits.json' with { type: 'json' };

const healthy: Condition = {
  offline: false,
  coverOpen: false,
  feedButton: false,
  mechanical: false,
  cutter: false,
  unrecoverable: false,
  headHot: false,
  paper: 'present',
};
const errorBits = { mechanical: false, cutter: false, unrecoverable: false, headHot: false };
const causes = { coverOpen: false, feedButton: false, stoppedByPaperEnd: false, error: false };
const printer = { offline: false, waitingForRecovery: false, drawerPin3High: false };

/** What the words of the file's examples mean here. */
const realTime = new Map<string, unknown>([
  ['1 online', printer],
  ['1 offline', { ...printer, offline: true }],
  ['1 online, drawer pin 3 high', { ...printer, drawerPin3High: true }],
  ['2 no offline cause', causes],
  ['2 cover open', { ...causes, coverOpen: true }],
  ['2 stopped by paper end', { ...causes, stoppedByPaperEnd: true }],
  ['2 error', { ...causes, error: true }],
  ['2 cover open and paper end', { ...causes, coverOpen: true, stoppedByPaperEnd: true }],
  ['3 no error', errorBits],
  ['3 cutter error', { ...errorBits, cutter: true }],
  ['3 unrecoverable error', { ...errorBits, unrecoverable: true }],
  ['3 head too hot', { ...errorBits, headHot: true }],
  ['4 paper ok', 'present'],
  ['4 near end', 'near-end'],
  ['4 paper end', 'end'],
  ['4 near end and paper end', 'end'],
]);
const decoders = [decodePrinter, decodeOfflineCause, decodeErrors, decodePaper];

const automatic = new Map<string, Condition>([
  ['ready', healthy],
  ['ready (BTP-M300)', healthy],
  ['near end', { ...healthy, paper: 'near-end' }],
  ['offline, paper end', { ...healthy, offline: true, paper: 'end' }],
  ['offline, cover open', { ...healthy, offline: true, coverOpen: true }],
  ['offline, cutter error', { ...healthy, offline: true, cutter: true }],
  ['offline, head too hot', { ...healthy, offline: true, headHot: true }],
]);

function onlyMessage(bytes: Uint8Array): ReturnType<typeof decodeStatus>['messages'][number] {
  const { messages, rest } = decodeStatus(bytes);
  expect([messages.length, rest.length]).toEqual([1, 0]);
  return messages[0]!;
}

describe("the printer's status", () => {
  test.each(file.dleEot.examples)('DLE EOT $n answered with $hex means: $means', ({ n, hex, means }) => {
    const byte = Number.parseInt(hex, 16);
    expect(onlyMessage(Uint8Array.of(byte))).toEqual({ type: 'real-time', byte });
    expect(realTime.has(`${n} ${means}`)).toBe(true);
    expect(decoders[n - 1]?.(byte)).toEqual(realTime.get(`${n} ${means}`));
  });

  test.each(file.asb.examples)('an automatic status $hex means: $means', ({ hex, means }) => {
    const message = onlyMessage(Buffer.from(hex, 'hex'));
    if (message.type !== 'automatic') throw new Error(`taken for ${message.type}`);
    expect(automatic.has(means)).toBe(true);
    expect(decodeAutomatic(message.bytes)).toEqual(automatic.get(means));
  });

  test('GS r answers with the paper, and is told from everything else', () => {
    expect([0x00, 0x03, 0x0c, 0x0f].map(decodePrintedPaper)).toEqual(['present', 'near-end', 'end', 'end']);
    expect(onlyMessage(Uint8Array.of(0x0c))).toEqual({ type: 'done', byte: 0x0c });
  });

  test('one bit of a pair is enough: clones set only one', () => {
    expect([0x32, 0x52].map(decodePaper)).toEqual(['end', 'end']);
  });

  test('XON and XOFF are flow control, in the middle of an automatic status too', () => {
    const { messages } = decodeStatus(Uint8Array.of(0x13, 0x18, 0x11, 0x00, 0x0c, 0x00, 0x00));
    expect(messages).toEqual([
      { type: 'flow', sending: 'must-wait' },
      { type: 'flow', sending: 'may-go-on' },
      { type: 'automatic', bytes: [0x18, 0x00, 0x0c, 0x00] },
      { type: 'done', byte: 0x00 },
    ]);
  });

  test('a real-time answer between the bytes of an automatic status belongs to the question', () => {
    const { messages } = decodeStatus(Uint8Array.of(0x10, 0x00, 0x12, 0x03, 0x00));
    expect(messages).toEqual([
      { type: 'real-time', byte: 0x12 },
      { type: 'automatic', bytes: [0x10, 0x00, 0x03, 0x00] },
    ]);
  });

  test('messages are the same however the line cuts them', () => {
    const whole = Uint8Array.of(0x12, 0x38, 0x00, 0x00, 0x00, 0x0c, 0x13, 0x11, 0xff, 0x10, 0x00, 0x03, 0x0f, 0x7e);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
        const first = decodeStatus(whole.subarray(0, cut));
        const second = decodeStatus(Uint8Array.of(...first.rest, ...whole.subarray(cut)));
        expect([...first.messages, ...second.messages]).toEqual(decodeStatus(whole).messages);
      }),
    );
  });

  test('any bytes whatever are sorted without an error, and no more than three are kept', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { messages, rest } = decodeStatus(bytes);
        expect(rest.length).toBeLessThanOrEqual(3);
        expect(messages.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

streamDecoderConformance("an ESC/POS printer's status", () => {
  let rest: Uint8Array = new Uint8Array();
  let found = 0;
  return {
    push: (chunk) => {
      const decoded = decodeStatus(Uint8Array.from(Buffer.concat([rest, chunk])));
      rest = decoded.rest;
      found += decoded.messages.filter(({ type }) => type === 'automatic').length;
    },
    frame: Uint8Array.of(0x10, 0x00, 0x03, 0x00),
    found: () => found,
    heldBytes: () => rest.length,
    maxFrameBytes: 4,
  };
});

describe('why a printer cannot print', () => {
  test.each([
    ['an open cover comes first', conditionFromAnswers(0x1a, 0x72, 0x36), 'cover-open', true],
    ['paper end counts even while it says online', conditionFromAnswers(0x12, 0x72), 'paper-out', true],
    ['a blocked cutter', conditionFromAnswers(0x1a, 0x12, 0x52, 0x1a), 'media-jammed', true],
    ['a broken printer', conditionFromAnswers(0x1a, 0x12, 0x52, 0x32), 'hardware-error', true],
    ['a hot print head cools by itself', conditionFromAnswers(0x1a, 0x12, 0x52, 0x52), 'hardware-error', false],
    ['offline without a cause is not ready', conditionFromAnswers(0x1a, 0x12, 0x12, 0x12), 'user-error', false],
  ])('%s', (_, condition, code, certain) => {
    expect(troubleOf(condition)).toMatchObject({ code, certain });
  });

  test('little paper is no reason', () => {
    expect(troubleOf(conditionFromAnswers(0x12, 0x1e))).toBeUndefined();
  });
});
