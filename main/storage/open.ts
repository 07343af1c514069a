import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { Audit } from './audit.ts';
import { Blanks } from './blanks.ts';
import { Blobs } from './blobs.ts';
import { Cases } from './cases.ts';
import { type Cipher, fingerprintingIn } from './cipher.ts';
import { Commands } from './commands.ts';
import { Connection, type DiskTrouble } from './connection.ts';
import { Counters } from './counters.ts';
import { DeliveryList } from './delivery-list.ts';
import { DeviceEvents } from './device-events.ts';
import { Drafts } from './drafts.ts';
import { isSafeEngine, PAGE_CHECK, settings } from './engine.ts';
import { StorageError, storing } from './errors.ts';
import { beginFacts, fingerprintSuiteOf, settleFacts } from './facts.ts';
import { Incidents } from './incidents.ts';
import { Intake } from './intake.ts';
import { Jobs } from './jobs.ts';
import { assertKeyOpens, Meta } from './meta.ts';
import { KEY_CHECK } from './meta-names.ts';
import { migrate } from './migrations/index.ts';
import { blobsOf } from './places.ts';
import { Spool } from './spool.ts';
import { SyncState } from './sync-state.ts';
import { Visits } from './visits.ts';

/** What must not be lost: one file of rows, and beside it a folder of pages. All calls are synchronous; when one that writes returns, its rows are on the disk. */
export interface Store {
  readonly visits: Visits;
  readonly counters: Counters;
  readonly intake: Intake;
  readonly cases: Cases;
  readonly jobs: Jobs;
  readonly blobs: Blobs;
  readonly deliveries: DeliveryList;
  readonly spool: Spool;
  readonly blanks: Blanks;
  readonly deviceEvents: DeviceEvents;
  readonly drafts: Drafts;
  readonly syncState: SyncState;
  readonly commands: Commands;
  readonly audit: Audit;
  readonly incidents: Incidents;
  /** As `Cipher.fingerprint`, in the suite that the store was made with: they are compared with those of years ago. */
  fingerprint(plain: Uint8Array): string;
  /** Several writes as one: all or nothing. */
  transaction<T>(work: () => T): T;
  /** As `Connection.afterCommit`. */
  afterCommit(follow: () => void): void;
  /** After the end of a visit: what was deleted is also gone from the log, and pages that nobody needs are gone. */
  wipe(): void;
  /** As `Connection.copyTo`. */
  copyTo(file: string, goOn: () => boolean): Promise<void>;
  /** As `Connection.check`. */
  check(): void;
  close(): void;
}

export interface StoreOptions extends DiskTrouble {
  readonly cipher: Cipher;
  /** What keeps the key, for the record of acts. Left out by tools, which change nothing. */
  readonly keySealer?: string;
  /** What time it is, for what is dated for people: acts and blanks. By this machine where left out. */
  readonly now?: () => Date;
}

/**
 * Opens or creates the database at `file` for this process alone, checks engine, settings, pages and key, and brings the
 * tables up to date. Throws a StorageError; nothing stays open then. The caller closes.
 */
export function openStore(file: string, options: StoreOptions): Store {
  return openWith(file, options, settleFacts);
}

/** The same for whoever adds to a database before it is used: how it was opened is nothing for the record. */
export function openUnrecorded(file: string, options: StoreOptions): Store {
  return openWith(file, options, () => undefined);
}

function openWith(file: string, options: StoreOptions, record: typeof settleFacts): Store {
  return storing(() => {
    createPrivately(file);
    const database = new Database(file, { timeout: 0 });
    try {
      prepareDatabase(database, options);
      return assemble(new Connection(database, options), options, blobsOf(file), record);
    } catch (error) {
      database.close();
      // Of our own statements: the tables are not those that the migrations made.
      if (error instanceof Database.SqliteError && error.code === 'SQLITE_ERROR') {
        throw new StorageError('corrupt', `the tables are not as they were made: ${error.message}`, { cause: error });
      }
      throw error;
    }
  });
}

/** SQLite gives the log the mode of the database, so the mode is settled before SQLite sees the file. */
function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600); // one restored from a copy
}

function prepareDatabase(database: Database.Database, options: StoreOptions): void {
  // Before the first question: that would open the log with an index beside it, for which a full disk has no room.
  database.pragma('locking_mode = EXCLUSIVE');
  const { version } = z
    .object({ version: z.string() })
    .parse(database.prepare('SELECT sqlite_version() AS version').get());
  if (!isSafeEngine(version)) throw new StorageError('engine-unsafe', `SQLite ${version} may lose commits`);
  applySettings(database);
  const health = database.pragma(PAGE_CHECK, { simple: true });
  if (health !== 'ok') throw new StorageError('corrupt', `${PAGE_CHECK}: ${health}`);
  migrate(database);
  checkKey(database, options);
}

/** As every connection of ours is set. Throws `engine-unsafe` where the engine does not take it. */
export function applySettings(database: Database.Database): void {
  for (const [pragma, value, expected] of settings) {
    database.pragma(`${pragma} = ${value}`);
    const actual = database.pragma(pragma, { simple: true });
    if (actual !== expected) throw new StorageError('engine-unsafe', `${pragma} is ${actual}, not ${expected}`);
  }
}

function checkKey(database: Database.Database, { cipher, keySealer }: StoreOptions): void {
  const found = z
    .object({ value: z.instanceof(Uint8Array) })
    .optional()
    .parse(database.prepare('SELECT value FROM meta WHERE name = ?').get(KEY_CHECK));
  if (found) {
    assertKeyOpens(cipher, found.value);
    return;
  }
  // It is written with the first row of all, and is the last to go.
  if (database.prepare('SELECT 1 FROM meta').get()) throw new StorageError('corrupt', 'the key check is gone');
  database
    .transaction(() => {
      const sealed = cipher.seal(new Uint8Array(), KEY_CHECK);
      database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run(KEY_CHECK, sealed);
      beginFacts(database, { suite: cipher.suite, keySealer });
    })
    .immediate();
}

function assemble(
  connection: Connection,
  { cipher: given, keySealer, now = () => new Date() }: StoreOptions,
  blobFolder: string,
  record: typeof settleFacts,
): Store {
  const audit = new Audit(connection, given, now);
  const cipher = fingerprintingIn(fingerprintSuiteOf(connection).fingerprintSuite, given);
  const blobs = new Blobs(connection, cipher, blobFolder);
  const blanks = new Blanks(connection, audit, now);
  const meta = new Meta(connection);
  const cases = new Cases(connection);
  const jobs = new Jobs(connection, cipher);
  const intake = new Intake(connection, cipher, { cases, jobs, audit });
  intake.fileLeftBehind();
  record(connection, audit, { suite: given.suite, keySealer });
  return {
    visits: new Visits(connection, cipher),
    counters: new Counters(connection, meta),
    intake,
    cases,
    jobs,
    blobs,
    deliveries: new DeliveryList(connection, cipher),
    spool: new Spool(connection, blanks, audit),
    blanks,
    deviceEvents: new DeviceEvents(connection),
    audit,
    drafts: new Drafts(connection, cipher),
    syncState: new SyncState(connection, cipher),
    commands: new Commands(connection),
    incidents: new Incidents(meta),
    fingerprint: (plain) => cipher.fingerprint(plain),
    transaction: (work) => connection.transaction(work),
    afterCommit: (follow) => connection.afterCommit(follow),
    wipe: () => {
      try {
        blobs.collect();
      } finally {
        connection.checkpoint();
      }
    },
    copyTo: (file, goOn) => connection.copyTo(file, goOn),
    check: () => connection.check(),
    close: () => connection.close(),
  };
}
