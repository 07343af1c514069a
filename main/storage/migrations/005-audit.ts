import type { Migration } from './index.ts';

/** Nothing personal. */
export const audit: Migration = {
  version: 5,
  sql: `
    -- head is NULL but in the last entry. It stands here and not in a table of its own, as every page written costs.
    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY CHECK (seq > 0),
      entry TEXT NOT NULL,
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      seal BLOB NOT NULL CHECK (length(seal) = 16),
      head BLOB CHECK (head IS NULL OR length(head) = 16)
    ) STRICT;

    -- Against faults of ours: who has the file can drop them, and is found out by hashes and seals.
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OF seq, entry, hash, seal ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
  `,
};
