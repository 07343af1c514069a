import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let store: Store;
beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
});
afterEach(() => store.close());

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString();
const claim = (commandId: string, minute = 0) =>
  store.commands.claim({ commandId, kind: 'restart', claimedAt: at(minute), expiresAt: at(minute + 5) });

test('how a command went is told as it was, and of one that was cut short that nobody knows', () => {
  for (const [minute, commandId] of ['plain', 'with-detail', 'cut-short'].entries()) claim(commandId, minute);
  store.commands.finish('plain', { outcome: 'done' });
  store.commands.finish('with-detail', { outcome: 'failed', detail: 'the reader does not answer' });
  const unknown = { outcome: 'unknown', detail: 'the terminal stopped while it was at it' };
  expect(store.commands.untold()).toEqual([
    { commandId: 'plain', outcome: 'done' },
    { commandId: 'with-detail', outcome: 'failed', detail: 'the reader does not answer' },
    { commandId: 'cut-short', ...unknown },
  ]);
  expect([claim('plain'), claim('cut-short')]).toEqual([{ outcome: 'done' }, unknown]);
  store.commands.told('plain');
  expect(store.commands.untold()).toHaveLength(2);
});
