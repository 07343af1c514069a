import { z } from 'zod';
import { type Cipher, openJson, sealJson } from './cipher.ts';
import type { Connection } from './connection.ts';
import { asStorageError, isOfTheRow, storing } from './errors.ts';

export const jobKinds = ['case', 'material', 'rating'] as const;
export type JobKind = (typeof jobKinds)[number];
export const jobStates = ['waiting', 'sending', 'delivered', 'rejected', 'closed'] as const;
export type JobState = (typeof jobStates)[number];
/**
 * Closed is a dead letter that a person has dealt with, and what it held back. Its row says `delivered`, with a reason: whatever
 * asks for what is done with finds it, in this release and in those before.
 */
const isClosed = `state = 'delivered' AND reason IS NOT NULL`;
/** In place of the column, for whoever tells of a job. */
export const stateSql = `iif(${isClosed}, 'closed', state) AS state`;
/** Reads the whole table, as closed ones are too few for an index. */
export const closedSql = `SELECT job_id FROM jobs WHERE ${isClosed}`;

export interface NewJob {
  readonly caseId: string;
  readonly kind: JobKind;
  readonly idempotencyKey: string;
  /** SHA-256 of `body`, 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly body: Uint8Array;
  /** Of a material: its content. */
  readonly blobId?: string | null;
  readonly createdAt: string;
  readonly dueAtMs: number;
}

/** Where the platform receives a material, and how far that has come. */
export interface UploadState {
  /** The platform's address for the rest of it; absent before there is one. */
  readonly location?: string | undefined;
  /** Of a stored one the furthest that it ever came, as an upload that begins anew again and again has not gone on. */
  readonly uploadedBytes: number;
}

/** In which moments cases go once the platform is back. */
export interface JobPace {
  readonly firstAtMs: number;
  readonly gapMs: number;
  readonly restsUntilTurn?: string | undefined;
}

export interface LeasedJob {
  readonly jobId: number;
  readonly caseId: string;
  readonly kind: JobKind;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly body: Uint8Array;
  /** This one included; of a material, those since it last went on. */
  readonly attempts: number;
  /** Of a material. */
  readonly material?: UploadState & { readonly blobId: string };
}

export interface JobRecord {
  readonly state: JobState;
  readonly attempts: number;
  readonly fingerprint: string;
  readonly reason: string | undefined;
  /** The platform's answer; `undefined` before it is there and after it was cleared. */
  readonly result: unknown;
}

/** `delivered`: with those that were closed. */
export type JobCounts = Readonly<Record<Exclude<JobState, 'closed'>, number>> & {
  /** Of what is first in line, or under way: what stands behind a dead letter waits for a person. */
  readonly oldestWaitingAt: string | undefined;
};

const dueRow = z.object({
  case_id: z.string(),
  kind: z.enum(jobKinds),
  idempotency_key: z.string(),
  fingerprint: z.string(),
  sealed_body: z.instanceof(Uint8Array),
  attempts: z.int(),
  blob_id: z.string().nullable(),
  sealed_upload: z.instanceof(Uint8Array).nullable(),
  uploaded_bytes: z.int(),
});
const location = z.string();
const keysRow = z.object({ job_id: z.int(), case_id: z.string() });
const recordRow = z.object({
  idempotency_key: z.string(),
  state: z.enum(jobStates),
  attempts: z.int(),
  fingerprint: z.string(),
  reason: z.string().nullable(),
  sealed_result: z.instanceof(Uint8Array).nullable(),
});
const dueAtRow = z.object({ due_at_ms: z.int() });
const countsRow = z.object({
  total: z.int(),
  waiting: z.int(),
  sending: z.int(),
  rejected: z.int(),
  oldest_at: z.string().nullable(),
});

/**
 * A job is first in line when everything of its case before it is settled: a rejected case holds back all that follows, a
 * rejected material only itself.
 */
const inTheWay = `
  SELECT 1 FROM jobs AS earlier INDEXED BY jobs_of_case
  WHERE earlier.case_id = job.case_id AND earlier.job_id < job.job_id AND earlier.state`;
const heldBack = `EXISTS (${inTheWay} = 'rejected' AND earlier.kind = 'case')`;
const firstInLine = `NOT EXISTS (${inTheWay} = 'waiting') AND NOT EXISTS (${inTheWay} = 'sending')
  AND NOT ${heldBack}`;

/** Parameters: now in ms, how many. Exported for the test of its query plan: it runs for every delivery. */
export const selectDueSql = `
  SELECT job_id, case_id, kind, idempotency_key, fingerprint, sealed_body, attempts, blob_id, sealed_upload, uploaded_bytes
  FROM jobs AS job INDEXED BY jobs_due
  WHERE state = 'waiting' AND due_at_ms <= ? AND ${firstInLine}
  ORDER BY due_at_ms, job_id LIMIT ?`;

/** Exported for the same test. */
export const selectNextDueSql = `
  SELECT due_at_ms FROM jobs AS job INDEXED BY jobs_due
  WHERE state = 'waiting' AND ${firstInLine} ORDER BY due_at_ms LIMIT 1`;

/** What is to be delivered, in which order, and what became of it. */
export class Jobs {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #statements;

  constructor(connection: Connection, cipher: Cipher) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#statements = prepareStatements(connection);
  }

  insert(job: NewJob): void {
    const { caseId, kind, idempotencyKey, fingerprint, body, blobId = null, createdAt, dueAtMs } = job;
    const sealedBody = this.#cipher.seal(body, bodyContext(idempotencyKey));
    const due = Math.round(dueAtMs);
    this.#connection.write(() =>
      this.#statements.insert.run(caseId, kind, idempotencyKey, fingerprint, sealedBody, blobId, createdAt, due),
    );
  }

  /**
   * Marks up to `limit` due jobs as `sending` by `holder` and opens them. A job that cannot be opened goes to the dead
   * letters as it is, so that it is sent neither wrong nor for ever.
   */
  lease(holder: string, nowMs: number, limit: number): { jobs: LeasedJob[]; unreadable: string[] } {
    return this.#connection.transaction(() => {
      const jobs: LeasedJob[] = [];
      const unreadable: string[] = [];
      for (const row of this.#statements.selectDue.all(nowMs, limit)) {
        const { job_id: jobId, case_id: caseId } = keysRow.parse(row);
        try {
          jobs.push(this.#open(jobId, row));
          this.#statements.lease.run(holder, jobId);
        } catch (error) {
          if (!isOfTheRow(error)) throw error;
          this.#statements.bury.run('unreadable', new Date(nowMs).toISOString(), jobId);
          unreadable.push(caseId);
        }
      }
      return { jobs, unreadable };
    });
  }

  /** How far a material has come, so that the next attempt goes on from there. False as in `deliver`. */
  saveUpload(jobId: number, holder: string, { location: address, uploadedBytes }: UploadState): boolean {
    return this.#connection.transaction(() => {
      const key = z.object({ idempotency_key: z.string() }).parse(this.#statements.selectKey.get(jobId));
      const sealed = address === undefined ? null : sealJson(this.#cipher, address, uploadContext(key.idempotency_key));
      return this.#statements.saveUpload.run({ jobId, holder, sealed, uploadedBytes }).changes === 1;
    });
  }

  /** False when the lease is no longer `holder`'s: somebody else answers for the job now. So in the three below. */
  deliver(jobId: number, holder: string, result: unknown, atMs: number): boolean {
    return this.#connection.transaction(() => {
      const key = z.object({ idempotency_key: z.string() }).parse(this.#statements.selectKey.get(jobId));
      const sealed = sealJson(this.#cipher, result ?? null, resultContext(key.idempotency_key));
      return this.#statements.deliver.run(sealed, new Date(atMs).toISOString(), jobId, holder).changes === 1;
    });
  }

  reject(jobId: number, holder: string, reason: string, atMs: number): boolean {
    const at = new Date(atMs).toISOString();
    return this.#connection.write(() => this.#statements.reject.run(reason, at, jobId, holder).changes === 1);
  }

  /** Back to `waiting`. `held`: the platform asked for this delay, so `pace` leaves it alone. */
  postpone(jobId: number, holder: string, dueAtMs: number, held: boolean): boolean {
    const due = Math.round(dueAtMs);
    return this.#connection.write(() => this.#statements.postpone.run(due, held ? 1 : 0, jobId, holder).changes === 1);
  }

  /** Returns the jobs that a holder before this one was sending when it died. */
  reclaim(holder: string, dueAtMs: number): number {
    return this.#connection.write(() => this.#statements.reclaim.run(dueAtMs, holder).changes);
  }

  /**
   * Cases fall due in the order in which they were accepted, the first at `firstAtMs`, each other `gapMs` after the one
   * before, with all that was not held by the platform: two hundred pages of one put no other off, nor does one that a dead
   * letter holds back. What was created by `restsUntilTurn` (ISO 8601, UTC) is also put off to that; nothing else falls due
   * later than it would have.
   */
  pace({ firstAtMs, gapMs, restsUntilTurn = '' }: JobPace): void {
    this.#connection.write(() => this.#statements.pace.run({ firstAtMs, gapMs, restsUntilTurn }));
  }

  /** Nothing is due later than `latestMs`: a clock that was set back must not put a case off for years. */
  limitDelay(latestMs: number): void {
    this.#connection.write(() => this.#statements.limitDelay.run({ dueAtMs: Math.round(latestMs) }));
  }

  /** When the next job that is first in line falls due; `undefined` when none is waiting. */
  nextDueAtMs(): number | undefined {
    return storing(() => dueAtRow.optional().parse(this.#statements.selectNextDue.get())?.due_at_ms);
  }

  /** The job that carries the case itself. Fails `sealed-data-damaged` where the stored answer does not open. */
  findCaseJob(caseId: string): JobRecord | undefined {
    return storing(() => {
      const row = recordRow.optional().parse(this.#statements.selectCaseJob.get(caseId));
      if (!row) return undefined;
      const { state, attempts, fingerprint, reason, sealed_result: sealed } = row;
      const result = sealed ? openJson(this.#cipher, sealed, resultContext(row.idempotency_key)) : undefined;
      return { state, attempts, fingerprint, reason: reason ?? undefined, result };
    });
  }

  /** Whether this very content is already stored for the case, in whatever state. */
  isKnown(caseId: string, kind: JobKind, fingerprint: string): boolean {
    return storing(() => this.#statements.selectKnown.get(caseId, kind, fingerprint) !== undefined);
  }

  /** Whether the case itself never went, and a person has dealt with it otherwise. */
  isClosed(caseId: string): boolean {
    return storing(() => this.#statements.selectClosed.get(caseId) !== undefined);
  }

  counts(): JobCounts {
    const row = storing(() => countsRow.parse(this.#statements.count.get()));
    const { total, oldest_at: oldest, ...open } = row;
    const delivered = total - open.waiting - open.sending - open.rejected;
    return { ...open, delivered, oldestWaitingAt: oldest ?? undefined };
  }

  #open(jobId: number, row: unknown): LeasedJob {
    return storing(() => {
      const {
        case_id: caseId,
        kind,
        idempotency_key: key,
        fingerprint,
        sealed_body: sealed,
        attempts,
        blob_id: blobId,
        sealed_upload: sealedUpload,
        uploaded_bytes: uploadedBytes,
      } = dueRow.parse(row);
      const body = this.#cipher.open(sealed, bodyContext(key));
      const job = { jobId, caseId, kind, idempotencyKey: key, fingerprint, body, attempts: attempts + 1 };
      if (blobId === null) return job;
      const address = sealedUpload ? this.#addressIn(sealedUpload, key) : undefined;
      return { ...job, material: { blobId, location: address, uploadedBytes } };
    });
  }

  /** One that does not open is as good as none: the paper goes again from its start. */
  #addressIn(sealed: Uint8Array, key: string): string | undefined {
    try {
      return location.parse(openJson(this.#cipher, sealed, uploadContext(key)));
    } catch (error) {
      if (isOfTheRow(asStorageError(error))) return undefined;
      throw error;
    }
  }
}

/** Where the body under this key is sealed; for whoever moves rows between databases. So below. */
export function bodyContext(idempotencyKey: string): string {
  return `jobs.sealed_body:${idempotencyKey}`;
}

export function resultContext(idempotencyKey: string): string {
  return `jobs.sealed_result:${idempotencyKey}`;
}

export function uploadContext(idempotencyKey: string): string {
  return `jobs.sealed_upload:${idempotencyKey}`;
}

function prepareStatements(connection: Connection) {
  const sending = `WHERE job_id = ? AND state = 'sending' AND leased_by = ?`;
  return {
    insert: connection.prepare<[string, string, string, string, Uint8Array, string | null, string, number]>(
      `INSERT INTO jobs (case_id, kind, idempotency_key, fingerprint, sealed_body, blob_id, created_at, due_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // What goes on has not failed: the next delay is a short one again.
    saveUpload: connection.prepare<
      [{ jobId: number; holder: string; sealed: Uint8Array | null; uploadedBytes: number }]
    >(
      `UPDATE jobs SET sealed_upload = @sealed, uploaded_bytes = max(uploaded_bytes, @uploadedBytes),
         attempts = CASE WHEN @uploadedBytes > uploaded_bytes THEN 1 ELSE attempts END
       WHERE job_id = @jobId AND state = 'sending' AND leased_by = @holder`,
    ),
    selectDue: connection.prepare<[number, number]>(selectDueSql),
    selectNextDue: connection.prepare<[]>(selectNextDueSql),
    selectKey: connection.prepare<[number]>('SELECT idempotency_key FROM jobs WHERE job_id = ?'),
    selectCaseJob: connection.prepare<[string]>(
      `SELECT idempotency_key, ${stateSql}, attempts, fingerprint, reason, sealed_result FROM jobs
       WHERE case_id = ? AND kind = 'case'`,
    ),
    selectKnown: connection.prepare<[string, string, string]>(
      'SELECT 1 FROM jobs WHERE case_id = ? AND kind = ? AND fingerprint = ?',
    ),
    selectClosed: connection.prepare<[string]>(
      `SELECT 1 FROM jobs WHERE case_id = ? AND kind = 'case' AND ${isClosed}`,
    ),
    // Of an index each, as delivered ones are many: an index of all states would cost every acceptance a page.
    count: connection.prepare<[]>(
      // The oldest: by their numbers first, as what stands in a delivery's way is asked of few then, and not of ten thousand.
      `WITH waiting AS MATERIALIZED (
         SELECT job_id FROM jobs INDEXED BY jobs_due WHERE state = 'waiting' ORDER BY job_id)
       SELECT
         (SELECT count(*) FROM jobs) AS total,
         (SELECT count(*) FROM jobs WHERE state = 'waiting') AS waiting,
         (SELECT count(*) FROM jobs WHERE state = 'sending') AS sending,
         (SELECT count(*) FROM jobs WHERE state = 'rejected') AS rejected,
         (SELECT min(created_at) FROM jobs WHERE job_id IN (
           SELECT * FROM (
             SELECT job.job_id FROM waiting CROSS JOIN jobs AS job USING (job_id) WHERE ${firstInLine} LIMIT 1)
           UNION ALL SELECT min(job_id) FROM jobs WHERE state = 'sending')) AS oldest_at`,
    ),
    lease: connection.prepare<[string, number]>(
      `UPDATE jobs SET state = 'sending', leased_by = ?, attempts = attempts + 1, held = 0 WHERE job_id = ?`,
    ),
    bury: connection.prepare<[string, string, number]>(
      `UPDATE jobs SET state = 'rejected', reason = ?, settled_at = ? WHERE job_id = ?`,
    ),
    deliver: connection.prepare<[Uint8Array, string, number, string]>(
      `UPDATE jobs SET state = 'delivered', leased_by = NULL, sealed_result = ?, settled_at = ? ${sending}`,
    ),
    reject: connection.prepare<[string, string, number, string]>(
      `UPDATE jobs SET state = 'rejected', leased_by = NULL, reason = ?, settled_at = ? ${sending}`,
    ),
    postpone: connection.prepare<[number, number, number, string]>(
      `UPDATE jobs SET state = 'waiting', leased_by = NULL, due_at_ms = ?, held = ? ${sending}`,
    ),
    reclaim: connection.prepare<[number, string]>(
      `UPDATE jobs SET state = 'waiting', leased_by = NULL, due_at_ms = ? WHERE state = 'sending' AND leased_by <> ?`,
    ),
    pace: connection.prepare<[Required<JobPace>]>(
      `WITH paced AS (
         SELECT job_id, CAST(round(@firstAtMs + @gapMs * (dense_rank() OVER (ORDER BY first_id) - 1)) AS INTEGER) AS at_ms
         FROM (SELECT job_id, min(job_id) OVER (PARTITION BY case_id) AS first_id
               FROM jobs AS job WHERE state = 'waiting' AND held = 0 AND NOT ${heldBack}))
       UPDATE jobs SET due_at_ms = paced.at_ms FROM paced
       WHERE jobs.job_id = paced.job_id AND (jobs.due_at_ms > paced.at_ms OR jobs.created_at <= @restsUntilTurn)`,
    ),
    limitDelay: connection.prepare<[{ dueAtMs: number }]>(
      `UPDATE jobs SET due_at_ms = @dueAtMs WHERE state = 'waiting' AND due_at_ms > @dueAtMs`,
    ),
  };
}
