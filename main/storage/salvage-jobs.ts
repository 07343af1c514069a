import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { AuditAct } from '../audit/entry.ts';
import type { CaseRecord } from './cases.ts';
import type { Cipher } from './cipher.ts';
import { asStorageError, isOfTheRow } from './errors.ts';
import { acceptanceOf, openTaken } from './intake.ts';
import { bodyContext, jobKinds, resultContext, uploadContext } from './jobs.ts';
import { jsonIn } from './meta.ts';
import { type Row, readTable, readWhere } from './readable-rows.ts';
import { refusal } from './salvage-rows.ts';

const sealed = z.instanceof(Uint8Array).nullable();
const jobRow = z.object({
  job_id: z.int(),
  case_id: z.string().min(1),
  kind: z.enum(jobKinds),
  idempotency_key: z.string().min(1),
  fingerprint: z.string(),
  sealed_body: sealed,
  created_at: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  settled_at: z.string().nullable(),
  sealed_result: sealed,
  // A release before this one, after which the damage was found, knew nothing of these. So below.
  blob_id: z.string().nullable().default(null),
  sealed_upload: sealed.default(null),
  uploaded_bytes: z.int().min(0).default(0),
});
type JobRow = z.infer<typeof jobRow>;
const caseRow = z.object({
  case_id: z.string().min(1),
  case_number: z.string().min(1),
  service_id: z.string(),
  visit_id: z.string(),
  accepted_at: z.string(),
  released: z.int(),
  deliver_by: z.string().nullable().default(null),
});
type CaseRow = z.infer<typeof caseRow>;
type Taken = ReturnType<typeof openTaken>;
/** What a case's body says of itself, where the row that said it cannot be read. */
const bodyOfCase = z.looseObject({ caseNumber: z.string(), serviceId: z.string(), acceptedAt: z.string() });
const bodyOfMaterial = z.looseObject({ sizeBytes: z.int().positive() });
const knownRow = z.object({ job_id: z.int(), idempotency_key: z.string() });

/**
 * Cases, their deliveries, and the names of their pages. Nothing is believed whose body does not open. The pages themselves
 * lie beside the database and are not touched.
 */
export class JobSalvage {
  salvaged = 0;
  unreadable = 0;
  /** Of cases that were put down and had no rows yet, and so no entry on record. */
  readonly acceptances: AuditAct[] = [];
  readonly #damaged: Database;
  readonly #restored: Database;
  readonly #cipher: Cipher;
  readonly #taken: readonly Taken[];
  readonly #cases: ReadonlyMap<string, CaseRow>;
  /** In `restored`: from idempotency key to job. There is no index of all keys. */
  readonly #known: ReadonlyMap<string, number>;

  constructor(damaged: Database, restored: Database, cipher: Cipher) {
    this.#damaged = damaged;
    this.#restored = restored;
    this.#cipher = cipher;
    const taken = takenIn(damaged, cipher);
    this.#taken = taken.flatMap((slot) => slot ?? []);
    this.unreadable += taken.length - this.#taken.length;
    const cases = readTable(damaged, 'cases', ['case_id']).rows.map((row) => caseRow.safeParse(row).data);
    const believed = cases.flatMap((row) => (row ? [row] : []));
    this.#cases = new Map(
      [...this.#taken.map(({ record }) => caseRowOf(record)), ...believed].map((row) => [row.case_id, row]),
    );
    const known = knownRow.array().parse(restored.prepare('SELECT job_id, idempotency_key FROM jobs').all());
    this.#known = new Map(known.map((row) => [row.idempotency_key, row.job_id]));
  }

  run(): void {
    const { rows } = readTable(this.#damaged, 'jobs', ['job_id']);
    const jobs = rows.map((row) => jobRow.safeParse(row));
    this.unreadable += jobs.filter(({ success }) => !success).length;
    const sound = jobs.flatMap(({ data }) => (data ? [data] : [])).sort((a, b) => a.job_id - b.job_id);
    for (const job of sound) this.#bring(job);
    const hasRows = this.#restored.prepare<[string]>("SELECT 1 FROM jobs WHERE case_id = ? AND kind = 'case'");
    for (const slot of this.#taken) {
      if (hasRows.get(slot.record.caseId)) continue; // what freed the slot never reached the disk
      if (this.#bring(jobRowOf(slot, this.#cipher))) this.acceptances.push(acceptanceOf(slot.record));
    }
    const released = this.#restored.prepare<[string]>('UPDATE cases SET released = 1 WHERE case_id = ?');
    for (const { case_id, released: isReleased } of this.#cases.values()) if (isReleased === 1) released.run(case_id);
  }

  /** Whether `restored` has got a delivery by it. */
  #bring(job: JobRow): boolean {
    const known = this.#known.get(job.idempotency_key);
    const body = job.sealed_body && this.#open(job.sealed_body, bodyContext(job.idempotency_key));
    if (known !== undefined) {
      if (body !== undefined) this.#settle(job, known);
      return false;
    }
    if (body === undefined) {
      this.unreadable += 1;
      return false;
    }
    try {
      const before = this.#beforeRequeue(job, body);
      if (before === undefined) this.#insert(job, body);
      else this.#requeue(job, before);
      this.salvaged += 1;
      return true;
    } catch (error) {
      this.unreadable += refusal(error); // it contradicts what is there: a column was changed and still looks like one
      return false;
    }
  }

  /** What became of it after the copy was made; with it goes what was deleted since. */
  #settle(job: JobRow, jobId: number): void {
    const state = settledState(job);
    if (!state) return;
    const { idempotency_key: key, reason, settled_at: at, sealed_body: body, sealed_result } = job;
    const result = sealed_result && this.#open(sealed_result, resultContext(key)) ? sealed_result : null;
    const sql = `UPDATE jobs SET state = @state, leased_by = NULL, reason = @reason, settled_at = @at, sealed_body = @body,
         sealed_result = @result, blob_id = iif(@body IS NULL, NULL, blob_id), sealed_upload = iif(@body IS NULL, NULL, sealed_upload)
       WHERE job_id = @jobId`;
    this.#restored.prepare(sql).run({ state, reason, at, body, result, jobId });
  }

  /** The same delivery as the copy has it, where a technician has sent it again since: a new key, and what it says is the same. */
  #beforeRequeue({ case_id: caseId, kind, fingerprint }: JobRow, body: Uint8Array | null): number | undefined {
    const found = this.#restored
      .prepare(`SELECT job_id FROM jobs WHERE case_id = ? AND kind = ? AND fingerprint = ? AND state <> 'delivered'`)
      .pluck()
      .get(caseId, kind, body ? this.#cipher.fingerprint(body) : fingerprint);
    return z.int().optional().parse(found);
  }

  /** Beside its former self it would be held back by that for ever, or be done twice. */
  #requeue(job: JobRow, jobId: number): void {
    const { idempotency_key: key, sealed_body: body } = job;
    this.#restored
      .prepare(
        `UPDATE jobs SET idempotency_key = ?, sealed_body = ?, state = 'waiting', leased_by = NULL, reason = NULL,
           settled_at = NULL, sealed_result = NULL, attempts = 0, held = 0, due_at_ms = 0
         WHERE job_id = ?`,
      )
      .run(key, body, jobId);
    this.#settle(job, jobId);
  }

  #insert(job: JobRow, body: Uint8Array | null): void {
    const { case_id: caseId, idempotency_key: key, kind, created_at, sealed_body, blob_id: blobId } = job;
    if (!this.#restored.prepare('SELECT 1 FROM cases WHERE case_id = ?').get(caseId)) this.#insertCase(job, body);
    if (blobId !== null && body) this.#insertBlob(blobId, body);
    // Of the body, which is authenticated, rather than of the column, which is not.
    const fingerprint = body ? this.#cipher.fingerprint(body) : job.fingerprint;
    const upload = job.sealed_upload && this.#open(job.sealed_upload, uploadContext(key)) ? job.sealed_upload : null;
    const { lastInsertRowid } = this.#restored
      .prepare(
        `INSERT INTO jobs (case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, due_at_ms, blob_id,
           sealed_upload, uploaded_bytes)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      )
      .run(caseId, kind, key, fingerprint, sealed_body, created_at, blobId, upload, upload ? job.uploaded_bytes : 0);
    this.#settle(job, Number(lastInsertRowid));
  }

  #insertCase({ case_id: caseId, kind }: JobRow, body: Uint8Array | null): void {
    const found = this.#caseOf(caseId) ?? (kind === 'case' && body ? caseFromBody(caseId, body) : undefined);
    if (!found) return; // and the delivery is refused, for hanging on nothing
    const { case_number, service_id, visit_id, accepted_at, released, deliver_by } = found;
    this.#restored
      .prepare(
        `INSERT INTO cases (case_id, case_number, service_id, visit_id, accepted_at, released, deliver_by)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(caseId, case_number, service_id, visit_id, accepted_at, released, deliver_by);
  }

  /** Its size from the delivery, which is authenticated: the page's own row may be lost, and says no more. */
  #insertBlob(blobId: string, body: Uint8Array): void {
    const size = bodyOfMaterial.safeParse(jsonIn(body)).data?.sizeBytes;
    if (size === undefined) return; // and the delivery is refused, for naming no page
    this.#restored.prepare('INSERT OR IGNORE INTO blobs (blob_id, size_bytes) VALUES (?, ?)').run(blobId, size);
  }

  #caseOf(caseId: string): CaseRow | undefined {
    return this.#cases.get(caseId) ?? caseRow.safeParse(readWhere(this.#damaged, 'cases', ['case_id'], [caseId])).data;
  }

  #open(bytes: Uint8Array, context: string): Uint8Array | undefined {
    return readableOrNothing(() => this.#cipher.open(bytes, context));
  }
}

/** Of each slot that was taken what it held, `undefined` where it does not open. Of a release that knew no intake, none. */
function takenIn(damaged: Database, cipher: Cipher): (Taken | undefined)[] {
  const { rows } = readTable(damaged, 'intake', ['slot']);
  const inOrder = rows.toSorted((a, b) => Number(a['slot']) - Number(b['slot']));
  return inOrder.filter(isTaken).map((row) => readableOrNothing(() => openTaken(cipher, row)));
}

/** By what `intake.ts` goes; a column of that name another release may not have. */
function isTaken({ sealed_case: bytes }: Row): boolean {
  return bytes !== undefined && !(bytes instanceof Uint8Array && bytes.subarray(0, 16).every((byte) => byte === 0));
}

/** Counted by whoever asked. A suite that this build lacks says nothing of the row, and ends the restoration. */
function readableOrNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    const error = asStorageError(thrown);
    if (isOfTheRow(error)) return undefined;
    throw error;
  }
}

function caseRowOf({ caseId, caseNumber, serviceId, visitId, acceptedAt, deliverBy }: CaseRecord): CaseRow {
  return {
    ...{ case_id: caseId, case_number: caseNumber, service_id: serviceId, visit_id: visitId },
    ...{ accepted_at: acceptedAt, deliver_by: deliverBy ?? null, released: 0 },
  };
}

/** As the job that it would have become, after all others. */
function jobRowOf({ record: { caseId, acceptedAt }, body }: Taken, cipher: Cipher): JobRow {
  return jobRow.parse({
    ...{ job_id: Number.MAX_SAFE_INTEGER, case_id: caseId, kind: 'case', idempotency_key: caseId, fingerprint: '' },
    ...{ sealed_body: cipher.seal(body, bodyContext(caseId)), created_at: acceptedAt, state: 'waiting' },
    ...{ reason: null, settled_at: null, sealed_result: null },
  });
}

/** A body goes only with its delivery. What is in neither state is sent again: under its key the platform does it once. */
function settledState({ state, sealed_body }: JobRow): 'delivered' | 'rejected' | undefined {
  if (state === 'rejected') return 'rejected';
  return state === 'delivered' || sealed_body === null ? 'delivered' : undefined;
}

/** `visit_id` is nobody's: the outbox finds the case left behind, and empties it once it is delivered. */
function caseFromBody(caseId: string, body: Uint8Array): CaseRow | undefined {
  const { data } = bodyOfCase.safeParse(jsonIn(body));
  if (!data) return undefined;
  const { caseNumber, serviceId, acceptedAt } = data;
  return {
    ...{ case_id: caseId, case_number: caseNumber, service_id: serviceId },
    ...{ visit_id: 'salvaged', accepted_at: acceptedAt, released: 0, deliver_by: null },
  };
}
