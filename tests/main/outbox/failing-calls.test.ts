import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Delivery } from '../../../main/outbox/delivery.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { fileKey } from '../../../main/storage/key-file.ts';
import type { Store } from '../../../main/storage/open.ts';
import { sealedFilesOf } from '../../../main/storage/places.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { caseAlone, caseWithPage, theCaseId, thePage } from '../../support/case-with-page.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { isLong, oneIn } from '../../support/long-form.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));
vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));

afterEach(() => failingCalls.disarm());

function open(folder: string): Store {
  const file = join(folder, 'data', 'jiujin.db');
  const key = fileKey(join(folder, 'data', 'store.key'), ...sealedFilesOf(file));
  return openOrRecover(file, { cipher: aesGcmCipher(key) });
}

/** The case, and its page. */
const deliveriesOf = (theCase: typeof caseAlone): number => (theCase === caseAlone ? 1 : 2);

/** A start of the terminal, and all that it puts on the disk up to "accepted" on the screen and a look at it; then it dies. */
function acceptOne(folder: string, theCase: typeof caseAlone): 'accepted' | 'accepted-and-not-filed' | StorageError {
  let store: Store | undefined;
  let accepted = false;
  try {
    store = open(folder);
    const item = theCase(store, store.counters.nextNumber('case-20261121'));
    const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
    outbox.accept(item);
    accepted = true;
    outbox.status(item.caseId);
    return 'accepted';
  } catch (error) {
    if (error instanceof StorageError) return accepted ? 'accepted-and-not-filed' : error;
    throw error; // said to nobody in words that anybody knows
  } finally {
    failingCalls.disarm();
    store?.close();
  }
}

/** The next start, at which nothing fails: what is stored is delivered, and once more after the resident tried again. */
async function nextStart(
  folder: string,
  theCase: typeof caseAlone,
): Promise<{ stored: boolean; keys: Set<string>; numbers: Set<unknown> }> {
  const store = open(folder);
  const received: Delivery[] = [];
  const outbox = new Outbox({
    store,
    deliver: async (delivery) => {
      received.push(delivery);
      return { outcome: 'delivered', result: {} };
    },
  });
  const stored = outbox.has(theCaseId);
  const number = Number(store.cases.find(theCaseId)?.caseNumber.slice(1) ?? store.counters.nextNumber('case-20261121'));
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  const deliveries = deliveriesOf(theCase);
  const allDelivered = () => vi.waitUntil(() => outbox.stats().delivered === deliveries, { interval: 1 });
  if (stored) await allDelivered(); // with the page as that start left it
  outbox.accept(theCase(store, number)); // as the visit does when it is taken up again
  await allDelivered();
  stop.abort();
  await running;
  expect(outbox.stats()).toMatchObject({ delivered: deliveries, waiting: 0, sending: 0, rejected: 0 });
  expect(store.incidents.last(), 'a call that failed is no damage').toBeUndefined();
  store.close();
  for (const delivery of received)
    if (delivery.kind === 'material') expect(delivery.content && thePage.equals(delivery.content)).toBe(true);
  const numbers = received.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')).caseNumber);
  return { stored, keys: new Set(received.map(({ idempotencyKey }) => idempotencyKey)), numbers: new Set(numbers) };
}

const every = oneIn(9);
const failures = [
  ['before', 'SQLITE_IOERR_WRITE', 'EIO'],
  ['before', 'SQLITE_FULL', 'ENOSPC'],
  ['after', 'SQLITE_IOERR_FSYNC', 'EIO'],
] as const;

const cases = [
  ['a case with a page', caseWithPage],
  ['a case alone', caseAlone],
] as const;

/** But for what only asks the engine to get ready, which is half of all: reads, writes and whatever touches a file. */
const touches = (name: string): boolean => name !== 'prepare';
const anyCall = (): boolean => true;

test.each(
  failures.flatMap((failure, kind) =>
    cases.map((theCase, at) => {
      const counted = isLong || kind + at === 0 ? anyCall : touches;
      return [...failure, ...theCase, 1 + ((kind + at) % every), counted] as const;
    }),
  ),
)(
  'whichever call fails %s its effect with %s or %s: %s is not accepted and that is said, or it is delivered once',
  async (mode, sqlite, file, name, theCase, first, counted) => {
    const outcomes = { refused: 0, accepted: 0, acceptedAndNotFiled: 0, refusedThoughStored: 0 };
    for (let n = first; ; n += every) {
      const folder = temporaryFolder();
      failingCalls.arm(n, mode, sqlite, file, counted);
      const told = acceptOne(folder, theCase);
      const { failed } = failingCalls;
      const { stored, keys, numbers } = await nextStart(folder, theCase);
      const where = `call ${n}: ${failed ?? 'none'}`;
      if (!(told instanceof StorageError)) expect(stored, where).toBe(true);
      expect([keys.size, numbers.size], where).toEqual([deliveriesOf(theCase), 1]);
      rmSync(folder, { recursive: true });
      if (failed === undefined) break;
      if (told === 'accepted') outcomes.accepted += 1;
      else if (told === 'accepted-and-not-filed') outcomes.acceptedAndNotFiled += 1;
      else if (stored) outcomes.refusedThoughStored += 1;
      else outcomes.refused += 1;
    }
    console.log(`${name}, ${mode} ${sqlite} ${file}: ${JSON.stringify(outcomes)}`);
    expect(outcomes.refused + outcomes.accepted).toBeGreaterThan(50 / every); // or the failures have met nothing
    // Room is made once, and then there is some: what is full for one call only refuses nothing but an engine that cannot start.
    if (sqlite === 'SQLITE_FULL') expect(outcomes.accepted).toBeGreaterThan(50 / every);
    else expect(outcomes.accepted).toBe(0);
    if (sqlite !== 'SQLITE_FULL' && theCase === caseAlone)
      expect(outcomes.acceptedAndNotFiled).toBeGreaterThan(3 / every);
  },
);
