import { z } from 'zod';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

/** A case (办件) without what it is about: that lives sealed in its jobs, once. */
export interface CaseRecord {
  readonly caseId: string;
  /** What the resident holds in hand; unique on this terminal. */
  readonly caseNumber: string;
  readonly serviceId: string;
  readonly visitId: string;
  readonly acceptedAt: string;
  /** Until when the resident was told that it will have arrived; absent where nothing was said. */
  readonly deliverBy?: string | undefined;
}

const caseRow = z.object({
  case_id: z.string(),
  case_number: z.string(),
  service_id: z.string(),
  visit_id: z.string(),
  accepted_at: z.string(),
  deliver_by: z.string().nullable(),
});
const namesRow = z.object({ case_id: z.string(), case_number: z.string() });
const idRow = z.object({ case_id: z.string() });

export class Cases {
  readonly #connection: Connection;
  readonly #insert;
  readonly #select;
  readonly #selectNames;
  readonly #release;
  readonly #selectLeftBehind;
  readonly #clear;
  readonly #selectOld;
  readonly #removeJobs;
  readonly #removeCase;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#insert = connection.prepare<[string, string, string, string, string, string | null]>(
      'INSERT INTO cases (case_id, case_number, service_id, visit_id, accepted_at, deliver_by) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#select = connection.prepare<[string]>(
      'SELECT case_id, case_number, service_id, visit_id, accepted_at, deliver_by FROM cases WHERE case_id = ?',
    );
    this.#selectNames = connection.prepare<[]>('SELECT case_id, case_number FROM cases');
    this.#release = connection.prepare<[string]>('UPDATE cases SET released = 1 WHERE case_id = ?');
    this.#selectLeftBehind = connection.prepare<[string]>(
      'SELECT case_id FROM cases WHERE released = 0 AND visit_id <> ?',
    );
    this.#clear = connection.prepare<[{ caseId: string }]>(
      `UPDATE jobs SET sealed_body = NULL, sealed_result = NULL, sealed_upload = NULL, blob_id = NULL
       WHERE case_id = @caseId
         AND (sealed_body IS NOT NULL OR sealed_result IS NOT NULL OR blob_id IS NOT NULL)
         AND EXISTS (SELECT 1 FROM cases WHERE case_id = @caseId AND released = 1)
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE case_id = @caseId AND state <> 'delivered')`,
    );
    this.#selectOld = connection.prepare<[{ before: string; limit: number }]>(
      `SELECT case_id FROM cases WHERE released = 1 AND accepted_at < @before AND NOT EXISTS (
         SELECT 1 FROM jobs WHERE jobs.case_id = cases.case_id
           AND (state <> 'delivered' OR settled_at >= @before OR sealed_body IS NOT NULL OR sealed_result IS NOT NULL))
       LIMIT @limit`,
    );
    this.#removeJobs = connection.prepare<[string]>('DELETE FROM jobs WHERE case_id = ?');
    this.#removeCase = connection.prepare<[string]>('DELETE FROM cases WHERE case_id = ?');
  }

  insert({ caseId, caseNumber, serviceId, visitId, acceptedAt, deliverBy }: CaseRecord): void {
    this.#connection.write(() =>
      this.#insert.run(caseId, caseNumber, serviceId, visitId, acceptedAt, deliverBy ?? null),
    );
  }

  find(caseId: string): CaseRecord | undefined {
    return storing(() => caseOfRow(this.#select.get(caseId)));
  }

  /** Of all cases, in no order. */
  names(): readonly Pick<CaseRecord, 'caseId' | 'caseNumber'>[] {
    const rows = storing(() => namesRow.array().parse(this.#selectNames.all()));
    return rows.map((row) => ({ caseId: row.case_id, caseNumber: row.case_number }));
  }

  /** Its visit is over: nobody will ask for the content again once it is delivered. */
  release(caseId: string): void {
    this.#connection.write(() => this.#release.run(caseId));
  }

  /** Cases of visits that are over without having said so, because the process died at their end. */
  leftBehind(currentVisitId: string | undefined): string[] {
    const rows = storing(() => this.#selectLeftBehind.all(currentVisitId ?? ''));
    return storing(() => rows.map((row) => idRow.parse(row).case_id));
  }

  /**
   * Empties the sealed columns of a released case of which everything is delivered, and lets go of its pages; its number,
   * times and fingerprints stay. Tells whether there was anything to empty.
   */
  clearIfDone(caseId: string): boolean {
    return this.#connection.write(() => this.#clear.run({ caseId }).changes > 0);
  }

  /**
   * Removes up to `limit` cases of which nothing is left but numbers, times and fingerprints, all of it settled before the
   * instant `before`. What was refused, or is still to be delivered, stays however old it is. Tells how many went.
   */
  removeSettled(before: string, limit: number): number {
    return this.#connection.transaction(() => {
      const old = this.#selectOld.all({ before, limit }).map((row) => idRow.parse(row).case_id);
      for (const caseId of old) {
        this.#removeJobs.run(caseId);
        this.#removeCase.run(caseId);
      }
      return old.length;
    });
  }
}

/** A row of all columns but `released`, or none. Throws a ZodError. */
export function caseOfRow(row: unknown): CaseRecord | undefined {
  const found = caseRow.optional().parse(row);
  if (!found) return undefined;
  return {
    caseId: found.case_id,
    caseNumber: found.case_number,
    serviceId: found.service_id,
    visitId: found.visit_id,
    acceptedAt: found.accepted_at,
    ...(found.deliver_by !== null && { deliverBy: found.deliver_by }),
  };
}
