import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ACCEPTED_AT = '2026-11-21T08:00:00.000Z';
const about = { caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1', acceptedAt: ACCEPTED_AT };
let store: Store;
beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
});
afterEach(() => store.close());

test('a case is as it was accepted, and says until when it will have arrived only where somebody was told', () => {
  store.cases.insert(about);
  store.cases.insert({ ...about, caseId: 'case-2', caseNumber: 'A2', deliverBy: '2026-11-22T08:00:00.000Z' });
  expect(Object.keys(store.cases.find('case-1') ?? {}).sort()).toEqual(Object.keys(about).sort());
  expect(store.cases.find('case-2')).toMatchObject({ deliverBy: '2026-11-22T08:00:00.000Z' });
  expect(store.cases.find('case-3')).toBeUndefined();
});

test('a case is emptied once, when all of it is delivered and its visit is over, and that is told', () => {
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  outbox.accept({ ...about, body: {} });
  expect(store.cases.clearIfDone('case-1')).toBe(false);
  const [job] = store.jobs.lease('a test', Date.now(), 1).jobs;
  store.jobs.deliver(job!.jobId, 'a test', {}, Date.now());
  expect(store.cases.clearIfDone('case-1')).toBe(false);
  store.cases.release('case-1');
  expect([store.cases.clearIfDone('case-1'), store.cases.clearIfDone('case-1')]).toEqual([true, false]);
});
