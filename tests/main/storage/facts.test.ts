import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginFacts, bringFacts, fingerprintSuiteOf } from '../../../main/storage/facts.ts';

let damaged: Database.Database;
let restored: Database.Database;

beforeEach(() => {
  [damaged, restored] = [new Database(':memory:'), new Database(':memory:')];
  for (const database of [damaged, restored]) database.exec('CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB)');
});
afterEach(() => {
  damaged.close();
  restored.close();
});

const factsOf = (database: Database.Database): Record<string, string> =>
  Object.fromEntries(
    database
      .prepare<[], { name: string; value: Uint8Array }>('SELECT * FROM meta ORDER BY name')
      .all()
      .map(({ name, value }) => [name, Buffer.from(value).toString()]),
  );
const put = (name: string, value: unknown) =>
  damaged.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);

test('a new database knows its suite, that of its fingerprints, and what keeps its key: a file where nothing is said', () => {
  beginFacts(damaged, { suite: 'sm4-ctr-hmac-sm3', keySealer: undefined });
  beginFacts(restored, { suite: 'aes-256-gcm', keySealer: 'sm2' });
  const own = { 'fingerprint-suite': 'sm4-ctr-hmac-sm3', 'key-sealer': 'file', suite: 'sm4-ctr-hmac-sm3' };
  expect(factsOf(damaged)).toEqual(own);
  expect(factsOf(restored)).toEqual({ 'fingerprint-suite': 'aes-256-gcm', 'key-sealer': 'sm2', suite: 'aes-256-gcm' });
  expect(fingerprintSuiteOf(damaged)).toEqual({ fingerprintSuite: 'sm4-ctr-hmac-sm3' });
});

test('a database of the first releases has its fingerprints in the first suite', () => {
  expect(fingerprintSuiteOf(damaged)).toEqual({ fingerprintSuite: 'aes-256-gcm' });
});

test('what a damaged database knows of itself comes over, and replaces what the copy knew', () => {
  beginFacts(damaged, { suite: 'sm4-ctr-hmac-sm3', keySealer: 'systemd' });
  beginFacts(restored, { suite: 'aes-256-gcm', keySealer: 'file' });
  put('something', Buffer.from('else'));
  bringFacts(damaged, restored);
  const own = { 'fingerprint-suite': 'sm4-ctr-hmac-sm3', 'key-sealer': 'systemd', suite: 'sm4-ctr-hmac-sm3' };
  expect(factsOf(restored)).toEqual(own);
});

test.each<[name: string, value: unknown]>([
  ['suite', Buffer.from('aes-256-gcn')],
  ['suite', 'aes-256-gcm'],
  ['fingerprint-suite', Buffer.from('')],
  ['fingerprint-suite', null],
  ['key-sealer', Buffer.from('Sm2')],
  ['key-sealer', Buffer.from('sm2!')],
  ['key-sealer', Buffer.from('!sm2')],
  ['key-sealer', Buffer.from('')],
  ['key-sealer', Buffer.from('s'.repeat(21))],
])('a fact that makes no sense does not come over, the others do: %s, case %#', (name, value) => {
  const facts = { suite: 'sm4-ctr-hmac-sm3', keySealer: 'systemd' } as const;
  beginFacts(damaged, facts);
  put(name, value);
  beginFacts(restored, { suite: 'aes-256-gcm', keySealer: 'file' });
  const before = factsOf(restored);
  bringFacts(damaged, restored);
  const own = { 'fingerprint-suite': facts.suite, 'key-sealer': facts.keySealer, suite: facts.suite };
  expect(factsOf(restored)).toEqual({ ...own, [name]: before[name] });
});

test('a sealer’s name may be as long as the longest', () => {
  put('key-sealer', Buffer.from('s'.repeat(20)));
  bringFacts(damaged, restored);
  expect(factsOf(restored)).toEqual({ 'key-sealer': 's'.repeat(20) });
});

test('of a database that has no facts any more none come over', () => {
  damaged.exec('DROP TABLE meta');
  beginFacts(restored, { suite: 'aes-256-gcm', keySealer: 'file' });
  const before = factsOf(restored);
  bringFacts(damaged, restored);
  expect(factsOf(restored)).toEqual(before);
});
