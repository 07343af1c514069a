import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { flushFolder, writeDurably } from './durable-file.ts';
import { asStorageError, StorageError, storing } from './errors.ts';
import { openStore, type Store, type StoreOptions } from './open.ts';
import { copiesOf, type Places, placesOf } from './places.ts';
import { build, copyOpens } from './replacement.ts';
import { logLostCommits } from './wal-log.ts';

/** A disk that damages one database after another is not mended by the next one. */
const RECOVERIES_A_DAY = 3;
const DAY_MS = 86_400_000;

/**
 * Opens the store, as `openStore`; where the database is damaged, or was there once and is gone, first replaces it:
 *
 *   build   the last good copy, or an empty database, with what can still be read of the damaged one: beside it, checked
 *   mark    what is to happen, on the disk, so that a power cut below is made good at the next start
 *   move    pages that no row of the built one names, the damaged database and its log into `quarantine/<instant>/`, where nothing deletes them
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
  const open = (): Store => openSuspiciously(places, options);
  const reason = damageOf(places);
  try {
    if (reason === undefined) return open();
    recover(places, options, nowMs, new StorageError('corrupt', reason));
  } catch (error) {
    const damage = reason === undefined ? damageIn(error, places, options) : undefined;
    if (!damage) throw error;
    recover(places, options, nowMs, damage);
  }
  return open();
}

/** A key check that does not open is another key's or is damaged: a copy that opens knows which. */
function damageIn(error: unknown, { file }: Places, { cipher }: StoreOptions): StorageError | undefined {
  if (!(error instanceof StorageError)) return undefined;
  if (error.code === 'key-wrong' && copyOpens(file, cipher)) {
    return new StorageError('corrupt', 'the key check is damaged: a copy opens with the key', { cause: error });
  }
  return error.code === 'corrupt' ? error : undefined;
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

/** Damage that the opening itself meets is in what it throws; of what is met from then on a mark tells the next start. */
function openSuspiciously({ file, suspect }: Places, options: StoreOptions): Store {
  let isOpen = false;
  const onDamage = (): void => {
    if (!isOpen) return;
    try {
      writeFileSync(suspect, '', { mode: 0o600 });
    } finally {
      options.onDamage?.(); // also where a full disk keeps no mark: this core must not go on with it
    }
  };
  const store = openStore(file, { ...options, onDamage });
  isOpen = true;
  return store;
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
  const earlier = existsSync(places.quarantine) ? readdirSync(places.quarantine).map(instantOf) : [];
  // Those of a clock that ran ahead are not of this day: they would keep a terminal closed until time has caught up with them.
  if (earlier.filter((atMs) => atMs <= nowMs && nowMs - atMs < DAY_MS).length >= RECOVERIES_A_DAY) throw damage;
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
function replace({ file, log, blobs, quarantine, building, moving, suspect }: Places): void {
  const name = z
    .string()
    .regex(/^[\dTZ.-]{20,30}$/)
    .parse(readFileSync(moving, 'utf8'));
  const folder = join(quarantine, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(building)) {
    putPagesAside(building, blobs, join(folder, 'blobs'));
    for (const part of [file, log, `${file}-shm`]) {
      const moved = join(folder, basename(part));
      if (existsSync(part) && !existsSync(moved)) renameSync(part, moved);
    }
    flushFolder(folder);
    flushFolder(quarantine);
    flushFolder(dirname(file)); // a log that is still here after a power cut would be taken for the new database's
    renameSync(building, file);
    rmSync(`${building}-wal`, { force: true }); // of one who asked it for its pages, and did not live to the end
    flushFolder(dirname(file));
  }
  rmSync(suspect, { force: true });
  rmSync(moving);
  flushFolder(dirname(file));
}

/** Before the replacement takes the name: from then on a wipe deletes pages that no row names. */
function putPagesAside(building: string, blobs: string, aside: string): void {
  if (!existsSync(blobs)) return;
  const named = pagesNamedIn(building);
  const others = readdirSync(blobs).filter((name) => !named.has(name));
  if (others.length === 0) return;
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const name of others) renameSync(join(blobs, name), join(aside, name));
  flushFolder(aside);
  flushFolder(blobs);
}

function pagesNamedIn(file: string): Set<string> {
  const database = new Database(file, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    return new Set(z.string().array().parse(database.prepare('SELECT blob_id FROM blobs').pluck().all()));
  } finally {
    database.close();
  }
}
