import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeviceError } from '../../drivers/core/index.ts';
import { PrinterLink } from '../../printers/escpos/link.ts';
import { type EscposProfile, loadProfile } from '../../printers/escpos/profile.ts';
import type { Condition } from '../../printers/escpos/status.ts';
import { stream } from './escpos-streams.ts';

const standard = loadProfile('generic-80');
const inverted: EscposProfile = { ...standard, paperSensors: { ...standard.paperSensors, end: 'inverted' } };
const nobodyLeaves = new AbortController().signal;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A line whose far end answers the bytes of `answers`, both in hex, and nothing else. */
function connected(profile = standard, answers: Record<string, string> = {}) {
  const sent: string[] = [];
  const heard: Condition[] = [];
  const lost = new AbortController();
  let hear: (bytes: Uint8Array) => void = () => undefined;
  let failing: Error | undefined;
  const channel = {
    write: async (bytes: Uint8Array): Promise<void> => {
      if (failing) throw failing;
      const hex = Buffer.from(bytes).toString('hex');
      sent.push(hex);
      const answer = answers[hex];
      if (answer) hear(stream(answer));
    },
    onData: (listener: (chunk: Uint8Array) => void): void => {
      hear = listener;
    },
    lost: lost.signal,
    close: async (): Promise<void> => undefined,
  };
  const open = (): PrinterLink => new PrinterLink(channel, 'printer', profile, (condition) => heard.push(condition));
  return {
    open,
    sent,
    heard,
    lost,
    say: (hex: string) => hear(stream(hex)),
    fail: (error: Error) => (failing = error),
  };
}

describe('a question in real time', () => {
  const online = { '100401': '12', '100404': '12' };
  const offline = { '100401': '1a', '100404': '12', '100402': '32', '100403': '12' };

  test('is asked twice of a printer that is well', async () => {
    const { open, sent } = connected(standard, online);
    expect(await open().readCondition(nobodyLeaves)).toMatchObject({ offline: false, paper: 'present' });
    expect(sent).toEqual(['100401', '100404']);
  });

  test('is asked twice more for the cause of one that is not', async () => {
    const { open, sent } = connected(standard, offline);
    expect(await open().readCondition(nobodyLeaves)).toMatchObject({ offline: true, paper: 'end' });
    expect(sent).toEqual(['100401', '100404', '100402', '100403']);
  });

  test('is not asked of a model that does not answer it', async () => {
    const { open, sent } = connected({ ...standard, status: { ...standard.status, realTime: [1, 4] } }, offline);
    expect(await open().readCondition(nobodyLeaves)).toMatchObject({
      offline: true,
      paper: 'present',
      coverOpen: false,
    });
    expect(sent).toEqual(['100401', '100404']);
  });

  test('of a model with inverted bits is not believed where it stopped for want of paper', async () => {
    expect(await connected(inverted, offline).open().readCondition(nobodyLeaves)).toMatchObject({ paper: 'present' });
  });

  test('that is not answered within 850 ms ends the connection, and says what to look at', async () => {
    const link = connected(standard, { '100401': '12' }).open();
    const asked = link.readCondition(nobodyLeaves).catch((error: unknown) => error);
    await pass(849);
    expect(link.lost.aborted).toBe(false);
    await pass(1);
    const failure = await asked;
    expect(failure).toMatchObject({
      code: 'not-connected',
      message: 'printer does not answer DLE EOT 4 within 850 ms: power, cable, baud rate?',
      cause: { code: 'timeout', message: expect.stringContaining('DLE EOT 4') },
    });
    expect(link.lost.reason).toBe(failure);
  });

  test('may take longer while a job is taken in', async () => {
    const { open, say } = connected();
    const link = open();
    const stop = new AbortController();
    const job = link.sendJob(
      [stream('41')],
      stop.signal,
      () => undefined,
      () => undefined,
    );
    const asked = link.readCondition(nobodyLeaves);
    await pass(2_000);
    say('12');
    await pass(1_000);
    say('12');
    expect(await asked).toMatchObject({ offline: false });
    expect(link.lost.aborted).toBe(false);
    say('00');
    await job;
  });

  test('that cannot be sent fails with what the line says, and with nothing about the printer', async () => {
    const { open, fail } = connected();
    const link = open();
    fail(new DeviceError('hardware-error', 'the line takes nothing'));
    await expect(link.readCondition(nobodyLeaves)).rejects.toMatchObject({ message: 'the line takes nothing' });
    fail(new Error('broken'));
    await expect(link.readCondition(nobodyLeaves)).rejects.toMatchObject({ message: 'broken' });
    expect(link.lost.aborted).toBe(false);
  });
});

describe('a line that is lost', () => {
  test('before anybody has listened is lost all the same, and takes nothing', async () => {
    const { open, lost, sent } = connected();
    const reason = new DeviceError('not-connected', 'pulled out');
    lost.abort(reason);
    const link = open();
    expect(link.lost.reason).toBe(reason);
    await expect(link.clear()).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });

  test('or ended by us takes nothing any more', async () => {
    const { open, lost, sent } = connected();
    const link = open();
    const reason = new DeviceError('canceled', 'enough');
    link.end(reason);
    lost.abort(new DeviceError('not-connected', 'pulled out'));
    await expect(link.clear()).rejects.toBe(reason);
    await expect(link.readCondition(nobodyLeaves)).rejects.toBe(reason);
    expect([sent, link.lost.reason]).toEqual([[], reason]);
  });

  test('ends what waits for it: a question, the emptying, and being made ready', async () => {
    const { open, lost } = connected();
    const link = open();
    const waiting = [link.readCondition(nobodyLeaves), link.prepare([], nobodyLeaves), link.settle(nobodyLeaves)];
    const ends = Promise.allSettled(waiting);
    await pass(10);
    const reason = new DeviceError('not-connected', 'pulled out');
    lost.abort(reason);
    await pass(1);
    expect(await ends).toEqual(waiting.map(() => ({ status: 'rejected', reason })));
  });
});

describe('a printer is emptied', () => {
  test.each([
    ['dle-enq', ['1005021b40']],
    ['none', ['1b40']],
  ] as const)('by %s as its model knows', async (recovery, bytes) => {
    const { open, sent } = connected({ ...standard, recovery });
    await open().clear();
    expect(sent).toEqual(bytes);
  });

  test.each([
    [true, '1d61'],
    [false, ''],
  ])('and made to speak up, or not: %s', async (automatic, speakUp) => {
    const { open, sent, say } = connected({ ...standard, status: { ...standard.status, automatic } });
    const ready = open().prepare([{ type: 'line-feed' }], nobodyLeaves);
    await pass(10);
    say('00');
    await ready;
    expect(sent).toEqual(['1005021b40', expect.stringMatching(new RegExp(`^0a${speakUp && `${speakUp}..`}1d72..$`))]);
  });

  test('and is waited for, five seconds and no more', async () => {
    const { open } = connected();
    const ready = open()
      .prepare([], nobodyLeaves)
      .catch((error: unknown) => error);
    await pass(5_000);
    expect(await ready).toMatchObject({ code: 'timeout', message: expect.stringContaining('printer: GS r') });
  });
});

describe('a job', () => {
  const pieces = [stream('41'), stream('42'), stream('43')];

  test('is sent piece by piece, and is done when the printer says so', async () => {
    const { open, sent, say } = connected();
    const told: string[] = [];
    const job = open()
      .sendJob(
        pieces,
        nobodyLeaves,
        () => told.push(`before ${sent.length}`),
        () => told.push(`after ${sent.length}`),
      )
      .then(() => told.push('done'));
    await pass(1_000);
    expect(told).toEqual(['before 0', 'before 1', 'before 2', 'after 3']);
    say('00');
    await job;
    expect([sent, told.at(-1)]).toEqual([['41', '42', '43'], 'done']);
  });

  test('waits while the printer holds it up, and goes on when it may', async () => {
    const { open, sent, say } = connected(standard, { '41': '13' });
    const job = open().sendJob(
      pieces,
      nobodyLeaves,
      () => undefined,
      () => undefined,
    );
    await pass(10_000);
    expect(sent).toEqual(['41']);
    say('13');
    await pass(10);
    expect(sent).toEqual(['41']);
    say('11');
    await pass(10);
    expect(sent).toEqual(['41', '42', '43']);
    say('00');
    await job;
  });

  test('that is stopped while it is held up sends nothing more', async () => {
    const { open, sent, say } = connected(standard, { '41': '13' });
    const stop = new AbortController();
    const link = open();
    const job = link
      .sendJob(
        pieces,
        stop.signal,
        () => undefined,
        () => undefined,
      )
      .catch((error: unknown) => error);
    await pass(10);
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await job).toBe(reason);
    say('11');
    await pass(10);
    expect(sent).toEqual(['41']);
  });

  test('that is stopped before it begins sends nothing', async () => {
    const { open, sent } = connected();
    const job = open().sendJob(
      pieces,
      AbortSignal.abort(new Error('enough')),
      () => undefined,
      () => undefined,
    );
    await expect(job).rejects.toThrow('enough');
    expect(sent).toEqual([]);
  });

  test('is not done by other words of the printer', async () => {
    const { open, say } = connected();
    let done = false;
    const job = open()
      .sendJob(
        pieces,
        nobodyLeaves,
        () => undefined,
        () => undefined,
      )
      .then(() => {
        done = true;
      });
    await pass(10);
    for (const hex of ['12', '11', '13', '11', '10000000']) say(hex);
    await pass(10);
    expect(done).toBe(false);
    say('00');
    await job;
  });
});

describe("the printer's own message", () => {
  test('is heard in one piece or in several that come within a quarter of a second', async () => {
    const { open, heard, say } = connected();
    open();
    await pass(1_000);
    say('38000c00');
    expect(heard).toMatchObject([{ offline: true, coverOpen: true, paper: 'end' }]);
    for (const hex of ['10', '00', '03', '00']) {
      await pass(250);
      say(hex);
    }
    expect(heard).toMatchObject([{}, { offline: false, coverOpen: false, paper: 'near-end' }]);
  });

  test('of which the rest is lost is none, and what comes later is another', async () => {
    const { open, heard, say } = connected();
    open();
    await pass(1_000);
    say('3800');
    await pass(251);
    say('10000300');
    expect(heard).toMatchObject([{ offline: false, coverOpen: false, paper: 'near-end' }]);
  });

  test('is nothing else: no flow control, no answer', async () => {
    const { open, heard, say } = connected();
    open();
    await pass(1_000);
    for (const hex of ['12', '11', '13', '00']) say(hex);
    expect(heard).toEqual([]);
  });
});
