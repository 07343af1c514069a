import { type BigIntStats, statSync } from 'node:fs';
import { type Database, SqliteError, type Statement } from 'better-sqlite3';
import { PAGE_CHECK } from './engine.ts';
import { asStorageError, StorageError, storing } from './errors.ts';

/** 256 KB: read and written within a millisecond or two, and visits go on in between. */
const PAGES_A_STEP = 64;

export interface DiskTrouble {
  /** There is no room for a write: whatever can be given up for it goes now, as the write is tried once more. */
  readonly onFull?: () => void;
  /** The engine has met a damaged page, told once: the next start must not trust this database, whatever a check of it says. */
  readonly onDamage?: () => void;
}

/** Whether the files are in place, before what is put down: a look asks the disk twice, and no resident follows another so soon. */
const LOOK_AGAIN_MS = 100;

/** A disk that has no room for what was put off is asked again at this pace. */
const ROOM_AGAIN_MS = 1_000;

/** A statement of this connection: whatever the engine throws at it goes by `DiskTrouble`, and is for `storing` to translate. */
export type Asked<Parameters extends unknown[]> = Pick<Statement<Parameters, unknown>, 'run' | 'get' | 'all'>;

/** The one connection to the database, and what may be done with it. */
export class Connection {
  readonly #database: Database;
  readonly #trouble: DiskTrouble;
  /** Made once: better-sqlite3 builds four functions for each. */
  readonly #transaction;
  /** How many transactions stand around what runs now. The engine's own word will not do: some refusals end them all. */
  #depth = 0;
  readonly #afterCommit: (() => void)[] = [];
  readonly #files: readonly { readonly path: string; readonly opened: BigIntStats }[];
  /** Monotonic. */
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #damaged = false;
  #wasFull = false;
  #putOff: (() => void) | undefined;
  /** Monotonic: until then there is no room for it. */
  #roomAgainAtMs = Number.NEGATIVE_INFINITY;

  /** Takes over a database that is open and in WAL mode; `close` closes it. */
  constructor(database: Database, trouble: DiskTrouble = {}) {
    this.#database = database;
    this.#trouble = trouble;
    this.#transaction = database.transaction((work: () => void) => {
      this.#depth += 1;
      try {
        work();
        this.#assertFilesInPlace();
      } finally {
        this.#depth -= 1;
      }
    });
    const paths = [database.name, `${database.name}-wal`];
    this.#files = paths.map((path) => ({ path, opened: statSync(path, { bigint: true }) }));
  }

  prepare<Parameters extends unknown[]>(sql: string): Asked<Parameters> {
    const statement = this.#database.prepare<Parameters, unknown>(sql);
    return {
      run: (...given) => this.#inTurn(() => statement.run(...given)),
      get: (...given) => this.#inTurn(() => statement.get(...given)),
      all: (...given) => this.#inTurn(() => statement.all(...given)),
    };
  }

  /** For `putOff`'s caller: a statement that what was put off does not concern, to be run by `ahead`. */
  prepareAhead<Parameters extends unknown[]>(sql: string): Asked<Parameters> {
    return this.#database.prepare<Parameters, unknown>(sql);
  }

  /**
   * `settle` writes what stands on the disk in another form, and runs before anything else is asked or written, once: whoever
   * uses this connection cannot see that it was put off. Where it fails, so does what it came before, and it comes again; but
   * where there is no room for it the rest goes on without, for a queue that is sent is what makes room.
   */
  putOff(settle: () => void): void {
    this.#putOff = settle;
  }

  /** What was put off is done when this returns, or was where a transaction is under way. Throws a StorageError. */
  catchUp(): void {
    const settle = this.#putOff;
    if (!settle || this.#depth > 0) return;
    this.#putOff = undefined;
    try {
      settle();
    } catch (error) {
      this.#putOff = settle;
      throw error;
    }
  }

  /** `work` is one statement of `prepareAhead`, outside a transaction. As `write` otherwise. */
  ahead<T>(work: () => T): T {
    if (performance.now() - this.#lookedAtMs >= LOOK_AGAIN_MS) storing(() => this.#assertFilesInPlace());
    return this.#makingRoom(work);
  }

  /** There was no room once for something that this process wrote: what is put off may find none either. */
  get wasFull(): boolean {
    return this.#wasFull;
  }

  get isInTransaction(): boolean {
    return this.#depth > 0;
  }

  /** All of `work` or nothing. When it returns, the rows are on the disk. May be nested: the outermost one commits. */
  transaction<T>(work: () => T): T {
    let result: { readonly of: T } | undefined;
    this.write(() => {
      const before = this.#afterCommit.length;
      try {
        this.#transaction.immediate(() => {
          result = { of: work() };
        });
      } catch (error) {
        this.#afterCommit.length = before;
        throw error;
      }
    });
    if (!result) throw new Error('a transaction that was committed has run');
    if (this.#depth === 0) for (const follow of this.#afterCommit.splice(0)) follow();
    return result.of;
  }

  /**
   * Runs `follow` once the transaction under way is on the disk, at once where there is none, never where it fails. For telling
   * others: what `follow` throws reaches whoever committed.
   */
  afterCommit(follow: () => void): void {
    if (this.#depth > 0) this.#afterCommit.push(follow);
    else follow();
  }

  /** `work` as part of the transaction under way, which fails with it, or as one of its own. */
  joined<T>(work: () => T): T {
    return this.#depth > 0 ? storing(work) : this.transaction(work);
  }

  /**
   * `work` is one statement, a transaction, or a file beside the database. Where the disk is full, room is made and it is tried
   * once more, so that a queue can drain on a full disk; within a transaction that is the outermost one's affair. Throws a
   * StorageError.
   */
  write<T>(work: () => T): T {
    this.#comeBefore();
    return this.#makingRoom(work);
  }

  /** Moves the log into the database and empties it, so that what was deleted can be read nowhere. */
  checkpoint(): void {
    this.write(() => this.#emptyLog());
  }

  /**
   * A copy of the database as it is when this resolves, at `file`, which is not there before. A few pages at a time: `goOn` is
   * asked after each few, and where it says no the copy rejects and is left half made. Rejects with a StorageError.
   */
  async copyTo(file: string, goOn: () => boolean): Promise<void> {
    const progress = (): number => {
      if (!goOn()) throw new StorageError('in-use', 'the terminal is wanted for something else');
      this.#comeBefore();
      return PAGES_A_STEP;
    };
    await this.#database.backup(file, { progress }).catch((error: unknown) => {
      this.#tellDamageOf(error);
      throw asStorageError(error);
    });
  }

  /** Looks at every page and index, at some milliseconds per megabyte. Throws `corrupt`, which is told as what a call meets. */
  check(): void {
    storing(() =>
      this.#watching(() => {
        const health = this.#database.pragma(PAGE_CHECK, { simple: true });
        if (health !== 'ok') throw new SqliteError(`${PAGE_CHECK}: ${String(health)}`, 'SQLITE_CORRUPT');
      }),
    );
  }

  close(): void {
    if (!this.#database.open) return;
    try {
      this.checkpoint();
    } finally {
      this.#database.close();
    }
  }

  #comeBefore(): void {
    if (!this.#putOff || performance.now() < this.#roomAgainAtMs) return;
    try {
      this.catchUp();
    } catch (error) {
      if (!(error instanceof StorageError && error.code === 'full')) throw error;
      this.#roomAgainAtMs = performance.now() + ROOM_AGAIN_MS;
    }
  }

  #inTurn<T>(work: () => T): T {
    this.#comeBefore();
    return this.#watching(work);
  }

  #makingRoom<T>(work: () => T): T {
    try {
      return storing(() => this.#watching(work));
    } catch (error) {
      if (this.#depth > 0 || !(error instanceof StorageError && error.code === 'full')) throw error;
      this.#makeRoom();
      return storing(() => this.#watching(work));
    }
  }

  /** Whatever the engine is asked, be it to read, to write or to commit, comes by here. */
  #watching<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#tellDamageOf(error);
      throw error;
    }
  }

  /** The database must not be trusted any more, by somebody's word. */
  tellDamage(): void {
    if (this.#damaged) return;
    this.#damaged = true;
    storing(() => this.#trouble.onDamage?.());
  }

  /** Of the engine alone: a row that our schemas refuse may be some release's own fault, which no copy mends. */
  #tellDamageOf(error: unknown): void {
    if (!(error instanceof SqliteError)) return;
    const told = asStorageError(error);
    if (told instanceof StorageError && told.code === 'corrupt') this.tellDamage();
  }

  #emptyLog(): void {
    const [answer] = this.#database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (answer?.busy !== 0) throw new StorageError('in-use', 'the log could not be emptied: somebody is reading it');
  }

  /** What the log holds moves into pages of the database that are free, and its own room becomes free in turn. */
  #makeRoom(): void {
    this.#wasFull = true;
    this.#trouble.onFull?.();
    try {
      this.#emptyLog();
    } catch (error) {
      if (!(asStorageError(error) instanceof StorageError)) throw error; // the write itself will say what is the matter
    }
  }

  /** SQLite goes on writing into files that were deleted or exchanged under it; what it "commits" is gone on close. */
  #assertFilesInPlace(): void {
    for (const { path, opened } of this.#files) {
      const now = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (now?.ino !== opened.ino || now.dev !== opened.dev) {
        throw new StorageError('unavailable', `${path} was removed or replaced while in use`);
      }
    }
    this.#lookedAtMs = performance.now();
  }
}
