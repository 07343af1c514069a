import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { makeCopy } from '../../../main/storage/copies.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import type { Store } from '../../../main/storage/open.ts';
import { copiesOf } from '../../../main/storage/places.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { Upkeep } from '../../../main/storage/upkeep.ts';
import { claimPaper } from '../../support/claim-paper.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { acceptCases, cipher, deliverAll, openIn } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;
const HOUR_MS = 3_600_000;
const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });
let folder: string;
let file: string;
let store: Store;
let last: string;
let before: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'jiujin.db');
  store = openIn(folder);
  [last, before] = copiesOf(file).good;
});

afterEach(() => store.close());

const copy = (goOn = () => true): Promise<void> => makeCopy({ store, file, cipher }, goOn, never);
const casesIn = (database: string): unknown => {
  const raw = new Database(database, { readonly: true });
  const count = raw.prepare('SELECT count(*) FROM cases').pluck().get();
  raw.close();
  return count;
};

test('a copy is one file that holds what the store held, for this user alone; the one before is kept, and no third', async () => {
  for (let generation = 0; generation < 3; generation += 1) {
    acceptCases(store, 2, generation * 2);
    await copy();
  }
  expect([casesIn(last), casesIn(before)]).toEqual([6, 4]);
  expect(readdirSync(join(folder, 'backup')).sort()).toEqual(['before.db', 'last.db']);
  expect(statSync(join(folder, 'backup')).mode & 0o777).toBe(0o700);
  expect(store.counters.nextNumber('case-20261121')).toBe(7); // the store goes on beside it
});

test('what is written while a copy is made is in it', async () => {
  acceptCases(store, 150); // some hundred pages: more than one step
  let asked = 0;
  await copy(() => {
    asked += 1;
    if (asked === 1) acceptCases(store, 1, 150);
    return true;
  });
  expect([asked > 1, casesIn(last)]).toEqual([true, 151]);
});

test('a copy that is called off half way leaves the good ones as they are', async () => {
  acceptCases(store, 60);
  await copy();
  const good = readFileSync(last);
  acceptCases(store, 1, 60);
  await expect(copy(() => false)).rejects.toThrow(failing('in-use'));
  expect([readFileSync(last).equals(good), readdirSync(join(folder, 'backup'))]).toEqual([true, ['last.db']]);
});

test.each<[string, (making: string) => void]>([
  ['is damaged', (making) => writeFileSync(making, 'not a database'.repeat(1_000))],
  ['lacks a page', (making) => writeFileSync(making, readFileSync(making).subarray(0, 20_000))],
  [
    'has a damaged page',
    (making) => {
      const bytes = readFileSync(making);
      writeFileSync(making, bytes.fill(0xa5, 5 * 4_096, 5 * 4_096 + 100));
    },
  ],
])('a copy that %s when it is looked at again takes nobody’s place', async (_, harm) => {
  await copy();
  const good = readFileSync(last);
  const { making } = copiesOf(file);
  const check = vi.fn(store.check);
  const damaging = {
    ...store,
    check,
    copyTo: async (to: string, goOn: () => boolean) => {
      await store.copyTo(to, goOn);
      harm(making);
    },
  };
  const made = makeCopy({ store: damaging, file, cipher }, () => true, never);
  await expect(made).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('the store is sound'),
  });
  expect(check).toHaveBeenCalledOnce();
  expect([readFileSync(last).equals(good), readdirSync(join(folder, 'backup'))]).toEqual([true, ['last.db']]);
});

test('a copy that the disk does not give says nothing of the store, which nobody looks at for it', async () => {
  const check = vi.fn(store.check);
  const vanishing = {
    ...store,
    check,
    copyTo: async (to: string, goOn: () => boolean) => {
      await store.copyTo(to, goOn);
      rmSync(to);
    },
  };
  await expect(makeCopy({ store: vanishing, file, cipher }, () => true, never)).rejects.toMatchObject({
    ...{ code: 'unavailable', message: 'SQLite: SQLITE_CANTOPEN' },
  });
  expect(check).not.toHaveBeenCalled();
});

test('what a power cut left of a copy is in no other’s way, and goes', async () => {
  const { making } = copiesOf(file);
  mkdirSync(join(folder, 'backup'));
  for (const suffix of ['', '-wal', '-shm', '-journal']) writeFileSync(making + suffix, 'half of it'.repeat(1_000));
  acceptCases(store, 2);
  await copy();
  expect([casesIn(last), readdirSync(join(folder, 'backup'))]).toEqual([2, ['last.db']]);
});

test('a terminal that stops does not wait for the check of a copy, and takes none that was not checked', async () => {
  const stopping = makeCopy({ store, file, cipher }, () => true, AbortSignal.abort(new Error('the terminal stops')));
  await expect(stopping).rejects.toThrow(failing('unavailable'));
  expect(readdirSync(join(folder, 'backup'))).toEqual([]);
});

test('a copy that does not open with the terminal’s key takes nobody’s place', async () => {
  const other = aesGcmCipher(Buffer.alloc(32, 8));
  await expect(makeCopy({ store, file, cipher: other }, () => true, never)).rejects.toThrow(
    failing('sealed-data-damaged'),
  );
  expect(existsSync(last)).toBe(false);
});

/** One look of the upkeep, at this clock. */
async function look(
  nowMs: number,
  changes: { idle?: () => boolean; roomy?: () => boolean; now?: () => number; store?: Store } = {},
): Promise<void> {
  const options = { store, file, cipher, log: memoryLog(), keepDays: 90, idle: () => true, roomy: () => true };
  await new Upkeep({ ...options, now: () => nowMs, wall: () => nowMs, ...changes }).look(never);
}

test('copies are made hourly while nobody is there and there is room, and not else', async () => {
  const now = Date.now();
  const age = (ms: number) => utimesSync(last, new Date(now - ms), new Date(now - ms));
  await look(now, { idle: () => false });
  await look(now, { roomy: () => false });
  expect(existsSync(last)).toBe(false);
  await look(now);
  expect([existsSync(last), existsSync(before)]).toEqual([true, false]);
  age(HOUR_MS - 60_000);
  await look(now);
  expect(existsSync(before)).toBe(false);
  age(HOUR_MS + 60_000);
  await look(now);
  expect(existsSync(before)).toBe(true);
  age(-10 * 365 * 24 * HOUR_MS); // made by a clock that was ten years fast
  const fast = statSync(last).mtimeMs;
  await look(now);
  expect(statSync(last).mtimeMs).toBeLessThan(fast);
});

test('somebody who comes while a copy is made has called it off, and that is no fault; it is made when they have gone', async () => {
  acceptCases(store, 150);
  let isBegun = false;
  const copyTo: Store['copyTo'] = (to, goOn) => {
    isBegun = true;
    return store.copyTo(to, goOn);
  };
  await look(Date.now(), { idle: () => !isBegun, store: { ...store, copyTo } });
  expect([isBegun, existsSync(last)]).toEqual([true, false]);
  await look(Date.now());
  expect(casesIn(last)).toBe(150);
});

test('a copy that shows damage of the store itself is acted on: the store tells, and the next start restores it', async () => {
  await copy();
  acceptCases(store, 5);
  store.visits.save('a-visit', { filler: 'x'.repeat(20_000_000) }); // more than the 16 MB that the engine keeps
  store.close();
  const onDamage = vi.fn();
  store = openOrRecover(file, { cipher, onDamage });
  const bytes = readFileSync(file);
  const handle = openSync(file, 'r+');
  for (let at = 4_096 * 100; at < bytes.length - 4_096 * 100; at += 4_096) writeSync(handle, Buffer.alloc(4), 0, 4, at);
  closeSync(handle);
  await expect(copy()).rejects.toThrow(failing('corrupt'));
  expect(onDamage).toHaveBeenCalledOnce();
  store.close();
  store = openIn(folder);
  expect(store.incidents.untold()).toMatchObject({ salvaged: 5 });
});

test('a copy for which the disk has no room is called that', async () => {
  const refused = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  const full = { ...store, copyTo: () => Promise.reject(refused) };
  await expect(makeCopy({ store: full, file, cipher }, () => true, never)).rejects.toThrow(failing('full'));
});

test('the upkeep tells of what fails once, and tries again ever later, hourly in the end; a copy that was made ends that', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const log = memoryLog();
  const stop = new AbortController();
  let looks = 0;
  const failingStore = {
    ...store,
    copyTo: async () => {
      looks += 1;
      throw new StorageError('unavailable', 'the disk has gone');
    },
  };
  const yes = (): boolean => true;
  const options = { store: failingStore, file, cipher, log, keepDays: 90, roomy: yes, idle: yes, now: Date.now };
  const running = new Upkeep(options).run(stop.signal);
  const pass = async (seconds: number): Promise<number> => {
    for (let at = 0; at < seconds; at += 10) {
      await vi.advanceTimersByTimeAsync(10_000);
      for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    return looks;
  };
  expect([await pass(30), await pass(3_000), await pass(3_600), await pass(3_600)]).toEqual([2, 8, 9, 10]);
  stop.abort();
  await running;
  vi.useRealTimers();
  expect(log.entries.map(({ level }) => level)).toEqual(['warn']);
});

test('an older copy goes after a day, also where no new one can be made; the last one stays', async () => {
  const now = Date.now();
  await copy();
  await copy();
  for (const made of [last, before]) utimesSync(made, new Date(now - 25 * HOUR_MS), new Date(now - 25 * HOUR_MS));
  await look(now, { roomy: () => false });
  expect([existsSync(last), existsSync(before)]).toEqual([true, false]);
});

test('an older copy of less than a day stays where no new one can be made', async () => {
  const now = Date.now();
  await copy();
  await copy();
  for (const made of [last, before]) utimesSync(made, new Date(now - 23 * HOUR_MS), new Date(now - 23 * HOUR_MS));
  await look(now, { roomy: () => false });
  expect([existsSync(last), existsSync(before)]).toEqual([true, true]);
});

/** What the upkeep looks at, of a store in which so much is old; and what it says of it. */
async function forgetting(cases: number[], papers: number[]) {
  const wipe = vi.fn();
  const log = memoryLog();
  const old = {
    ...store,
    wipe,
    cases: Object.assign(Object.create(store.cases), { removeSettled: () => cases.shift() ?? 0 }),
    spool: Object.assign(Object.create(store.spool), { removeOld: () => papers.shift() ?? 0 }),
  };
  const yes = (): boolean => true;
  const options = { store: old, file, cipher, log, keepDays: 90, idle: yes, now: Date.now };
  await new Upkeep({ ...options, roomy: () => false }).look(never);
  return { wiped: wipe.mock.calls.length, told: log.entries.map(({ fields }) => fields), left: [cases, papers] };
}

test('what was forgotten is told, and goes from the log, too; where nothing was, nothing is written', async () => {
  expect(await forgetting([], [])).toEqual({ wiped: 0, told: [], left: [[], []] });
  expect(await forgetting([3], [2])).toEqual({ wiped: 1, told: [{ removed: 5 }], left: [[], []] });
  expect(await forgetting([], [1])).toMatchObject({ wiped: 1, told: [{ removed: 1 }] });
});

test('an incident that the platform has heard of is known for thirty days more', async () => {
  const now = Date.now();
  const restoredAt = new Date(now).toISOString();
  store.incidents.record({ restoredAt, lostFrom: null, lostTo: restoredAt, salvaged: 0, unreadable: 0 });
  store.incidents.told(restoredAt);
  const lookAfter = (days: number) => look(now + days * 24 * HOUR_MS, { roomy: () => false });
  await lookAfter(29);
  expect(store.incidents.last()).toMatchObject({ restoredAt });
  await lookAfter(31);
  expect(store.incidents.last()).toBeUndefined();
});

test('what is settled goes after ninety days; what was refused, or waits, or is still held by a visit stays', async () => {
  const day = 24 * HOUR_MS;
  acceptCases(store, 4);
  store.visits.save('visit-case-3', {});
  await deliverAll(store);
  acceptCases(store, 2, 10);
  const [refused] = store.jobs.lease('holder', Date.now(), 1).jobs;
  store.jobs.reject(refused?.jobId ?? 0, 'holder', 'no', Date.now());
  for (const waiting of ['case-10', 'case-11']) store.cases.release(waiting);
  claimPaper(store, 'case-0:0:1');
  await look(Date.now() + 89 * day);
  expect(['case-0', 'case-1', 'case-2', 'case-3'].filter((id) => store.cases.find(id))).toHaveLength(4);
  await look(Date.now() + 91 * day);
  const left = ['case-0', 'case-1', 'case-2', 'case-3', 'case-10', 'case-11'].filter((id) => store.cases.find(id));
  expect(left).toEqual(['case-3', 'case-10', 'case-11']);
  expect(claimPaper(store, 'case-0:0:1')).toBe('claimed');
  expect(store.jobs.counts()).toMatchObject({ delivered: 1, rejected: 1, waiting: 1 });
});

test.each([
  ['this machine’s', 10 * 365, 0],
  ['the platform’s, as this machine has it,', 0, 10 * 365],
])('nothing is forgotten for a clock that runs ahead: %s', async (_, wallDays, nowDays) => {
  const day = 24 * HOUR_MS;
  acceptCases(store, 1);
  await deliverAll(store);
  store.cases.release('case-0');
  store.cases.clearIfDone('case-0');
  await look(Date.now() + wallDays * day, { now: () => Date.now() + nowDays * day });
  expect(store.cases.find('case-0')).toBeDefined();
  await look(Date.now() + 91 * day);
  expect(store.cases.find('case-0')).toBeUndefined();
});
