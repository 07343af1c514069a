import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));

test('a paper is claimed once, also over a restart in the midst of printing', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openStore(file, { cipher });
  expect(store.printJobs.claim('receipt-1')).toBe('claimed');
  expect(store.printJobs.claim('receipt-2')).toBe('claimed');
  store.printJobs.finish('receipt-1', { outcome: 'printed' });
  store.close();
  const again = openStore(file, { cipher });
  expect(again.printJobs.claim('receipt-1')).toEqual({ outcome: 'printed' });
  expect(again.printJobs.claim('receipt-2')).toMatchObject({ outcome: 'unknown', code: 'outcome-unknown' });
  again.printJobs.finish('receipt-2', { outcome: 'not-printed', code: 'paper-out', detail: 'out of paper' });
  const refused = { outcome: 'not-printed', code: 'paper-out', detail: 'out of paper' };
  expect(again.printJobs.claim('receipt-2')).toEqual(refused);
  again.close();
});
