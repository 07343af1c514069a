import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { Audit } from './audit.ts';
import { type Suite, suites } from './cipher.ts';
import type { Connection } from './connection.ts';
import { readWhere } from './readable-rows.ts';

/** What the store remembers of how it was opened, in `meta`, so that a change becomes an act on record. */
export interface Facts {
  readonly suite: Suite;
  readonly keySealer: string | undefined;
}

const SUITE = 'suite';
const KEY_SEALER = 'key-sealer';
const FINGERPRINT_SUITE = 'fingerprint-suite';
const SELECT = 'SELECT value FROM meta WHERE name = ?';
/** The only one of the first releases. */
const FIRST_SEALER = 'file';
const valueRow = z.object({ value: z.instanceof(Uint8Array) }).transform(({ value }) => Buffer.from(value).toString());

/** Of a database that has just been made. */
export function beginFacts(database: Database, { suite, keySealer }: Facts): void {
  const insert = database.prepare<[string, Uint8Array]>('INSERT INTO meta (name, value) VALUES (?, ?)');
  insert.run(SUITE, Buffer.from(suite));
  insert.run(FINGERPRINT_SUITE, Buffer.from(suite));
  insert.run(KEY_SEALER, Buffer.from(keySealer ?? FIRST_SEALER));
}

/**
 * Records where suite or key sealer are others than the last time. A database of the releases before this knew AES-256-GCM and
 * a key file alone.
 */
export function settleFacts(connection: Connection, audit: Audit, { suite, keySealer }: Facts): void {
  const select = connection.prepare<[string]>(SELECT);
  const put = connection.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  const settle = (name: string, kind: 'suite-changed' | 'key-sealer-changed', before: string, now: string): void => {
    const from = valueRow.optional().parse(select.get(name)) ?? before;
    if (from === now) return;
    connection.transaction(() => {
      put.run(name, Buffer.from(now));
      audit.append({ kind, detail: { from, to: now } });
    });
  };
  settle(SUITE, 'suite-changed', suites[0], suite);
  if (keySealer !== undefined) settle(KEY_SEALER, 'key-sealer-changed', FIRST_SEALER, keySealer);
}

/** In which suite this store's fingerprints are: that of the first day, as they are compared with stored ones. */
export function fingerprintSuiteOf(connection: Pick<Connection, 'prepare'>): { readonly fingerprintSuite: Suite } {
  const stored = valueRow.optional().parse(connection.prepare(SELECT).get(FINGERPRINT_SUITE));
  return { fingerprintSuite: z.enum(suites).parse(stored ?? suites[0]) };
}

/** From a damaged database to the one in its place, where they can be read: stored fingerprints stay what they are. */
export function bringFacts(damaged: Database, restored: Database): void {
  const put = restored.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  for (const name of [SUITE, FINGERPRINT_SUITE, KEY_SEALER]) {
    const { data } = valueRow.safeParse(readWhere(damaged, 'meta', ['name'], [name]));
    if (data === undefined) continue;
    const isSound = name === KEY_SEALER ? /^[a-z0-9]{1,20}$/.test(data) : isSuite(data);
    if (isSound) put.run(name, Buffer.from(data));
  }
}

const isSuite = (word: unknown): boolean => z.enum(suites).safeParse(word).success;
