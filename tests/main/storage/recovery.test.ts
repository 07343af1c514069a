import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { makeCopy } from '../../../main/storage/copies.ts';
import type { Store } from '../../../main/storage/open.ts';
import { copiesOf } from '../../../main/storage/places.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { damaged, databaseOf, pageOf, quarantined, terminalWithCopy } from '../../support/damaged-terminal.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { oneIn } from '../../support/long-form.ts';
import { acceptCases, cipher, deliverAll, openIn, SERIES } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));
vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));

const never = new AbortController().signal;
const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });

test('a database that has lost the page that names its tables is read by a copy’s', async () => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const restored = openIn(damaged(folder, 0, (page) => page.fill(0)));
  expect(restored.incidents.untold()).toMatchObject({ salvaged: 10, unreadable: 0 });
  expect(restored.counters.nextNumber(SERIES)).toBeGreaterThan(100); // of what bears no seal nothing is believed
  expect([...(await deliverAll(restored)).arrived.keys()].sort()).toEqual([...inCopy, ...later].sort());
  restored.close();
});

test.each([
  ...['cases', 'counters', 'meta', 'visit', 'spool_jobs', 'jobs_due', 'jobs_of_case', 'jobs_of_material'],
  ...['device_events', 'blobs', 'blob_visits', 'audit', 'sync_state', 'commands', 'drafts'],
])('without a copy no case is lost with all of "%s": what it said is said elsewhere, too', async (name) => {
  const folder = temporaryFolder();
  const store = openIn(folder);
  const accepted = acceptCases(store, 8);
  store.close();
  const restored = openIn(damaged(folder, pageOf(folder, name), (page) => page.fill(0)));
  expect(restored.incidents.untold()).toMatchObject({ lostFrom: null, salvaged: 8, unreadable: 0 });
  expect([...(await deliverAll(restored)).arrived.keys()].sort()).toEqual([...accepted].sort());
  expect(restored.counters.nextNumber(SERIES)).toBeGreaterThan(name === 'counters' ? 8_640 : 8);
  restored.close();
});

test('without a copy what can be read is brought over, and numbers skip what a day could have given out', async () => {
  const folder = temporaryFolder();
  const store = openIn(folder);
  const accepted = acceptCases(store, 20);
  store.close();
  const harmed = damaged(folder, 0, (page) => page.fill(0)); // where all tables are named: nothing can be read
  const emptied = openIn(harmed);
  expect(emptied.incidents.untold()).toMatchObject({ lostFrom: null, salvaged: 0 });
  expect(emptied.counters.nextNumber(SERIES)).toBeGreaterThan(8_640);
  expect(emptied.counters.nextNumber('ticket-A-20261121')).toBeGreaterThan(8_640);
  emptied.close();

  const leaf = damaged(folder, pageOf(folder, 'jobs_of_case'), (page) => page.fill(0));
  const again = openIn(leaf);
  expect(again.incidents.untold()).toMatchObject({ lostFrom: null, salvaged: 20, unreadable: 0 });
  expect(again.counters.nextNumber(SERIES)).toBe(21); // all of the counters could be read
  expect([...(await deliverAll(again)).arrived.keys()].sort()).toEqual([...accepted].sort());
  again.close();
});

test.each([
  ['jobs_due', (page: Buffer) => page.lastIndexOf(Buffer.of(0x0c, 0x04, 0x05)) + 6],
  ['jobs_of_case', (page: Buffer) => page.indexOf('case-12waiting') + 'case-12waiting'.length],
])('an index, %s, that in one bit no longer says what its table says is met at the start', async (name, at) => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const harmed = damaged(folder, pageOf(folder, name), (page) => {
    page[at(page)]! ^= 0x40;
  });
  const store = openIn(harmed);
  expect(store.incidents.untold()).toMatchObject({ salvaged: 10, unreadable: 0 });
  expect([...(await deliverAll(store)).arrived.keys()].sort()).toEqual([...inCopy, ...later].sort());
  store.close();
});

test('what the damaged database knows of a delivery is not forgotten: no body comes back that had gone', async () => {
  const folder = temporaryFolder();
  const store = openIn(folder);
  acceptCases(store, 6);
  await makeCopy({ store, file: databaseOf(folder), cipher }, () => true, never);
  await deliverAll(store);
  for (let number = 0; number < 6; number += 1) {
    store.cases.release(`case-${number}`);
    store.cases.clearIfDone(`case-${number}`);
  }
  store.close();
  const harmed = damaged(folder, pageOf(folder, 'jobs_of_case'), (page) => page.fill(0));
  const restored = openIn(harmed);
  expect(restored.incidents.untold()).toBeDefined();
  expect((await deliverAll(restored)).arrived.size).toBe(0);
  expect(restored.jobs.counts()).toMatchObject({ delivered: 6, waiting: 0 });
  restored.close();
  const raw = new Database(databaseOf(harmed), { readonly: true });
  expect(raw.prepare('SELECT count(*) FROM jobs WHERE sealed_body IS NOT NULL').pluck().get()).toBe(0);
  raw.close();
});

test('a visit in progress is given up: nobody is shown another person’s page', async () => {
  const { folder } = await terminalWithCopy();
  const store = openIn(folder);
  store.visits.save('a-visit', { page: 'form' });
  await makeCopy({ store, file: databaseOf(folder), cipher }, () => true, never);
  store.close();
  const restored = openIn(damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0)));
  expect([restored.visits.load(), restored.incidents.untold()]).toEqual([undefined, expect.anything()]);
  restored.close();
});

test.each<[string, (file: string) => void]>([
  ['was deleted', (file) => rmSync(file)],
  ['was cut to nothing', (file) => truncateSync(file)],
  ['is of something else', (file) => writeFileSync(file, 'PK\u0003\u0004 not a database at all'.repeat(300))],
])('a database that %s is restored from the copy, and is not begun anew in silence', async (_, harm) => {
  const { folder, inCopy, copiedAt } = await terminalWithCopy();
  harm(databaseOf(folder));
  const now = Date.now() + 3_600_000;
  const store = openIn(folder, now);
  const incident = store.incidents.untold();
  expect(incident).toMatchObject({ restoredAt: new Date(now).toISOString(), lostTo: new Date(now).toISOString() });
  expect(Math.abs(Date.parse(incident?.lostFrom ?? '') - Date.parse(copiedAt))).toBeLessThan(5_000);
  // One number in ten seconds since the copy, and a hundred to spare.
  const number = store.counters.nextNumber(SERIES);
  expect(number).toBeGreaterThanOrEqual(10 + 360 + 100);
  expect(number).toBeLessThan(10 + 360 + 100 + 10);
  expect([...(await deliverAll(store)).arrived.keys()].sort()).toEqual([...inCopy].sort());
  store.close();
});

test('a copy that is damaged itself is passed over for the one before', async () => {
  const { folder, inCopy } = await terminalWithCopy();
  const store = openIn(folder);
  await makeCopy({ store, file: databaseOf(folder), cipher }, () => true, never);
  store.close();
  writeFileSync(copiesOf(databaseOf(folder)).good[0], 'no copy of anything');
  rmSync(databaseOf(folder));
  const restored = openIn(folder);
  expect([...(await deliverAll(restored)).arrived.keys()].sort()).toEqual([...inCopy].sort());
  restored.close();
});

test.each<[string, (folder: string) => void, string, Uint8Array]>([
  ['with another key', () => undefined, 'key-wrong', Buffer.alloc(32, 8)],
  [
    'from whose copy a later release has been at work',
    (folder) => {
      const copy = new Database(copiesOf(databaseOf(folder)).good[0]);
      copy.pragma('user_version = 999');
      copy.close();
    },
    'newer-version',
    Buffer.alloc(32, 7),
  ],
])('a damaged database %s is left as it is', async (_, arrange, code, key) => {
  const { folder } = await terminalWithCopy();
  arrange(folder);
  writeFileSync(databaseOf(folder), Buffer.alloc(8_192, 0xa5));
  const file = databaseOf(folder);
  expect(() => openOrRecover(file, { cipher: aesGcmCipher(key) })).toThrow(failing(code));
  expect([readFileSync(file).equals(Buffer.alloc(8_192, 0xa5)), quarantined(folder)]).toEqual([true, []]);
});

test.each<[string, sql: string]>([
  ['says something else', `UPDATE meta SET value = CAST(x'03' || substr(value, 2) AS BLOB) WHERE name = 'key-check'`],
  ['is under another name', `UPDATE meta SET name = 'kei-check' WHERE name = 'key-check'`],
])('a key check that %s in one bit is damage where a copy opens with the key: nothing is lost', async (_, sql) => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const raw = new Database(databaseOf(folder));
  expect(raw.prepare(sql).run().changes).toBe(1);
  raw.close();
  const store = openIn(folder);
  expect(store.incidents.untold()).toMatchObject({ salvaged: 10, unreadable: 0 });
  expect(store.counters.nextNumber(SERIES)).toBe(21);
  expect([...(await deliverAll(store)).arrived.keys()].sort()).toEqual([...inCopy, ...later].sort());
  store.close();
  openIn(folder).close();
  expect(quarantined(folder)).toHaveLength(1);
});

test('a database beside its copies is left as it is where the key is another terminal’s', async () => {
  const { folder } = await terminalWithCopy(2);
  const before = readFileSync(databaseOf(folder));
  const other = aesGcmCipher(Buffer.alloc(32, 8));
  expect(() => openOrRecover(databaseOf(folder), { cipher: other })).toThrow(failing('key-wrong'));
  expect([readFileSync(databaseOf(folder)).equals(before), quarantined(folder)]).toEqual([true, []]);
});

test('without a copy, too, another key is told from damage, and nothing is given up for it', () => {
  const folder = temporaryFolder();
  const store = openIn(folder);
  acceptCases(store, 3);
  store.close();
  const harmed = damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0));
  const other = aesGcmCipher(Buffer.alloc(32, 8));
  expect(() => openOrRecover(databaseOf(harmed), { cipher: other })).toThrow(failing('key-wrong'));
  expect(quarantined(harmed)).toEqual([]);
  const restored = openIn(harmed);
  expect(restored.jobs.counts().waiting).toBe(3);
  restored.close();
});

test('the fourth damage within a day is a disk that fails: the terminal stays closed, and touches nothing', async () => {
  const { folder } = await terminalWithCopy();
  const noon = Date.parse('2026-11-21T12:00:00Z');
  const damage = (): void => writeFileSync(databaseOf(folder), Buffer.alloc(8_192, 0xa5));
  for (const hour of [0, 1, 2]) {
    damage();
    openIn(folder, noon + hour * 3_600_000).close();
  }
  damage();
  expect(() => openIn(folder, noon + 3 * 3_600_000)).toThrow(failing('corrupt'));
  expect(quarantined(folder)).toHaveLength(3);
  openIn(folder, noon + 30 * 3_600_000).close();
  expect(quarantined(folder)).toHaveLength(4);
});

test('restorations that a clock dates into the future are none of this day: a clock that fell back closes no terminal', async () => {
  const { folder } = await terminalWithCopy(1);
  const noon = Date.parse('2026-11-21T12:00:00Z');
  const damage = (): void => writeFileSync(databaseOf(folder), Buffer.alloc(8_192, 0xa5));
  for (const hour of [0, 1, 2]) {
    damage();
    openIn(folder, noon + hour * 3_600_000).close();
  }
  damage();
  openIn(folder, noon - 6 * 3_600_000).close();
  expect(quarantined(folder)).toHaveLength(4);
});

test('a terminal that is running is left alone, also where its log looks like damage at this moment', async () => {
  const { folder } = await terminalWithCopy();
  const running = openIn(folder);
  acceptCases(running, 3, 30);
  const log = readFileSync(`${databaseOf(folder)}-wal`);
  const overwrite = (bytes: Buffer): void => {
    const file = openSync(`${databaseOf(folder)}-wal`, 'r+');
    writeSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
  };
  overwrite(Buffer.from(log).fill(0xa5, 32 + 24 + 100, 32 + 24 + 200));
  const other = temporaryFolder();
  cpSync(folder, other, { recursive: true });
  expect(() => openIn(folder)).toThrow(failing('in-use'));
  expect(quarantined(folder)).toEqual([]);
  overwrite(log);
  running.close();
  const restored = openIn(other);
  expect(restored.counters.nextNumber(SERIES)).toBeGreaterThan(20 + 100); // the log may have known of more
  restored.close();
  expect(quarantined(other)).toHaveLength(1);
});

test('a power cut at any moment of a restoration is made good by the next start', async () => {
  const { folder, inCopy, later } = await terminalWithCopy(2);
  const page = pageOf(folder, 'jobs_of_case');
  for (let n = 1; ; n += oneIn(7)) {
    const harmed = damaged(folder, page, (bytes) => bytes.fill(0));
    const before = readFileSync(databaseOf(harmed));
    // But for what only asks the engine to get ready, which is half of all: reads, writes and whatever touches a file.
    const touches = (name: string): boolean => !/^(prepare|pragma)/.test(name);
    failingCalls.arm(n, n % 2 === 0 ? 'before' : 'after', 'SQLITE_IOERR_WRITE', 'EIO', touches);
    try {
      openIn(harmed).close();
    } catch (error) {
      expect(error).toMatchObject({ name: 'StorageError' });
    }
    const { failed } = failingCalls;
    failingCalls.disarm();
    const store = openIn(harmed);
    const where = `call ${n}: ${failed ?? 'none'}`;
    expect(store.incidents.untold(), where).toMatchObject({ unreadable: 0 });
    const { arrived } = await deliverAll(store);
    store.close();
    expect([...arrived.keys()].sort(), where).toEqual([...inCopy, ...later].sort());
    const kept = quarantined(harmed).map((name) => readFileSync(join(harmed, 'quarantine', name, 'jiujin.db')));
    expect(
      kept.map((bytes) => bytes.equals(before)),
      where,
    ).toEqual([true]);
    expect(readdirSync(harmed).sort(), where).toEqual(['backup', 'jiujin.db', 'quarantine']);
    if (failed === undefined) break;
    rmSync(harmed, { recursive: true });
  }
});

test('a damaged file that the disk does not give at this moment is not given up: the next start reads it', async () => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const harmed = damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0));
  failingCalls.always('SQLITE_IOERR_READ', (name) => name === 'iterate');
  expect(() => openIn(harmed)).toThrow(failing('unavailable'));
  failingCalls.disarm();
  expect(quarantined(harmed)).toEqual([]);
  const store = openIn(harmed);
  expect([...(await deliverAll(store)).arrived.keys()].sort()).toEqual([...inCopy, ...later].sort());
  store.close();
});

test('damage that the engine meets while the terminal runs is dealt with at the next start', async () => {
  const { folder } = await terminalWithCopy();
  const onDamage = vi.fn();
  const store = openOrRecover(databaseOf(folder), { cipher, onDamage });
  failingCalls.always('SQLITE_CORRUPT', (name) => name === 'run');
  expect(() => store.cases.release('case-1')).toThrow(failing('corrupt'));
  failingCalls.disarm();
  store.close();
  expect(onDamage).toHaveBeenCalledOnce();
  const restored = openIn(folder);
  expect(restored.incidents.untold()).toMatchObject({ unreadable: 0 });
  expect((await deliverAll(restored)).arrived.size).toBe(20);
  restored.close();
  openIn(folder).close(); // once
  expect(quarantined(folder)).toHaveLength(1);
});

test.each<[string, call: string, (store: Store) => unknown]>([
  ['the applications that a visit holds', 'all', (store) => store.drafts.held()],
  ['which pages nobody needs', 'all', (store) => store.wipe()],
  ['the visit in progress', 'get', (store) => store.visits.load()],
  ['what is due', 'get', (store) => store.jobs.nextDueAtMs()],
])('damage that is met in reading %s is dealt with at the next start, too', async (_, call, read) => {
  const { folder } = await terminalWithCopy(2);
  const onDamage = vi.fn();
  const store = openOrRecover(databaseOf(folder), { cipher, onDamage });
  failingCalls.always('SQLITE_CORRUPT', (name) => name === call);
  expect(() => read(store)).toThrow(failing('corrupt'));
  expect(() => read(store)).toThrow(failing('corrupt'));
  failingCalls.disarm();
  store.close();
  expect(onDamage).toHaveBeenCalledOnce();
  openIn(folder).close();
  expect(quarantined(folder)).toHaveLength(1);
});

test('a core that meets damage is told so also where no mark of it can be kept', async () => {
  const { folder } = await terminalWithCopy();
  const onDamage = vi.fn();
  const store = openOrRecover(databaseOf(folder), { cipher, onDamage });
  mkdirSync(`${databaseOf(folder)}.suspect`); // nothing can be written there
  failingCalls.always('SQLITE_CORRUPT', (name) => name === 'run');
  expect(() => store.cases.release('case-1')).toThrow();
  failingCalls.disarm();
  expect(onDamage).toHaveBeenCalledOnce();
  store.close();
});

test('an incident is kept until the platform has heard of it, and a second one covers the first', async () => {
  const { folder, copiedAt } = await terminalWithCopy();
  rmSync(databaseOf(folder));
  const first = openIn(folder, Date.now() + 1_000);
  const { restoredAt, lostFrom } = first.incidents.untold() ?? { restoredAt: '', lostFrom: '' };
  await makeCopy({ store: first, file: databaseOf(folder), cipher }, () => true, never);
  first.close();
  rmSync(databaseOf(folder));
  const second = openIn(folder, Date.now() + 9_000);
  expect(second.incidents.untold()).toMatchObject({ lostFrom });
  expect(Math.abs(Date.parse(lostFrom ?? '') - Date.parse(copiedAt))).toBeLessThan(5_000);
  second.incidents.told(restoredAt); // the platform's word on the one before
  expect(second.incidents.untold()).toBeDefined();
  second.incidents.told(second.incidents.untold()?.restoredAt ?? '');
  expect([second.incidents.untold(), second.incidents.last()]).toEqual([undefined, expect.anything()]);
  second.incidents.forget('2020-01-01T00:00:00.000Z');
  expect(second.incidents.last()).toBeDefined();
  second.incidents.forget('2100-01-01T00:00:00.000Z');
  expect(second.incidents.last()).toBeUndefined();
  second.close();
});

test('a first start makes an empty store, and says nothing of a loss', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'backup'));
  const store = openIn(folder);
  expect([store.incidents.last(), store.counters.nextNumber(SERIES), quarantined(folder)]).toEqual([undefined, 1, []]);
  store.close();
  utimesSync(databaseOf(folder), 0, 0);
  openIn(folder).close();
});
