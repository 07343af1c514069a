import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { openStoreIn } from '../../../main/compose-store.ts';
import type { Store } from '../../../main/storage/open.ts';
import { copiesOf } from '../../../main/storage/places.ts';
import type { Ledger } from '../crash/ledger.ts';
import { databaseOf } from '../crash/records.ts';
import { draftIdOf } from '../crash/resident.ts';

export interface Look {
  /** A sentence for everything that is not as it was said to be. */
  readonly broken: readonly string[];
  /** How many pages rows name. */
  readonly pages: number;
  /** How many copies are there. */
  readonly copies: number;
}

/** Opens the store of a terminal whose power was cut, and looks for all that it had said by then. */
export function lookAt(terminal: string, said: Ledger): Look {
  const file = databaseOf(terminal);
  const copies = copiesOf(file).good.filter((copy) => existsSync(copy));
  try {
    openStoreIn(terminal).close();
    const { jobs, pages, integrity } = readRows(file);
    const store = openStoreIn(terminal);
    const broken = [
      ...lostOf(jobs, said),
      ...draftsLostOf(store, jobs, said),
      ...pages.filter(({ blobId }) => !isWhole(store, blobId)).map(sentenceOf),
      ...(store.incidents.last() ? ['the store was taken for damaged'] : []),
      ...(integrity === 'ok' ? [] : [`the database: ${integrity}`]),
      ...copies.map((copy) => readRows(copy).integrity).flatMap((of) => (of === 'ok' ? [] : [`a copy: ${of}`])),
    ];
    store.close();
    return { broken, pages: pages.length, copies: copies.length };
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    return { broken: [`the store or a copy does not open: ${why}`], pages: 0, copies: 0 };
  }
}

const jobRow = z.object({ caseNumber: z.string(), kind: z.string() });
const pageRow = z.object({ blobId: z.string(), caseNumber: z.string().nullable() });

function readRows(file: string) {
  const database = new Database(file, { readonly: true });
  try {
    const rowsOf = <T>(row: z.ZodType<T>, sql: string): T[] => row.array().parse(database.prepare(sql).all());
    return {
      jobs: rowsOf(jobRow, 'SELECT case_number AS caseNumber, kind FROM cases JOIN jobs USING (case_id)'),
      pages: rowsOf(
        pageRow,
        `SELECT blob_id AS blobId, min(case_number) AS caseNumber
         FROM blobs LEFT JOIN jobs USING (blob_id) LEFT JOIN cases USING (case_id) GROUP BY blob_id`,
      ),
      integrity: database.pragma('integrity_check(1)', { simple: true }),
    };
  } finally {
    database.close();
  }
}

function lostOf(jobs: readonly z.infer<typeof jobRow>[], { accepted, rated, begun }: Ledger): string[] {
  const of = (wanted: string) =>
    new Set(jobs.filter(({ kind }) => kind === wanted).map(({ caseNumber }) => caseNumber));
  const [cases, ratings] = [of('case'), of('rating')];
  return [
    ...[...accepted].filter((number) => !cases.has(number)).map((number) => `${number} is lost`),
    ...[...rated].filter((number) => !ratings.has(number)).map((number) => `the rating of ${number} is lost`),
    ...[...cases].filter((number) => !begun.has(number)).map((number) => `${number} was never begun`),
  ];
}

/** What was put aside is there until a case is, which may be of it. */
function draftsLostOf(store: Store, jobs: readonly z.infer<typeof jobRow>[], { saved }: Ledger): string[] {
  const cases = new Set(jobs.map(({ caseNumber }) => caseNumber));
  return [...saved]
    .filter((number) => !cases.has(number) && !store.drafts.find(draftIdOf(number)))
    .map((number) => `what was put aside before ${number} is lost`);
}

function isWhole(store: Store, blobId: string): boolean {
  try {
    return store.blobs.read(blobId).length > 0;
  } catch {
    return false; // for whatever reason: it cannot be delivered
  }
}

function sentenceOf({ caseNumber }: z.infer<typeof pageRow>): string {
  return `a page of ${caseNumber ?? 'the visit in progress'} is lost`;
}
