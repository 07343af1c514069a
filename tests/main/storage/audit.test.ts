import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { type AuditFinding, checkAudit } from '../../../main/control/audit-check.ts';
import { recordStart } from '../../../main/control/audit-handlers.ts';
import { type Suite, suites } from '../../../main/storage/cipher.ts';
import { migrate, migrations } from '../../../main/storage/migrations/index.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;
const ENTRIES = 15;

function openAudited(file: string, suite: Suite = 'aes-256-gcm', keyByte = 7): Store {
  return openStore(file, { cipher: storeCipher(suite, Buffer.alloc(32, keyByte)) });
}

/** A database with a record of `ENTRIES` acts, closed. */
function recorded({ suite, keyByte, name = 'T' }: { suite?: Suite; keyByte?: number; name?: string } = {}): string {
  const file = join(temporaryFolder(), 'store.db');
  const store = openAudited(file, suite, keyByte);
  for (let count = 1; count <= ENTRIES; count += 1) {
    store.audit.append({ kind: 'case-accepted', subject: { caseId: `${name}-${count}` }, detail: { count } });
  }
  store.close();
  return file;
}

async function findingIn(file: string, suite?: Suite): Promise<AuditFinding> {
  const store = openAudited(file, suite);
  try {
    return await checkAudit(store.audit, never);
  } finally {
    store.close();
  }
}

interface Row {
  seq: number;
  entry: string;
  hash: Uint8Array;
  seal: Uint8Array;
  head: Uint8Array | null;
}

/** Somebody who has the file, every tool, and not the key. */
class Intruder {
  readonly #database: Database.Database;
  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.exec('DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_deleted');
  }

  rows(): Row[] {
    return this.#database.prepare('SELECT * FROM audit ORDER BY seq').all() as Row[];
  }

  put(rows: readonly Row[]): void {
    this.#database.exec('DELETE FROM audit');
    const insert = this.#database.prepare('INSERT INTO audit VALUES (@seq, @entry, @hash, @seal, @head)');
    for (const row of rows) insert.run(row);
  }

  /** Numbers them through and makes every hash anew, as anybody can, with the old head on the last. */
  rebuild(rows: readonly Row[]): void {
    const head = this.rows().at(-1)?.head ?? null;
    let before: Uint8Array = Buffer.alloc(32);
    const rebuilt = rows.map((row, index) => {
      const entry = row.entry.replace(/"seq":\d+/, `"seq":${index + 1}`);
      before = createHash('sha256').update(before).update(entry).digest();
      return { ...row, seq: index + 1, entry, hash: before, head: index === rows.length - 1 ? head : null };
    });
    this.put(rebuilt);
  }

  leave(): void {
    this.#database.close();
  }
}

const forged = (row: Row): Row => ({ ...row, entry: row.entry.replace('case-accepted', 'core-stopped') });
const without = (rows: readonly Row[], seq: number): Row[] => rows.filter((row) => row.seq !== seq);

type Tampering = readonly [what: string, tamper: (intruder: Intruder) => void, seq: number, why: string];
const tamperings: readonly Tampering[] = [
  ['a changed entry', (i) => i.put(i.rows().map((row) => (row.seq === 7 ? forged(row) : row))), 7, 'changed'],
  [
    'a changed entry after which all hashes were made anew',
    (i) => i.rebuild(i.rows().map((row) => (row.seq === 7 ? forged(row) : row))),
    7,
    'not-sealed',
  ],
  [
    'a changed hash',
    (i) => i.put(i.rows().map((row) => (row.seq === 7 ? { ...row, hash: Buffer.alloc(32) } : row))),
    7,
    'changed',
  ],
  [
    'a changed seal',
    (i) => i.put(i.rows().map((row) => (row.seq === 7 ? { ...row, seal: Buffer.alloc(16) } : row))),
    7,
    'not-sealed',
  ],
  [
    'an entry of nonsense',
    (i) => i.put(i.rows().map((row) => (row.seq === 7 ? { ...row, entry: '{"a":' } : row))),
    7,
    'unreadable',
  ],
  ['a deleted entry', (i) => i.put(without(i.rows(), 7)), 7, 'missing'],
  ['a deleted first entry', (i) => i.put(without(i.rows(), 1)), 1, 'missing'],
  ['a deleted entry, the rest made anew', (i) => i.rebuild(without(i.rows(), 7)), 7, 'not-sealed'],
  [
    'an inserted entry',
    (i) => {
      const rows = i.rows();
      i.rebuild([...rows.slice(0, 6), forged(rows[6]!), ...rows.slice(6)]);
    },
    7,
    'not-sealed',
  ],
  [
    'an added entry',
    (i) => {
      const rows = i.rows();
      i.rebuild([...rows, forged(rows[6]!)]);
    },
    16,
    'not-sealed',
  ],
  [
    'two entries that changed places',
    (i) => {
      const rows = i.rows();
      i.put(rows.map((row) => ({ ...row, ...((row.seq === 7 || row.seq === 8) && rest(rows[14 - row.seq]!)) })));
    },
    7,
    'missing',
  ],
  [
    'two entries that changed places and numbers',
    (i) => {
      const rows = i.rows();
      i.rebuild([...rows.slice(0, 6), rows[7]!, rows[6]!, ...rows.slice(8)]);
    },
    7,
    'not-sealed',
  ],
  ['a tail that was cut off', (i) => i.put(i.rows().slice(0, 12)), 13, 'cut'],
  [
    'a tail that was cut off, with a head made of all that the file still knows',
    (i) =>
      i.put(
        i
          .rows()
          .slice(0, 12)
          .map((row) => ({ ...row, head: row.seq === 12 ? row.seal : null })),
      ),
    13,
    'cut',
  ],
  [
    'a tail that was cut off, with the head of the last',
    (i) =>
      i.put(
        i
          .rows()
          .slice(0, 12)
          .map((row) => ({ ...row, head: i.rows()[14]!.head })),
      ),
    13,
    'cut',
  ],
  ['a head that is gone', (i) => i.put(i.rows().map((row) => ({ ...row, head: null }))), 16, 'cut'],
  ['everything gone', (i) => i.put([]), 1, 'cut'],
];
const rest = ({ entry, hash, seal, head }: Row): Omit<Row, 'seq'> => ({ entry, hash, seal, head });

test.each(suites)('a record that nobody touched is sound, also after restarts (%s)', async (suite) => {
  const file = recorded({ suite });
  expect(await findingIn(file, suite)).toEqual({ entries: ENTRIES, wrong: undefined });
  const store = openAudited(file, suite);
  store.audit.append({ kind: 'core-started' });
  expect(await checkAudit(store.audit, never)).toEqual({ entries: ENTRIES + 1, wrong: undefined });
  store.close();
});

test.each(tamperings)('%s is found, and the first wrong entry is named', async (_, tamper, seq, why) => {
  const file = recorded();
  const intruder = new Intruder(file);
  tamper(intruder);
  intruder.leave();
  expect((await findingIn(file)).wrong).toEqual({ seq, why });
});

test.each(tamperings.filter(([what]) => !what.startsWith('everything')))(
  '%s is still found after the terminal has gone on recording',
  async (_, tamper, seq) => {
    const file = recorded();
    const intruder = new Intruder(file);
    tamper(intruder);
    intruder.leave();
    const store = openAudited(file);
    store.audit.append({ kind: 'core-started' });
    store.audit.append({ kind: 'core-stopped' });
    store.close();
    expect((await findingIn(file)).wrong?.seq).toBe(seq);
  },
);

test('what a start finds broken is an entry of its own, once, and says how', () => {
  const file = recorded();
  const intruder = new Intruder(file);
  intruder.put(intruder.rows().slice(0, 12));
  intruder.leave();
  const store = openAudited(file);
  store.audit.append({ kind: 'core-started' });
  store.audit.append({ kind: 'core-stopped' });
  const added = store.audit.page(12, 10).map(({ entry }) => readEntry(entry));
  expect(added).toMatchObject([
    { seq: 13, kind: 'seal-broken', detail: { why: 'head-missing', lastEntry: 12 } },
    { seq: 14, kind: 'core-started' },
    { seq: 15, kind: 'core-stopped' },
  ]);
  store.close();
});

test('a start tells the technician that the record was tampered with, and says nothing of one that was not', () => {
  for (const isTampered of [true, false]) {
    const file = recorded();
    const intruder = new Intruder(file);
    if (isTampered) intruder.put(intruder.rows().slice(0, 12));
    intruder.leave();
    const log = memoryLog();
    for (const _ of ['the first start', 'the next']) {
      const store = openAudited(file);
      recordStart(store.audit, log, 't-1'); // told once: the record goes on from there
      store.close();
    }
    expect(log.entries.map(({ level, fields }) => ({ level, fields }))).toEqual(
      isTampered ? [{ level: 'error', fields: { lastEntry: 12 } }] : [],
    );
  }
});

test('that the record was tampered with is told although the opening of the store has added to it', () => {
  const file = recorded();
  const intruder = new Intruder(file);
  intruder.put(intruder.rows().slice(0, 12));
  intruder.leave();
  const cipher = storeCipher('aes-256-gcm', Buffer.alloc(32, 7));
  const store = openStore(file, { cipher, keySealer: 'systemd' }); // which goes on record
  const log = memoryLog();
  recordStart(store.audit, log, 't-1');
  expect(log.entries.map(({ level, fields }) => ({ level, fields }))).toEqual([
    { level: 'error', fields: { lastEntry: 12 } },
  ]);
  store.close();
});

test('tails of two databases that were exchanged are found in both', async () => {
  const files = [recorded(), recorded({ name: 'other' })];
  const intruders = files.map((file) => new Intruder(file));
  const before = intruders.map((intruder) => intruder.rows());
  for (const [index, intruder] of intruders.entries()) {
    intruder.put([...before[index]!.slice(0, 9), ...before[1 - index]!.slice(9)]);
    intruder.leave();
  }
  for (const file of files) expect((await findingIn(file)).wrong).toEqual({ seq: 10, why: 'changed' });
});

test('a record of another terminal, put in whole, was not sealed by this one', async () => {
  const [one, stranger] = [recorded(), recorded({ keyByte: 8 })];
  const [into, source] = [new Intruder(one), new Intruder(stranger)];
  into.put(source.rows());
  into.leave();
  source.leave();
  expect((await findingIn(one)).wrong).toEqual({ seq: 1, why: 'not-sealed' });
});

test('an act and its entry are on the disk together or not at all', async () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openAudited(file);
  store.audit.append({ kind: 'core-started' });
  const act = (fail: boolean) =>
    store.transaction(() => {
      store.counters.nextNumber('series');
      store.audit.append({ kind: 'device-reset' });
      if (fail) throw new Error('the disk is full');
    });
  expect(() => act(true)).toThrow('the disk is full');
  expect(store.audit.page(0, 10)).toHaveLength(1);
  act(false);
  expect(store.audit.page(0, 10).map(({ entry }) => readEntry(entry)?.kind)).toEqual(['core-started', 'device-reset']);
  expect(store.counters.nextNumber('series')).toBe(2);
  expect(await checkAudit(store.audit, never)).toEqual({ entries: 2, wrong: undefined });
  store.close();
});

test('code of ours can neither change nor delete an entry', () => {
  const file = recorded();
  const database = new Database(file);
  expect(() => database.exec("UPDATE audit SET entry = 'x'")).toThrow('the audit is only added to');
  expect(() => database.exec('DELETE FROM audit WHERE seq = 3')).toThrow('the audit is only added to');
  database.close();
});

test('a change of suite or of what keeps the key is on record, and the chain goes through it', async () => {
  const file = join(temporaryFolder(), 'store.db');
  const key = Buffer.alloc(32, 7);
  const acts = (suite: Suite, keySealer: string) => {
    const store = openStore(file, { cipher: storeCipher(suite, key), keySealer });
    const fingerprint = store.fingerprint(Buffer.from('a code'));
    store.audit.append({ kind: 'core-started' });
    const entries = store.audit.page(0, 20).map(({ entry }) => readEntry(entry));
    store.close();
    return { fingerprint, entries };
  };
  const { fingerprint } = acts('aes-256-gcm', 'file');
  const changed = acts('sm4-ctr-hmac-sm3', 'systemd');
  expect(changed.entries).toMatchObject([
    { kind: 'core-started', digest: 'sha256' },
    { kind: 'suite-changed', detail: { from: 'aes-256-gcm', to: 'sm4-ctr-hmac-sm3' }, digest: 'sm3' },
    { kind: 'key-sealer-changed', detail: { from: 'file', to: 'systemd' } },
    { kind: 'core-started' },
  ]);
  expect(changed.fingerprint).toBe(fingerprint); // it is compared with stored ones
  expect(acts('aes-256-gcm', 'systemd').entries).toHaveLength(6);
  expect(await findingIn(file)).toEqual({ entries: 6, wrong: undefined });
});

test('a database of the releases before is gone on with, also where the suite changes at the same time', async () => {
  const file = join(temporaryFolder(), 'store.db');
  const key = Buffer.alloc(32, 7);
  const aes = storeCipher('aes-256-gcm', key);
  const old = new Database(file);
  migrate(
    old,
    migrations.filter(({ version }) => version <= 3),
  );
  old.prepare("INSERT INTO meta VALUES ('key-check', ?)").run(aes.seal(new Uint8Array(), 'key-check'));
  old.close();
  const store = openAudited(file, 'sm4-ctr-hmac-sm3');
  store.audit.append({ kind: 'core-started' });
  expect(store.fingerprint(Buffer.from('a case'))).toBe(aes.fingerprint(Buffer.from('a case')));
  expect(store.audit.page(0, 9).map(({ entry }) => readEntry(entry)?.kind)).toEqual(['suite-changed', 'core-started']);
  expect(await checkAudit(store.audit, never)).toEqual({ entries: 2, wrong: undefined });
  store.close();
});

test('text that is too long is cut, so that no act fails for its record', async () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openAudited(file);
  store.audit.append({ kind: 'dead-letter-made', detail: { reason: '办'.repeat(5_000) } });
  const [line] = store.audit.page(0, 1);
  expect(readEntry(line!.entry)?.detail['reason']).toHaveLength(200);
  expect((await checkAudit(store.audit, never)).wrong).toBeUndefined();
  store.close();
});

test('a long record is checked in pages, between which other work is done, and the check can be called off', async () => {
  const store = openAudited(join(temporaryFolder(), 'store.db'));
  store.transaction(() => {
    for (let count = 0; count < 2_000; count += 1) store.audit.append({ kind: 'device-tested' });
  });
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 0);
  expect((await checkAudit(store.audit, never)).entries).toBe(2_000);
  clearInterval(counting);
  expect(turns).toBeGreaterThanOrEqual(5);
  await expect(checkAudit(store.audit, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  store.close();
});
