import type { Migration } from './index.ts';

/**
 * Papers that residents bring: each a sealed file beside the database (`blobs.ts`) and a job of its own. The table of jobs is
 * made anew, as SQLite cannot widen a check; which kinds there are is said by the schema that rows are parsed with.
 */
export const materials: Migration = {
  version: 4,
  sql: `
    -- Until when the resident was told that it will have arrived.
    ALTER TABLE cases ADD COLUMN deliver_by TEXT;

    CREATE TABLE blobs (
      blob_id TEXT PRIMARY KEY CHECK (length(blob_id) = 64),
      size_bytes INTEGER NOT NULL CHECK (size_bytes > 0)
    ) STRICT, WITHOUT ROWID;

    -- Scanned in a visit that has not ended: kept although no case needs it yet.
    CREATE TABLE blob_visits (
      visit_id TEXT NOT NULL,
      blob_id TEXT NOT NULL REFERENCES blobs (blob_id),
      PRIMARY KEY (visit_id, blob_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_visits_of_blob ON blob_visits (blob_id);

    -- blob_id, sealed_upload, uploaded_bytes: of materials. Where the platform receives it, and how far that has come.
    CREATE TABLE jobs_wide (
      job_id INTEGER PRIMARY KEY,
      case_id TEXT NOT NULL REFERENCES cases (case_id),
      kind TEXT NOT NULL,
      idempotency_key TEXT NOT NULL,
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
      sealed_result BLOB,
      blob_id TEXT REFERENCES blobs (blob_id),
      sealed_upload BLOB,
      uploaded_bytes INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO jobs_wide (job_id, case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, state, attempts,
        due_at_ms, held, leased_by, reason, settled_at, sealed_result)
      SELECT job_id, case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, state, attempts,
        due_at_ms, held, leased_by, reason, settled_at, sealed_result
      FROM jobs;
    DROP TABLE jobs;
    ALTER TABLE jobs_wide RENAME TO jobs;

    -- Each index is one more page to write and flush while a resident waits for "accepted": so few, and those of states that
    -- no new job has. jobs_of_case also answers what stands in a delivery's way, which two hundred pages ask of each other.
    CREATE INDEX jobs_due ON jobs (due_at_ms, job_id) WHERE state = 'waiting';
    CREATE INDEX jobs_of_case ON jobs (case_id, state, job_id);
    CREATE INDEX jobs_sending ON jobs (job_id) WHERE state = 'sending';
    CREATE INDEX jobs_rejected ON jobs (job_id) WHERE state = 'rejected';
    CREATE INDEX jobs_of_blob ON jobs (blob_id) WHERE blob_id IS NOT NULL;
    CREATE UNIQUE INDEX jobs_of_material ON jobs (idempotency_key) WHERE kind = 'material';
    DROP INDEX cases_unreleased;
  `,
};
