import { closeSync, copyFileSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { Audit } from './audit.ts';
import { type Cipher, fingerprintingIn } from './cipher.ts';
import { Connection } from './connection.ts';
import { Counters } from './counters.ts';
import { flushFile } from './durable-file.ts';
import { StorageError } from './errors.ts';
import { bringFacts, fingerprintSuiteOf } from './facts.ts';
import { Incidents } from './incidents.ts';
import { assertKeyOpens, Meta } from './meta.ts';
import { COPIED_AT, KEY_CHECK } from './meta-names.ts';
import { applySettings, openStore, openUnrecorded, type StoreOptions } from './open.ts';
import { copiesOf, type Places } from './places.ts';
import { isDamage, readWhere } from './readable-rows.ts';
import { giveUpVisit, type Salvage, salvage } from './salvage.ts';
import { doubtAudit } from './salvage-audit.ts';
import { doubtBlanks, doubtPapers } from './salvage-spool.ts';
import { logLostCommits } from './wal-log.ts';

/** As SQLite makes databases where nobody says otherwise. */
const PAGE_BYTES = 4_096;
const DAY_MS = 86_400_000;
/** A number is given to a visit that reached its end, and no terminal sees more than one of them in ten seconds. */
const NUMBERS_PER_MS = 1 / 10_000;
/** For those of the last moments, and for a clock that was put forward a little. */
const NUMBERS_SPARE = 100;
const EVERY_NUMBER_OF_A_DAY = DAY_MS * NUMBERS_PER_MS + NUMBERS_SPARE;

/**
 * Makes, at `building`, what shall take the damaged database's place, checked and on the disk; in its record of acts, that it
 * did. Touches nothing else. Throws a StorageError, or what SQLite or Node threw.
 */
export function build(places: Places, given: StoreOptions, nowMs: number): void {
  const { building } = places;
  const { onFull: _full, onDamage: _damage, ...options } = given; // whose words are of the database in use
  const { cipher } = options;
  const fromCopy = startFromCopy(places, options);
  if (!fromCopy) openUnrecorded(building, options).close();
  const restored = new Database(building);
  try {
    applySettings(restored);
    const connection = new Connection(restored);
    const copiedAt = fromCopy ? copiedAtOf(restored) : null;
    giveUpVisit(restored);
    doubtAudit(restored);
    const found = readDamaged(places, restored, cipher, fromCopy);
    forgetPages(restored);
    doubtBlanks(restored);
    doubtPapers(restored);
    const meta = new Meta(connection);
    const sinceMs = copiedAt === null ? Number.POSITIVE_INFINITY : Math.abs(nowMs - Date.parse(copiedAt));
    if (!found.numbersKnown) {
      const numbers = Math.min(EVERY_NUMBER_OF_A_DAY, sinceMs * NUMBERS_PER_MS + NUMBERS_SPARE);
      new Counters(connection, meta).skip(Math.ceil(numbers), nowMs);
    }
    const { salvaged, unreadable } = found;
    const now = new Date(nowMs).toISOString();
    new Incidents(meta).record({ restoredAt: now, lostFrom: copiedAt, lostTo: now, salvaged, unreadable });
    const detail = { ...(copiedAt !== null && { lostFrom: copiedAt }), lostTo: now, salvaged, unreadable };
    const audit = new Audit(connection, cipher, () => new Date(nowMs));
    for (const act of [{ kind: 'store-restored', at: now, detail } as const, ...found.acceptances]) audit.append(act);
    connection.close();
  } finally {
    restored.close();
  }
  openStore(building, options).close(); // what takes the name has passed every check of a start
  flushFile(building);
}

/** Those that no delivery names any more, or yet: their files are nobody's, and go into the quarantine. */
function forgetPages(restored: Database.Database): void {
  restored.exec('DELETE FROM blobs WHERE blob_id NOT IN (SELECT blob_id FROM jobs WHERE blob_id IS NOT NULL)');
}

/** The last copy that is sound, brought up to date at `building`. Another key or a later release ends the recovery. */
function startFromCopy({ file, building }: Places, options: StoreOptions): boolean {
  for (const copy of copiesOf(file).good) {
    removeDatabase(building);
    if (!existsSync(copy)) continue;
    copyFileSync(copy, building);
    try {
      openUnrecorded(building, options).close();
      return true;
    } catch (error) {
      if (!(error instanceof StorageError && error.code === 'corrupt')) throw error;
    }
  }
  removeDatabase(building);
  return false;
}

function copiedAtOf(copy: Database.Database): string | null {
  const value = copy.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(COPIED_AT);
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
  return z.iso.datetime().safeParse(text).data ?? null;
}

const NOTHING: Salvage = { salvaged: 0, unreadable: 0, numbersKnown: false, acceptances: [] };

/** `keyIsKnown`: a copy has opened with it. */
function readDamaged(
  { file, log, reading }: Places,
  restored: Database.Database,
  cipher: Cipher,
  keyIsKnown: boolean,
): Salvage {
  removeDatabase(reading);
  if (!existsSync(file)) return NOTHING;
  copyFileSync(file, reading);
  if (existsSync(log)) copyFileSync(log, `${reading}-wal`);
  const logDamaged = logLostCommits(log);
  try {
    const ownTables = openDamaged(reading);
    const damaged = ownTables ?? openWithFirstPage(reading, copiesOf(file).good);
    if (!damaged) return NOTHING;
    try {
      if (!keyIsKnown) assertOwnKey(damaged, cipher);
      bringFacts(damaged, restored);
      const { fingerprintSuite } = fingerprintSuiteOf(restored);
      const found = salvage(damaged, restored, fingerprintingIn(fingerprintSuite, cipher));
      return { ...found, numbersKnown: found.numbersKnown && !logDamaged && ownTables !== undefined };
    } finally {
      damaged.close();
    }
  } finally {
    removeDatabase(reading);
  }
}

/** Without a copy this is where another key shows: with it every row would look damaged, and be given up. */
function assertOwnKey(damaged: Database.Database, cipher: Cipher): void {
  const value = readWhere(damaged, 'meta', ['name'], [KEY_CHECK])?.['value'];
  if (value instanceof Uint8Array) assertKeyOpens(cipher, value);
}

/** Whether one of the copies says that this key is this terminal's, whatever the database says. */
export function copyOpens(file: string, cipher: Cipher): boolean {
  return copiesOf(file).good.some((copy) => {
    if (!existsSync(copy)) return false;
    const database = new Database(copy, { readonly: true, timeout: 0 });
    try {
      const value = readWhere(database, 'meta', ['name'], [KEY_CHECK])?.['value'];
      if (!(value instanceof Uint8Array)) return false;
      assertKeyOpens(cipher, value);
      return true;
    } catch (error) {
      if (error instanceof StorageError && error.code === 'key-wrong') return false;
      throw error;
    } finally {
      database.close();
    }
  });
}

/**
 * Without its first page, which says where each table begins, nothing of a database can be found. A copy's says the same, as
 * the first pages of tables stay where they are; what is found by it is believed only where its seal is right.
 */
function openWithFirstPage(file: string, copies: readonly string[]): Database.Database | undefined {
  for (const copy of copies.filter((path) => existsSync(path))) {
    const page = readFileSync(copy).subarray(0, PAGE_BYTES);
    if (page.length < PAGE_BYTES) continue;
    // sqlite.org/fileformat2.html, 1.3.7: where this is not the change counter, the size is the file's and not the header's.
    page.writeUInt32BE(page.readUInt32BE(24) ^ 1, 92);
    const handle = openSync(file, 'r+');
    try {
      writeSync(handle, page, 0, PAGE_BYTES, 0);
    } finally {
      closeSync(handle);
    }
    const damaged = openDamaged(file);
    if (damaged) return damaged;
  }
  return undefined;
}

/** `undefined` where the file is no database any more, or none with our tables. */
function openDamaged(file: string): Database.Database | undefined {
  const damaged = new Database(file, { timeout: 0 });
  try {
    damaged.pragma('cell_size_check = ON');
    if (damaged.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'").get()) return damaged;
    damaged.close();
    return undefined;
  } catch (error) {
    damaged.close();
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}
