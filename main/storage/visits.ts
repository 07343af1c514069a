import { z } from 'zod';
import { machineTime } from '../../drivers/core/index.ts';
import { type Cipher, openJson, sealJson } from './cipher.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

export interface SavedVisit {
  readonly visitId: string;
  /** What was saved, as JSON gives it back: to be parsed by whoever knows its shape. */
  readonly snapshot: unknown;
  readonly savedAt: string;
}

const visitRow = z.object({ visit_id: z.string(), sealed_snapshot: z.instanceof(Uint8Array), saved_at: z.string() });

/** The one visit in progress, sealed. */
export class Visits {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #upsert;
  readonly #select;
  readonly #delete;

  constructor(connection: Connection, cipher: Cipher) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#upsert = connection.prepare<[string, Uint8Array, string]>(
      `INSERT INTO visit (slot, visit_id, sealed_snapshot, saved_at) VALUES (1, ?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET
         visit_id = excluded.visit_id, sealed_snapshot = excluded.sealed_snapshot, saved_at = excluded.saved_at`,
    );
    this.#select = connection.prepare<[]>('SELECT visit_id, sealed_snapshot, saved_at FROM visit');
    this.#delete = connection.prepare<[]>('DELETE FROM visit');
  }

  /** Replaces what was there. `snapshot` is anything that JSON can carry. On the disk when this returns. */
  save(visitId: string, snapshot: unknown): void {
    const sealed = sealJson(this.#cipher, snapshot, context(visitId));
    this.#connection.transaction(() => this.#upsert.run(visitId, sealed, machineTime()));
  }

  /** The visit that a crash interrupted, if any. Fails `sealed-data-damaged`; `remove` still works then. */
  load(): SavedVisit | undefined {
    return storing(() => {
      const row = visitRow.optional().parse(this.#select.get());
      if (!row) return undefined;
      const snapshot = openJson(this.#cipher, row.sealed_snapshot, context(row.visit_id));
      return { visitId: row.visit_id, snapshot, savedAt: row.saved_at };
    });
  }

  /** Whose visit is in progress, without opening it. */
  currentId(): string | undefined {
    return storing(() => visitRow.optional().parse(this.#select.get())?.visit_id);
  }

  /** Gone from the tables; `Store.wipe` makes it gone from the disk. */
  remove(): void {
    this.#connection.transaction(() => this.#delete.run());
  }
}

function context(visitId: string): string {
  return `visit.sealed_snapshot:${visitId}`;
}
