import type { Migration } from './index.ts';

/** What was accepted a moment ago and is not yet in the tables (`intake.ts`). */
export const intake: Migration = {
  version: 8,
  sql: `
    -- Rows that are there for good, one a page of 4,096 bytes: to accept a case changes that page and no other. One that
    -- begins with zeros is free.
    CREATE TABLE intake (
      slot INTEGER PRIMARY KEY,
      sealed_case BLOB NOT NULL
    ) STRICT;
    WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 31)
    INSERT INTO intake (slot, sealed_case) SELECT slot, zeroblob(3072) FROM slots;
  `,
};
