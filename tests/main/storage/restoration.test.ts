import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database, { SqliteError } from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { readEntry } from '../../../main/audit/entry.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { makeCopy } from '../../../main/storage/copies.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import type { Store } from '../../../main/storage/open.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { damaged, databaseOf, PAGE_BYTES, pageOf, quarantined } from '../../support/damaged-terminal.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { paper } from '../../support/papers.ts';
import { acceptCases, cipher, openIn } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });
const INSTANT = '2026-11-21T08-00-00.000Z';
let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = databaseOf(folder);
});
afterEach(() => {
  failingCalls.disarm();
  vi.restoreAllMocks();
});

const copy = (store: Store): Promise<void> =>
  makeCopy({ store, file, cipher }, () => true, new AbortController().signal);

/** What whoever has the file does to it while the terminal is off, acts included. */
function change(sql: string): void {
  const raw = new Database(file);
  raw.pragma('ignore_check_constraints = ON');
  raw.pragma('foreign_keys = OFF');
  raw.exec('DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted');
  raw.exec(sql);
  raw.close();
}

/** The terminal as the next start finds it, with an index of it damaged. */
const restored = (): Store => openIn(damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0)));

test.each([
  ['SQLITE_FULL', 1, undefined],
  ['SQLITE_IOERR_WRITE', 0, 'unavailable'],
])('a start that meets %s is given room %i times, and tried as often again', (said, freed, code) => {
  const onFull = vi.fn(() => failingCalls.disarm());
  failingCalls.always(said, (name) => name === 'commit');
  const open = (): void => openOrRecover(file, { cipher, onFull }).close();
  if (code === undefined) open();
  else expect(open).toThrow(failing(code));
  expect(onFull).toHaveBeenCalledTimes(freed);
});

test('a database that a later release wrote is left alone, although a copy of this one’s lies beside it', async () => {
  const store = openIn(folder);
  await copy(store);
  store.close();
  change('PRAGMA user_version = 999');
  const before = readFileSync(file);
  expect(() => openIn(folder)).toThrow(failing('newer-version'));
  expect([readFileSync(file).equals(before), quarantined(folder)]).toEqual([true, []]);
});

test.each([`../${INSTANT}`, `${INSTANT}/../..`, '', 'quarantine'])(
  'a mark that names no instant, %j, moves nothing out of its place',
  (name) => {
    openIn(folder).close();
    const before = readFileSync(file);
    writeFileSync(`${file}.moving`, name);
    writeFileSync(`${file}.building`, before);
    expect(() => openIn(folder)).toThrow(failing('corrupt'));
    expect([readFileSync(file).equals(before), existsSync(`${file}.building`)]).toEqual([true, true]);
  },
);

test('what is read from both ends of a damaged table goes in the order in which it was accepted', () => {
  const store = openIn(folder);
  acceptCases(store, 30);
  store.close();
  const raw = new Database(file, { readonly: true });
  const pages = raw.prepare(`SELECT pageno FROM dbstat WHERE name = 'jobs' AND pagetype = 'leaf' ORDER BY path`);
  const leaves = pages.pluck().all().map(Number);
  raw.close();
  const next = openIn(
    damaged(folder, leaves[Math.floor(leaves.length / 2)]! - 1, (page) => page.fill(0, 0, PAGE_BYTES)),
  );
  const numbers = next.jobs.lease('a test', Date.now() + 1e9, 40).jobs.map(({ caseId }) => Number(caseId.slice(5)));
  expect(numbers.length).toBeGreaterThan(10);
  expect(numbers.length).toBeLessThan(30);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  next.close();
});

test('a case whose visit has ended since the copy is nobody’s any more', async () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  await copy(store);
  store.cases.release('case-0');
  acceptCases(store, 2, 2);
  store.cases.release('case-2');
  store.close();
  const next = restored();
  expect(next.cases.leftBehind(undefined).sort()).toEqual(['case-1', 'case-3']);
  next.close();
});

test('nothing is believed of a delivery whose body does not open: one that the copy has is sent again, another is counted', async () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  await copy(store);
  acceptCases(store, 2, 2);
  store.close();
  change(`UPDATE jobs SET state = 'delivered', settled_at = '${INSTANT}', sealed_body = randomblob(60)
    WHERE case_id IN ('case-1', 'case-3')`);
  const next = restored();
  expect(next.incidents.untold()).toMatchObject({ salvaged: 1, unreadable: 1 });
  expect(next.jobs.counts()).toMatchObject({ waiting: 3, delivered: 0 });
  expect(next.jobs.findCaseJob('case-3')).toBeUndefined();
  next.close();
});

test('what stands in the log of a terminal that was cut off comes over with the rest', () => {
  const store = openIn(folder);
  acceptCases(store, 3);
  store.intake.fileAll();
  const killed = damaged(folder, 0, () => undefined);
  store.close();
  writeFileSync(`${databaseOf(killed)}.suspect`, ''); // it had met damage, and was not closed
  const next = openIn(killed);
  expect(next.incidents.untold()).toMatchObject({ salvaged: 3, unreadable: 0 });
  next.close();
});

test('a case that was put down and had no rows yet comes over with all that its resident was told', () => {
  const store = openIn(folder);
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  const about = { caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1' };
  const deliverBy = '2026-11-22T08:00:00.000Z';
  outbox.accept({ ...about, body: {}, deliverBy });
  const killed = damaged(folder, 0, () => undefined);
  store.close();
  writeFileSync(`${databaseOf(killed)}.suspect`, '');
  const next = openIn(killed);
  expect(next.cases.find('case-1')).toEqual({ ...about, deliverBy, acceptedAt: expect.any(String) });
  expect(next.incidents.untold()).toMatchObject({ salvaged: 1, unreadable: 0 });
  next.close();
});

test.each([
  [
    'file that the disk does not let be opened is not taken for one that holds nothing',
    `sqlite_schema WHERE name = 'jobs'`,
  ],
  ['record of acts that the disk does not give is not taken for one that was cut off', 'FROM audit NOT INDEXED'],
])('a damaged %s', (_, asked) => {
  const store = openIn(folder);
  acceptCases(store, 3);
  store.close();
  const harmed = damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0));
  const { prepare } = Database.prototype;
  vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (this: Database.Database, sql) {
    if (sql.includes(asked)) throw new SqliteError('the disk', 'SQLITE_IOERR_READ');
    return prepare.call(this, sql) as never;
  });
  expect(() => openIn(harmed)).toThrow(failing('unavailable'));
  vi.restoreAllMocks();
  expect(quarantined(harmed)).toEqual([]);
  const next = openIn(harmed);
  expect(next.jobs.counts()).toMatchObject({ waiting: 3 });
  next.close();
});

test.each<[what: string, context: string]>([
  ['the bodies of deliveries', 'jobs.sealed_body'],
  ['applications put aside', 'drafts.sealed_body'],
  ['what platform and terminal agreed on', 'sync_state'],
])(
  'where this Node lacks the suite of %s nothing is given up: the restoration waits for one that has it',
  (_, context) => {
    const store = openIn(folder);
    acceptCases(store, 2);
    store.drafts.save(draft('one'));
    store.syncState.write('catalogue', 7);
    store.close();
    const harmed = damaged(folder, pageOf(folder, 'jobs_due'), (page) => page.fill(0));
    const open: typeof cipher.open = (sealed, at) => {
      if (at.startsWith(context)) throw new StorageError('suite-unavailable', 'this Node has no SM4');
      return cipher.open(sealed, at);
    };
    expect(() => openOrRecover(databaseOf(harmed), { cipher: { ...cipher, open } })).toThrow(
      failing('suite-unavailable'),
    );
    expect(quarantined(harmed)).toEqual([]);
    const next = openIn(harmed);
    expect(next.incidents.untold()).toMatchObject({ salvaged: 2, unreadable: 0 });
    expect([next.drafts.find('one')?.body, next.syncState.read('catalogue', z.number())]).toEqual([{}, 7]);
    next.close();
  },
);

test.each([
  ['goes on from where it came', '', { location: 'https://far/rest-of-it', uploadedBytes: 300 }],
  [
    'begins anew where its address does not open',
    'UPDATE jobs SET sealed_upload = randomblob(60) WHERE sealed_upload IS NOT NULL',
    { location: undefined, uploadedBytes: 0 },
  ],
])('a paper that the copy lacks %s', (_, sql, material) => {
  const store = openIn(folder);
  store.visits.save('visit-1', {});
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  const about = { caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1', body: {} };
  outbox.accept({ ...about, materials: [paper(store, 'visit-1')] });
  const lease = () => store.jobs.lease('a test', Date.now(), 1).jobs[0]?.jobId ?? 0;
  store.jobs.deliver(lease(), 'a test', {}, Date.now());
  store.jobs.saveUpload(lease(), 'a test', { location: 'https://far/rest-of-it', uploadedBytes: 300 });
  store.close();
  change(sql);
  const next = restored();
  expect(next.jobs.lease('a test', Date.now(), 2).jobs).toMatchObject([{ kind: 'material', material }]);
  next.close();
});

test('a row of a delivery that makes no sense is counted, and the others come over', () => {
  const store = openIn(folder);
  acceptCases(store, 3);
  store.close();
  change(`UPDATE jobs SET kind = 'kase' WHERE case_id = 'case-1'`);
  const next = restored();
  expect(next.incidents.untold()).toMatchObject({ salvaged: 2, unreadable: 1 });
  next.close();
});

test('what became of a delivery since the copy is believed, also of one that the copy lacks', async () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  await copy(store);
  acceptCases(store, 2, 2);
  for (const { jobId, caseId } of store.jobs.lease('a test', Date.now(), 4).jobs) {
    if (['case-0', 'case-2'].includes(caseId)) store.jobs.deliver(jobId, 'a test', {}, Date.now());
    else store.jobs.reject(jobId, 'a test', 'no-record', Date.now());
  }
  store.close();
  const next = restored();
  const states = ['case-0', 'case-1', 'case-2', 'case-3'].map((caseId) => next.jobs.findCaseJob(caseId)?.state);
  expect(states).toEqual(['delivered', 'rejected', 'delivered', 'rejected']);
  expect(next.jobs.findCaseJob('case-3')).toMatchObject({ reason: 'no-record' });
  next.close();
});

test('a case whose row is lost, and whose body does not say what the row said, is counted', () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  outbox.accept({ caseId: 'bare', caseNumber: 'A9', serviceId: 'S10', visitId: 'v', body: {} });
  store.intake.fileAll();
  store.close();
  change(`DELETE FROM cases WHERE case_id IN ('case-0', 'bare')`);
  const next = restored();
  expect(next.incidents.untold()).toMatchObject({ salvaged: 2, unreadable: 1 });
  expect(['case-0', 'bare'].map((caseId) => next.cases.find(caseId)?.caseNumber)).toEqual(['A1', undefined]);
  next.close();
});

test('an answer that does not open does not come over, but what became of the delivery does', async () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  await copy(store);
  for (const { jobId } of store.jobs.lease('a test', Date.now(), 2).jobs) {
    store.jobs.deliver(jobId, 'a test', { receipt: 'R-1' }, Date.now());
  }
  store.close();
  change(`UPDATE jobs SET sealed_result = randomblob(60) WHERE case_id = 'case-1'`);
  const next = restored();
  expect(next.jobs.findCaseJob('case-0')).toMatchObject({ state: 'delivered', result: { receipt: 'R-1' } });
  expect(next.jobs.findCaseJob('case-1')).toMatchObject({ state: 'delivered', result: undefined });
  next.close();
});

test.each([
  ['is no act', `UPDATE audit SET entry = '{"a":' WHERE seq = 2`],
  ['is under another number', 'UPDATE audit SET seq = 9 WHERE seq = 3'],
])('where an act %s the record goes on behind the last that is sound, and says that it is broken', (_, sql) => {
  const store = openIn(folder);
  acceptCases(store, 3);
  store.intake.fileAll();
  store.close();
  change(sql);
  const next = restored();
  const kinds = next.audit.page(0, 10).map(({ entry }) => readEntry(entry)?.kind);
  expect(kinds.slice(-2)).toEqual(['seal-broken', 'store-restored']);
  next.close();
});

test('of a series whose number makes no sense it is not known how far it came', () => {
  const store = openIn(folder);
  acceptCases(store, 2);
  store.counters.nextNumber('other');
  store.close();
  change(`UPDATE counters SET last = -1 WHERE series = 'other'`);
  const next = restored();
  expect(next.counters.nextNumber('other')).toBeGreaterThan(8_640);
  next.close();
});

test('whether the start met damage is its own affair: nobody ends a core that has just restored its store', () => {
  openIn(folder).close();
  const raw = new Database(file);
  raw.exec('UPDATE intake SET sealed_case = randomblob(3072) WHERE slot = 0');
  raw.close();
  const onDamage = vi.fn();
  const store = openOrRecover(file, { cipher, onDamage });
  expect([onDamage.mock.calls.length, store.incidents.untold()?.unreadable]).toEqual([0, 1]);
  expect(existsSync(join(folder, 'jiujin.db.suspect'))).toBe(false);
  store.close();
});

test('a condition of a device that the copy has does not change, and what came since is added', async () => {
  const store = openIn(folder);
  const record = (state: string) => store.deviceEvents.record({ deviceId: 'reader', at: INSTANT, state });
  record('online');
  await copy(store);
  record('offline');
  store.close();
  change(`UPDATE device_events SET state = 'starting' WHERE state = 'online'`);
  const next = restored();
  expect(next.deviceEvents.recent('reader', 9).map(({ state }) => state)).toEqual(['offline', 'online']);
  next.close();
});

const draft = (draftId: string) => ({
  ...{ draftId, revision: 1, codeFingerprint: 'a'.repeat(64), body: {}, keptUntilMs: 4e12, dueAtMs: 0 },
  idempotencyKey: draftId,
});

test('an application put aside that was discarded since the copy stays so, until the platform has been told', async () => {
  const store = openIn(folder);
  store.drafts.save(draft('one'));
  await copy(store);
  store.drafts.discard('one', 'discarded', 0);
  store.close();
  const next = restored();
  expect(next.drafts.nextDue(0)).toMatchObject({ draftId: 'one', idempotencyKey: 'discarded', body: undefined });
  expect(next.incidents.untold()).toMatchObject({ unreadable: 0 });
  next.close();
});

test('where the applications put aside cannot be read, those of the copy stay: the platform is asked', async () => {
  const store = openIn(folder);
  store.drafts.save(draft('one'));
  await copy(store);
  store.close();
  const next = openIn(damaged(folder, pageOf(folder, 'drafts'), (page) => page.fill(0)));
  expect(next.drafts.find('one')?.body).toEqual({});
  next.close();
});
