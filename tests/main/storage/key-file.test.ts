import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileKey } from '../../../main/storage/key-file.ts';
import { storeKey } from '../../../main/storage/store-key.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function places() {
  const folder = join(temporaryFolder(), 'data');
  return { folder, keyFile: join(folder, 'store.key'), database: join(folder, 'store.db') };
}

test('the first start makes a key that only its owner can read, and later starts find it', () => {
  const { folder, keyFile, database } = places();
  const key = fileKey(keyFile, database);
  expect(key).toHaveLength(32);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['store.key']);
  writeFileSync(database, '');
  expect(Buffer.compare(fileKey(keyFile, database), key)).toBe(0);
});

test('two terminals have two keys', () => {
  const [one, two] = [places(), places()];
  expect(Buffer.compare(fileKey(one.keyFile, one.database), fileKey(two.keyFile, two.database))).not.toBe(0);
});

test('a lost key is reported and never replaced', () => {
  const { keyFile, database } = places();
  fileKey(keyFile, database);
  const other = join(temporaryFolder(), 'elsewhere.key');
  writeFileSync(database, '');
  expect(() => fileKey(other, database)).toThrow(expect.objectContaining({ code: 'key-missing' }));
  expect(existsSync(other)).toBe(false);
});

test.each([
  'jiujin.db',
  'jiujin.db.moving',
  'jiujin.db.building',
  'backup/last.db',
  'backup/before.db',
  'blobs',
  'quarantine',
])('where there is %s, whichever way the key is kept, a lost one is not made anew', (name) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, name), { recursive: true });
  for (const key of [{ kind: 'file' }, { kind: 'sm2', privateKey: { kind: 'file' } }] as const) {
    expect(() => storeKey(folder, join(folder, 'jiujin.db'), key)).toThrow(
      expect.objectContaining({ code: 'key-missing' }),
    );
  }
  expect(readdirSync(folder)).toEqual([name.split('/')[0]]);
});

test('a half-written key from a power cut is replaced when it was never used, and refused when it was', () => {
  const { keyFile, database } = places();
  fileKey(join(keyFile, '..', 'other.key'), database);
  writeFileSync(`${keyFile}.new`, 'half', { mode: 0o644 });
  expect(fileKey(keyFile, database)).toHaveLength(32);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  writeFileSync(keyFile, readFileSync(keyFile).subarray(0, 31));
  expect(() => fileKey(keyFile, database)).toThrow(expect.objectContaining({ code: 'key-damaged' }));
});
