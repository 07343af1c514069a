import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deviceErrorCodes, machineTime } from '../../drivers/core/index.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import {
  isAtPrinter,
  type JobState,
  type JobStateName,
  jobStates,
  mayFollow,
  outcomeOf,
  type SheetFate,
  sheetFate,
  stateAfter,
} from '../../printers/spool/job-state.ts';
import type { Audit } from './audit.ts';
import type { BlankReason } from './blank-ledger.ts';
import type { Blanks, Settlement } from './blanks.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';
import { SpoolError } from './spool-error.ts';

/** What is to be printed, as the spool knows it: nothing of what stands on it. */
export interface SpoolOrder {
  readonly jobId: string;
  /** A word: `receipt`, `certificate` … */
  readonly document: string;
  /** Of the numbered blank that it needs. */
  readonly series?: string | undefined;
}

export interface SpoolJob {
  readonly jobId: string;
  /** `job-<uuid>`: by which the printer knows it. */
  readonly jobName: string;
  readonly document: string;
  readonly printerId?: string;
  readonly series?: string;
  /** The number that was reserved for it last. */
  readonly blankNumber?: string;
  readonly state: JobState;
  /** ISO 8601, UTC. */
  readonly acceptedAt: string;
  readonly changedAt: string;
}

const INTERRUPTED: PrintOutcome = {
  outcome: 'unknown',
  code: 'outcome-unknown',
  detail: 'the terminal stopped while this was being printed',
};

const CONTRADICTED: JobState = {
  state: 'unknown',
  code: 'outcome-unknown',
  detail: 'a person said that it had not come out, and the printer said later that it had, or may have',
};

const jobRow = z
  .object({
    job_id: z.string(),
    job_name: z.string().regex(/^job-[0-9a-f-]{36}$/),
    document: z.string(),
    printer_id: z.string().nullable(),
    series: z.string().nullable(),
    blank_number: z.string().nullable(),
    state: z.enum(jobStates),
    code: z.enum(deviceErrorCodes).nullable(),
    detail: z.string().nullable(),
    accepted_at: z.string(),
    changed_at: z.string(),
  })
  .transform((row): SpoolJob => {
    const { job_id: jobId, job_name: jobName, document, printer_id: printerId, series, blank_number: number } = row;
    return {
      ...{ jobId, jobName, document, acceptedAt: row.accepted_at, changedAt: row.changed_at },
      ...(printerId !== null && { printerId }),
      ...(series !== null && { series }),
      ...(number !== null && { blankNumber: number }),
      state: stateOf(row.state, row.code, row.detail),
    };
  });

const COLUMNS =
  'job_id, job_name, document, printer_id, series, blank_number, state, code, detail, accepted_at, changed_at';
/** Longer is cut: it is for a technician. In UTF-16 units. */
const DETAIL_MAX = 300;

/**
 * What became of each paper, so that none is printed twice, and which number each licence is on. A job and the number that it
 * holds change in one transaction. Throws SpoolError and StorageError.
 */
export class Spool {
  readonly #connection: Connection;
  readonly #blanks: Blanks;
  readonly #audit: Audit;
  readonly #statements;

  constructor(connection: Connection, blanks: Blanks, audit: Audit) {
    this.#connection = connection;
    this.#blanks = blanks;
    this.#audit = audit;
    this.#statements = {
      select: connection.prepare<[string]>(`SELECT ${COLUMNS} FROM spool_jobs WHERE job_id = ?`),
      insert: connection.prepare<[string, string, string, string | null, string, string]>(
        `INSERT INTO spool_jobs (job_id, job_name, document, series, state, accepted_at, changed_at)
         VALUES (?, ?, ?, ?, 'accepted', ?, ?)`,
      ),
      update: connection.prepare<[JobStateName, string | null, string | null, string, string]>(
        'UPDATE spool_jobs SET state = ?, code = ?, detail = ?, changed_at = ? WHERE job_id = ?',
      ),
      updateSending: connection.prepare<[string | null, string | null, string, string]>(
        `UPDATE spool_jobs SET state = 'sending', printer_id = ?, blank_number = ?, changed_at = ?, left_at_printer = 1
         WHERE job_id = ?`,
      ),
      letGo: connection.prepare<[string]>(
        'UPDATE spool_jobs SET left_at_printer = 0 WHERE job_id = ? AND left_at_printer = 1',
      ),
      left: connection.prepare<[]>(
        `SELECT ${COLUMNS} FROM spool_jobs WHERE left_at_printer = 1 AND state NOT IN ('sending', 'printing')
         ORDER BY accepted_at`,
      ),
      // The key begins with the paper's, so the comparison with a range finds it by the primary key.
      ofPaper: connection.prepare<[{ paper: string; end: string; jobId: string }]>(
        `SELECT ${COLUMNS} FROM spool_jobs WHERE job_id >= @paper AND job_id < @end AND job_id <> @jobId`,
      ),
      unsettled: connection.prepare<[]>(
        `SELECT ${COLUMNS} FROM spool_jobs WHERE state IN ('sending', 'printing', 'unknown') ORDER BY accepted_at`,
      ),
      recent: connection.prepare<[number]>(
        `SELECT ${COLUMNS} FROM spool_jobs ORDER BY accepted_at DESC, job_id LIMIT ?`,
      ),
      // One whose number is open, or that may still come out on a blank, stays: the number leads to it.
      removeOld: connection.prepare<[string, number]>(
        `DELETE FROM spool_jobs WHERE job_id IN (SELECT job_id FROM spool_jobs WHERE accepted_at < ?
           AND NOT (blank_number IS NOT NULL
                    AND (state IN ('sending', 'printing', 'unknown') OR left_at_printer = 1)) LIMIT ?)`,
      ),
    };
  }

  find(jobId: string): SpoolJob | undefined {
    return storing(() => jobRow.optional().parse(this.#statements.select.get(jobId)));
  }

  /** The job as it is, made where it is new. One that was ordered before keeps what was ordered then. */
  accept({ jobId, document, series }: SpoolOrder): SpoolJob {
    return this.#connection.transaction(() => {
      const found = this.find(jobId);
      if (found) return found;
      const now = machineTime();
      this.#statements.insert.run(jobId, newJobName(), document, series ?? null, now, now);
      return this.#job(jobId);
    });
  }

  /**
   * What became of an earlier attempt at the same paper, where it came out or may have: a second one would be a second
   * licence. `jobId` ends in `:attempt`, or has none.
   */
  earlierOf(jobId: string): PrintOutcome | undefined {
    const paper = paperOf(jobId);
    if (paper === undefined) return undefined;
    const others = storing(() =>
      this.#statements.ofPaper.all({ paper, end: `${paper}\uffff`, jobId }).map((row) => jobRow.parse(row)),
    );
    const outcomes = others.map((job) => this.#sheetOf(job) ?? outcomeOf(job.state));
    return outcomes.find((one) => one?.outcome === 'printed') ?? outcomes.find((one) => one?.outcome === 'unknown');
  }

  rendering(jobId: string): void {
    this.#to(jobId, { state: 'rendering' });
  }

  /**
   * From when this returns it is nobody's to print again: the first byte may leave. The number on top of the cassette is
   * reserved in the same transaction. Fails with a SpoolError where that cassette gives none; the job stays as it was.
   */
  sending(jobId: string, printerId: string, cassetteId: number | undefined): string | undefined {
    return this.#connection.transaction(() => {
      const job = this.#job(jobId);
      if (!mayFollow(job.state.state, 'sending')) throw new Error(`a job that is ${job.state.state} is not sent`);
      const number = cassetteId === undefined ? undefined : this.#blanks.reserve(cassetteId, jobId);
      this.#statements.updateSending.run(printerId, number ?? null, machineTime(), jobId);
      return number;
    });
  }

  printing(jobId: string): void {
    this.#to(jobId, { state: 'printing' });
  }

  /**
   * What became of the job, and with it of its number: `sheetUsed` as `sheetFate` takes it. What is known for good is not
   * changed by a later word, but where a sheet came out against what a person said, nobody knows. Tells what holds now.
   */
  finish(jobId: string, outcome: PrintOutcome, sheetUsed?: boolean): PrintOutcome {
    return this.#connection.transaction(() => {
      const job = this.#job(jobId);
      if (outcome.outcome !== 'unknown') this.#statements.letGo.run(jobId);
      if (outcome.outcome === 'printed' && job.state.state === 'failed') this.#contradict(job);
      const state = stateAfter(outcome);
      if (mayFollow(job.state.state, state.state)) {
        this.#write(jobId, state);
        this.#settleNumber(job, sheetFate(job.state.state, outcome, sheetUsed));
      }
      return outcomeOf(this.#job(jobId).state) ?? INTERRUPTED;
    });
  }

  /** The printer does not have it, or no longer: `outcome` is what it says became of it, `undefined` where it knows no such job. */
  letGo(jobId: string, outcome: PrintOutcome | undefined): void {
    this.#connection.transaction(() => {
      if (this.#statements.letGo.run(jobId).changes === 0) return; // somebody else has asked meanwhile: the first word holds
      const job = this.#job(jobId);
      if (outcome?.outcome === 'unknown' && job.state.state === 'failed') this.#contradict(job);
      else if (outcome) this.finish(jobId, outcome);
    });
  }

  /** Those that nobody waits for any more, and that a printer may have still; the oldest first. */
  leftAtPrinters(): SpoolJob[] {
    return storing(() => this.#statements.left.all().map((row) => jobRow.parse(row)));
  }

  /** The resident has it. Nothing where it was not presented. */
  taken(jobId: string): void {
    this.#connection.transaction(() => {
      if (this.find(jobId)?.state.state === 'presented') this.#to(jobId, { state: 'taken' });
    });
  }

  /** Those that a printer had when their process died, and those of which nobody knows; the oldest first. */
  unsettled(): SpoolJob[] {
    return storing(() => this.#statements.unsettled.all().map((row) => jobRow.parse(row)));
  }

  /** The newest first. */
  recent(limit: number): SpoolJob[] {
    return storing(() => this.#statements.recent.all(limit).map((row) => jobRow.parse(row)));
  }

  /** At a start: a reserved number whose job is not at a printer, as rows were damaged, is a person's to look at. */
  doubtOrphans(): void {
    this.#connection.transaction(() => {
      for (const { number, jobId } of this.#blanks.reserved()) {
        const job = jobId === undefined ? undefined : this.find(jobId);
        if (!job || !isAtPrinter(job.state.state)) this.#blanks.settle(number, 'uncertain');
      }
    });
  }

  /** A person has looked whether an unknown paper came out. One on a numbered blank is settled by its number. */
  settle(jobId: string, as: 'printed' | 'not-printed'): SpoolJob {
    return this.#connection.transaction(() => {
      const job = this.#job(jobId);
      if (job.state.state !== 'unknown') {
        throw new SpoolError('not-uncertain', `what became of ${jobId} is known: ${job.state.state}`);
      }
      const { blankNumber } = job;
      if (blankNumber !== undefined && this.#blanks.isUncertain(blankNumber)) {
        throw new SpoolError(
          'uncertain',
          `it is on blank ${blankNumber}: settle that number, and the job goes with it`,
        );
      }
      return this.#settle(job, as);
    });
  }

  /** A person has looked what became of an uncertain number: the job that had it, if that is unknown, goes with it. */
  settleBlank(number: string, as: Settlement, reason: BlankReason): void {
    this.#connection.transaction(() => {
      if (!this.#blanks.isUncertain(number)) {
        throw new SpoolError('not-uncertain', `${number} is not uncertain: see its history`);
      }
      const jobId = this.#blanks.settle(number, as, reason);
      const job = jobId === undefined ? undefined : this.find(jobId);
      if (job?.state.state === 'unknown') this.#settle(job, as === 'printed' ? 'printed' : 'not-printed');
    });
  }

  /** Forgets up to `limit` papers of before that instant; who asked for one of them has long gone. Tells how many. */
  removeOld(before: string, limit: number): number {
    return this.#connection.write(() => this.#statements.removeOld.run(before, limit).changes);
  }

  /** A sheet may have come out of a job that was called off: what is known of its number goes before the printer's word. */
  #sheetOf({ jobId, blankNumber, state }: SpoolJob): PrintOutcome | undefined {
    const blank = blankNumber === undefined ? undefined : this.#blanks.stateFor(blankNumber, jobId);
    if (blank === 'printed') return { outcome: 'printed' };
    return blank === 'uncertain' || isAtPrinter(state.state) ? INTERRUPTED : undefined;
  }

  #job(jobId: string): SpoolJob {
    const job = this.find(jobId);
    if (!job) throw new SpoolError('no-such-job', `there is no paper ${jobId}`);
    return job;
  }

  #to(jobId: string, state: JobState): void {
    this.#connection.transaction(() => {
      const from = this.#job(jobId).state.state;
      if (!mayFollow(from, state.state)) throw new Error(`a job that is ${from} does not become ${state.state}`);
      this.#write(jobId, state);
    });
  }

  #write(jobId: string, job: JobState): void {
    const [code, detail] = 'code' in job ? [job.code, job.detail.slice(0, DETAIL_MAX)] : [null, null];
    this.#statements.update.run(job.state, code, detail, machineTime(), jobId);
  }

  /**
   * It came out, or may have, after a person had said that it had not: on a numbered sheet, which may be another one than was
   * reserved. Somebody has to look again, and a further attempt would be a second licence until then.
   */
  #contradict({ jobId, document, printerId, blankNumber }: SpoolJob): void {
    if (printerId !== undefined && blankNumber !== undefined) {
      this.#write(jobId, CONTRADICTED);
      this.#blanks.doubt(printerId, blankNumber);
    }
    this.#audit.append({ kind: 'print-contradicted', subject: { jobId }, detail: { document } });
  }

  /** Of a number that a person has settled meanwhile, the person's word holds; one whose row was damaged has none. */
  #settleNumber({ jobId, blankNumber }: SpoolJob, fate: SheetFate): void {
    if (blankNumber === undefined) return;
    if (this.#blanks.isHeldBy(blankNumber, jobId)) this.#blanks.settle(blankNumber, fate);
  }

  #settle(job: SpoolJob, as: 'printed' | 'not-printed'): SpoolJob {
    const code = 'code' in job.state ? job.state.code : 'outcome-unknown';
    this.#write(
      job.jobId,
      as === 'printed'
        ? { state: 'presented' }
        : { state: 'failed', code, detail: 'a person looked: it did not come out' },
    );
    const { document } = job;
    this.#audit.append({ kind: 'print-settled', subject: { jobId: job.jobId }, detail: { as, document } });
    return this.#job(job.jobId);
  }
}

/** By which a printer knows a job, and no other of any terminal. */
export function newJobName(): string {
  return `job-${randomUUID()}`;
}

/** What all attempts at one paper begin with; `undefined` of a job that is not an attempt. */
export function paperOf(jobId: string): string | undefined {
  return jobId.slice(0, jobId.lastIndexOf(':') + 1) || undefined;
}

/** The table holds a code for `failed` and `unknown`, and for no other. */
function stateOf(state: JobStateName, code: (typeof deviceErrorCodes)[number] | null, detail: string | null): JobState {
  if (state === 'failed' || state === 'unknown')
    return { state, code: code ?? 'outcome-unknown', detail: detail ?? '' };
  return { state };
}
