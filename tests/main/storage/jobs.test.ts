import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { paper } from '../../support/papers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const whole = aesGcmCipher(Buffer.alloc(32, 7));
/** Where the cipher fails, by the beginning of the context: as on a Node without the suite. */
let unopenable: string | undefined;
const cipher: typeof whole = {
  ...whole,
  open: (sealed, context) => {
    if (unopenable && context.startsWith(unopenable)) throw new StorageError('suite-unavailable', 'no SM4');
    return whole.open(sealed, context);
  },
};
const HOLDER = 'a test';
let file: string;
let store: Store;
let outbox: Outbox;

beforeEach(() => {
  unopenable = undefined;
  file = join(temporaryFolder(), 'store.db');
  store = openStore(file, { cipher });
  store.visits.save('visit-1', {});
  outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
});
afterEach(() => store.close());

const accept = (number: number, materials: Parameters<Outbox['accept']>[0]['materials'] = []): void =>
  outbox.accept({
    ...{ caseId: `case-${number}`, caseNumber: `A${number}`, serviceId: 'S10', visitId: 'visit-1' },
    ...{ body: { number }, materials },
  });
const lease = (limit = 1) => store.jobs.lease(HOLDER, Date.now(), limit).jobs;

test('deliveries are counted by where they are', () => {
  for (const number of [1, 2, 3, 4, 5, 6, 7]) accept(number);
  const [delivered, alsoDelivered, refused] = lease(4);
  for (const job of [delivered, alsoDelivered]) store.jobs.deliver(job!.jobId, HOLDER, {}, Date.now());
  store.jobs.reject(refused!.jobId, HOLDER, 'no-record', Date.now());
  expect(store.jobs.counts()).toMatchObject({ waiting: 3, sending: 1, rejected: 1, delivered: 2 });
});

test.each([
  ['nothing', undefined, null],
  ['no', false, false],
  ['a receipt', { receipt: 'R-1' }, { receipt: 'R-1' }],
])('what the platform has answered is kept as it was: %s', (_, answer, kept) => {
  accept(1);
  const [job] = lease();
  store.jobs.deliver(job!.jobId, HOLDER, answer, Date.now());
  expect(store.jobs.findCaseJob('case-1')).toMatchObject({ state: 'delivered', result: kept });
});

test('of a case that was never accepted there is no delivery', () => {
  expect(store.jobs.findCaseJob('case-1')).toBeUndefined();
});

/** The paper of a case that has gone already, of which the platform has the first bytes. */
function halfSent() {
  accept(1, [paper(store, 'visit-1', 700)]);
  const [theCase] = lease();
  expect(theCase).not.toHaveProperty('material');
  store.jobs.deliver(theCase!.jobId, HOLDER, {}, Date.now());
  const [page] = lease();
  store.jobs.saveUpload(page!.jobId, HOLDER, { location: 'https://far/rest-of-it', uploadedBytes: 300 });
  store.jobs.reclaim('nobody', 0);
  return { page: page! };
}

test('a paper goes on from where it came, under the address that the platform gave for the rest', () => {
  const { page } = halfSent();
  expect(lease()).toMatchObject([
    { jobId: page.jobId, material: { location: 'https://far/rest-of-it', uploadedBytes: 300 } },
  ]);
});

test('an address that does not open is as good as none, and the paper begins anew', () => {
  halfSent();
  store.close();
  const raw = new Database(file);
  raw.exec('UPDATE jobs SET sealed_upload = randomblob(60) WHERE sealed_upload IS NOT NULL');
  raw.close();
  store = openStore(file, { cipher });
  expect(lease()[0]?.material).toMatchObject({ location: undefined });
});

test.each(['jobs.sealed_body', 'jobs.sealed_upload'])(
  'where this Node lacks the suite of %s nothing is sent, nor set aside: it says nothing of the row',
  (what) => {
    halfSent();
    unopenable = what;
    expect(() => lease()).toThrow(expect.objectContaining({ code: 'suite-unavailable' }));
    unopenable = undefined;
    expect([lease().length, store.jobs.counts().rejected]).toEqual([1, 0]);
  },
);
