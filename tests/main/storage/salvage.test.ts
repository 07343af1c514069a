import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { readEntry } from '../../../main/audit/entry.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { makeCopy } from '../../../main/storage/copies.ts';
import { bodyContext } from '../../../main/storage/jobs.ts';
import { migrate, migrations } from '../../../main/storage/migrations/index.ts';
import type { Store } from '../../../main/storage/open.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { tableRules, tablesOf } from '../../../main/storage/salvage.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { caseWithPage, theCaseId, thePage } from '../../support/case-with-page.ts';
import { claimPaper } from '../../support/claim-paper.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { oneIn } from '../../support/long-form.ts';
import { acceptCases, cipher, deliverAll, openIn, SERIES } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));
vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));

const never = new AbortController().signal;
let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'jiujin.db');
});

const copy = (store: Store): Promise<void> => makeCopy({ store, file, cipher }, () => true, never);
const outboxOf = (store: Store): Outbox =>
  new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });

/** Damages the database of a terminal that is switched off, with all pages of `table` gone, after `change`. */
function damage(table = 'jobs_due', change: (raw: Database.Database) => void = () => undefined): void {
  const raw = new Database(file);
  change(raw);
  raw.pragma('wal_checkpoint(TRUNCATE)');
  const pages = raw.prepare('SELECT pageno FROM dbstat WHERE name = ?').pluck().all(table);
  raw.close();
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0, (Number(page) - 1) * 4_096, Number(page) * 4_096);
  writeFileSync(file, bytes);
}

/** What lies in the quarantine's folder of pages, of all restorations. */
const pagesAside = (): string[] =>
  (existsSync(join(folder, 'quarantine')) ? readdirSync(join(folder, 'quarantine')) : []).flatMap((name) => {
    const pages = join(folder, 'quarantine', name, 'blobs');
    return existsSync(pages) ? readdirSync(pages) : [];
  });

/** Delivers all; the contents of pages that arrived. */
async function pagesDelivered(store: Store): Promise<Buffer[]> {
  const arrived: Buffer[] = [];
  const outbox = new Outbox({
    store,
    deliver: async (delivery) => {
      if (delivery.kind === 'material' && delivery.content) arrived.push(Buffer.from(delivery.content));
      return { outcome: 'delivered', result: {} };
    },
  });
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  await vi.waitUntil(() => outbox.stats().waiting + outbox.stats().sending === 0, { interval: 1 });
  stop.abort();
  await running;
  expect(outbox.stats().rejected).toBe(0);
  return arrived;
}

test.each(['waiting', 'delivered'] as const)(
  'a dead letter that was sent again since the copy is one delivery, under its new key: %s',
  async (since) => {
    const store = openIn(folder);
    const [caseNumber = ''] = acceptCases(store, 1);
    const refuse = store.jobs.lease('a test', Date.now(), 1).jobs.map(({ jobId }) => jobId);
    for (const jobId of refuse) store.jobs.reject(jobId, 'a test', 'no-record', Date.now());
    await copy(store);
    expect(outboxOf(store).requeue({ caseId: 'case-0' })).toMatchObject({ requeued: 1 });
    const keyBefore = (await (since === 'delivered' ? deliverAll(store) : undefined))?.arrived.get(caseNumber);
    store.close();
    damage();
    const restored = openIn(folder);
    expect(restored.jobs.counts()).toMatchObject({ rejected: 0, [since]: 1 });
    const { arrived } = await deliverAll(restored);
    const keys = new Set([...(keyBefore ?? []), ...(arrived.get(caseNumber) ?? [])]);
    expect([keys.size, restored.jobs.counts().delivered]).toEqual([1, 1]);
    restored.close();
  },
);

test.each(['refused', 'waiting'] as const)(
  'what was closed since the copy, where it was %s, stays so',
  async (inCopy) => {
    const store = openIn(folder);
    outboxOf(store).accept(caseWithPage(store, 1));
    const refuse = () => {
      const [leased] = store.jobs.lease('a test', Date.now(), 1).jobs;
      store.jobs.reject(leased!.jobId, 'a test', 'no-record', Date.now());
    };
    if (inCopy === 'refused') refuse();
    await copy(store);
    if (inCopy === 'waiting') refuse();
    expect(outboxOf(store).close({ caseId: theCaseId }, 'withdrawn')).toBe(2);
    store.close();
    damage();
    const restored = openIn(folder);
    const closed = { state: 'closed', reason: 'withdrawn' };
    expect(restored.deliveries.open(theCaseId)).toMatchObject([closed, closed]);
    for (const { body, blobId } of restored.deliveries.open(theCaseId))
      expect([body, blobId]).toEqual([undefined, undefined]);
    restored.close();
  },
);

test('each table has a rule for how its rows come over', () => {
  const store = openIn(folder);
  store.close();
  const raw = new Database(file, { readonly: true });
  expect(Object.keys(tableRules).sort()).toEqual(tablesOf(raw).sort());
  raw.close();
});

test.each(['jobs_due', 'blobs', 'cases', 'meta'])(
  'a case with a page that came after the copy is delivered with it, although "%s" is gone',
  async (table) => {
    const before = openIn(folder);
    await copy(before);
    outboxOf(before).accept(caseWithPage(before, 1));
    before.close();
    damage(table);
    const store = openIn(folder);
    expect(store.incidents.untold()).toMatchObject({ salvaged: 2, unreadable: 0 });
    expect(store.blobs.sizeOf(store.fingerprint(thePage))).toBe(thePage.length);
    expect(await pagesDelivered(store)).toEqual([thePage]);
    expect(pagesAside()).toEqual([]);
    store.close();
  },
);

test('of a paper that arrived since the copy only the platform knows: it is asked, although the page is gone', async () => {
  const before = openIn(folder);
  outboxOf(before).accept(caseWithPage(before, 1));
  await copy(before);
  expect(await pagesDelivered(before)).toEqual([thePage]);
  outboxOf(before).removeDelivered(theCaseId);
  before.visits.remove();
  before.wipe();
  before.close();
  damage('jobs');
  const store = openIn(folder);
  expect(store.jobs.counts()).toMatchObject({ waiting: 2, delivered: 0 });
  expect(await pagesDelivered(store)).toEqual([]);
  expect(store.jobs.counts()).toMatchObject({ delivered: 2, rejected: 0 });
  store.close();
});

/** A page that a case in the copy needs, and one whose case cannot be found any more. */
async function terminalThatLosesACase(): Promise<{ kept: string; lost: string }> {
  const before = openIn(folder);
  outboxOf(before).accept(caseWithPage(before, 1));
  await copy(before);
  before.visits.save('another-visit', {});
  const { blobId: lost, ...page } = before.blobs.put(Buffer.from('the page of a case that is lost'), 'another-visit');
  const materialId = '0b8e4c1a-97a5-4ad4-8d0e-6a1f6d2f9b03';
  outboxOf(before).accept({
    ...{ caseId: '5f0c1f5e-3d3a-4b8e-9a39-2f6f8b0d7a02', caseNumber: 'A2', serviceId: 'S10', visitId: 'another-visit' },
    body: {},
    materials: [{ materialId, label: 'household-register', mediaType: 'image/jpeg', blobId: lost, ...page }],
  });
  const kept = before.fingerprint(thePage);
  before.close();
  damage('jobs');
  return { kept, lost };
}

test('a page whose case is lost goes into the quarantine, with the damaged database, and is not deleted', async () => {
  const { kept, lost } = await terminalThatLosesACase();
  const store = openIn(folder);
  expect([pagesAside(), readdirSync(join(folder, 'blobs'))]).toEqual([[lost], [kept]]);
  expect(await pagesDelivered(store)).toEqual([thePage]);
  store.wipe();
  expect(pagesAside()).toEqual([lost]);
  store.close();
});

test('whenever the restoration is cut short, no page is lost, and none is left where a wipe would delete it', async () => {
  const { kept, lost } = await terminalThatLosesACase();
  const whole = folder;
  let cut = 0;
  for (const mode of ['before', 'after'] as const) {
    for (let n = mode === 'before' ? 1 : 2; ; n += oneIn(7)) {
      folder = temporaryFolder();
      cpSync(whole, folder, { recursive: true });
      failingCalls.arm(n, mode, 'SQLITE_IOERR_WRITE', 'EIO', (name) => name.endsWith('Sync') || name === 'commit');
      try {
        openIn(folder).close();
      } catch {
        cut += 1;
      } finally {
        failingCalls.disarm();
      }
      const { failed } = failingCalls;
      const store = openIn(folder);
      store.wipe();
      expect([pagesAside(), readdirSync(join(folder, 'blobs'))], failed).toEqual([[lost], [kept]]);
      expect(store.incidents.last(), failed).toBeDefined();
      store.close();
      if (failed === undefined) break;
    }
  }
  expect(cut).toBeGreaterThan(40 / oneIn(7)); // or the failures have met nothing
});

test('of a visit that is given up nothing is left, and its pages are kept aside', async () => {
  const before = openIn(folder);
  before.visits.save('the-visit', { page: 'form' });
  const { blobId } = before.blobs.put(thePage, 'the-visit');
  await copy(before);
  before.close();
  writeFileSync(file, ''); // nothing can be asked of it: the copy's own visit must go
  const store = openIn(folder);
  expect([store.visits.load(), store.blobs.sizeOf(blobId), pagesAside()]).toEqual([undefined, undefined, [blobId]]);
  store.close();
});

test('a case whose pages were delivered since is not sent again, and asks for no page that has gone', async () => {
  const before = openIn(folder);
  const outbox = outboxOf(before);
  outbox.accept(caseWithPage(before, 1));
  await copy(before);
  await pagesDelivered(before);
  before.visits.remove();
  outbox.removeDelivered(theCaseId);
  before.close();
  damage();
  const store = openIn(folder);
  expect([await pagesDelivered(store), store.jobs.counts()]).toMatchObject([[], { delivered: 2, waiting: 0 }]);
  expect(store.blobs.sizeOf(store.fingerprint(thePage))).toBeUndefined();
  store.close();
});

/** The acts on record, by kind, and what a check of the whole record finds. */
function recordOf(store: Store): { kinds: unknown[]; wrong: unknown } {
  const check = store.audit.check();
  const lines = store.audit.page(0, 1_000);
  for (const line of lines) check.take(line);
  const head = store.audit.head();
  return { kinds: lines.map(({ entry }) => readEntry(entry)?.kind), wrong: check.end(head?.sealed ? head : undefined) };
}

test.each([true, false])(
  'acts come over to the last, and nobody finds the record broken (with a copy: %s)',
  async (isCopied) => {
    const before = openIn(folder);
    acceptCases(before, 1);
    if (isCopied) await copy(before);
    acceptCases(before, 2, 1);
    before.close();
    damage();
    const store = openIn(folder);
    const accepted = ['case-accepted', 'case-accepted', 'case-accepted'];
    expect(recordOf(store)).toEqual({ kinds: [...accepted, 'store-restored'], wrong: undefined });
    expect(readEntry(store.audit.page(3, 1)[0]?.entry ?? '')?.detail).toMatchObject({
      ...(isCopied && { lostFrom: expect.any(String) }),
      ...{ salvaged: isCopied ? 2 : 3, unreadable: 0 },
    });
    acceptCases(store, 1, 3);
    expect(recordOf(store).wrong).toBeUndefined();
    store.close();
  },
);

test.each<[string, () => void]>([
  ['the last acts were taken away', () => damage('jobs_due', withoutTriggers('DELETE FROM audit WHERE seq = 3'))],
  ['the acts cannot be read', () => damage('audit')],
  [
    'an act was changed',
    () => damage('jobs_due', withoutTriggers(`UPDATE audit SET entry = replace(entry, 'S10', 'S11') WHERE seq = 2`)),
  ],
  ['the database is gone', () => writeFileSync(file, '')],
])(
  'where %s the record says that it is broken, and why: a restoration is no way to be rid of acts',
  async (_, harm) => {
    const before = openIn(folder);
    acceptCases(before, 1);
    await copy(before);
    acceptCases(before, 2, 1);
    before.close();
    harm();
    const store = openIn(folder);
    const { kinds, wrong } = recordOf(store);
    expect(kinds.slice(-2)).toEqual(['seal-broken', 'store-restored']);
    expect(wrong).toMatchObject({ why: 'told' });
    store.close();
  },
);

const withoutTriggers = (sql: string) => (raw: Database.Database) => {
  raw.exec('DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted');
  raw.exec(sql);
};

test('what platform and terminal agreed on since the copy holds: there is no way back to an older catalogue', async () => {
  const before = openIn(folder);
  for (const name of ['catalogue', 'desired']) before.syncState.write(name, 1);
  await copy(before);
  for (const name of ['catalogue', 'desired', 'clock']) before.syncState.write(name, 2);
  before.close();
  damage('jobs_due', (raw) => raw.exec(`UPDATE sync_state SET sealed_value = randomblob(40) WHERE name = 'desired'`));
  const store = openIn(folder);
  const { syncState } = store;
  const readNumber = (name: string) => syncState.read(name, z.number());
  expect(['catalogue', 'desired', 'clock'].map(readNumber)).toEqual([2, 1, 2]);
  expect(store.incidents.untold()).toMatchObject({ unreadable: 1 });
  store.close();
});

test('a command that was begun since is not carried out again, and a paper that was printed is not printed again', async () => {
  const at = new Date().toISOString();
  const newCommand = (commandId: string) => ({ commandId, kind: 'restart', claimedAt: at, expiresAt: at });
  const before = openIn(folder);
  before.commands.claim(newCommand('in-copy'));
  claimPaper(before, 'in-copy');
  await copy(before);
  before.commands.finish('in-copy', { outcome: 'done' });
  before.commands.claim(newCommand('later'));
  before.spool.finish('in-copy', { outcome: 'printed' });
  claimPaper(before, 'later');
  before.close();
  damage();
  const store = openIn(folder);
  expect(['in-copy', 'later'].map((id) => store.commands.claim(newCommand(id)))).toMatchObject([
    { outcome: 'done' },
    { outcome: 'unknown' },
  ]);
  expect(claimPaper(store, 'in-copy')).toMatchObject({ outcome: 'printed' });
  expect(claimPaper(store, 'later')).not.toBe('claimed');
  store.close();
});

/** A licence that got the next blank, and ended so; without an end the terminal stopped over it. */
function printLicence(store: Store, jobId: string, outcome?: PrintOutcome): string | undefined {
  const cassetteId = store.blanks.usable('food')?.cassetteId;
  store.spool.accept({ jobId, document: 'certificate', series: 'food' });
  store.spool.rendering(jobId);
  const number = store.spool.sending(jobId, 'p', cassetteId);
  if (outcome) store.spool.finish(jobId, outcome);
  return number;
}

test('numbers of blanks that were used since the copy stay used, and which is on top a clerk must see before the next', async () => {
  const before = openIn(folder);
  const { cassetteId } = before.blanks.load({ series: 'food', printerId: 'p', tray: 't', first: 'A1', last: 'A9' });
  printLicence(before, 'in-copy', { outcome: 'printed' });
  await copy(before);
  printLicence(before, 'later', { outcome: 'printed' });
  printLicence(before, 'under-way');
  before.close();
  damage();
  const store = openIn(folder);
  expect(store.blanks.list()).toMatchObject([{ state: 'uncertain', next: 'A4', held: { number: 'A3' } }]);
  expect(store.blanks.problem('food')).toBe('blanks-uncertain');
  store.spool.finish('under-way', { outcome: 'printed' });
  expect(store.blanks.problem('food')).toBe('blanks-uncertain');
  expect(store.blanks.correct(cassetteId, 'A4', 'seen')).toMatchObject({ state: 'loaded', left: 6 });
  expect(store.blanks.balance('', '9999')).toMatchObject([{ loaded: 9, printed: 3, closing: 6, counted: 6 }]);
  expect(printLicence(store, 'next')).toBe('A4');
  store.close();
});

test('a licence that a printer may have still is taken back, although the release that it was printed by knew nothing of that', async () => {
  const before = openIn(folder);
  before.blanks.load({ series: 'food', printerId: 'p', tray: 't', first: 'A1', last: 'A9' });
  printLicence(before, 'one', { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' });
  before.close();
  damage('jobs_due', (raw) => {
    raw.exec(
      'DROP INDEX spool_jobs_left; ALTER TABLE spool_jobs DROP COLUMN left_at_printer; PRAGMA user_version = 10',
    );
  });
  const store = openIn(folder);
  expect(store.spool.leftAtPrinters()).toMatchObject([{ jobId: 'one', printerId: 'p', blankNumber: 'A1' }]);
  store.close();
});

test('without the damaged database nobody knows what was used since the copy: a clerk must see which blank is on top', async () => {
  const before = openIn(folder);
  before.blanks.load({ series: 'food', printerId: 'p', tray: 't', first: 'A1', last: 'A9' });
  await copy(before);
  printLicence(before, 'later', { outcome: 'printed' });
  before.close();
  writeFileSync(file, '');
  const store = openIn(folder);
  expect([store.blanks.list(), store.blanks.problem('food')]).toMatchObject([
    [{ state: 'uncertain', next: 'A1' }],
    'blanks-uncertain',
  ]);
  store.close();
});

test('of applications put aside the later saving counts, and one that was taken up since does not come back', async () => {
  const draft = (draftId: string, revision: number) => ({
    ...{ draftId, revision, codeFingerprint: 'a'.repeat(64), body: { revision }, keptUntilMs: 4e12, dueAtMs: 0 },
    idempotencyKey: `${draftId}-${revision}`,
  });
  const before = openIn(folder);
  for (const id of ['saved-again', 'taken-up', 'damaged']) before.drafts.save(draft(id, 1));
  await copy(before);
  before.drafts.save(draft('saved-again', 2));
  before.drafts.save(draft('damaged', 2));
  before.drafts.save(draft('new', 1));
  before.drafts.remove('taken-up');
  before.close();
  damage('jobs_due', (raw) => raw.exec(`UPDATE drafts SET sealed_body = randomblob(60) WHERE draft_id = 'damaged'`));
  const store = openIn(folder);
  const found = ['saved-again', 'taken-up', 'damaged', 'new'].map((id) => store.drafts.find(id)?.body);
  expect(found).toEqual([{ revision: 2 }, undefined, { revision: 1 }, { revision: 1 }]);
  store.close();
});

test('a database of a release before this one, found damaged when this one starts, gives up its cases all the same', async () => {
  const raw = new Database(file);
  migrate(raw, migrations.slice(0, 3));
  raw.prepare('INSERT INTO meta VALUES (?, ?)').run('key-check', cipher.seal(new Uint8Array(), 'key-check'));
  raw.prepare('INSERT INTO counters VALUES (?, ?)').run(SERIES, 1);
  raw.exec(`INSERT INTO cases VALUES ('c-1', 'A1', 'S10', 'v-1', '2026-11-21T08:00:00.000Z', 1)`);
  const body = Buffer.from(JSON.stringify({ caseNumber: 'A1' }));
  raw
    .prepare(`INSERT INTO jobs (case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, due_at_ms)
       VALUES ('c-1', 'case', 'key-1', ?, ?, '2026-11-21T08:00:00.000Z', 0)`)
    .run(cipher.fingerprint(body), cipher.seal(body, bodyContext('key-1')));
  raw.exec(`INSERT INTO print_jobs VALUES ('printed', '2026-11-21T08:00:00.000Z', 'printed', NULL, NULL),
    ('died', '2026-11-21T08:00:00.000Z', NULL, NULL, NULL)`);
  raw.close();
  damage();
  const store = openIn(folder);
  expect(store.incidents.untold()).toMatchObject({ salvaged: 1, unreadable: 0 });
  expect([...(await deliverAll(store)).arrived.keys()]).toEqual(['A1']);
  expect(['printed', 'died'].map((id) => claimPaper(store, id))).toMatchObject([
    { outcome: 'printed' },
    { outcome: 'unknown' },
  ]);
  store.close();
});

test('fingerprints stay in the suite of the first day, although nothing but the damaged database knows it', () => {
  const key = Buffer.alloc(32, 7);
  const first = openOrRecover(file, { cipher: storeCipher('aes-256-gcm', key) });
  const mark = first.fingerprint(thePage);
  outboxOf(first).accept(caseWithPage(first, 1));
  first.close();
  damage();
  const later = openOrRecover(file, { cipher: storeCipher('sm4-ctr-hmac-sm3', key) });
  expect(later.fingerprint(thePage)).toBe(mark);
  expect(recordOf(later)).toEqual({ kinds: ['case-accepted', 'store-restored', 'suite-changed'], wrong: undefined });
  outboxOf(later).accept(caseWithPage(later, 1)); // the same case: no conflict
  later.close();
});
