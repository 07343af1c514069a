import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isAnythingAt } from '../../../main/storage/places.ts';
import { StoreWatch } from '../../../main/storage/store-watch.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { StandingTerminal } from '../../support/standing-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

const MINUTE_MS = 60_000;
const start = { type: 'start' } as const;
const leave = { type: 'leave' } as const;
const onLost = vi.fn();
let folder: string;
let terminal: StandingTerminal;
let stop: AbortController;
let watching: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T08:00:00Z') });
  onLost.mockReset();
  folder = join(temporaryFolder(), 'data');
  terminal = new StandingTerminal(folder);
  stop = new AbortController();
  const { store, session } = terminal;
  const isThere = (): boolean => isAnythingAt(terminal.file);
  watching = new StoreWatch({ store, onLost, isThere, failing: () => session.storeFails }).run(stop.signal);
});

afterEach(async () => {
  failingCalls.disarm();
  stop.abort();
  await watching;
  await terminal.switchOff();
  vi.useRealTimers();
});

test('a visit that cannot be wiped, as the disk does not give what is read for it, ends the core after a minute', async () => {
  await terminal.touch(start);
  failingCalls.always('SQLITE_IOERR_READ', (name) => name === 'all');
  await terminal.touch(leave);
  expect(terminal.screen.kind).toBe('out-of-service');
  await terminal.pass(MINUTE_MS - 5_000);
  expect(onLost).not.toHaveBeenCalled();
  await terminal.pass(15_000);
  expect(onLost.mock.calls).toEqual([[expect.objectContaining({ name: 'StorageError', code: 'unavailable' })]]);
});

test.each([
  ['nobody stands at the terminal', []],
  ['a visit is under way', [start]],
])('files that were exchanged under the terminal end the core after a minute, where %s', async (_, touches) => {
  terminal.pullDisk();
  await terminal.touch(...touches);
  await terminal.pass(MINUTE_MS + 10_000);
  expect(onLost).toHaveBeenCalledOnce();
  terminal.putDiskBack();
});

test('a disk that is gone with all that is on it is waited for: the next core would begin anew beneath it', async () => {
  renameSync(folder, `${folder}.away`);
  mkdirSync(folder);
  await terminal.touch(start);
  await terminal.pass(5 * MINUTE_MS);
  expect([terminal.screen.kind, onLost.mock.calls.length]).toEqual(['out-of-service', 0]);
  rmdirSync(folder);
  renameSync(`${folder}.away`, folder);
  await terminal.pass(10_000);
  expect(terminal.screen.kind).not.toBe('out-of-service');
});

test('a disk that is back within the minute ends nothing, and the next time counts anew', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    terminal.pullDisk();
    await terminal.touch(start);
    await terminal.pass(MINUTE_MS - 15_000);
    terminal.putDiskBack();
    await terminal.pass(10_000);
  }
  expect([onLost.mock.calls.length, terminal.screen.kind]).toEqual([0, 'services']);
});

test('a disk that is full ends no core: no start makes room, and the visit waits for it', async () => {
  terminal.noRoomFor = 'visit.';
  await terminal.touch(start);
  for (let halfMinutes = 0; halfMinutes < 4; halfMinutes += 1) {
    await terminal.pass(MINUTE_MS / 2);
    await terminal.touch({ type: 'stay' });
  }
  expect(terminal.screen).toEqual({ kind: 'out-of-service', problem: 'storage-full' });
  expect(onLost).not.toHaveBeenCalled();
});

test('a case that does not become rows, as the disk is full, ends no core either', async () => {
  failingCalls.always('SQLITE_FULL', (name) => name === 'commit');
  terminal.outbox.accept({ caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1', body: {} });
  await terminal.pass(3 * MINUTE_MS);
  expect([terminal.delivered.length, onLost.mock.calls.length]).toEqual([0, 0]);
  failingCalls.disarm();
  await terminal.pass(10_000);
  expect(terminal.delivered).toHaveLength(1);
});

test('a core may be ended while nobody is there or nobody can go on, and not during a visit', async () => {
  expect(terminal.session.endable).toBe(true);
  await terminal.touch(start);
  expect(terminal.session.endable).toBe(false);
  terminal.pullDisk();
  await terminal.touch(leave);
  expect([terminal.screen.kind, terminal.session.endable]).toEqual(['out-of-service', true]);
  terminal.putDiskBack();
});

test('a minute is over when it is, and a fault of ours is no failure of the disk', async () => {
  const [lost, ended] = [vi.fn(), vi.fn()];
  let isFailing = true;
  const transaction = (): never => {
    throw new TypeError('no function');
  };
  const options = { store: { transaction }, failing: () => isFailing, isThere: () => true, onLost: lost };
  const watch = () => void new StoreWatch(options).run(stop.signal).catch(ended);
  watch();
  await vi.advanceTimersByTimeAsync(5_000 + MINUTE_MS - 1);
  expect(lost).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(lost).toHaveBeenCalledOnce();
  isFailing = false;
  watch();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ended.mock.calls).toEqual([[expect.objectContaining({ message: 'no function' })]]);
});
