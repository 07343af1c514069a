import type { Migration } from './index.ts';

/** The code itself stands nowhere: its keyed fingerprint finds the row, and the sealed body holds what the platform is told. */
export const drafts: Migration = {
  version: 7,
  sql: `
    -- sealed_body is NULL when it is done with and only the platform has still to be told.
    -- confirmed: the platform said once that it has it. held_by: the visit that continues it, which keeps it from being sent.
    CREATE TABLE drafts (
      draft_id TEXT PRIMARY KEY,
      code_fingerprint TEXT NOT NULL CHECK (length(code_fingerprint) = 64),
      revision INTEGER NOT NULL CHECK (revision > 0),
      sealed_body BLOB,
      kept_until_ms INTEGER NOT NULL,
      held_by TEXT,
      upload TEXT NOT NULL DEFAULT 'waiting' CHECK (upload IN ('waiting', 'done', 'refused')),
      confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
      idempotency_key TEXT NOT NULL UNIQUE,
      attempts INTEGER NOT NULL DEFAULT 0,
      due_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX drafts_code ON drafts (code_fingerprint);
    CREATE INDEX drafts_due ON drafts (due_at_ms) WHERE upload = 'waiting' AND held_by IS NULL;
  `,
};
