import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { deviceErrorCodes } from '../../drivers/core/index.ts';
import { readTable } from './readable-rows.ts';
import { newJobName } from './spool.ts';

/** As releases before the spool kept what was printed. */
const formerRow = z.object({
  job_id: z.string(),
  claimed_at: z.string(),
  outcome: z.enum(['printed', 'not-printed', 'unknown']).nullable(),
  code: z.enum(deviceErrorCodes).nullable(),
  detail: z.string().nullable(),
});
const states = { printed: 'presented', 'not-printed': 'failed', unknown: 'unknown' } as const;

/** Of what happened since the copy a sheet may be missing: which number is on top, a person must see. */
export function doubtBlanks(restored: Database): void {
  restored.exec("UPDATE blank_cassettes SET state = 'uncertain' WHERE state = 'loaded'");
}

/** Rows of a release that did not write down which papers a printer may have still say of none that it has it. */
export function doubtPapers(restored: Database): void {
  restored.exec(
    "UPDATE spool_jobs SET left_at_printer = 1 WHERE state IN ('sending', 'printing', 'unknown') AND printer_id IS NOT NULL",
  );
}

/**
 * What a release before the spool had printed when its database was damaged, so that it is not printed again. Tells how many
 * rows made no sense.
 */
export function bringFormerPrintJobs(damaged: Database, restored: Database): number {
  const insert = restored.prepare<[string, string, string, string | null, string | null, string, string]>(
    `INSERT INTO spool_jobs (job_id, job_name, document, state, code, detail, accepted_at, changed_at)
     VALUES (?, ?, 'paper', ?, ?, ?, ?, ?)
     ON CONFLICT (job_id) DO UPDATE SET state = excluded.state, code = excluded.code, detail = excluded.detail`,
  );
  let refused = 0;
  for (const row of readTable(damaged, 'print_jobs', ['job_id']).rows) {
    const { data } = formerRow.safeParse(row);
    if (!data) {
      refused += 1;
      continue;
    }
    const state = states[data.outcome ?? 'unknown'];
    const code = state === 'presented' ? null : (data.code ?? 'outcome-unknown');
    const detail = state === 'presented' ? null : (data.detail ?? 'the terminal stopped while this was being printed');
    insert.run(data.job_id, newJobName(), state, code, detail, data.claimed_at, data.claimed_at);
  }
  return refused;
}
