import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { paper } from '../../support/papers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const DELIVER_BY = '2026-11-22T08:00:00.000Z';
let file: string;
let store: Store;

/** A case with one paper, of which the platform has heard nothing. */
beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  store.visits.save('visit-1', {});
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  const about = { caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1', deliverBy: DELIVER_BY };
  outbox.accept({ ...about, body: { name: 'A1' }, materials: [paper(store, 'visit-1', 700)] });
});
afterEach(() => store.close());

/** As the queue leaves it after what happened elsewhere. */
function change(sql: string): void {
  store.close();
  const raw = new Database(file);
  raw.exec(sql);
  raw.close();
  store = openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
}

const keysOf = (which: 'open' | 'dead' = 'open') =>
  store.deliveries.list({ which, limit: 10 }).map((one) => Object.keys(one).sort());
const ALL = ['attempts', 'caseId', 'caseNumber', 'createdAt', 'jobId', 'kind', 'serviceId', 'state'];

test('one that waits says when it is due, a paper how much of it has arrived, and nothing says what it has not', () => {
  const [theCase, material] = store.deliveries.list({ which: 'open', limit: 10 });
  expect(theCase).toMatchObject({ kind: 'case', state: 'waiting', dueAtMs: expect.any(Number), deliverBy: DELIVER_BY });
  expect(material).toMatchObject({ kind: 'material', state: 'waiting', sizeBytes: 700, uploadedBytes: 0 });
  expect(keysOf()).toEqual([
    [...ALL, 'deliverBy', 'dueAtMs'].sort(),
    [...ALL, 'deliverBy', 'dueAtMs', 'sizeBytes', 'uploadedBytes'].sort(),
  ]);
  change(`UPDATE cases SET deliver_by = NULL`);
  expect(keysOf()[0]).toEqual([...ALL, 'dueAtMs'].sort());
});

test('a dead letter says why it is one, and is due at no time', () => {
  change(`UPDATE jobs SET state = 'rejected', reason = 'bad-request' WHERE kind = 'case'`);
  expect(store.deliveries.list({ which: 'dead', limit: 10 })).toMatchObject([{ kind: 'case', reason: 'bad-request' }]);
  expect(keysOf('dead')).toEqual([[...ALL, 'deliverBy', 'reason'].sort()]);
});

test('a case is overdue from the moment on that its resident was told, and before it the next one is known', () => {
  const told = Date.parse(DELIVER_BY);
  const at = (ms: number): string => new Date(ms).toISOString();
  expect(store.deliveries.overdue(at(told - 1))).toEqual({ overdue: 0, nextDeliverBy: DELIVER_BY });
  expect(store.deliveries.overdue(at(told))).toEqual({ overdue: 1, nextDeliverBy: undefined });
});

test('a closed case takes along what it holds back, and a closed paper nothing but itself', () => {
  const reason = 'bad-request';
  change(`UPDATE jobs SET state = 'rejected', reason = '${reason}' WHERE kind = 'material'`);
  expect(store.deliveries.close({ caseId: 'case-1' }, 'withdrawn', 0)).toEqual(['case-1']);
  expect(store.deliveries.list({ which: 'open', limit: 10 })).toMatchObject([{ kind: 'case', state: 'waiting' }]);
  change(`UPDATE jobs SET state = 'waiting', reason = NULL WHERE kind = 'material'`);
  store.jobs.insert({
    ...{ caseId: 'case-1', kind: 'rating', idempotencyKey: 'a-rating', fingerprint: 'f'.repeat(64) },
    ...{ body: Buffer.from('{}'), createdAt: DELIVER_BY, dueAtMs: 0 },
  });
  change(`UPDATE jobs SET state = 'rejected', reason = '${reason}' WHERE kind = 'material'`);
  expect(store.deliveries.close({ caseId: 'case-1' }, 'withdrawn', 0)).toEqual(['case-1']);
  change(`UPDATE jobs SET state = 'waiting', reason = NULL WHERE kind = 'material'`);
  change(`UPDATE jobs SET state = 'rejected', reason = '${reason}' WHERE kind = 'case'`);
  expect(store.deliveries.close({ caseId: 'case-1' }, 'withdrawn', 0)).toEqual(['case-1', 'case-1', 'case-1']);
});
