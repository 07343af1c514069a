import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import type { CommandResult } from '../../../main/storage/commands.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { CommandRunner, handler } from '../../../main/sync/command-runner.ts';
import { type Command, type CommandKind, commandParams } from '../../../main/sync/command-schemas.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const abortion = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** A platform that gives out what is queued, and holds its answer back where there is nothing. */
class FarEnd {
  queue: Command[] = [];
  polls = 0;
  tellings = 0;
  holds = true;
  fails: SyncError | undefined;
  deaf: SyncError | undefined;
  readonly told: [string, CommandResult][] = [];

  readonly platform = {
    commands: async (waitS: number, signal: AbortSignal) => {
      this.polls += 1;
      if (this.fails) throw this.fails;
      const until = performance.now() + waitS * 1_000;
      const aborted = abortion(signal);
      aborted.catch(() => undefined); // where nothing is waited for any more
      while (this.holds && this.queue.length === 0 && performance.now() < until) {
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 500)), aborted]);
      }
      return { commands: this.queue.splice(0) };
    },
    finishCommand: async (id: string, result: CommandResult) => {
      this.tellings += 1;
      if (this.deaf) throw this.deaf;
      this.told.push([id, result]);
      return { receivedAt: '2026-11-29T08:00:00Z' };
    },
  };

  send(kind: string, params: Command['params'] = {}, inS = 600): Command {
    const expiresAt = new Date(Date.now() + inS * 1_000).toISOString();
    const item = { id: randomUUID(), kind, params, expiresAt };
    this.queue.push(item);
    return item;
  }
}

let far: FarEnd;
let file: string;
let done: string[];
let idle: boolean;
let store: Store;
let stop: AbortController;
let running: Promise<void>;
let actMs: number;

function start(startWithinMs = 5_000): void {
  store = openStore(file, { cipher });
  stop = new AbortController();
  const act = (kind: CommandKind, more = {}) =>
    handler(
      commandParams[kind],
      async (params, signal) => {
        done.push(`${kind} ${JSON.stringify(params)}`);
        if (actMs > 0) await Promise.race([new Promise((resolve) => setTimeout(resolve, actMs)), abortion(signal)]);
        if ('deviceId' in params && params.deviceId === 'none') throw new Error('there is no such device');
      },
      more,
    );
  const handlers = {
    'report-now': act('report-now'),
    'reset-device': act('reset-device'),
    'show-notice': act('show-notice'),
    'outbox-wake': act('outbox-wake'),
    'restart-core': act('restart-core', { ready: () => idle, afterwards: () => done.push('restarted') }),
  };
  const runner = new CommandRunner({
    platform: far.platform,
    store: store.commands,
    handlers,
    startWithinMs,
    now: () => new Date(),
    log: memoryLog(),
  });
  running = runner.run(stop.signal);
}

async function die(): Promise<void> {
  stop.abort();
  await running;
  store.close();
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const outcomes = () => far.told.map(([, { outcome }]) => outcome);

beforeEach(() => {
  vi.useFakeTimers();
  [far, done, idle, actMs] = [new FarEnd(), [], true, 0];
  file = join(temporaryFolder(), 'store.db');
  start();
});

afterEach(async () => {
  await die();
  await pass(1_000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test.each<[string, SyncError]>([
  ['that it failed', new SyncError('platform-busy', 'HTTP 500')],
  ['to come back in an hour', new SyncError('platform-busy', 'HTTP 503', { retryAfterMs: 3_600_000 })],
  ['something else', new SyncError('invalid-answer', 'HTTP 200')],
  ['that this terminal may not', new SyncError('unauthorised', 'HTTP 403')],
  ['that nothing is there', new SyncError('rejected', 'HTTP 404', { status: 404, reason: 'not-found' })],
  ['nothing at all', new SyncError('timeout', 'no answer')],
])(
  'a result to which the platform says %s keeps neither other results nor other commands back',
  async (_name, deaf) => {
    far.deaf = deaf;
    const sent = [far.send('report-now'), far.send('reset-device', { deviceId: 'reader' })];
    await pass(60_000);
    expect(done).toEqual(['report-now {}', 'reset-device {"deviceId":"reader"}']);
    const { finishCommand } = far.platform;
    far.deaf = undefined;
    far.platform.finishCommand = async (id, result) => {
      if (id === sent[0]?.id) throw deaf;
      return await finishCommand(id, result);
    };
    const later = far.send('outbox-wake');
    await pass(2_000);
    expect(done.at(-1)).toBe('outbox-wake {}');
    expect(far.told.map(([id]) => id)).toContain(later.id);
    far.queue.push(...sent); // the platform has not heard: it sends them again
    far.send('show-notice', { text: { 'zh-CN': '通知', en: 'Notice' }, forS: 60 });
    await pass(70 * 60_000);
    expect(done).toHaveLength(4);
    expect(store.commands.untold().map(({ commandId }) => commandId)).toEqual([sent[0]?.id]);
  },
);

test('a result that the platform does not take is told less and less often', async () => {
  far.deaf = new SyncError('invalid-answer', 'HTTP 200');
  far.send('report-now');
  await pass(10 * 60_000);
  const before = far.tellings;
  await pass(60 * 60_000);
  expect(far.tellings - before).toBeGreaterThan(5);
  expect(far.tellings - before).toBeLessThan(60);
});

test('a result that the platform does not want to hear yet is not told again a second later', async () => {
  far.deaf = new SyncError('platform-busy', 'HTTP 503', { retryAfterMs: 600_000 });
  far.send('report-now');
  await pass(9 * 60_000);
  expect(far.tellings).toBe(1);
  far.deaf = undefined;
  await pass(3 * 60_000);
  expect(outcomes()).toEqual(['done']);
});

test('a command is carried out within two seconds while the poll is held, and how it went is told', async () => {
  await pass(10_000);
  const { id } = far.send('reset-device', { deviceId: 'reader' });
  await pass(2_000);
  expect(done).toEqual(['reset-device {"deviceId":"reader"}']);
  expect(far.told).toEqual([[id, { outcome: 'done' }]]);
  far.send('reset-device', { deviceId: 'none' });
  await pass(2_000);
  expect(far.told[1]?.[1]).toEqual({ outcome: 'failed', detail: 'there is no such device' });
});

test.each<[string, Parameters<FarEnd['send']>, string]>([
  ['of a kind that nobody knows', ['format-disk'], 'unsupported'],
  ['named as an object’s own method', ['constructor'], 'unsupported'],
  ['with params out of range', ['show-notice', { text: { 'zh-CN': '通知', en: 'Notice' }, forS: 1 }], 'refused'],
  ['with params that nobody asked for', ['report-now', { deviceId: 'reader' }], 'refused'],
  ['that has expired', ['report-now', {}, -1], 'expired'],
])('a command %s is not carried out, and answered', async (_name, sent, outcome) => {
  far.send(...sent);
  await pass(10_000);
  expect(done).toEqual([]);
  expect(outcomes()).toEqual([outcome]);
});

test('a command that comes again is not carried out again, also after a restart: what became of it is told again', async () => {
  const sent = far.send('report-now');
  await pass(10_000);
  far.queue.push(sent);
  await pass(40_000);
  await die();
  start();
  far.queue.push(sent);
  await pass(40_000);
  expect(done).toHaveLength(1);
  expect(outcomes()).toEqual(['done', 'done', 'done']);
});

test('a command that a stop interrupted is told as unknown and never begun again', async () => {
  actMs = 20_000;
  const sent = far.send('reset-device', { deviceId: 'reader' });
  await pass(10_000);
  expect(done).toHaveLength(1);
  await die();
  start();
  far.queue.push(sent);
  await pass(60_000);
  expect(done).toHaveLength(1);
  expect(outcomes()[0]).toBe('unknown');
});

test.each([
  ['is away', new SyncError('timeout', 'no answer')],
  ['was set to another address', new SyncError('rejected', 'HTTP 404', { status: 404, reason: 'not-found' })],
])('what a platform that %s could not be told is told later, and once', async (_name, deaf) => {
  far.deaf = deaf;
  const first = far.send('report-now');
  await pass(10_000);
  expect(far.told).toEqual([]);
  far.deaf = undefined;
  far.send('outbox-wake');
  await pass(60_000);
  expect(far.told).toContainEqual([first.id, { outcome: 'done' }]);
  expect(far.told).toHaveLength(2);
  expect(done).toEqual(['report-now {}', 'outbox-wake {}']);
});

test('of a command that the platform has forgotten nobody waits for a word', async () => {
  far.deaf = new SyncError('rejected', 'HTTP 404', { status: 404, reason: 'command-unknown' });
  far.send('report-now');
  await pass(10_000);
  expect(store.commands.untold()).toEqual([]);
});

test('the core is restarted between visits only, once, and the platform hears of it before', async () => {
  idle = false;
  const sent = far.send('restart-core');
  await pass(60_000);
  expect([done, far.told]).toEqual([[], []]);
  idle = true;
  far.queue.push(sent);
  await pass(40_000);
  expect(done).toEqual(['restart-core {}', 'restarted']);
  expect(outcomes()).toEqual(['done']);
});

test('a restart for which no moment came is answered as expired', async () => {
  idle = false;
  const sent = far.send('restart-core', {}, 30);
  await pass(60_000);
  far.queue.push(sent);
  await pass(40_000);
  expect([done, outcomes()]).toEqual([[], ['expired']]);
});

test.each([0.01, 0.5, 0.99])(
  'a terminal that starts with all of its city first asks when the dice (%f) say',
  async (dice) => {
    await die();
    far.polls = 0;
    vi.spyOn(Math, 'random').mockReturnValue(dice);
    onTestFinished(() => void vi.restoreAllMocks());
    start(300_000);
    await pass(300_000 * dice - 1_000);
    expect(far.polls).toBe(0);
    await pass(2_000);
    expect(far.polls).toBe(1);
  },
);

test('a platform that does not hold its answers back is asked less and less, at last once a minute', async () => {
  far.holds = false;
  await pass(10 * 60_000);
  expect(far.polls).toBeLessThan(30);
  const before = far.polls;
  await pass(10 * 60_000);
  expect(far.polls - before).toBeLessThanOrEqual(21);
  far.holds = true;
  await pass(95_000);
  const held = far.polls;
  await pass(5 * 60_000);
  expect(far.polls - held).toBeGreaterThanOrEqual(9);
});

test('a platform that sends the same command without end is asked no faster', async () => {
  const sent = far.send('report-now');
  far.holds = false;
  const again = setInterval(() => {
    far.queue = [sent];
  }, 100);
  await pass(10 * 60_000);
  clearInterval(again);
  expect(done).toHaveLength(1);
  expect(far.polls).toBeLessThan(30);
});

test('a platform that fails is left alone for longer each time, and as long as it asks', async () => {
  far.fails = new SyncError('unreachable', 'no route');
  await pass(60 * 60_000);
  expect(far.polls).toBeLessThan(60);
  far.fails = new SyncError('platform-busy', 'HTTP 503', { retryAfterMs: 30 * 60_000 });
  await pass(6 * 60_000);
  const before = far.polls;
  await pass(20 * 60_000);
  expect(far.polls).toBe(before);
  far.fails = new SyncError('platform-busy', 'HTTP 503', { retryAfterMs: 0 });
  await pass(15 * 60_000);
  expect(far.polls - before).toBeLessThan(900); // and not as fast as the line carries
  far.fails = undefined;
  far.send('report-now', {}, 3_600);
  await pass(15 * 60_000);
  expect(done).toHaveLength(1);
});
