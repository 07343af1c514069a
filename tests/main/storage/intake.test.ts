import { cpSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { makeCopy } from '../../../main/storage/copies.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { cipher, deliverAll } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

/** One page in the log: a frame's header, and what it holds. */
const FRAME_BYTES = 24 + 4_096;

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'jiujin.db');
});

afterEach(() => void vi.useRealTimers());

const outboxOf = (store: Store): Outbox =>
  new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });

const caseOf = (number: number, filler = 'x'.repeat(2_048)) => ({
  caseId: `case-${number}`,
  caseNumber: `A${number}`,
  serviceId: 'S10',
  visitId: 'visit-1',
  body: { caseNumber: `A${number}`, serviceId: 'S10', acceptedAt: '2026-11-21T08:00:00Z', filler },
  deliverBy: '2026-11-22T08:00:00.000Z',
});

/** The disk as it is now, as a process that is killed leaves it. */
function asIfKilled(): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return join(copy, 'jiujin.db');
}

const numbersOf = (store: Store): (string | undefined)[] =>
  store.audit.page(0, 1_000).map(({ entry }) => /"caseNumber":"(\w+)"/.exec(entry)?.[1]);

test('to accept a case writes one page, and the case is whole on it', () => {
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  store.wipe();
  for (const number of [1, 2, 3]) outbox.accept(caseOf(number));
  expect(statSync(`${file}-wal`).size).toBe(32 + 3 * FRAME_BYTES);
  const next = openStore(asIfKilled(), { cipher });
  expect(next.cases.find('case-2')).toMatchObject({ caseNumber: 'A2', deliverBy: '2026-11-22T08:00:00.000Z' });
  expect(next.jobs.counts()).toMatchObject({ waiting: 3 });
  expect(numbersOf(next)).toEqual(['A1', 'A2', 'A3']);
  expect(JSON.parse(next.audit.page(1, 1)[0]?.entry ?? '').subject).toEqual({ caseId: 'case-2' });
  next.close();
  store.close();
});

test.each(['has', 'status', 'stats', 'audit', 'outstanding', 'copy'])(
  'whoever asks sees what was accepted just now: %s',
  async (asked) => {
    const store = openStore(file, { cipher });
    const outbox = outboxOf(store);
    outbox.accept(caseOf(1));
    const copy = join(folder, 'copy.db');
    const answers: Record<string, () => unknown> = {
      has: () => outbox.has('case-1'),
      status: () => outbox.status('case-1')?.state === 'waiting',
      stats: () => outbox.stats().waiting === 1,
      audit: () => numbersOf(store)[0] === 'A1',
      outstanding: () => store.deliveries.list({ which: 'open', limit: 10 }).length === 1,
      copy: async () => {
        await store.copyTo(copy, () => true);
        return new Database(copy, { readonly: true }).prepare('SELECT 1 FROM jobs').get() !== undefined;
      },
    };
    expect(await answers[asked]?.()).toBe(true);
    store.close();
  },
);

test('a case leaves nothing in its slot once it has become rows', () => {
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  outbox.accept(caseOf(1));
  outbox.accept(caseOf(2, 'y'.repeat(50_000)));
  store.wipe();
  store.close();
  const raw = new Database(file, { readonly: true });
  expect(raw.prepare('SELECT sealed_case = zeroblob(3072) AS empty FROM intake GROUP BY 1').all()).toEqual([
    { empty: 1 },
  ]);
  raw.close();
});

test('more cases than there are slots are all there, in their order, though nobody asked in between', async () => {
  const store = openStore(file, { cipher });
  const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
  for (const number of numbers) outboxOf(store).accept(caseOf(number, number % 7 === 0 ? 'z'.repeat(9_000) : 'x'));
  store.close();
  const next = openStore(file, { cipher });
  expect(numbersOf(next)).toEqual(numbers.map((number) => `A${number}`));
  expect([...(await deliverAll(next)).arrived.values()].map((keys) => keys.size)).toEqual(numbers.map(() => 1));
  next.close();
});

test('the same case is no new one, wherever it lies; another under its id or number is refused', () => {
  let store = openStore(file, { cipher });
  let outbox = outboxOf(store);
  const conflict = expect.objectContaining({ code: 'conflict' });
  outbox.accept(caseOf(1));
  const stay = (): void => undefined;
  const restart = (): void => {
    store.close();
    store = openStore(file, { cipher });
    outbox = outboxOf(store);
  };
  for (const meanwhile of [stay, stay, restart]) {
    meanwhile();
    expect(() => outbox.accept({ ...caseOf(1), body: { other: true } })).toThrow(conflict);
    meanwhile();
    expect(() => outbox.accept({ ...caseOf(2), caseNumber: 'A1' })).toThrow(conflict);
    meanwhile();
    expect(() => outbox.accept({ ...caseOf(1), caseNumber: 'A9' })).toThrow(conflict);
    meanwhile();
    outbox.accept(caseOf(1));
    outbox.accept(caseOf(3));
    outbox.accept(caseOf(3));
  }
  expect(outbox.stats()).toMatchObject({ waiting: 2 });
  store.close();
});

test('a case that came as part of a transaction is known, too', () => {
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  const conflict = expect.objectContaining({ code: 'conflict' });
  store.transaction(() => outbox.accept(caseOf(1)));
  expect(() => outbox.accept({ ...caseOf(1), body: { other: true } })).toThrow(conflict);
  expect(() => outbox.accept({ ...caseOf(2), caseNumber: 'A1' })).toThrow(conflict);
  expect(outbox.stats()).toMatchObject({ waiting: 1 });
  store.close();
});

test('no case is called accepted on a disk that was taken away', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  outbox.accept(caseOf(1));
  vi.advanceTimersByTime(1_000);
  renameSync(file, `${file}.away`);
  expect(() => outbox.accept(caseOf(2))).toThrow(expect.objectContaining({ code: 'unavailable' }));
  renameSync(`${file}.away`, file);
  outbox.accept(caseOf(2));
  expect(numbersOf(store)).toEqual(['A1', 'A2']);
  store.close();
});

test('where the rows of a case find no room, no further case is accepted, and those before it are sent', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  outbox.accept(caseOf(1));
  expect(outbox.stats().waiting).toBe(1);
  outbox.accept(caseOf(2));
  failingCalls.always('SQLITE_FULL', (name) => name === 'commit');
  expect(outbox.stats().waiting).toBe(1);
  for (const number of [2, 3]) {
    expect(() => outbox.accept(caseOf(number))).toThrow(expect.objectContaining({ code: 'full' }));
  }
  failingCalls.disarm();
  expect(store.jobs.lease('a test', Date.now(), 4).jobs).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(store.jobs.lease('a test', Date.now(), 4).jobs).toHaveLength(1);
  outbox.accept(caseOf(3));
  expect(numbersOf(store)).toEqual(['A1', 'A2', 'A3']);
  store.close();
});

test('within a transaction a case is part of it', () => {
  const store = openStore(file, { cipher });
  const outbox = outboxOf(store);
  outbox.accept(caseOf(1));
  const fall = (): void =>
    store.transaction(() => {
      outbox.accept(caseOf(2));
      expect(outbox.has('case-2')).toBe(true);
      throw new Error('the visit thinks better of it');
    });
  expect(fall).toThrow('thinks better');
  expect([outbox.has('case-1'), outbox.has('case-2')]).toEqual([true, false]);
  store.close();
});

/** What a process left that was killed as soon as it had accepted a case. */
function leftByKill(keySealer: string): string {
  const store = openStore(file, { cipher, keySealer });
  outboxOf(store).accept(caseOf(1));
  const killed = asIfKilled();
  store.close();
  return killed;
}

test('the first case of a start takes the place of none that the process before put down', () => {
  const next = openStore(leftByKill('file'), { cipher });
  outboxOf(next).accept(caseOf(2));
  expect(numbersOf(next)).toEqual(['A1', 'A2']);
  next.close();
});

test('what the process before accepted is on record before what the start itself records', () => {
  const next = openStore(leftByKill('file'), { cipher, keySealer: 'systemd' });
  const kinds = next.audit.page(0, 10).map(({ entry }) => JSON.parse(entry).kind);
  expect(kinds).toEqual(['case-accepted', 'key-sealer-changed']);
  next.close();
});

test('a case for which there is no slot is stored all the same', () => {
  openStore(file, { cipher }).close();
  const raw = new Database(file);
  raw.exec('DELETE FROM intake WHERE slot < 2');
  raw.close();
  const store = openStore(file, { cipher });
  for (const number of [1, 2, 3]) outboxOf(store).accept(caseOf(number));
  expect(numbersOf(store)).toEqual(['A1', 'A2', 'A3']);
  store.close();
});

test('a slot that makes no sense is damage, which a restoration gets over with all the others', async () => {
  const store = openOrRecover(file, { cipher });
  const outbox = outboxOf(store);
  outbox.accept(caseOf(1));
  await makeCopy({ store, file, cipher }, () => true, new AbortController().signal);
  for (const number of [2, 3, 4]) outbox.accept(caseOf(number));
  const killed = asIfKilled();
  store.close();
  const raw = new Database(killed);
  raw.exec('UPDATE intake SET sealed_case = CAST(sealed_case || 0 AS BLOB) WHERE slot = 1');
  raw.close();
  const restored = openOrRecover(killed, { cipher });
  expect(restored.incidents.last()).toMatchObject({ salvaged: 2, unreadable: 1 });
  expect(numbersOf(restored)).toEqual(['A1', undefined, 'A2', 'A4']); // after the restoration, which is on record, too
  expect([...(await deliverAll(restored)).arrived.keys()].sort()).toEqual(['A1', 'A2', 'A4']);
  restored.close();
});
