import { z } from 'zod';
import { type Cipher, openJson, sealJson } from './cipher.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

const stateRow = z.object({ sealed_value: z.instanceof(Uint8Array) });

/** Values under a name, sealed with it: what this terminal must still know of its platform after a restart. */
export class SyncState {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #upsert;
  readonly #select;

  constructor(connection: Connection, cipher: Cipher) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#upsert = connection.prepare<[string, Uint8Array]>(
      `INSERT INTO sync_state (name, sealed_value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET sealed_value = excluded.sealed_value`,
    );
    this.#select = connection.prepare<[string]>('SELECT sealed_value FROM sync_state WHERE name = ?');
  }

  /** Anything that JSON can carry. On the disk when this returns. Throws a StorageError. */
  write(name: string, value: unknown): void {
    const sealed = sealJson(this.#cipher, value, stateContext(name));
    this.#connection.transaction(() => this.#upsert.run(name, sealed));
  }

  /** What was last written under `name`, parsed; `undefined` where nothing was. Throws a StorageError. */
  read<T>(name: string, schema: z.ZodType<T>): T | undefined {
    return storing(() => {
      const row = stateRow.optional().parse(this.#select.get(name));
      return row && schema.parse(openJson(this.#cipher, row.sealed_value, stateContext(name)));
    });
  }
}

/** Where the value under this name is sealed; for whoever moves rows between databases. */
export function stateContext(name: string): string {
  return `sync_state.sealed_value:${name}`;
}
