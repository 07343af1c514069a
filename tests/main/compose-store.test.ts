import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openStorage, openStoreIn } from '../../main/compose-store.ts';
import { copiesOf } from '../../main/storage/places.ts';
import { type StorageSettings, storageSettings } from '../../main/storage/settings.ts';
import { failingCalls } from '../support/failing-calls.ts';
import { memoryLog } from '../support/memory-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

afterEach(() => {
  failingCalls.disarm();
  vi.useRealTimers();
});

const MIB = 1024 * 1024;
const { signal } = new AbortController();
const isWrite = (name: string): boolean => name === 'run' || name === 'commit';
const open = (folder: string, settings: Partial<StorageSettings> = {}) =>
  openStorage(folder, storageSettings.parse({ reserveBytes: MIB, ...settings }), {
    log: memoryLog(),
    now: () => new Date(),
  });

test('a core whose engine meets damage ends as of a fault, and the next start restores the store', () => {
  const folder = temporaryFolder();
  const { store } = open(folder);
  vi.useFakeTimers({ toFake: ['setImmediate'] });
  failingCalls.always('SQLITE_CORRUPT', isWrite);
  expect(() => store.visits.save('visit-1', {})).toThrow(expect.objectContaining({ code: 'corrupt' }));
  failingCalls.disarm();
  expect(() => vi.runAllTimers()).toThrow(expect.objectContaining({ code: 'corrupt' }));
  store.close();
  const restored = openStoreIn(folder);
  expect(restored.incidents.untold()).toBeDefined();
  restored.close();
});

test.each<[how: string, open: (folder: string) => ReturnType<typeof openStoreIn>]>([
  ['that runs', (folder) => open(folder).store],
  ['that is closed and looks whether it opens', (folder) => openStoreIn(folder)],
])('a terminal %s gives up its reserve when a write is refused for want of room', (_how, opened) => {
  const folder = temporaryFolder();
  const store = opened(folder);
  const reserve = join(folder, 'reserve');
  writeFileSync(reserve, Buffer.alloc(MIB));
  failingCalls.always('SQLITE_FULL', (name) => isWrite(name) && existsSync(reserve));
  store.visits.save('visit-1', {}); // there is room now
  failingCalls.disarm();
  expect([existsSync(reserve), store.visits.currentId()]).toEqual([false, 'visit-1']);
  store.close();
});

test('a refused write is tried again once the log has been emptied, also where there is no reserve left', () => {
  const folder = temporaryFolder();
  const { store } = open(folder);
  const logBytes = () => statSync(join(folder, 'jiujin.db-wal')).size;
  store.visits.save('visit-1', { page: 'form' });
  expect(logBytes()).toBeGreaterThan(0);
  failingCalls.always('SQLITE_FULL', (name) => isWrite(name) && logBytes() > 0);
  expect(() => store.visits.save('visit-2', {})).not.toThrow();
  failingCalls.disarm();
  expect(store.visits.currentId()).toBe('visit-2');
  store.close();
});

test('a terminal that starts where there is no room gives up its reserve to open its store', () => {
  const folder = temporaryFolder();
  open(folder).store.close();
  const reserve = join(folder, 'reserve');
  writeFileSync(reserve, Buffer.alloc(MIB));
  failingCalls.always('SQLITE_FULL', (name) => name.includes('journal_mode') && existsSync(reserve));
  const { store } = open(folder);
  failingCalls.disarm();
  expect(existsSync(reserve)).toBe(false);
  store.close();
});

test('a refused write is told to the page and the technician, whatever the figures say', async () => {
  const { store, disk } = open(temporaryFolder());
  await disk.look(signal);
  expect(disk.level.value).not.toBe('critical');
  failingCalls.always('SQLITE_FULL', isWrite);
  expect(() => store.visits.save('visit-1', {})).toThrow(expect.objectContaining({ code: 'full' }));
  failingCalls.disarm();
  expect(disk.level.value).toBe('critical');
  store.close();
});

test.each<[room: string, settings: Partial<StorageSettings>, made: boolean]>([
  ['room', {}, true],
  ['hardly any room', { lowBytes: 2 ** 52, criticalBytes: 2 ** 51 }, false],
])('with %s on the disk a copy is made while nobody is there, or is not', async (_room, settings, made) => {
  const folder = temporaryFolder();
  const { store, disk, upkeep } = open(folder, settings);
  await disk.look(signal);
  await upkeep(() => true).look(signal);
  expect(existsSync(copiesOf(join(folder, 'jiujin.db')).good[0])).toBe(made);
  store.close();
});
