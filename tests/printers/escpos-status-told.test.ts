import { describe, expect, test } from 'vitest';
import {
  type Condition,
  conditionFromAnswers,
  decodeAutomatic,
  decodeErrors,
  decodeOfflineCause,
  decodePrinter,
  decodeStatus,
  troubleOf,
  withoutPaperEnd,
} from '../../printers/escpos/status.ts';

const nothing: Condition = {
  ...{ offline: false, coverOpen: false, feedButton: false, mechanical: false, cutter: false },
  ...{ unrecoverable: false, headHot: false, paper: 'present' },
};

/** Everything that can be wrong, the most useful to know first. */
const troubles: [Partial<Condition>, string, RegExp, boolean][] = [
  [{ coverOpen: true }, 'cover-open', /cover/, true],
  [{ paper: 'end' }, 'paper-out', /paper/, true],
  [{ cutter: true }, 'media-jammed', /cutter/, true],
  [{ unrecoverable: true }, 'hardware-error', /switch the printer off and on/, true],
  [{ headHot: true }, 'hardware-error', /hot/, false],
  [{ mechanical: true }, 'hardware-error', /mechanical/, true],
  [{ feedButton: true }, 'user-error', /feed button/, false],
  [{}, 'user-error', /without a cause/, false],
];

describe('an offline printer', () => {
  test.each(troubles)('with %j is told as %s, in words', (change, code, detail, certain) => {
    const told = { code, detail: expect.stringMatching(detail), certain };
    expect(troubleOf({ ...nothing, offline: true, ...change })).toEqual(told);
  });

  test('with several things wrong tells the most useful one', () => {
    for (const [at, [, code, detail, certain]] of troubles.entries()) {
      const wrong = Object.assign({}, ...troubles.slice(at).map(([change]) => change)) as Partial<Condition>;
      const told = { code, detail: expect.stringMatching(detail), certain };
      expect(troubleOf({ ...nothing, offline: true, ...wrong })).toEqual(told);
    }
  });
});

test('a printer that is online is in trouble by its cover and its paper alone', () => {
  const online = troubles.map(([change]) => troubleOf({ ...nothing, ...change })?.code);
  expect(online).toEqual(['cover-open', 'paper-out', ...Array<undefined>(6)]);
  expect(troubleOf({ ...nothing, paper: 'near-end' })).toBeUndefined();
});

describe('a bit of an answer', () => {
  test.each([
    [0x16, 'coverOpen'],
    [0x1a, 'feedButton'],
    [0x32, 'stoppedByPaperEnd'],
    [0x52, 'error'],
  ])('%i to DLE EOT 2 is %s alone', (byte, cause) => {
    const none = { coverOpen: false, feedButton: false, stoppedByPaperEnd: false, error: false };
    expect(decodeOfflineCause(byte)).toEqual({ ...none, [cause]: true });
  });

  test.each([
    [0x16, 'mechanical'],
    [0x1a, 'cutter'],
    [0x32, 'unrecoverable'],
    [0x52, 'headHot'],
  ])('%i to DLE EOT 3 is %s alone', (byte, error) => {
    const none = { mechanical: false, cutter: false, unrecoverable: false, headHot: false };
    expect(decodeErrors(byte)).toEqual({ ...none, [error]: true });
  });

  test('to DLE EOT 1 tells a printer that is offline, or waits to be recovered, and its drawer', () => {
    const none = { offline: false, waitingForRecovery: false, drawerPin3High: false };
    expect(decodePrinter(0x1a)).toEqual({ ...none, offline: true });
    expect(decodePrinter(0x32)).toEqual({ ...none, waitingForRecovery: true });
    expect(decodePrinter(0x16)).toEqual({ ...none, drawerPin3High: true });
  });

  test.each([
    [0x18, { offline: true }],
    [0x30, { coverOpen: true }],
    [0x50, { feedButton: true }],
  ])('of an automatic status, %i, is one alone', (first, change) => {
    expect(decodeAutomatic([first, 0, 0, 0])).toEqual({ ...nothing, ...change });
  });

  test('about paper end is taken away for a model that has it inverted, and no other', () => {
    expect([0x32, 0x12, 0x7e].map(withoutPaperEnd)).toEqual([0x12, 0x12, 0x5e]);
  });

  test('about an offline cause is in what is known of the printer', () => {
    expect(conditionFromAnswers(0x1a, 0x12, 0x1a, 0x12)).toEqual({ ...nothing, offline: true, feedButton: true });
    expect(conditionFromAnswers(0x1a, 0x12, 0x32, 0x12)).toEqual({ ...nothing, offline: true, paper: 'end' });
  });
});

describe('bytes from a printer', () => {
  test.each([
    ['nothing', [], [], []],
    ['three quarters of an automatic status wait for the rest', [0x10, 0x01, 0x02], [], [0x10, 0x01, 0x02]],
    ['a whole one leaves nothing', [0x10, 0x01, 0x02, 0x03], [{ type: 'automatic', bytes: [16, 1, 2, 3] }], []],
    [
      'what no printer sends is noise',
      [0x80, 0x92],
      [
        { type: 'noise', byte: 0x80 },
        { type: 'noise', byte: 0x92 },
      ],
      [],
    ],
    [
      'noise ends the automatic status that it is in',
      [0x10, 0x01, 0xff, 0x02],
      [
        { type: 'noise', byte: 0xff },
        { type: 'done', byte: 0x02 },
      ],
      [],
    ],
    ['a second first byte begins another status', [0x10, 0x01, 0x18, 0x02], [], [0x18, 0x02]],
    ['an answer leaves nothing behind', [0x00], [{ type: 'done', byte: 0 }], []],
  ])('%s', (_, bytes, messages, rest) => {
    const decoded = decodeStatus(Uint8Array.from(bytes));
    expect([decoded.messages, [...decoded.rest]]).toEqual([messages, rest]);
  });
});
