import type { Migration } from './index.ts';

/** Nothing personal: a job is known by its case, the paper's place in it, and the attempt. */
export const printJobs: Migration = {
  version: 2,
  sql: `
    -- outcome is NULL from the moment before the first byte until the printer's word has been heard.
    CREATE TABLE print_jobs (
      job_id TEXT PRIMARY KEY,
      claimed_at TEXT NOT NULL,
      outcome TEXT CHECK (outcome IN ('printed', 'not-printed', 'unknown')),
      code TEXT,
      detail TEXT,
      CHECK (outcome IS NULL OR (outcome = 'printed') = (code IS NULL))
    ) STRICT, WITHOUT ROWID;
  `,
};
