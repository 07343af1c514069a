import type { Migration } from './index.ts';

export const leftAtPrinter: Migration = {
  version: 11,
  sql: `
    -- It was sent, and the printer has not said its last word: it may have the job still, and print it for whoever comes then.
    ALTER TABLE spool_jobs ADD COLUMN left_at_printer INTEGER NOT NULL DEFAULT 0 CHECK (left_at_printer IN (0, 1));
    UPDATE spool_jobs SET left_at_printer = 1 WHERE state IN ('sending', 'printing', 'unknown') AND printer_id IS NOT NULL;
    CREATE INDEX spool_jobs_left ON spool_jobs (accepted_at) WHERE left_at_printer = 1;
  `,
};
