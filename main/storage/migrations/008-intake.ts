import type { Migration } from './index.ts';

/** What was accepted a moment ago and is not yet in the tables (`intake.ts`). */
export const intake: Migration = {
  version: 8,
  sql: `
    -- Rows that are there for good, one a page of 4,096 bytes: to accept a case changes that page and no other. A slot is free
    -- where case_id is NULL.
    CREATE TABLE intake (
      slot INTEGER PRIMARY KEY,
      case_id TEXT,
      case_number TEXT,
      service_id TEXT,
      visit_id TEXT,
      accepted_at TEXT,
      deliver_by TEXT,
      sealed_body BLOB
    ) STRICT;
    WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 31)
    INSERT INTO intake (slot, sealed_body) SELECT slot, zeroblob(3072) FROM slots;
  `,
};
