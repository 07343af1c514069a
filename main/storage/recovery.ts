import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import type { Cipher } from './cipher.ts';
import { Connection } from './connection.ts';
import { Counters } from './counters.ts';
import { flushFile, flushFolder, writeDurably } from './durable-file.ts';
import { asStorageError, StorageError, storing } from './errors.ts';
import { Incidents } from './incidents.ts';
import { COPIED_AT, KEY_CHECK, Meta } from './meta.ts';
import { applySettings, openStore, type Store, type StoreOptions } from './open.ts';
import { copiesOf, type Places, placesOf } from './places.ts';
import { isDamage, readWhere } from './readable-rows.ts';
import { type Salvage, salvage } from './salvage.ts';
import { logLostCommits } from './wal-log.ts';

/** As SQLite makes databases where nobody says otherwise. */
const PAGE_BYTES = 4_096;
/** A disk that damages one database after another is not mended by the next one. */
const RECOVERIES_A_DAY = 3;
const DAY_MS = 86_400_000;
/** A number is given to a visit that reached its end, and no terminal sees more than one of them in ten seconds. */
const NUMBERS_PER_MS = 1 / 10_000;
/** For those of the last moments, and for a clock that was put forward a little. */
const NUMBERS_SPARE = 100;
const EVERY_NUMBER_OF_A_DAY = DAY_MS * NUMBERS_PER_MS + NUMBERS_SPARE;

/**
 * Opens the store, as `openStore`; where the database is damaged, or was there once and is gone, first replaces it:
 *
 *   build   the last good copy, or an empty database, with what can still be read of the damaged one: beside it, checked
 *   mark    what is to happen, on the disk, so that a power cut below is made good at the next start
 *   move    the damaged database and its log into `quarantine/<instant>/`, where nothing deletes them
 *   swap    the built one takes the name
 *
 * What may be lost by it is in `Store.incidents` until the platform has heard. Nothing is touched where the key is not this
 * database's, the release is older than it, or three databases were replaced within a day.
 */
export function openOrRecover(file: string, options: StoreOptions, nowMs = Date.now()): Store {
  return storing(() => {
    try {
      return openOnce(placesOf(file), options, nowMs);
    } catch (thrown) {
      const error = asStorageError(thrown);
      if (!(error instanceof StorageError && error.code === 'full')) throw error;
      options.onFull?.();
      return openOnce(placesOf(file), options, nowMs);
    }
  });
}

function openOnce(places: Places, options: StoreOptions, nowMs: number): Store {
  assertNobodyHolds(places.file);
  if (existsSync(places.moving)) replace(places);
  const open = (): Store => openStore(places.file, withSuspicion(options, places));
  const reason = damageOf(places);
  try {
    if (reason === undefined) return open();
    recover(places, options, nowMs, new StorageError('corrupt', reason));
  } catch (error) {
    if (reason !== undefined || !(error instanceof StorageError && error.code === 'corrupt')) throw error;
    recover(places, options, nowMs, error);
  }
  return open();
}

/** Before anything is read, or moved: what a running terminal writes at this moment may look like damage. */
function assertNobodyHolds(file: string): void {
  if (!existsSync(file)) return;
  const probe = new Database(file, { readonly: true, timeout: 0 });
  try {
    probe.pragma('locking_mode = EXCLUSIVE');
    probe.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (thrown) {
    const error = asStorageError(thrown);
    if (error instanceof StorageError && error.code === 'in-use') throw error; // the rest is `openStore`'s to judge
  } finally {
    probe.close();
  }
  rmSync(`${file}-shm`, { force: true }); // of the probe: whoever holds the file for itself has none
}

function withSuspicion(options: StoreOptions, { suspect }: Places): StoreOptions {
  const onDamage = (): void => {
    writeFileSync(suspect, '', { mode: 0o600 });
    options.onDamage?.();
  };
  return { ...options, onDamage };
}

/** What is to be seen without opening the database; `undefined` where there is nothing. */
function damageOf({ file, log, suspect }: Places): string | undefined {
  if (existsSync(suspect)) return 'the engine met a damaged page while the terminal ran';
  const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) {
    const wasThere = existsSync(log) || copiesOf(file).good.some((copy) => existsSync(copy));
    return wasThere ? 'the database was there once and is gone' : undefined;
  }
  return logLostCommits(log) ? 'the log is damaged in its midst' : undefined;
}

function recover(places: Places, options: StoreOptions, nowMs: number, damage: StorageError): void {
  const instant = new Date(nowMs).toISOString();
  const latest = existsSync(places.quarantine) ? readdirSync(places.quarantine).map(instantOf) : [];
  if (latest.filter((atMs) => Math.abs(nowMs - atMs) < DAY_MS).length >= RECOVERIES_A_DAY) throw damage;
  build(places, options, nowMs);
  mkdirSync(places.quarantine, { recursive: true, mode: 0o700 });
  writeDurably(places.moving, Buffer.from(instant.replaceAll(':', '-')));
  replace(places);
}

/** `2026-11-21T08-00-00.000Z`: no colons, for Windows. */
function instantOf(folderName: string): number {
  return Date.parse(folderName.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
}

/** Each step may have been done already by a start that did not live to the end. */
function replace({ file, log, quarantine, building, moving, suspect }: Places): void {
  const name = z
    .string()
    .regex(/^[\dTZ.-]{20,30}$/)
    .parse(readFileSync(moving, 'utf8'));
  const folder = join(quarantine, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(building)) {
    for (const part of [file, log, `${file}-shm`]) {
      const moved = join(folder, basename(part));
      if (existsSync(part) && !existsSync(moved)) renameSync(part, moved);
    }
    flushFolder(folder);
    flushFolder(quarantine);
    renameSync(building, file);
    flushFolder(dirname(file));
  }
  rmSync(suspect, { force: true });
  rmSync(moving);
  flushFolder(dirname(file));
}

function build(places: Places, { cipher }: StoreOptions, nowMs: number): void {
  const { building } = places;
  const fromCopy = startFromCopy(places, { cipher });
  if (!fromCopy) openStore(building, { cipher }).close();
  const restored = new Database(building);
  try {
    applySettings(restored);
    const connection = new Connection(restored);
    const copiedAt = fromCopy ? copiedAtOf(restored) : null;
    const found = readDamaged(places, restored, { cipher });
    const meta = new Meta(connection);
    const sinceMs = copiedAt === null ? Number.POSITIVE_INFINITY : Math.abs(nowMs - Date.parse(copiedAt));
    if (!found.numbersKnown) {
      const numbers = Math.min(EVERY_NUMBER_OF_A_DAY, sinceMs * NUMBERS_PER_MS + NUMBERS_SPARE);
      new Counters(connection, meta).skip(Math.ceil(numbers), nowMs);
    }
    const { salvaged, unreadable } = found;
    const now = new Date(nowMs).toISOString();
    new Incidents(meta).record({ restoredAt: now, lostFrom: copiedAt, lostTo: now, salvaged, unreadable });
    connection.close();
  } finally {
    restored.close();
  }
  openStore(building, { cipher }).close(); // what takes the name has passed every check of a start
  flushFile(building);
}

/** The last copy that is sound, brought up to date at `building`. Another key or a later release ends the recovery. */
function startFromCopy({ file, building }: Places, options: StoreOptions): boolean {
  for (const copy of copiesOf(file).good) {
    removeDatabase(building);
    if (!existsSync(copy)) continue;
    copyFileSync(copy, building);
    try {
      openStore(building, options).close();
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

const NOTHING: Salvage = { salvaged: 0, unreadable: 0, numbersKnown: false };

function readDamaged({ file, log, reading }: Places, restored: Database.Database, { cipher }: StoreOptions): Salvage {
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
      assertOwnKey(damaged, cipher);
      const found = salvage(damaged, restored, cipher);
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
  if (!(value instanceof Uint8Array)) return;
  try {
    cipher.open(value, KEY_CHECK);
  } catch (cause) {
    throw new StorageError('key-wrong', 'the key is not the one that the damaged database was sealed with', { cause });
  }
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
