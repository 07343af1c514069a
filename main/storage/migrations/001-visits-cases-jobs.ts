import type { Migration } from './index.ts';

/** Columns named `sealed_…` hold personal data; their context is `table.column:key`. */
export const visitsCasesJobs: Migration = {
  version: 1,
  sql: `
    CREATE TABLE meta (
      name TEXT PRIMARY KEY,
      value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- One resident at a time: the table cannot hold a second visit.
    CREATE TABLE visit (
      slot INTEGER PRIMARY KEY CHECK (slot = 1),
      visit_id TEXT NOT NULL,
      sealed_snapshot BLOB NOT NULL,
      saved_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE counters (
      series TEXT PRIMARY KEY,
      last INTEGER NOT NULL CHECK (last > 0)
    ) STRICT, WITHOUT ROWID;

    -- released: the visit is over, so personal data goes as soon as everything is delivered.
    CREATE TABLE cases (
      case_id TEXT PRIMARY KEY,
      case_number TEXT NOT NULL UNIQUE,
      service_id TEXT NOT NULL,
      visit_id TEXT NOT NULL,
      accepted_at TEXT NOT NULL,
      released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1))
    ) STRICT, WITHOUT ROWID;

    -- Delivered per case in the order of job_id. held: the platform asked to wait, so a line that comes back changes nothing.
    CREATE TABLE jobs (
      job_id INTEGER PRIMARY KEY AUTOINCREMENT,
      case_id TEXT NOT NULL REFERENCES cases (case_id),
      kind TEXT NOT NULL CHECK (kind IN ('case', 'rating')),
      idempotency_key TEXT NOT NULL UNIQUE,
      fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
      sealed_body BLOB,
      created_at TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'delivered', 'rejected')),
      attempts INTEGER NOT NULL DEFAULT 0,
      due_at_ms INTEGER NOT NULL,
      held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
      leased_by TEXT CHECK ((state = 'sending') = (leased_by IS NOT NULL)),
      reason TEXT,
      settled_at TEXT,
      sealed_result BLOB
    ) STRICT;

    CREATE INDEX jobs_due ON jobs (due_at_ms, job_id) WHERE state = 'waiting';
    CREATE INDEX jobs_of_case ON jobs (case_id, job_id, state);
    CREATE INDEX jobs_state ON jobs (state, created_at);
    CREATE INDEX cases_unreleased ON cases (visit_id) WHERE released = 0;
  `,
};
