import type { Migration } from './index.ts';

/** What was accepted a moment ago and is not yet in the tables (`intake.ts`). */
export const intake: Migration = {
  version: 8,
  sql: `
    -- Rows that are there for good, one a page of 4,096 bytes: to accept a case changes that page and no other.
    CREATE TABLE intake (
      slot INTEGER PRIMARY KEY,
      taken INTEGER NOT NULL DEFAULT 0,
      sealed BLOB NOT NULL
    ) STRICT;
    WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 31)
    INSERT INTO intake (slot, sealed) SELECT slot, zeroblob(3072) FROM slots;
  `,
};
