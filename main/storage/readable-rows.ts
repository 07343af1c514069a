import { type Database, SqliteError } from 'better-sqlite3';

export type Row = Readonly<Record<string, unknown>>;

export interface ReadTable {
  readonly rows: readonly Row[];
  /** Nothing stood in the way: these are all rows of the table. */
  readonly whole: boolean;
}

/** As many rows as a hole of that many keys is looked into one by one. */
const HOLE_MAX = 10_000;

/**
 * What can be read of a table whose pages may be damaged: from the front up to the damage, from the back up to it, and what
 * numbers between them still lead to. `key` names the columns of the primary key. Reads no index beside the key's own.
 */
export function readTable(damaged: Database, table: string, key: readonly string[]): ReadTable {
  const forwards = readAlong(damaged, table, key, 'ASC');
  if (forwards.whole) return forwards;
  const backwards = readAlong(damaged, table, key, 'DESC');
  const seen = new Map<string, Row>();
  for (const row of [...forwards.rows, ...backwards.rows]) seen.set(JSON.stringify(key.map((name) => row[name])), row);
  const [name, ...others] = key;
  if (name !== undefined && others.length === 0) {
    const from = Number(forwards.rows.at(-1)?.[name] ?? 0);
    const to = Number(backwards.rows.at(-1)?.[name]);
    for (let number = from + 1; number < to && number - from <= HOLE_MAX; number += 1) {
      const row = readWhere(damaged, table, [name], [number]);
      if (row) seen.set(JSON.stringify([number]), row);
    }
  }
  return { rows: [...seen.values()], whole: false };
}

/** One row by its key; `undefined` where it is not there or cannot be read. */
export function readWhere(
  damaged: Database,
  table: string,
  key: readonly string[],
  values: readonly (string | number)[],
): Row | undefined {
  const where = key.map((name) => `${name} = ?`).join(' AND ');
  try {
    return damaged.prepare<unknown[], Row>(`SELECT * FROM ${table} NOT INDEXED WHERE ${where}`).get(...values);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/**
 * Whether it is the bytes that make no sense: not a disk that refuses, which may give them yet, and without which nothing must
 * be decided. SQLITE_ERROR is of a table that can no longer be found.
 */
export function isDamage(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR$)/.test(error.code);
}

function readAlong(damaged: Database, table: string, key: readonly string[], direction: 'ASC' | 'DESC'): ReadTable {
  const rows: Row[] = [];
  const order = key.map((name) => `${name} ${direction}`).join(', ');
  try {
    const select = damaged.prepare<[], Row>(`SELECT * FROM ${table} NOT INDEXED ORDER BY ${order}`);
    for (const row of select.iterate()) rows.push(row);
    return { rows, whole: true };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { rows, whole: false };
  }
}
