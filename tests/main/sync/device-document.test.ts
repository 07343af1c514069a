import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { DesiredSettings } from '../../../main/sync/desired-settings.ts';
import { DeviceDocument } from '../../../main/sync/device-document.ts';
import { ReportedDocument } from '../../../main/sync/reported-document.ts';
import { ManagementFarEnd } from '../../support/management-far-end.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));

class Terminal {
  readonly desired: DesiredSettings;
  readonly reported: ReportedDocument;
  readonly document: DeviceDocument;
  state: 'online' | 'offline' = 'online';
  diskRefuses = false;
  readonly #store: Store;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(file: string, far: ManagementFarEnd, startWithinMs = 0) {
    this.#store = openStore(file, { cipher });
    const { syncState } = this.#store;
    const write = (...value: Parameters<typeof syncState.write>): void => {
      if (this.diskRefuses) throw new StorageError('full', 'no room');
      syncState.write(...value);
    };
    const [state, log] = [{ read: syncState.read.bind(syncState), write }, memoryLog()];
    this.desired = new DesiredSettings({ fetch: far.management.desired, state, log });
    this.desired.restore();
    this.reported = new ReportedDocument({ platform: far.management, state, log });
    const present = () => ({
      at: new Date().toISOString(),
      devices: [{ id: 'reader', class: 'id-card-reader', model: 'samv', state: this.state, faultsToday: 0 }],
      versions: { software: '0.1.0', node: 'v24.0.0' },
      outbox: { waiting: 0, sending: 0, delivered: 0, rejected: 0 },
      clock: { state: 'unconfirmed' as const },
      alarms: this.reported.idInUse.value ? (['terminal-id-in-use'] as const).slice() : [],
    });
    this.document = new DeviceDocument({ desired: this.desired, reported: this.reported, present, startWithinMs, log });
    this.#running = this.document.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#store.close();
  }
}

let far: ManagementFarEnd;
let file: string;
let terminal: Terminal;
const others: Terminal[] = [];

beforeEach(async () => {
  vi.useFakeTimers();
  far = new ManagementFarEnd();
  file = join(temporaryFolder(), 'store.db');
  terminal = new Terminal(file, far);
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(async () => {
  for (const one of [terminal, ...others.splice(0)]) await one.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const states = (): string[] => far.written.map(({ devices: [device] }) => device?.state ?? '');
const want = async (document: unknown): Promise<void> => {
  far.desiredDocument = document;
  terminal.document.changed();
  await pass(2_000);
};

test('the platform hears of the terminal at the start, within two seconds of a change, and every five minutes', async () => {
  expect(states()).toEqual(['online']);
  await pass(10_000);
  terminal.state = 'offline';
  terminal.document.changed();
  await pass(2_000);
  expect(states()).toEqual(['online', 'offline']);
  await pass(5 * 60_000 + 2_000);
  expect(far.written.length).toBeGreaterThanOrEqual(3);
  expect(far.written.length).toBeLessThanOrEqual(4);
  expect(far.last.desired).toEqual({ version: 1, results: {} });
});

test.each([0.01, 0.5, 0.99])(
  'a terminal that starts with all of its city first tells when the dice (%f) say',
  async (dice) => {
    await terminal.stop();
    [far.written.length, far.fetches] = [0, 0];
    vi.spyOn(Math, 'random').mockReturnValue(dice);
    onTestFinished(() => void vi.restoreAllMocks());
    terminal = new Terminal(join(temporaryFolder(), 'store.db'), far, 300_000);
    terminal.document.changed();
    await pass(300_000 * dice - 1_000);
    terminal.document.changed();
    expect([far.fetches, far.written.length]).toEqual([0, 0]);
    await pass(2_000);
    expect([far.fetches, far.written.length]).toEqual([1, 1]);
  },
);

test('what changes while a slow platform is being told is told next, and not five minutes later', async () => {
  await pass(10_000);
  far.answersInMs = 8_000;
  terminal.document.changed();
  await pass(2_000);
  terminal.state = 'offline';
  terminal.document.changed();
  await pass(10_000);
  expect(states()).toEqual(['online', 'online', 'offline']);
  await pass(far.answersInMs);
});

test('a device that flaps is told of once a second at the most', async () => {
  for (let flap = 0; flap < 100; flap += 1) {
    terminal.document.changed();
    await pass(100);
  }
  expect(far.written.length).toBeLessThanOrEqual(11);
});

test('a platform that was away hears how it is then, and not all that was', async () => {
  far.away = true;
  terminal.state = 'offline';
  terminal.document.changed();
  await pass(10 * 60_000);
  terminal.state = 'online';
  far.away = false;
  await pass(62_000);
  expect(states()).toEqual(['online', 'online']);
});

test('a credential that the platform refuses shows without any delivery, until it is taken', async () => {
  expect(terminal.document.refused.value).toBe(false);
  far.refusesTerminal = true;
  await pass(6 * 60_000);
  expect(terminal.document.refused.value).toBe(true);
  Object.assign(far, { refusesTerminal: false, away: true });
  await pass(2 * 60_000);
  expect(terminal.document.refused.value).toBe(true); // of which a platform that is busy says nothing
  far.away = false;
  await pass(62_000);
  expect(terminal.document.refused.value).toBe(false);
});

test('a platform that asks for quiet has it, whatever changes meanwhile', async () => {
  Object.assign(far, { away: true, retryAfterMs: 120_000 });
  terminal.document.changed();
  await pass(2_000);
  far.away = false;
  for (let second = 0; second < 115; second += 1) {
    terminal.document.changed();
    await pass(1_000);
  }
  expect(far.written).toHaveLength(1);
  await pass(20_000);
  expect(far.written.length).toBeGreaterThan(1);
});

test('what the platform wants is in force within two seconds, acknowledged key by key, and still so after a restart', async () => {
  const notice = { text: { 'zh-CN': '本机今晚维护', en: 'Maintenance tonight' } };
  await want({ version: 7, settings: { telemetryEveryS: 60, notice } });
  expect(terminal.desired.settings.value).toEqual({ telemetryEveryS: 60, notice });
  const acknowledged = { version: 7, results: { telemetryEveryS: { state: 'applied' }, notice: { state: 'applied' } } };
  expect(far.last.desired).toEqual(acknowledged);
  const before = far.written.length;
  await pass(10 * 60_000);
  expect(far.written.length - before).toBeGreaterThanOrEqual(9);
  expect(far.fetches).toBe(2); // an entity tag spares the rest
  await terminal.stop();
  far.away = true;
  terminal = new Terminal(file, far);
  expect(terminal.desired.settings.value).toEqual({ telemetryEveryS: 60, notice });
  expect(terminal.desired.report()).toEqual(acknowledged);
});

test.each<[string, unknown, string]>([
  ['of another version’s making', { version: 8, settings: { telemetryEveryS: 60, colour: 'red' } }, 'colour'],
  ['out of range', { version: 8, settings: { telemetryEveryS: 1 } }, 'settings.telemetryEveryS (too_small)'],
  ['without a version', { settings: { telemetryEveryS: 60 } }, 'version'],
  ['older than the one in force', { version: 1, settings: {} }, 'older than 7'],
  ['of the same version and another content', { version: 7, settings: { telemetryEveryS: 61 } }, 'another content'],
  ['that poisons prototypes', JSON.parse('{"version":8,"settings":{"__proto__":{"telemetryEveryS":60}}}'), 'settings'],
])('a document %s is refused as a whole, and the platform hears why', async (_name, document, reason) => {
  await want({ version: 7, settings: { telemetryEveryS: 90 } });
  await want(document);
  expect(terminal.desired.settings.value).toEqual({ telemetryEveryS: 90 });
  expect(far.last.desired).toMatchObject({ version: 7, refused: { reason: expect.stringContaining(reason) } });
  await want({ version: 9, settings: {} });
  expect(far.last.desired).toEqual({ version: 9, results: {} });
});

test('an answer that was lost is no second terminal', async () => {
  for (let round = 0; round < 3; round += 1) {
    far.answerIsLost = true;
    terminal.document.changed();
    await pass(10_000);
  }
  expect(far.written.length).toBeGreaterThan(4);
  expect(terminal.reported.idInUse.value).toBe(false);
});

test('an answer that was lost with the process is no second terminal', async () => {
  await pass(10_000);
  far.answerIsLost = true;
  terminal.document.changed();
  await pass(1_000);
  await terminal.stop();
  terminal = new Terminal(file, far);
  await pass(2_000);
  expect(terminal.reported.idInUse.value).toBe(false);
  expect(far.last.alarms).toEqual([]);
});

test('a platform that has forgotten everything is told anew, and sees no second terminal', async () => {
  await pass(10_000);
  far.written.length = 0;
  terminal.document.changed();
  await pass(2_000);
  expect(states()).toEqual(['online']);
  expect(terminal.reported.idInUse.value).toBe(false);
  terminal.document.changed();
  await pass(2_000);
  expect(states()).toEqual(['online', 'online']);
});

test('a platform hears also of a terminal whose disk takes nothing, and sees no second one in it', async () => {
  await pass(10_000);
  terminal.diskRefuses = true;
  far.desiredDocument = { version: 2, settings: { telemetryEveryS: 60 } };
  for (const state of ['offline', 'online'] as const) {
    terminal.state = state;
    terminal.document.changed();
    await pass(5_000);
    expect(far.last).toMatchObject({ devices: [{ state }], desired: { version: 1 } });
  }
  terminal.diskRefuses = false;
  await pass(62_000);
  expect(far.last.desired).toMatchObject({ version: 2 });
  await terminal.stop();
  terminal = new Terminal(file, far);
  await pass(2_000);
  expect(terminal.reported.idInUse.value).toBe(false);
});

test('two terminals under one id are noticed by both and told to the platform, and the alarm ends two hours later', async () => {
  await pass(10_000);
  const other = new Terminal(join(temporaryFolder(), 'store.db'), far);
  others.push(other);
  await pass(10_000);
  expect(other.reported.idInUse.value).toBe(false); // it may be this terminal with a new disk
  terminal.document.changed();
  await pass(2_000);
  expect(terminal.reported.idInUse.value).toBe(true);
  expect(far.last.alarms).toEqual(['terminal-id-in-use']);
  other.document.changed();
  await pass(2_000);
  expect(other.reported.idInUse.value).toBe(true);
  await others.pop()?.stop();
  await pass(2 * 3_600_000 + 10 * 60_000);
  expect(terminal.reported.idInUse.value).toBe(false);
  expect(far.last.alarms).toEqual([]);
});

test('a copy of this terminal’s disk is a second terminal too', async () => {
  await pass(10_000);
  await terminal.stop();
  const copy = join(temporaryFolder(), 'store.db');
  copyFileSync(file, copy);
  terminal = new Terminal(file, far);
  await pass(2_000);
  others.push(new Terminal(copy, far));
  await pass(2_000);
  expect(others[0]?.reported.idInUse.value).toBe(true);
});
