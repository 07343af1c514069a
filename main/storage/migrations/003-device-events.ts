import type { Migration } from './index.ts';

/** Nothing personal: a device, a word, and what the driver said to the technician. */
export const deviceEvents: Migration = {
  version: 3,
  sql: `
    CREATE TABLE device_events (
      event_id INTEGER PRIMARY KEY AUTOINCREMENT,
      device_id TEXT NOT NULL,
      at TEXT NOT NULL,
      state TEXT NOT NULL,
      fault TEXT,
      detail TEXT,
      rung TEXT
    ) STRICT;

    CREATE INDEX device_events_of_device ON device_events (device_id, event_id);
  `,
};
