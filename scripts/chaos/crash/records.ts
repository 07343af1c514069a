import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { copiesOf, placesOf } from '../../../main/storage/places.ts';

/** What the stand-in platform has on its disk, after its process ended. */
export interface PlatformRecords {
  readonly cases: ReadonlySet<string>;
  /** Case → how many ratings of it took effect. */
  readonly ratings: ReadonlyMap<string, number>;
  /** Case → what became of the papers that it named. */
  readonly papers: ReadonlyMap<string, Papers>;
  /** Numbers of cases that came again under another key, and of ratings that came before their case. */
  readonly duplicates: readonly string[];
  readonly outOfOrder: readonly string[];
  /** Ids of applications that were put aside: all that it knows, and those of which a case was made. */
  readonly drafts: ReadonlySet<string>;
  readonly draftsUsed: number;
  /** Requests answered from memory, as their work was done before. */
  readonly replays: number;
  readonly integrity: string;
}

export interface Papers {
  /** Whole and right. */
  readonly complete: number;
  /** Times that one came with another content. */
  readonly wrong: number;
  /** Times that one came whole after it had been there. */
  readonly again: number;
}

/** What the terminal has on its disk, after it drained. */
export interface TerminalRecords {
  readonly deadLetters: number;
  readonly undelivered: number;
  /** Files of papers that are still there. */
  readonly papersLeft: number;
  /** Rows that still hold something personal, sealed. */
  readonly sealedRows: number;
  readonly integrity: string;
  /** Good copies, and those of them that do not hold together. */
  readonly copies: number;
  readonly damagedCopies: number;
  /** Databases that were put aside as damaged. */
  readonly quarantined: number;
}

/** The database of a terminal that keeps its data in `folder`. */
export function databaseOf(folder: string): string {
  return join(folder, 'jiujin.db');
}

const nameRow = z.object({ name: z.string() });
const countRow = z.object({ count: z.int() });
const papersRow = z.object({ name: z.string(), complete: z.int(), wrong: z.int(), again: z.int() });
const tallyRow = z.object({ name: z.string(), count: z.int() });

export function readPlatformRecords(file: string): PlatformRecords {
  return reading(file, ({ names, count, tally, papers, integrity }) => ({
    papers: papers(),
    cases: new Set(names('SELECT case_number AS name FROM cases')),
    ratings: tally('SELECT case_number AS name, count(*) AS count FROM ratings GROUP BY case_number'),
    duplicates: names(`SELECT case_number AS name FROM findings WHERE kind = 'duplicate'`),
    outOfOrder: names(`SELECT case_number AS name FROM findings WHERE kind = 'out-of-order'`),
    drafts: new Set(names('SELECT draft_id AS name FROM drafts UNION SELECT draft_id FROM draft_uses')),
    draftsUsed: count('SELECT count(*) AS count FROM draft_uses'),
    replays: count('SELECT coalesce(sum(deliveries - 1), 0) AS count FROM answers'),
    integrity,
  }));
}

/** Of a terminal that keeps its data in `folder`. */
export function readTerminalRecords(folder: string): TerminalRecords {
  const file = databaseOf(folder);
  const { quarantine, blobs } = placesOf(file);
  const copies = copiesOf(file).good.filter((copy) => existsSync(copy));
  return reading(file, ({ count, integrity }) => ({
    papersLeft: namesIn(blobs).length,
    deadLetters: count(`SELECT count(*) AS count FROM jobs WHERE state = 'rejected'`),
    undelivered: count(`SELECT count(*) AS count FROM jobs WHERE state IN ('waiting', 'sending')`),
    sealedRows: count('SELECT count(*) AS count FROM jobs WHERE sealed_body IS NOT NULL OR sealed_result IS NOT NULL'),
    integrity,
    copies: copies.length,
    damagedCopies: copies.filter((copy) => reading(copy, (of) => of.integrity) !== 'ok').length,
    quarantined: namesIn(quarantine).length,
  }));
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

interface Questions {
  readonly names: (sql: string) => string[];
  readonly count: (sql: string) => number;
  readonly tally: (sql: string) => Map<string, number>;
  readonly papers: () => Map<string, Papers>;
  readonly integrity: string;
}

const papersSql = `
  SELECT case_number AS name, sum(received_at IS NOT NULL) AS complete, sum(wrong_hashes) AS wrong,
    sum(max(0, completions - 1)) AS again
  FROM materials GROUP BY case_number`;

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
      papers: () =>
        new Map(
          database
            .prepare(papersSql)
            .all()
            .map((row) => papersRow.parse(row))
            .map(({ name, ...papers }) => [name, papers]),
        ),
      integrity: z.string().parse(database.pragma('integrity_check(1)', { simple: true })),
    });
  } finally {
    database.close();
  }
}
