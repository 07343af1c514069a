import Database from 'better-sqlite3';
import { z } from 'zod';

/** What the stand-in platform has on its disk, after its process ended. */
export interface PlatformRecords {
  readonly cases: ReadonlySet<string>;
  /** Case → how many ratings of it took effect. */
  readonly ratings: ReadonlyMap<string, number>;
  /** Numbers of cases that came again under another key, and of ratings that came before their case. */
  readonly duplicates: readonly string[];
  readonly outOfOrder: readonly string[];
  /** Requests answered from memory, as their work was done before. */
  readonly replays: number;
  readonly integrity: string;
}

/** What the terminal has on its disk, after it drained. */
export interface TerminalRecords {
  readonly deadLetters: number;
  readonly undelivered: number;
  /** Rows that still hold something personal, sealed. */
  readonly sealedRows: number;
  readonly integrity: string;
}

const nameRow = z.object({ name: z.string() });
const countRow = z.object({ count: z.int() });
const tallyRow = z.object({ name: z.string(), count: z.int() });

export function readPlatformRecords(file: string): PlatformRecords {
  return reading(file, ({ names, count, tally, integrity }) => ({
    cases: new Set(names('SELECT case_number AS name FROM cases')),
    ratings: tally('SELECT case_number AS name, count(*) AS count FROM ratings GROUP BY case_number'),
    duplicates: names(`SELECT case_number AS name FROM findings WHERE kind = 'duplicate'`),
    outOfOrder: names(`SELECT case_number AS name FROM findings WHERE kind = 'out-of-order'`),
    replays: count('SELECT coalesce(sum(deliveries - 1), 0) AS count FROM answers'),
    integrity,
  }));
}

export function readTerminalRecords(file: string): TerminalRecords {
  return reading(file, ({ count, integrity }) => ({
    deadLetters: count(`SELECT count(*) AS count FROM jobs WHERE state = 'rejected'`),
    undelivered: count(`SELECT count(*) AS count FROM jobs WHERE state IN ('waiting', 'sending')`),
    sealedRows: count('SELECT count(*) AS count FROM jobs WHERE sealed_body IS NOT NULL OR sealed_result IS NOT NULL'),
    integrity,
  }));
}

interface Questions {
  readonly names: (sql: string) => string[];
  readonly count: (sql: string) => number;
  readonly tally: (sql: string) => Map<string, number>;
  readonly integrity: string;
}

function reading<T>(file: string, read: (questions: Questions) => T): T {
  const database = new Database(file, { fileMustExist: true });
  try {
    return read({
      names: (sql) =>
        database
          .prepare(sql)
          .all()
          .map((row) => nameRow.parse(row).name),
      count: (sql) => countRow.parse(database.prepare(sql).get()).count,
      tally: (sql) =>
        new Map(
          database
            .prepare(sql)
            .all()
            .map((row) => tallyRow.parse(row))
            .map(({ name, count }) => [name, count]),
        ),
      integrity: z.string().parse(database.pragma('integrity_check(1)', { simple: true })),
    });
  } finally {
    database.close();
  }
}
