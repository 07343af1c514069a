import { type Database, SqliteError } from 'better-sqlite3';
import { z } from 'zod';
import { type Row, readTable } from './readable-rows.ts';

/** What is done with a row whose key is there already. */
type Known = 'keep' | 'replace';

export interface Brought {
  /** The keys of all rows that could be read, each as JSON; `whole`: there are no others. */
  readonly keys: ReadonlySet<string>;
  readonly whole: boolean;
  /** Rows that do not fit, or that `believed` refused. */
  readonly refused: number;
}

const columnRow = z.object({ name: z.string(), pk: z.int() });

/** Rows of `table` with the columns that both databases have. */
export function bringRows(
  damaged: Database,
  restored: Database,
  table: string,
  known: Known,
  believed: (row: Row) => boolean = () => true,
): Brought {
  const columns = columnRow.array().parse(restored.pragma(`table_info(${table})`));
  const key = keyOf(columns);
  const { rows, whole } = readTable(damaged, table, key);
  const keys = new Set(rows.map((row) => JSON.stringify(key.map((name) => row[name]))));
  let refused = 0;
  for (const row of rows) {
    const names = columns.map(({ name }) => name).filter((name) => name in row);
    try {
      if (!believed(row)) refused += 1;
      else restored.prepare(insertSql(table, names, key, known)).run(...names.map((name) => row[name]));
    } catch (error) {
      refused += refusal(error);
    }
  }
  return { keys, whole, refused };
}

/** 1 for a row that the tables do not take; throws whatever else happened, such as a full disk. */
export function refusal(error: unknown): 1 {
  if (error instanceof SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) return 1;
  throw error;
}

function keyOf(columns: readonly z.infer<typeof columnRow>[]): string[] {
  return columns
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map(({ name }) => name);
}

function insertSql(table: string, names: readonly string[], key: readonly string[], known: Known): string {
  const places = names.map(() => '?').join(', ');
  const others = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const update = known === 'replace' && others.length > 0 ? `UPDATE SET ${others.join(', ')}` : 'NOTHING';
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places}) ON CONFLICT (${key.join(', ')}) DO ${update}`;
}
