import type { Migration } from './index.ts';

/** Nothing personal: what platform and terminal have agreed on, and what the platform has asked for. */
export const syncDocuments: Migration = {
  version: 6,
  sql: `
    -- Sealed, as an older catalogue or document put in its place must not open: it is what going back is refused by.
    CREATE TABLE sync_state (
      name TEXT PRIMARY KEY,
      sealed_value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- outcome is NULL from the moment before a command is carried out until it is known how it went.
    CREATE TABLE commands (
      command_id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      claimed_at TEXT NOT NULL,
      expires_at TEXT NOT NULL,
      outcome TEXT CHECK (outcome IN ('done', 'failed', 'refused', 'unsupported', 'expired', 'unknown')),
      detail TEXT,
      told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1))
    ) STRICT;

    CREATE INDEX commands_untold ON commands (claimed_at) WHERE told = 0;
  `,
};
