import { z } from 'zod';
import { deviceErrorCodes } from '../../drivers/core/index.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { Connection } from './connection.ts';

const jobRow = z.object({
  outcome: z.enum(['printed', 'not-printed', 'unknown']).nullable(),
  code: z.enum(deviceErrorCodes).nullable(),
  detail: z.string().nullable(),
});

const INTERRUPTED: PrintOutcome = {
  outcome: 'unknown',
  code: 'outcome-unknown',
  detail: 'the terminal stopped while this was being printed',
};

/** Which papers have been sent to a printer, so that none is sent twice. */
export class PrintJobs {
  readonly #connection: Connection;
  readonly #select;
  readonly #insert;
  readonly #update;
  readonly #removeOld;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#select = connection.prepare<[string]>('SELECT outcome, code, detail FROM print_jobs WHERE job_id = ?');
    this.#insert = connection.prepare<[string, string]>('INSERT INTO print_jobs (job_id, claimed_at) VALUES (?, ?)');
    this.#update = connection.prepare<[string, string | null, string | null, string]>(
      'UPDATE print_jobs SET outcome = ?, code = ?, detail = ? WHERE job_id = ?',
    );
    this.#removeOld = connection.prepare<[string, number]>(
      'DELETE FROM print_jobs WHERE job_id IN (SELECT job_id FROM print_jobs WHERE claimed_at < ? LIMIT ?)',
    );
  }

  /**
   * `claimed`, and on the disk: this caller may print, once. Anything else is what became of the job before: its outcome,
   * or `unknown` where whoever claimed it did not live to say.
   */
  claim(jobId: string): 'claimed' | PrintOutcome {
    return this.#connection.transaction(() => {
      const row = jobRow.optional().parse(this.#select.get(jobId));
      if (row) return outcomeOf(row);
      this.#insert.run(jobId, new Date().toISOString());
      return 'claimed';
    });
  }

  finish(jobId: string, result: PrintOutcome): void {
    const { code, detail } = result.outcome === 'printed' ? { code: null, detail: null } : result;
    this.#connection.write(() => this.#update.run(result.outcome, code, detail, jobId));
  }

  /** Forgets up to `limit` papers of before that instant; who asked for one of them has long gone. Tells how many. */
  removeOld(before: string, limit: number): number {
    return this.#connection.write(() => this.#removeOld.run(before, limit).changes);
  }
}

function outcomeOf({ outcome, code, detail }: z.infer<typeof jobRow>): PrintOutcome {
  if (outcome === null) return INTERRUPTED;
  if (outcome === 'printed') return { outcome };
  return { outcome, code: code ?? 'outcome-unknown', detail: detail ?? '' };
}
