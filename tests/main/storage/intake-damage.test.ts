import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import type { Cipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import type { Store } from '../../../main/storage/open.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { cipher } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PAGE_BYTES = 4_096;
/** SQLite's file format 1.6: a leaf of a table. */
const TABLE_LEAF = 0x0d;

const outboxOf = (store: Store): Outbox =>
  new Outbox({ store, deliver: async () => ({ outcome: 'rejected', reason: 'refused' }) });

function accept(store: Store, number: number): void {
  const names = { caseId: `case-${number}`, caseNumber: `A${number}`, serviceId: 'S10', visitId: 'visit-1' };
  const acceptedAt = '2026-11-21T08:00:00Z';
  const body = { caseNumber: names.caseNumber, serviceId: 'S10', acceptedAt, filler: 'x'.repeat(1_500) };
  outboxOf(store).accept({ ...names, body });
}

/** A database that a killed process left: its slots hold cases 1 to `count`, and its log is empty. */
function killedWith(count: number): string {
  const folder = temporaryFolder();
  const store = openOrRecover(join(folder, 'jiujin.db'), { cipher });
  for (let number = 1; number <= count; number += 1) accept(store, number);
  const killed = temporaryFolder();
  cpSync(folder, killed, { recursive: true });
  store.close();
  const file = join(killed, 'jiujin.db');
  const raw = new Database(file);
  raw.pragma('wal_checkpoint(TRUNCATE)');
  raw.close();
  rmSync(`${file}-wal`, { force: true });
  return file;
}

/** Changes the page on which the case in `slot` lies; `cell` is where its row begins there. */
function spoil(file: string, slot: number, change: (page: Buffer, cell: number) => void): void {
  const bytes = readFileSync(file);
  const page = pagesOf(bytes).find((candidate) => holds(candidate, slot));
  if (!page) throw new Error(`slot ${slot} holds no case`);
  change(page, page.readUInt16BE(8));
  writeFileSync(file, bytes);
}

function pagesOf(bytes: Buffer): Buffer[] {
  const count = bytes.length / PAGE_BYTES;
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
}

/** One row of a length of two bytes, then its number; a case is no run of zeros. */
function holds(page: Buffer, slot: number): boolean {
  const cell = page.readUInt16BE(8);
  const isAlone = page[0] === TABLE_LEAF && page.readUInt16BE(3) === 1;
  return isAlone && page[cell]! >= 0x80 && page[cell + 2] === slot && page.subarray(cell + 8, cell + 24).some(Boolean);
}

test.each(Array.from({ length: 64 }, (_, bit) => bit))(
  'a case of whose slot one bit has changed is there, or its damage is told: bit %i of the row',
  (bit) => {
    const file = killedWith(3);
    spoil(file, 1, (page, cell) => {
      page[cell + (bit >> 3)]! ^= 1 << (bit & 7);
    });
    const store = openOrRecover(file, { cipher });
    expect(outboxOf(store).has('case-2') || store.incidents.last() !== undefined).toBe(true);
    store.close();
  },
);

test('what lies behind a slot that cannot be read comes over in its order', () => {
  const file = killedWith(6);
  spoil(file, 1, (page) => {
    page[0] = 0x77;
  });
  const store = openOrRecover(file, { cipher });
  const leased = store.jobs.lease('a test', Date.now(), 9).jobs.map(({ caseId }) => caseId);
  expect(leased).toEqual(['case-1', 'case-3', 'case-4', 'case-5', 'case-6']);
  store.close();
});

test('a case in a suite that this build lacks is not given up with the damage', () => {
  const file = killedWith(3);
  spoil(file, 1, (page) => {
    page[0] = 0x77;
  });
  const lacking: Cipher = {
    ...cipher,
    open(sealed, context) {
      if (context.startsWith('intake')) throw new StorageError('suite-unavailable', 'there is no such suite');
      return cipher.open(sealed, context);
    },
  };
  expect(() => openOrRecover(file, { cipher: lacking })).toThrow(
    expect.objectContaining({ code: 'suite-unavailable' }),
  );
  const store = openOrRecover(file, { cipher });
  expect(outboxOf(store).has('case-3')).toBe(true);
  store.close();
});

test('a slot whose case has its rows already makes no second one of it, nor sends one again that was set aside', async () => {
  const file = killedWith(1);
  const sealed = sealedIn(file);
  const store = openOrRecover(file, { cipher });
  const stop = new AbortController();
  const outbox = outboxOf(store);
  const running = outbox.run(stop.signal);
  await expect.poll(() => outbox.stats().rejected).toBe(1);
  stop.abort();
  await running;
  store.close();
  const raw = new Database(file); // the page as it was: the write that freed the slot never came onto the disk
  raw.prepare('UPDATE intake SET sealed_case = ? WHERE slot = 0').run(sealed);
  raw.close();
  const restored = openOrRecover(file, { cipher });
  const kinds = restored.audit.page(0, 99).map(({ entry }) => JSON.parse(entry).kind);
  expect(kinds).toEqual(['case-accepted', 'dead-letter-made', 'store-restored']);
  expect(restored.jobs.counts()).toMatchObject({ waiting: 0, rejected: 1 });
  restored.close();
});

function sealedIn(file: string): Uint8Array {
  const raw = new Database(file);
  const { sealed_case } = raw.prepare<[], { sealed_case: Uint8Array }>('SELECT sealed_case FROM intake').get()!;
  raw.close();
  return sealed_case;
}
