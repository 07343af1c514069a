import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { cipher } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

afterEach(() => failingCalls.disarm());

test('a case that is put down at the second try is seen, whoever looked while room was made for it', () => {
  const onFull = vi.fn(() => void store.jobs.counts());
  const store = openStore(join(temporaryFolder(), 'jiujin.db'), { cipher, onFull });
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  const accept = (number: number): void =>
    outbox.accept({
      caseId: `case-${number}`,
      caseNumber: `A${number}`,
      serviceId: 'S10',
      visitId: 'visit-1',
      body: {},
    });
  accept(1);
  failingCalls.arm(1, 'before', 'SQLITE_FULL', 'ENOSPC', (name) => name === 'run');
  accept(2);
  expect([onFull.mock.calls.length, outbox.has('case-1'), outbox.has('case-2')]).toEqual([1, true, true]);
  store.close();
});

test('a case whose rows wait for room is not called unknown, nor does its visit end as if it were', () => {
  const store = openStore(join(temporaryFolder(), 'jiujin.db'), { cipher });
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  outbox.accept({ caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId: 'visit-1', body: {} });
  failingCalls.always('SQLITE_FULL', (name) => name === 'commit');
  expect(store.jobs.counts().waiting).toBe(0); // the rest goes on without it
  for (const ask of ['has', 'status', 'removeDelivered'] as const) {
    expect(() => outbox[ask]('case-1'), ask).toThrow(expect.objectContaining({ code: 'full' }));
  }
  failingCalls.disarm();
  outbox.removeDelivered('case-1');
  expect([outbox.has('case-1'), store.cases.leftBehind(undefined)]).toEqual([true, []]);
  store.close();
});

test('a start on a disk without room for the rows of a case opens the store, and puts nothing in its place', () => {
  const folder = temporaryFolder();
  const first = openStore(join(folder, 'jiujin.db'), { cipher });
  const killed = temporaryFolder();
  const accept = (store: Store, number: number): void =>
    new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) }).accept({
      ...{ caseId: `case-${number}`, caseNumber: `A${number}`, serviceId: 'S10', visitId: 'visit-1', body: {} },
    });
  accept(first, 1);
  cpSync(folder, killed, { recursive: true });
  first.close();
  failingCalls.always('SQLITE_FULL', (name) => name === 'commit');
  const next = openStore(join(killed, 'jiujin.db'), { cipher });
  expect(() => accept(next, 2)).toThrow(expect.objectContaining({ code: 'full' }));
  failingCalls.disarm();
  accept(next, 2);
  expect([next.cases.find('case-1')?.caseNumber, next.cases.find('case-2')?.caseNumber]).toEqual(['A1', 'A2']);
  next.close();
});
