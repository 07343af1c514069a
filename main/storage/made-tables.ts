import Database from 'better-sqlite3';
import { z } from 'zod';
import { StorageError } from './errors.ts';
import { migrate } from './migrations/index.ts';

/**
 * Every table and index, and every column of a table, one name a row. No triggers: who takes away those of the record of acts is found
 * out by its hashes and seals, which a restoration would cover up.
 */
const NAMES = `
  SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'
  UNION ALL
  SELECT 'column ' || made.name || '.' || of_it.name
  FROM sqlite_schema AS made, pragma_table_info(made.name) AS of_it WHERE made.type = 'table'`;

let asMade: readonly string[] | undefined;

/**
 * Throws `corrupt` where a table, a column or an index is not there that the migrations make. No check of pages or
 * indexes sees that: in a name that has changed by one bit the database is as sound as before.
 */
export function assertAsMade(database: Database.Database): void {
  asMade ??= madeAnew();
  const found = new Set(namesIn(database));
  const missing = asMade.find((name) => !found.has(name));
  if (missing) throw new StorageError('corrupt', `the tables are not as they were made: no ${missing}`);
}

function madeAnew(): string[] {
  const empty = new Database(':memory:');
  try {
    migrate(empty);
    return namesIn(empty);
  } finally {
    empty.close();
  }
}

function namesIn(database: Database.Database): string[] {
  return z.string().array().parse(database.prepare(NAMES).pluck().all());
}
