import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));

test('numbers go on where they were after a restart, each series for itself', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openStore(file, { cipher });
  expect([store.counters.nextNumber('case-2026-11-21'), store.counters.nextNumber('case-2026-11-21')]).toEqual([1, 2]);
  expect(store.counters.nextNumber('ticket-A-2026-11-21')).toBe(1);
  store.close();
  const again = openStore(file, { cipher });
  expect(again.counters.nextNumber('case-2026-11-21')).toBe(3);
  again.close();
});

test('a number taken in a transaction that fails was not taken', () => {
  const store = openStore(join(temporaryFolder(), 'store.db'), { cipher });
  const failing = (): void => {
    store.transaction(() => {
      store.counters.nextNumber('case');
      throw new Error('changed my mind');
    });
  };
  expect(failing).toThrow('changed my mind');
  expect(store.counters.nextNumber('case')).toBe(1);
  store.close();
});

test('after two losses numbers begin behind both, in series of old and of new, until no series is of those days', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T08:00:00Z') });
  onTestFinished(() => void vi.useRealTimers());
  const store = openStore(join(temporaryFolder(), 'store.db'), { cipher });
  const { counters } = store;
  expect(counters.nextNumber('old')).toBe(1);
  counters.skip(100, Date.now());
  counters.skip(10, Date.now());
  expect([counters.nextNumber('old'), counters.nextNumber('new')]).toEqual([112, 111]);
  vi.setSystemTime(new Date('2026-11-23T07:59:59Z'));
  expect(counters.nextNumber('of the next day')).toBe(111);
  vi.setSystemTime(new Date('2026-11-23T08:00:00Z'));
  expect([counters.nextNumber('of another day'), counters.nextNumber('old')]).toEqual([1, 113]);
  store.close();
});

test.each(['not JSON', '{"number":"many"}'])(
  'a small record of the store that a flipped bit has spoiled keeps no terminal closed: %s',
  (spoiled) => {
    const file = join(temporaryFolder(), 'store.db');
    openStore(file, { cipher }).close();
    const raw = new Database(file);
    const put = raw.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    for (const name of ['numbers-begin-after', 'incident']) put.run(name, Buffer.from(spoiled));
    raw.close();
    const store = openStore(file, { cipher });
    expect(store.counters.nextNumber('case')).toBe(1);
    expect([store.incidents.last(), store.incidents.untold()]).toEqual([undefined, undefined]);
    store.close();
  },
);
