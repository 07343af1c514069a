import { createHmac, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { Audit } from '../../../main/storage/audit.ts';
import { suites } from '../../../main/storage/cipher.ts';
import { Connection } from '../../../main/storage/connection.ts';
import { migrate } from '../../../main/storage/migrations/index.ts';
import { applySettings } from '../../../main/storage/open.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const KEY = Buffer.alloc(32, 7);
let database: Database.Database;
const auditIn = (suite: (typeof suites)[number] = 'aes-256-gcm'): Audit =>
  new Audit(new Connection(database), storeCipher(suite, KEY), () => new Date());

beforeEach(() => {
  database = new Database(join(temporaryFolder(), 'store.db'));
  applySettings(database);
  migrate(database);
  database.exec('DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted');
});
afterEach(() => void database.close());

const kinds = (audit: Audit) => audit.page(0, 10).map(({ entry }) => readEntry(entry)?.kind);

test('a head that is exchanged under a terminal that runs is missed by it, although it had believed the one before', () => {
  const audit = auditIn();
  for (const kind of ['core-started', 'device-reset', 'device-tested'] as const) audit.append({ kind });
  expect(audit.head()).toMatchObject({ seq: 3, sealed: true });
  database.exec(`DELETE FROM audit WHERE seq = 3; UPDATE audit SET head = seal WHERE seq = 2`);
  expect(audit.head()).toMatchObject({ seq: 2, sealed: false });
  audit.append({ kind: 'core-stopped' });
  expect(kinds(audit)).toEqual(['core-started', 'device-reset', 'seal-broken', 'core-stopped']);
  expect(readEntry(audit.page(2, 1)[0]?.entry ?? '')?.detail).toEqual({ why: 'head-not-sealed', lastEntry: 2 });
  expect(audit.brokenAfter).toBe(2);
});

test('an act that the engine refuses half way leaves the record as it was, its head too', () => {
  const audit = auditIn();
  audit.append({ kind: 'core-started' });
  database.exec(`CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  expect(() => audit.append({ kind: 'core-stopped' })).toThrow();
  database.exec('DROP TRIGGER no_room');
  expect(audit.head()).toMatchObject({ seq: 1, sealed: true });
  audit.append({ kind: 'core-stopped' });
  expect(kinds(audit)).toEqual(['core-started', 'core-stopped']);
});

test('a seal is what the README says, so that what a release before this one wrote still holds', () => {
  const audit = auditIn();
  audit.append({ kind: 'core-started' });
  audit.append({ kind: 'core-stopped' });
  const key = Buffer.from(hkdfSync('sha256', KEY, new Uint8Array(), 'audit', 32));
  for (const [index, { hash, seal }] of audit.page(0, 2).entries()) {
    const number = Buffer.of(0, 0, 0, 0, 0, 0, 0, index + 1);
    const mac = createHmac('sha256', key).update(number).update(hash, 'hex').digest('hex');
    expect(seal).toBe(mac.slice(0, 32));
  }
});

test.each(suites)('the record tells in which suite it is gone on with: %s', (suite) => {
  expect(auditIn(suite).suite).toBe(suite);
});
