import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const open = (file: string) => openStore(file, { cipher });

test('what platform and terminal agreed on is known after a restart, the last of it, and stands nowhere in the clear', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = open(file);
  expect(store.syncState.read('catalogue', z.int())).toBeUndefined();
  store.syncState.write('catalogue', 'version-one');
  store.syncState.write('catalogue', 'version-two');
  store.close();
  expect(readFileSync(file).includes('version-')).toBe(false);
  const again = open(file);
  expect(again.syncState.read('catalogue', z.string())).toBe('version-two');
  again.close();
});

test('a value that another row held, or of another shape, is not believed', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = open(file);
  store.syncState.write('old', 3);
  store.syncState.write('new', 4);
  expect(() => store.syncState.read('new', z.string())).toThrow(expect.objectContaining({ code: 'corrupt' }));
  store.close();
  const database = new Database(file);
  database.exec(`UPDATE sync_state SET sealed_value = (SELECT sealed_value FROM sync_state WHERE name = 'old')`);
  database.close();
  const again = open(file);
  expect(() => again.syncState.read('new', z.int())).toThrow(expect.objectContaining({ code: 'sealed-data-damaged' }));
  again.close();
});

test('a command is claimed once, also over a stop in the midst of it, and told until it is heard', () => {
  const file = join(temporaryFolder(), 'store.db');
  const command = (commandId: string) => ({
    commandId,
    kind: 'reset-device',
    claimedAt: '2026-11-29T08:00:00.000Z',
    expiresAt: '2026-11-29T09:00:00.000Z',
  });
  const store = open(file);
  expect(store.commands.claim(command('a'))).toBe('claimed');
  store.commands.finish('a', { outcome: 'failed', detail: 'timeout' });
  expect(store.commands.claim(command('b'))).toBe('claimed');
  store.close();
  const again = open(file);
  expect(again.commands.claim(command('a'))).toEqual({ outcome: 'failed', detail: 'timeout' });
  expect(again.commands.claim(command('b'))).toMatchObject({ outcome: 'unknown' });
  expect(again.commands.untold().map(({ commandId, outcome }) => [commandId, outcome])).toEqual([
    ['a', 'failed'],
    ['b', 'unknown'],
  ]);
  again.commands.told('a');
  expect(again.commands.untold().map(({ commandId }) => commandId)).toEqual(['b']);
  again.close();
});

test('the memory of commands does not grow for ever, and forgets none that could still be carried out', () => {
  const store = open(join(temporaryFolder(), 'store.db'));
  const at = (second: number) => new Date(Date.UTC(2026, 10, 29) + second * 1_000).toISOString();
  const claim = (n: number, expiresAt = at(n + 1)) =>
    store.commands.claim({ commandId: `c${n}`, kind: 'report-now', claimedAt: at(n), expiresAt });
  store.transaction(() => {
    claim(0, at(100_000));
    claim(1);
    for (const id of ['c0', 'c1']) store.commands.told(id);
    for (let n = 2; n < 1_010; n += 1) claim(n);
  });
  expect(claim(0)).not.toBe('claimed');
  expect(claim(2)).not.toBe('claimed'); // of which nobody has heard
  expect(claim(1)).toBe('claimed');
  store.close();
});
