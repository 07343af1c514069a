import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A machine whose clock is years behind the platform's. */
const TRUE_AT = '2031-03-01T08:00:00.000Z';
let store: ReturnType<typeof openOrRecover>;

beforeEach(() => {
  const cipher = aesGcmCipher(Buffer.alloc(32, 7));
  store = openOrRecover(join(temporaryFolder(), 'jiujin.db'), { cipher, now: () => new Date(TRUE_AT) });
});
afterEach(() => store.close());

const isOfThisMachine = (at: string): boolean => Math.abs(Date.now() - Date.parse(at)) < 60_000;

test('acts and blanks are dated by the terminal’s clock, whatever this machine’s says', () => {
  store.blanks.load({ series: 'food', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' });
  store.audit.append({ kind: 'core-started' });
  const acts = store.audit.page(0, 100).map(({ entry }) => readEntry(entry));
  expect(acts.map((act) => [act?.kind, act?.at])).toEqual([
    ['blank-loaded', TRUE_AT],
    ['core-started', TRUE_AT],
  ]);
  expect(store.blanks.history('A001').map(({ at }) => at)).toEqual([TRUE_AT]);
  expect(store.blanks.balance('2031-03-01', '2031-03-02')).toMatchObject([{ opening: 0, loaded: 10, closing: 10 }]);
});

test('the visit and papers are dated by this machine, which alone measures against them', () => {
  store.visits.save('visit-1', {});
  store.spool.accept({ jobId: 'paper-1', document: 'receipt' });
  expect(
    [store.visits.load()?.savedAt ?? '', store.spool.find('paper-1')?.acceptedAt ?? ''].map(isOfThisMachine),
  ).toEqual([true, true]);
});
