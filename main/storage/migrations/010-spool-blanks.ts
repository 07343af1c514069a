import type { Migration } from './index.ts';

/** Nothing personal: a job is known by its case, a blank by its number. */
export const spoolAndBlanks: Migration = {
  version: 10,
  sql: `
    -- job_name: by which the printer knows it. series: of the blank that it wants; blank_number: the one that it got.
    CREATE TABLE spool_jobs (
      job_id TEXT PRIMARY KEY,
      job_name TEXT NOT NULL UNIQUE,
      document TEXT NOT NULL,
      printer_id TEXT,
      series TEXT,
      blank_number TEXT CHECK (blank_number IS NULL OR series IS NOT NULL),
      state TEXT NOT NULL CHECK (state IN
        ('accepted', 'rendering', 'sending', 'printing', 'presented', 'taken', 'failed', 'unknown')),
      code TEXT,
      detail TEXT,
      accepted_at TEXT NOT NULL,
      changed_at TEXT NOT NULL,
      CHECK ((state IN ('failed', 'unknown')) = (code IS NOT NULL)),
      CHECK ((code IS NULL) = (detail IS NULL)),
      CHECK (blank_number IS NULL OR state NOT IN ('accepted', 'rendering'))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX spool_jobs_unsettled ON spool_jobs (accepted_at) WHERE state IN ('sending', 'printing', 'unknown');

    INSERT INTO spool_jobs (job_id, job_name, document, state, code, detail, accepted_at, changed_at)
    SELECT job_id,
      printf('job-%s-%s-4%s-8%s-%s', substr(r, 1, 8), substr(r, 9, 4), substr(r, 13, 3), substr(r, 16, 3), substr(r, 19, 12)),
      'paper',
      CASE outcome WHEN 'printed' THEN 'presented' WHEN 'not-printed' THEN 'failed' ELSE 'unknown' END,
      CASE WHEN outcome = 'printed' THEN NULL ELSE coalesce(code, 'outcome-unknown') END,
      CASE WHEN outcome = 'printed' THEN NULL
           ELSE coalesce(detail, 'the terminal stopped while this was being printed') END,
      claimed_at, claimed_at
    FROM (SELECT *, lower(hex(randomblob(16))) AS r FROM print_jobs);
    DROP TABLE print_jobs;

    -- The number on top is next; last + 1 where there is none. uncertain: whatever the rows say, a person must look which it is.
    CREATE TABLE blank_cassettes (
      cassette_id INTEGER PRIMARY KEY CHECK (cassette_id > 0),
      series TEXT NOT NULL,
      printer_id TEXT NOT NULL,
      tray TEXT NOT NULL,
      prefix TEXT NOT NULL,
      width INTEGER NOT NULL CHECK (width BETWEEN 1 AND 15),
      first INTEGER NOT NULL CHECK (first >= 0),
      last INTEGER NOT NULL CHECK (last >= first),
      next INTEGER NOT NULL CHECK (next BETWEEN first AND last + 1),
      state TEXT NOT NULL CHECK (state IN ('loaded', 'uncertain', 'unloaded')),
      changed_at TEXT NOT NULL
    ) STRICT;

    -- A number as soon as it is touched. in-tray: touched, and lying in the tray again.
    CREATE TABLE blanks (
      prefix TEXT NOT NULL,
      width INTEGER NOT NULL,
      value INTEGER NOT NULL,
      series TEXT NOT NULL,
      cassette_id INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('reserved', 'printed', 'spoiled', 'void', 'uncertain', 'in-tray')),
      reason TEXT CHECK (state <> 'void' OR reason IS NOT NULL),
      job_id TEXT,
      changed_at TEXT NOT NULL,
      PRIMARY KEY (prefix, width, value)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blanks_of_cassette ON blanks (cassette_id, state);

    -- What happened to the numbers first to last, for balance and history; never deleted.
    CREATE TABLE blank_events (
      event_id INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      kind TEXT NOT NULL,
      series TEXT NOT NULL,
      cassette_id INTEGER NOT NULL,
      prefix TEXT NOT NULL,
      width INTEGER NOT NULL,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL CHECK (last >= first),
      reason TEXT,
      job_id TEXT
    ) STRICT;
    CREATE INDEX blank_events_of_number ON blank_events (prefix, width, first);
  `,
};
