import { type BigIntStats, statSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import { StorageError, storing } from './errors.ts';

/** The one connection to the database, and what may be done with it. */
export class Connection {
  readonly #database: Database;
  /** Made once: better-sqlite3 builds four functions for each. */
  readonly #transaction;
  readonly #files: readonly { readonly path: string; readonly opened: BigIntStats }[];

  /** Takes over a database that is open and in WAL mode; `close` closes it. */
  constructor(database: Database) {
    this.#database = database;
    this.#transaction = database.transaction((work: () => void) => {
      work();
      this.#assertFilesInPlace();
    });
    const paths = [database.name, `${database.name}-wal`];
    this.#files = paths.map((path) => ({ path, opened: statSync(path, { bigint: true }) }));
  }

  prepare<Parameters extends unknown[]>(sql: string): Statement<Parameters, unknown> {
    return this.#database.prepare<Parameters, unknown>(sql);
  }

  /** All of `work` or nothing. When it returns, the rows are on the disk. May be nested: the outermost one commits. */
  transaction<T>(work: () => T): T {
    let result: { readonly of: T } | undefined;
    storing(() =>
      this.#transaction.immediate(() => {
        result = { of: work() };
      }),
    );
    if (!result) throw new Error('a transaction that was committed has run');
    return result.of;
  }

  /** `work` as part of the transaction under way, which fails with it, or as one of its own. */
  joined<T>(work: () => T): T {
    return this.#database.inTransaction ? storing(work) : this.transaction(work);
  }

  /** Moves the log into the database and empties it, so that what was deleted can be read nowhere. */
  checkpoint(): void {
    storing(() => {
      const [answer] = this.#database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (answer?.busy !== 0) throw new StorageError('in-use', 'the log could not be emptied: somebody is reading it');
    });
  }

  close(): void {
    if (!this.#database.open) return;
    try {
      this.checkpoint();
    } finally {
      this.#database.close();
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
  }
}
