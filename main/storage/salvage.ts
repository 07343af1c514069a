import { type Database, SqliteError } from 'better-sqlite3';
import { z } from 'zod';
import type { Cipher } from './cipher.ts';
import { bodyContext, resultContext } from './jobs.ts';
import { readTable, readWhere } from './readable-rows.ts';

export interface Salvage {
  /** Cases and deliveries that the copy did not have. */
  readonly salvaged: number;
  /** Rows that were found and do not open, or contradict what is there. */
  readonly unreadable: number;
  /** Every number that was given out is known: nothing has to be skipped. */
  readonly numbersKnown: boolean;
}

const sealed = z.instanceof(Uint8Array).nullable();
const jobRow = z.object({
  job_id: z.int(),
  case_id: z.string().min(1),
  kind: z.string(),
  idempotency_key: z.string().min(1),
  fingerprint: z.string(),
  sealed_body: sealed,
  created_at: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  settled_at: z.string().nullable(),
  sealed_result: sealed,
});
type JobRow = z.infer<typeof jobRow>;
const caseRow = z.object({
  case_id: z.string().min(1),
  case_number: z.string().min(1),
  service_id: z.string(),
  visit_id: z.string(),
  accepted_at: z.string(),
  released: z.int(),
});
type CaseRow = z.infer<typeof caseRow>;
/** What a case's body says of itself, where the row that said it cannot be read. */
const bodyOfCase = z.looseObject({ caseNumber: z.string(), serviceId: z.string(), acceptedAt: z.string() });
const counterRow = z.object({ series: z.string(), last: z.int().positive() });

/**
 * Not brought over as they stand: these four have rules of their own below, `meta` is the copy's, and a visit in progress
 * is given up, since who stood there cannot be known and nobody must be shown another person's page.
 */
const OWN_RULES = ['cases', 'jobs', 'counters', 'visit', 'meta'];

/**
 * Brings over from `damaged` what can be read and what `restored`, a sound database of the same tables, lacks. Nothing sealed
 * is believed that does not open with `cipher`. Rows that are nowhere else are told of in what is returned.
 */
export function salvage(damaged: Database, restored: Database, cipher: Cipher): Salvage {
  return restored
    .transaction(() => {
      restored.prepare('DELETE FROM visit').run();
      const jobs = new JobSalvage(damaged, restored, cipher);
      jobs.run();
      const numbersKnown = bringCounters(damaged, restored);
      const others = tablesOf(restored).filter((name) => !OWN_RULES.includes(name));
      const refused = others.reduce((sum, table) => sum + bringTable(damaged, restored, table), 0);
      return { salvaged: jobs.salvaged, unreadable: jobs.unreadable + refused, numbersKnown };
    })
    .immediate();
}

class JobSalvage {
  salvaged = 0;
  unreadable = 0;
  readonly #damaged: Database;
  readonly #restored: Database;
  readonly #cipher: Cipher;
  readonly #cases: ReadonlyMap<string, CaseRow>;

  constructor(damaged: Database, restored: Database, cipher: Cipher) {
    this.#damaged = damaged;
    this.#restored = restored;
    this.#cipher = cipher;
    const cases = readTable(damaged, 'cases', ['case_id']).rows.map((row) => caseRow.safeParse(row).data);
    this.#cases = new Map(cases.flatMap((row) => (row ? [[row.case_id, row]] : [])));
  }

  run(): void {
    const { rows } = readTable(this.#damaged, 'jobs', ['job_id']);
    const jobs = rows.map((row) => jobRow.safeParse(row));
    this.unreadable += jobs.filter(({ success }) => !success).length;
    const sound = jobs.flatMap(({ data }) => (data ? [data] : [])).sort((a, b) => a.job_id - b.job_id);
    for (const job of sound) this.#bring(job);
    const released = this.#restored.prepare<[string]>('UPDATE cases SET released = 1 WHERE case_id = ?');
    for (const { case_id, released: isReleased } of this.#cases.values()) if (isReleased === 1) released.run(case_id);
  }

  #bring(job: JobRow): void {
    const known = this.#restored.prepare('SELECT 1 FROM jobs WHERE idempotency_key = ?').get(job.idempotency_key);
    const body = job.sealed_body && this.#open(job.sealed_body, bodyContext(job.idempotency_key));
    if (known) {
      if (body !== undefined) this.#settle(job);
      return;
    }
    if (body === undefined) {
      this.unreadable += 1;
      return;
    }
    try {
      this.#insert(job, body);
      this.salvaged += 1;
    } catch (error) {
      this.unreadable += refusal(error); // it contradicts what is there: a column was changed and still looks like one
    }
  }

  /** What became of it after the copy was made; with it goes what was deleted since. */
  #settle(job: JobRow): void {
    const state = settledState(job);
    if (!state) return;
    const { idempotency_key: key, reason, settled_at, sealed_body, sealed_result } = job;
    const result = sealed_result && this.#open(sealed_result, resultContext(key)) ? sealed_result : null;
    const sql = `UPDATE jobs SET state = ?, leased_by = NULL, reason = ?, settled_at = ?, sealed_body = ?, sealed_result = ?
       WHERE idempotency_key = ?`;
    this.#restored.prepare(sql).run(state, reason, settled_at, sealed_body, result, key);
  }

  #insert(job: JobRow, body: Uint8Array | null): void {
    const { case_id: caseId, idempotency_key: key, kind, created_at, sealed_body } = job;
    if (!this.#restored.prepare('SELECT 1 FROM cases WHERE case_id = ?').get(caseId)) this.#insertCase(job, body);
    // Of the body, which is authenticated, rather than of the column, which is not.
    const fingerprint = body ? this.#cipher.fingerprint(body) : job.fingerprint;
    this.#restored
      .prepare(
        `INSERT INTO jobs (case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, due_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(caseId, kind, key, fingerprint, sealed_body, created_at);
    this.#settle(job);
  }

  #insertCase({ case_id: caseId, kind }: JobRow, body: Uint8Array | null): void {
    const found = this.#caseOf(caseId) ?? (kind === 'case' && body ? caseFromBody(caseId, body) : undefined);
    if (!found) return; // and the delivery is refused, for hanging on nothing
    const { case_number, service_id, visit_id, accepted_at, released } = found;
    this.#restored
      .prepare(
        'INSERT INTO cases (case_id, case_number, service_id, visit_id, accepted_at, released) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(caseId, case_number, service_id, visit_id, accepted_at, released);
  }

  #caseOf(caseId: string): CaseRow | undefined {
    return this.#cases.get(caseId) ?? caseRow.safeParse(readWhere(this.#damaged, 'cases', ['case_id'], [caseId])).data;
  }

  #open(bytes: Uint8Array, context: string): Uint8Array | undefined {
    try {
      return this.#cipher.open(bytes, context);
    } catch {
      return undefined; // counted by whoever asked
    }
  }
}

/** A body goes only with its delivery. What is in neither state is sent again: under its key the platform does it once. */
function settledState({ state, sealed_body }: JobRow): 'delivered' | 'rejected' | undefined {
  if (state === 'rejected') return 'rejected';
  return state === 'delivered' || sealed_body === null ? 'delivered' : undefined;
}

/** 1 for a row that the tables do not take; throws whatever else happened, such as a full disk. */
function refusal(error: unknown): 1 {
  if (error instanceof SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) return 1;
  throw error;
}

/** `visit_id` is nobody's: the outbox finds the case left behind, and empties it once it is delivered. */
function caseFromBody(caseId: string, body: Uint8Array): CaseRow | undefined {
  let said: unknown;
  try {
    said = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
  const { data } = bodyOfCase.safeParse(said);
  if (!data) return undefined;
  const { caseNumber, serviceId, acceptedAt } = data;
  return {
    ...{ case_id: caseId, case_number: caseNumber, service_id: serviceId },
    ...{ visit_id: 'salvaged', accepted_at: acceptedAt, released: 0 },
  };
}

/** The larger number of each series. Tells whether all of the table could be read. */
function bringCounters(damaged: Database, restored: Database): boolean {
  const { rows, whole } = readTable(damaged, 'counters', ['series']);
  const counters = rows.map((row) => counterRow.safeParse(row));
  const raise = restored.prepare<[string, number]>(
    'INSERT INTO counters (series, last) VALUES (?, ?) ON CONFLICT (series) DO UPDATE SET last = max(last, excluded.last)',
  );
  for (const { data } of counters) if (data) raise.run(data.series, data.last);
  return whole && counters.every(({ success }) => success);
}

/** Rows whose key is not there yet, with the columns that both have. Tells how many did not fit. */
function bringTable(damaged: Database, restored: Database, table: string): number {
  const columns = z.array(z.object({ name: z.string(), pk: z.int() })).parse(restored.pragma(`table_info(${table})`));
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const { rows } = readTable(
    damaged,
    table,
    key.map(({ name }) => name),
  );
  let refused = 0;
  for (const row of rows) {
    const names = columns.map(({ name }) => name).filter((name) => name in row);
    const places = names.map(() => '?').join(', ');
    try {
      restored
        .prepare(`INSERT OR IGNORE INTO ${table} (${names.join(', ')}) VALUES (${places})`)
        .run(...names.map((name) => row[name]));
    } catch (error) {
      refused += refusal(error);
    }
  }
  return refused;
}

function tablesOf(database: Database): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;
  return z.array(z.string()).parse(database.prepare(sql).pluck().all());
}
