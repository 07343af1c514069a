import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));
vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: '' };
const order = { jobId: 'one', document: 'certificate', series: 's' };

const nothing = (): void => undefined;
const load = (store: Store) => store.blanks.load({ series: 's', printerId: 'p', tray: 't', first: 'A1', last: 'A9' });
const prepare = (store: Store) => {
  load(store);
  store.spool.accept(order);
  store.spool.rendering('one');
};
const send = (store: Store) => store.spool.sending('one', 'p', 1);
const sent = (store: Store) => {
  prepare(store);
  send(store);
};
const ends =
  (outcome: PrintOutcome, sheetUsed?: boolean) =>
  (store: Store): unknown =>
    store.spool.finish('one', outcome, sheetUsed);
const unknown = (store: Store) => {
  sent(store);
  ends(lost)(store);
};

/** Steps that are one on the disk, each after what comes before it. */
const steps: readonly (readonly [what: string, before: (store: Store) => unknown, act: (store: Store) => unknown])[] = [
  ['a job is sent', prepare, send],
  ['a licence is printed', sent, ends({ outcome: 'printed' })],
  ['a licence stays in the tray', sent, ends({ outcome: 'not-printed', code: 'paper-out', detail: '' }, false)],
  ['nobody knows of a licence', sent, ends(lost)],
  ['a clerk settles a number', unknown, (store) => store.spool.settleBlank('A1', 'printed', 'seen')],
  ['a pack is loaded', nothing, load],
  ['a pack is unloaded', load, (store) => store.blanks.unload(1)],
  ['the top number is corrected', load, (store) => store.blanks.correct(1, 'A4', 'taken-out')],
];

/** All that the disk holds of job, numbers, ledger and record. */
function held(store: Store): object {
  const job = store.spool.find('one');
  const ledger = ['A1', 'A2', 'A3', 'A9'].map((number) => {
    try {
      return store.blanks.history(number).map(({ kind }) => kind);
    } catch {
      return [];
    }
  });
  const acts = store.audit.page(0, 100).map(({ entry }) => JSON.parse(entry).kind);
  const sums = store.blanks.balance('', '9999');
  return { job: [job?.state, job?.blankNumber], ledger, acts, sums, cassettes: store.blanks.list() };
}

/** `act` on a copy of the database at `file`, with the `n`-th call failing; 0: none does. */
function tried(file: string, act: (store: Store) => unknown, n: number, mode: 'before' | 'after'): object {
  const copy = `${file}-${mode}-${n}`;
  copyFileSync(file, copy);
  const store = openStore(copy, { cipher });
  failingCalls.arm(n, mode, 'SQLITE_IOERR_WRITE', 'EIO');
  try {
    act(store);
  } catch (error) {
    expect(error).toMatchObject({ name: 'StorageError' });
  } finally {
    failingCalls.disarm();
  }
  const now = held(store);
  store.close();
  return now;
}

test.each(steps)('when %s, job, number, ledger and record change together or not at all', (_, prepared, act) => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openStore(file, { cipher });
  prepared(store);
  const before = held(store);
  store.close();
  const after = tried(file, act, 0, 'before');
  expect(after).not.toEqual(before);
  const met = { before: 0, after: 0 };
  for (const mode of ['before', 'after'] as const) {
    for (let n = 1; ; n += 1) {
      const now = tried(file, act, n, mode);
      const { failed } = failingCalls;
      if (failed === undefined) break;
      expect([before, after], failed).toContainEqual(now);
      met[isDeepStrictEqual(now, before) ? 'before' : 'after'] += 1;
    }
  }
  expect(met.before).toBeGreaterThan(5); // or the failures have met nothing
  expect(met.after).toBeGreaterThan(0);
});
