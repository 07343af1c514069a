import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type CaseRecord, caseOfRow } from './cases.ts';
import type { Cipher } from './cipher.ts';
import type { Connection } from './connection.ts';
import { StorageError, storing } from './errors.ts';
import { bodyContext, closedSql, type JobKind, type JobState, jobKinds, jobStates, stateSql } from './jobs.ts';

/** What became of a dead letter that goes no further: words, as they go on record. */
export const closeReasons = ['handed-to-counter', 'made-anew', 'withdrawn', 'test'] as const;
export type CloseReason = (typeof closeReasons)[number];

/** `open`: not done with, dead letters among them. */
export const listings = ['open', 'dead', 'closed'] as const;
export type Listing = (typeof listings)[number];

/** All of a case, or one delivery. */
export type Chosen = { readonly caseId: string } | { readonly jobId: number };

/** One delivery as technicians see it. Nothing of any resident. */
export interface ListedDelivery {
  readonly jobId: number;
  readonly caseId: string;
  readonly caseNumber: string;
  readonly serviceId: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly attempts: number;
  readonly createdAt: string;
  /** Of a waiting one. ms since 1970. */
  readonly dueAtMs?: number;
  /** Of a dead letter, or a `CloseReason`. */
  readonly reason?: string;
  readonly deliverBy?: string;
  /** Of a paper. */
  readonly sizeBytes?: number;
  readonly uploadedBytes?: number;
}

/** With what it carries: personal data. */
export interface OpenedDelivery extends Pick<ListedDelivery, 'jobId' | 'kind' | 'state' | 'attempts' | 'reason'> {
  /** JSON in UTF-8; absent where it was cleared or does not open. */
  readonly body?: Uint8Array;
  /** Of a paper whose content is still kept. */
  readonly blobId?: string;
}

const listedRow = z.object({
  job_id: z.int(),
  case_id: z.string(),
  case_number: z.string(),
  service_id: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  attempts: z.int(),
  created_at: z.string(),
  due_at_ms: z.int(),
  reason: z.string().nullable(),
  deliver_by: z.string().nullable(),
  size_bytes: z.int().nullable(),
  uploaded_bytes: z.int(),
});
const carryingRow = z.object({
  job_id: z.int(),
  case_id: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  attempts: z.int(),
  reason: z.string().nullable(),
  idempotency_key: z.string(),
  sealed_body: z.instanceof(Uint8Array).nullable(),
  blob_id: z.string().nullable(),
});
type CarryingRow = z.infer<typeof carryingRow>;
const closedRow = z.object({ closed: z.int() });
const overdueRow = z.object({ overdue: z.int(), next: z.string().nullable() });

/** What has not been delivered, or never will be, as technicians look at it and act on it. */
export class DeliveryList {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #statements;

  constructor(connection: Connection, cipher: Cipher) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#statements = prepareStatements(connection);
  }

  /** Up to `limit`, the oldest first. */
  list({ which, limit }: { readonly which: Listing; readonly limit: number }): ListedDelivery[] {
    return storing(() => this.#statements.select[which].all(limit).map((row) => listed(listedRow.parse(row))));
  }

  /** How many were closed, of those not yet forgotten. */
  closed(): number {
    return storing(() => closedRow.parse(this.#statements.countClosed.get()).closed);
  }

  /** Cases that residents were told would have arrived by `at`, and have not; and when the next of the others should have. */
  overdue(at: string): { readonly overdue: number; readonly nextDeliverBy: string | undefined } {
    const row = storing(() => overdueRow.parse(this.#statements.overdue.get({ at })));
    return { overdue: row.overdue, nextDeliverBy: row.next ?? undefined };
  }

  findByNumber(caseNumber: string): CaseRecord | undefined {
    return storing(() => caseOfRow(this.#statements.selectCase.get(caseNumber)));
  }

  /** All deliveries of a case with what they carry, in their order. */
  open(caseId: string): OpenedDelivery[] {
    return this.#carrying(this.#statements.selectOfCase.all(caseId)).map((row) => {
      const { job_id: jobId, kind, state, attempts, reason, blob_id: blobId } = row;
      const body = this.#bodyOf(row);
      return {
        ...{ jobId, kind, state, attempts },
        ...(reason !== null && { reason }),
        ...(body && { body }),
        ...(blobId !== null && { blobId }),
      };
    });
  }

  /**
   * Dead letters of a case, or one of them by its number, are due at `dueAtMs` again. Each but a paper gets a new key: under
   * the old one the platform would repeat its refusal unread, and what it has refused had no effect. One that does not open
   * stays where it is. Tells whose they are.
   */
  requeue(what: Chosen, dueAtMs: number): { readonly requeued: string[]; readonly unreadable: number } {
    return this.#connection.transaction(() => {
      const dead = this.#dead(what);
      const requeued: string[] = [];
      for (const row of dead) {
        const body = this.#bodyOf(row);
        if (!body) continue;
        const key = row.kind === 'material' ? row.idempotency_key : randomUUID();
        const sealed = this.#cipher.seal(body, bodyContext(key));
        this.#statements.requeue.run({ jobId: row.job_id, key, sealed, dueAtMs: Math.round(dueAtMs) });
        requeued.push(row.case_id);
      }
      return { requeued, unreadable: dead.length - requeued.length };
    });
  }

  /**
   * Dead letters of a case, or one of them by its number, are done with, and with a case all that it holds back. What they carry
   * goes from their rows. Tells whose they are, once for each.
   */
  close(what: Chosen, reason: CloseReason, atMs: number): string[] {
    return this.#connection.transaction(() => {
      const at = new Date(atMs).toISOString();
      return this.#dead(what).flatMap(({ job_id: jobId, case_id: caseId, kind }) => {
        const ofDead = this.#statements.close.run({ jobId, reason, at }).changes;
        const heldBack = kind === 'case' ? this.#statements.closeBehind.run({ caseId, jobId, reason, at }).changes : 0;
        return Array.from({ length: ofDead + heldBack }, () => caseId);
      });
    });
  }

  #dead(what: Chosen): CarryingRow[] {
    const { selectJob, selectOfCase } = this.#statements;
    const found = 'jobId' in what ? selectJob.all(what.jobId) : selectOfCase.all(what.caseId);
    return this.#carrying(found).filter(({ state }) => state === 'rejected');
  }

  #carrying(rows: readonly unknown[]): CarryingRow[] {
    return storing(() => rows.map((row) => carryingRow.parse(row)));
  }

  #bodyOf({ sealed_body: sealed, idempotency_key: key }: CarryingRow): Uint8Array | undefined {
    if (!sealed) return undefined;
    try {
      return this.#cipher.open(sealed, bodyContext(key));
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}

function listed(row: z.infer<typeof listedRow>): ListedDelivery {
  return {
    jobId: row.job_id,
    caseId: row.case_id,
    caseNumber: row.case_number,
    serviceId: row.service_id,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    ...(row.state === 'waiting' && { dueAtMs: row.due_at_ms }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.deliver_by !== null && { deliverBy: row.deliver_by }),
    ...(row.size_bytes !== null && { sizeBytes: row.size_bytes, uploadedBytes: row.uploaded_bytes }),
  };
}

function prepareStatements(connection: Connection) {
  const listing = (ids: string): string =>
    `SELECT job_id, case_id, case_number, service_id, kind, ${stateSql}, attempts, created_at, due_at_ms, reason, deliver_by,
       size_bytes, uploaded_bytes
     FROM jobs JOIN cases USING (case_id) LEFT JOIN blobs USING (blob_id)
     WHERE job_id IN (${ids}) ORDER BY job_id LIMIT ?`;
  const dead = `SELECT job_id FROM jobs WHERE state = 'rejected'`;
  const open = `${dead}
    UNION ALL SELECT job_id FROM jobs WHERE state = 'waiting' UNION ALL SELECT job_id FROM jobs WHERE state = 'sending'`;
  const carrying = `job_id, case_id, kind, ${stateSql}, attempts, reason, idempotency_key, sealed_body, blob_id`;
  const closing = `UPDATE jobs SET state = 'delivered', reason = @reason, settled_at = @at,
    sealed_body = NULL, sealed_result = NULL, sealed_upload = NULL, blob_id = NULL`;
  return {
    select: {
      open: connection.prepare<[number]>(listing(open)),
      dead: connection.prepare<[number]>(listing(dead)),
      closed: connection.prepare<[number]>(listing(closedSql)),
    },
    countClosed: connection.prepare<[]>(`SELECT count(*) AS closed FROM (${closedSql})`),
    close: connection.prepare<[{ jobId: number; reason: string; at: string }]>(
      `${closing} WHERE job_id = @jobId AND state = 'rejected'`,
    ),
    closeBehind: connection.prepare<[{ caseId: string; jobId: number; reason: string; at: string }]>(
      `${closing} WHERE case_id = @caseId AND state IN ('waiting', 'rejected') AND job_id > @jobId`,
    ),
    // A rating that is late is nobody's trouble.
    overdue: connection.prepare<[{ at: string }]>(
      `SELECT count(DISTINCT CASE WHEN deliver_by <= @at THEN case_id END) AS overdue,
         min(CASE WHEN deliver_by > @at THEN deliver_by END) AS next
       FROM jobs JOIN cases USING (case_id) WHERE job_id IN (${open}) AND kind <> 'rating'`,
    ),
    selectCase: connection.prepare<[string]>(
      'SELECT case_id, case_number, service_id, visit_id, accepted_at, deliver_by FROM cases WHERE case_number = ?',
    ),
    selectOfCase: connection.prepare<[string]>(`SELECT ${carrying} FROM jobs WHERE case_id = ? ORDER BY job_id`),
    selectJob: connection.prepare<[number]>(`SELECT ${carrying} FROM jobs WHERE job_id = ?`),
    requeue: connection.prepare<[{ jobId: number; key: string; sealed: Uint8Array; dueAtMs: number }]>(
      `UPDATE jobs SET state = 'waiting', attempts = 0, held = 0, reason = NULL, settled_at = NULL, due_at_ms = @dueAtMs,
         idempotency_key = @key, sealed_body = @sealed, sealed_upload = NULL
       WHERE job_id = @jobId AND state = 'rejected'`,
    ),
  };
}
