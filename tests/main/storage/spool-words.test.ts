import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { paperOf } from '../../../main/storage/spool.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const JOB = 'case:0:1';
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' };
const jammed: PrintOutcome = { outcome: 'not-printed', code: 'media-jammed', detail: 'jam' };
const printed: PrintOutcome = { outcome: 'printed' };
let file: string;
let store: Store;

beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
});
afterEach(() => store.close());

/** On plain paper, at the printer `p`. */
function printsPlain(jobId: string): void {
  store.spool.accept({ jobId, document: 'receipt' });
  store.spool.rendering(jobId);
  store.spool.sending(jobId, 'p', undefined);
  store.spool.printing(jobId);
}

/** On the numbered blank on top of A001 to A003. */
function printsLicence(jobId: string): string | undefined {
  const [pack = store.blanks.load({ series: 'food', printerId: 'p', tray: 'tray-2', first: 'A001', last: 'A003' })] =
    store.blanks.list();
  store.spool.accept({ jobId, document: 'certificate', series: 'food' });
  store.spool.rendering(jobId);
  const number = store.spool.sending(jobId, 'p', pack.cassetteId);
  store.spool.printing(jobId);
  return number;
}

const acts = () =>
  store.audit
    .page(0, 1_000)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => /^print-/.test(kind));

test('a job says on what it is and where it goes, and nothing that it does not have', () => {
  store.spool.accept({ jobId: 'a', document: 'receipt' });
  const bare = store.spool.find('a')!;
  expect(Object.keys(bare).sort()).toEqual(['acceptedAt', 'changedAt', 'document', 'jobId', 'jobName', 'state']);
  expect(bare.state).toEqual({ state: 'accepted' });
  printsLicence(JOB);
  expect(store.spool.find(JOB)).toMatchObject({ series: 'food', printerId: 'p', blankNumber: 'A001' });
});

test.each([
  ['case:0:1', 'case:0:'],
  ['receipt-1', undefined],
  [':1', ':'],
  ['a:', 'a:'],
])('all attempts at the paper of %s begin with %s', (jobId, paper) => {
  expect(paperOf(jobId)).toBe(paper);
});

test('a paper that is no attempt has none before it', () => {
  printsPlain('receipt-1');
  store.spool.finish('receipt-1', printed);
  expect(store.spool.earlierOf('receipt-2')).toBeUndefined();
  expect(store.spool.earlierOf('receipt-1')).toBeUndefined();
});

test('of earlier attempts one that came out counts before one of which nobody knows, and other papers do not count', () => {
  printsPlain('case:0:1');
  store.spool.finish('case:0:1', lost);
  expect(store.spool.earlierOf('case:0:3')).toMatchObject({ outcome: 'unknown' });
  printsPlain('case:0:2');
  store.spool.finish('case:0:2', printed);
  expect(store.spool.earlierOf('case:0:3')).toEqual(printed);
  expect(store.spool.earlierOf('case:1:1')).toBeUndefined();
});

test('what a printer says of its trouble is kept up to 300 characters', () => {
  printsPlain('a');
  store.spool.finish('a', { ...jammed, detail: 'x'.repeat(301) });
  expect(store.spool.find('a')?.state).toEqual({ state: 'failed', code: 'media-jammed', detail: 'x'.repeat(300) });
});

test('a paper that nobody knows is named', () => {
  const unknown = expect.objectContaining({ name: 'SpoolError', code: 'no-such-job', message: 'there is no paper b' });
  expect(() => store.spool.settle('b', 'printed')).toThrow(unknown);
  expect(() => store.spool.rendering('b')).toThrow(unknown);
});

test('what a person found of a paper is its state, with the cause that was known, and on record', () => {
  for (const [jobId, as] of [
    ['a', 'not-printed'],
    ['b', 'printed'],
  ] as const) {
    printsPlain(jobId);
    store.spool.finish(jobId, { ...lost, code: 'timeout' });
    store.spool.settle(jobId, as);
  }
  expect(store.spool.find('a')?.state).toEqual({
    ...{ state: 'failed', code: 'timeout', detail: 'a person looked: it did not come out' },
  });
  expect(store.spool.find('b')?.state).toEqual({ state: 'presented' });
  expect(acts()).toMatchObject([
    { kind: 'print-settled', subject: { jobId: 'a' }, detail: { as: 'not-printed', document: 'receipt' } },
    { kind: 'print-settled', subject: { jobId: 'b' }, detail: { as: 'printed', document: 'receipt' } },
  ]);
});

test('a licence that came out against a person’s word is in doubt, with what lies on top, and that is on record', () => {
  const number = printsLicence(JOB)!;
  store.spool.finish(JOB, lost);
  store.spool.settleBlank(number, 'in-tray', 'seen');
  expect(store.spool.finish(JOB, printed)).toMatchObject({ outcome: 'unknown' });
  expect(store.spool.find(JOB)?.state).toMatchObject({ state: 'unknown' });
  expect(store.blanks.list()).toMatchObject([{ state: 'uncertain' }]);
  expect(acts().at(-1)).toMatchObject({
    ...{ kind: 'print-contradicted', subject: { jobId: JOB }, detail: { document: 'certificate' } },
  });
});

test('a plain paper that came out against a person’s word leaves no tray in doubt, and is on record', () => {
  store.blanks.load({ series: 'food', printerId: 'p', tray: 'tray-2', first: 'A001', last: 'A003' });
  printsPlain('a');
  store.spool.finish('a', lost);
  store.spool.settle('a', 'not-printed');
  store.spool.finish('a', printed);
  expect(store.spool.find('a')?.state).toMatchObject({ state: 'failed' });
  expect(store.blanks.list()).toMatchObject([{ state: 'loaded' }]);
  expect(acts().at(-1)).toMatchObject({
    ...{ kind: 'print-contradicted', subject: { jobId: 'a' }, detail: { document: 'receipt' } },
  });
});

test('a paper that fails once more is no contradiction', () => {
  printsPlain('a');
  store.spool.finish('a', jammed);
  store.spool.finish('a', jammed);
  expect(acts()).toEqual([]);
});

test('at a start a number whose job is at its printer is left alone, and one whose job is not is for a person to look at', () => {
  const number = printsLicence(JOB)!;
  store.spool.doubtOrphans();
  expect(store.blanks.isHeldBy(number, JOB)).toBe(true);
  expect(store.blanks.isUncertain(number)).toBe(false);
  store.close();
  const raw = new Database(file);
  raw.prepare(`UPDATE spool_jobs SET state = 'failed', code = 'timeout', detail = '' WHERE job_id = ?`).run(JOB);
  raw.close();
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  store.spool.doubtOrphans();
  expect(store.blanks.isUncertain(number)).toBe(true);
});

test.each([
  ['whose job is gone', 'DELETE FROM spool_jobs'],
  ['that names no job', 'UPDATE blanks SET job_id = NULL'],
])('at a start a number %s is for a person to look at', (_, damage) => {
  const number = printsLicence(JOB)!;
  store.close();
  const raw = new Database(file);
  raw.exec(damage);
  raw.close();
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  store.spool.doubtOrphans();
  expect(store.blanks.isUncertain(number)).toBe(true);
});

test('what may still be at a printer is let go of once, and the first word holds', () => {
  printsPlain('a');
  store.spool.finish('a', lost);
  expect(store.spool.leftAtPrinters().map(({ jobId }) => jobId)).toEqual(['a']);
  store.spool.letGo('a', printed);
  expect(store.spool.leftAtPrinters()).toEqual([]);
  store.spool.letGo('a', jammed);
  expect(store.spool.find('a')?.state).toEqual({ state: 'presented' });
});

test('an attempt that was begun and came to nothing stands in no other’s way', () => {
  store.spool.accept({ jobId: 'case:0:1', document: 'certificate' });
  expect(store.spool.earlierOf('case:0:2')).toBeUndefined();
  printsPlain('case:0:3');
  store.spool.finish('case:0:3', lost);
  expect(store.spool.earlierOf('case:0:2')).toMatchObject({ outcome: 'unknown' });
});

test('a paper of which it is known what became is at no printer any more', () => {
  for (const [jobId, outcome] of [
    ['a', printed],
    ['b', jammed],
  ] as const) {
    printsPlain(jobId);
    store.spool.finish(jobId, outcome);
  }
  expect(store.spool.leftAtPrinters()).toEqual([]);
});

test('a printer that does not know either what became of a paper contradicts nobody, unless somebody has said it', () => {
  for (const jobId of ['a', 'b']) {
    printsPlain(jobId);
    store.spool.finish(jobId, lost);
  }
  store.spool.letGo('a', lost);
  expect([store.spool.find('a')?.state.state, acts()]).toEqual(['unknown', []]);
  store.spool.settle('b', 'not-printed');
  store.spool.letGo('b', lost);
  expect(acts().map(({ kind }) => kind)).toEqual(['print-settled', 'print-contradicted']);
});

test('only what lies there can be taken', () => {
  printsPlain('a');
  store.spool.taken('a');
  store.spool.taken('nobody’s');
  expect(store.spool.find('a')?.state).toEqual({ state: 'printing' });
  store.spool.finish('a', printed);
  store.spool.taken('a');
  expect(store.spool.recent(10)).toMatchObject([{ jobId: 'a', state: { state: 'taken' } }]);
});

test('a number that a person settles takes its paper along where nobody knew of it, and on record it says how', () => {
  const number = printsLicence(JOB)!;
  store.spool.finish(JOB, lost);
  store.spool.settleBlank(number, 'spoiled', 'seen');
  expect(store.spool.find(JOB)?.state).toMatchObject({ state: 'failed' });
  expect(acts()).toMatchObject([{ kind: 'print-settled', detail: { as: 'not-printed' } }]);
});

test.each([
  ['is known', `UPDATE spool_jobs SET state = 'failed', code = 'timeout', detail = ''`, 'failed'],
  ['is gone', 'DELETE FROM spool_jobs', undefined],
])('a number whose paper %s is settled by itself', (_, damage, state) => {
  const number = printsLicence(JOB)!;
  store.spool.finish(JOB, lost);
  store.close();
  const raw = new Database(file);
  raw.exec(damage);
  raw.close();
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  store.spool.settleBlank(number, 'printed', 'seen');
  expect([store.blanks.isUncertain(number), store.spool.find(JOB)?.state.state, acts()]).toEqual([false, state, []]);
});
