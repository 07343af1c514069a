import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import type { StoreIncident } from '../../../main/storage/incidents.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const at = (hour: number): string => new Date(Date.UTC(2026, 10, 21, hour)).toISOString();
const incident = (hour: number, lostFrom: string | null): StoreIncident => ({
  ...{ restoredAt: at(hour), lostFrom, lostTo: at(hour), salvaged: 3, unreadable: 1 },
});
let store: Store;

beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
});
afterEach(() => store.close());

test('a store that was never replaced has nothing to tell, and nothing to forget', () => {
  store.incidents.told(at(1));
  store.incidents.forget(at(23));
  expect([store.incidents.last(), store.incidents.untold()]).toEqual([undefined, undefined]);
});

test('an incident is told as it was recorded until it is heard, and then only technicians are shown it', () => {
  store.incidents.record(incident(9, at(8)));
  expect(store.incidents.untold()).toEqual(incident(9, at(8)));
  expect(store.incidents.last()).toEqual(incident(9, at(8)));
  store.incidents.told(at(8));
  expect(store.incidents.untold()).toEqual(incident(9, at(8)));
  store.incidents.told(at(9));
  expect([store.incidents.untold(), store.incidents.last()]).toEqual([undefined, incident(9, at(8))]);
});

test.each<[first: string | null, second: string | null, both: string | null]>([
  [at(6), at(8), at(6)],
  [at(8), at(6), at(6)],
  [at(6), at(6), at(6)],
  [null, at(8), null],
  [at(8), null, null],
  [null, null, null],
])('two of which nobody has heard, lost from %s and from %s, are one, lost from %s', (first, second, both) => {
  store.incidents.record(incident(9, first));
  store.incidents.record(incident(12, second));
  expect(store.incidents.untold()).toEqual({ ...incident(12, both), salvaged: 6, unreadable: 2 });
});

test('one after another that was heard stands for itself', () => {
  store.incidents.record(incident(9, null));
  store.incidents.told(at(9));
  store.incidents.record(incident(12, at(11)));
  expect(store.incidents.untold()).toEqual(incident(12, at(11)));
});

test('what was heard is forgotten once it is old, and what was not heard never', () => {
  store.incidents.record(incident(9, at(8)));
  store.incidents.forget(at(23));
  expect(store.incidents.untold()).toEqual(incident(9, at(8)));
  store.incidents.told(at(9));
  store.incidents.forget(at(9));
  expect(store.incidents.last()).toEqual(incident(9, at(8)));
  store.incidents.forget(at(10));
  expect(store.incidents.last()).toBeUndefined();
});
