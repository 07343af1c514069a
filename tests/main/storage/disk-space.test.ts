import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connection } from '../../../main/storage/connection.ts';
import { DiskSpace } from '../../../main/storage/disk-space.ts';
import { applySettings } from '../../../main/storage/open.ts';
import { Reserve } from '../../../main/storage/reserve.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;
const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });
let folder: string;
let reserve: Reserve;
let free: number | Error;
let disk: DiskSpace;
const log = memoryLog();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  folder = temporaryFolder();
  reserve = new Reserve(join(folder, 'reserve'), 2 * MIB);
  free = 1_000 * MIB;
  log.entries.length = 0;
  disk = new DiskSpace({
    folder,
    reserve,
    limits: { lowBytes: 100 * MIB, criticalBytes: 40 * MIB },
    log,
    freeBytes: async () => {
      if (free instanceof Error) throw free;
      return free;
    },
  });
});

afterEach(() => void vi.useRealTimers());

/** What the level is with as many MiB free beside the reserve. */
async function levelAt(freeMib: number): Promise<string> {
  free = freeMib * MIB + (reserve.isThere() ? 0 : reserve.sizeBytes);
  await disk.look(never);
  return disk.level.value;
}

test('each level is entered at its mark, and left only when there is a quarter more', async () => {
  const walk: [number, string][] = [
    ...([
      [101, 'enough'],
      [99, 'low'],
      [124, 'low'],
      [125, 'enough'],
    ] as [number, string][]),
    ...([
      [39, 'critical'],
      [49, 'critical'],
      [50, 'low'],
      [41, 'low'],
      [39, 'critical'],
      [200, 'enough'],
    ] as [number, string][]),
  ];
  for (const [mib, level] of walk) expect([mib, await levelAt(mib)]).toEqual([mib, level]);
  expect(log.entries.map(({ level }) => level)).toEqual(['warn', 'info', 'warn', 'warn', 'warn', 'info']);
});

test('there is room for more as long as it does not become critical by that', async () => {
  const roomAt = async (freeMib: number, moreMib: number): Promise<boolean> => {
    await levelAt(freeMib);
    return disk.hasRoomFor(moreMib * MIB);
  };
  expect([await roomAt(90, 50), await roomAt(90, 51), await roomAt(60, 10)]).toEqual([true, false, true]);
  // And none for anything, until it is critical no more.
  expect([await roomAt(39, 0), await roomAt(45, 0), await roomAt(50, 0)]).toEqual([false, false, true]);
});

test('a terminal that has just started does not fill a reserve; later it has one, of blocks of its own', async () => {
  for (let looks = 0; looks < 6; looks += 1) await levelAt(500);
  expect(reserve.isThere()).toBe(false);
  await levelAt(500);
  const { size, blocks, mode } = statSync(join(folder, 'reserve'));
  expect([size, blocks * 512 >= 2 * MIB, mode & 0o777]).toEqual([2 * MIB, true, 0o600]);
});

test('the reserve is given up at the critical mark, does not count as room, and is made again when there is some', async () => {
  for (let looks = 0; looks < 7; looks += 1) await levelAt(500);
  expect([await levelAt(39), reserve.isThere()]).toEqual(['critical', false]);
  free = (39 + 2) * MIB; // what giving it up has brought
  await disk.look(never);
  expect([disk.level.value, reserve.isThere()]).toEqual(['critical', false]);
  expect([await levelAt(60), reserve.isThere()]).toEqual(['low', true]);
});

test('a write that was refused is believed for a minute, whatever the figures say', async () => {
  for (let looks = 0; looks < 7; looks += 1) await levelAt(500);
  disk.refused();
  expect([disk.level.value, reserve.isThere()]).toEqual(['critical', false]);
  vi.advanceTimersByTime(59_000);
  expect([await levelAt(500), reserve.isThere()]).toEqual(['critical', false]);
  vi.advanceTimersByTime(1_000);
  expect([await levelAt(500), reserve.isThere()]).toEqual(['enough', true]);
});

test('a disk that cannot be asked, and a reserve that cannot be made, are told of once and change nothing', async () => {
  await levelAt(99);
  free = new Error('statfs: EIO');
  for (let looks = 0; looks < 3; looks += 1) await disk.look(never);
  expect([disk.level.value, log.entries.length]).toEqual(['low', 2]);
  mkdirSync(join(folder, 'reserve.new')); // nothing can be written there
  for (let looks = 0; looks < 9; looks += 1) await levelAt(500);
  expect([reserve.isThere(), disk.level.value]).toEqual([false, 'enough']);
  expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(3);
});

test('a disk that cannot be asked from the first look on is told of, and how little room there is with its figures', async () => {
  free = new Error('statfs: EIO');
  for (let looks = 0; looks < 3; looks += 1) await disk.look(never);
  expect(log.entries).toMatchObject([{ level: 'warn', fields: { error: free } }]);
  log.entries.length = 0;
  await levelAt(99);
  await levelAt(200);
  expect(log.entries.map(({ fields }) => fields)).toEqual([
    { level: 'low', before: 'enough', freeBytes: 101 * MIB },
    { level: 'enough', before: 'low', freeBytes: 202 * MIB },
  ]);
});

test('a reserve is of exactly the size that was asked for', async () => {
  const odd = new Reserve(join(folder, 'odd'), 1.5 * MIB);
  await odd.make(never);
  expect([statSync(join(folder, 'odd')).size, odd.isThere()]).toEqual([1.5 * MIB, true]);
});

test('a reserve that is wanted while it is being made gives up its room at once', async () => {
  const large = new Reserve(join(folder, 'large'), 64 * MIB);
  const making = large.make(new AbortController().signal);
  const written = () => statSync(join(folder, 'large.new'), { throwIfNoEntry: false })?.size ?? 0;
  while (written() < 8 * MIB) await setImmediate();
  const held = openSync(join(folder, 'large.new'), 'r');
  large.free();
  expect(fstatSync(held).blocks * 512).toBeLessThanOrEqual(MIB); // a chunk may be on its way
  closeSync(held);
  await expect(making).rejects.toThrow('the room is wanted');
  expect(readdirSync(folder).filter((name) => name.startsWith('large'))).toEqual([]);
});

test('a reserve that is called off half way, or was left by a power cut, takes no room', async () => {
  await expect(reserve.make(AbortSignal.abort())).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, 'reserve.new'), 'half');
  reserve.free();
  expect(readdirSync(folder)).toEqual([]);
});

test('the real disk is asked', async () => {
  const real = new DiskSpace({ folder, reserve, limits: { lowBytes: 2, criticalBytes: 1 }, log });
  await real.look(never);
  expect([real.level.value, log.entries]).toEqual(['enough', []]);
  const greedy = { lowBytes: Number.MAX_SAFE_INTEGER, criticalBytes: 1 };
  const full = new DiskSpace({ folder, reserve, limits: greedy, log });
  await full.look(never);
  expect(full.level.value).toBe('low');
});

/** A database that is not let grow beyond its present size: the engine then says SQLITE_FULL, as on a full disk. */
function fullDatabase(onFull: () => void) {
  const database = new Database(join(folder, 'full.db'));
  applySettings(database);
  database.exec('CREATE TABLE filling (bytes BLOB)');
  const pages = Number(database.pragma('page_count', { simple: true }));
  const limit = (more: number): unknown => database.pragma(`max_page_count = ${pages + more}`);
  limit(2);
  const connection = new Connection(database, { onFull });
  const insert = connection.prepare<[Uint8Array]>('INSERT INTO filling VALUES (?)');
  return { connection, limit, fill: () => insert.run(Buffer.alloc(30_000)) };
}

test.each(['statement', 'transaction'] as const)(
  'a %s for which there is no room is tried once more after room was made, and is then stored',
  (kind) => {
    const onFull = vi.fn(() => void full.limit(100));
    const full = fullDatabase(onFull);
    const { connection, fill } = full;
    if (kind === 'statement') connection.write(fill);
    else connection.transaction(() => connection.transaction(fill));
    expect(onFull).toHaveBeenCalledOnce();
    expect(connection.prepare('SELECT count(*) AS count FROM filling').get()).toEqual({ count: 1 });
    connection.close();
  },
);

test('where no room can be made a write is tried twice, and is "full"', () => {
  const onFull = vi.fn();
  const { connection, fill } = fullDatabase(onFull);
  const tried = vi.fn(fill);
  expect(() => connection.transaction(tried)).toThrow(failing('full'));
  expect([tried.mock.calls.length, onFull.mock.calls.length]).toEqual([2, 1]);
  expect(connection.prepare('SELECT count(*) AS count FROM filling').get()).toEqual({ count: 0 });
  connection.close();
  expect(existsSync(join(folder, 'full.db-wal'))).toBe(false);
});
