import { z } from 'zod';
import type { Cipher } from './cipher.ts';
import type { Connection } from './connection.ts';
import { StorageError, storing } from './errors.ts';
import { KEY_CHECK } from './meta-names.ts';

const valueRow = z.object({ value: z.instanceof(Uint8Array) });

/** Throws `key-wrong` where it does not open, and `suite-unavailable` where this build cannot say. */
export function assertKeyOpens(cipher: Cipher, sealed: Uint8Array): void {
  try {
    cipher.open(sealed, KEY_CHECK);
  } catch (cause) {
    if (!(cause instanceof StorageError && cause.code === 'sealed-data-damaged')) throw cause;
    throw new StorageError('key-wrong', 'the key is not the one that this database was sealed with', { cause });
  }
}

/** What the store remembers of itself: small records under a name each, as JSON in the clear. Nothing personal. */
export class Meta {
  readonly #connection: Connection;
  readonly #select;
  readonly #upsert;
  readonly #delete;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#select = connection.prepare<[string]>('SELECT value FROM meta WHERE name = ?');
    this.#upsert = connection.prepare<[string, Uint8Array]>(
      'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#delete = connection.prepare<[string]>('DELETE FROM meta WHERE name = ?');
  }

  /** One that is not of this shape is as good as none: a flipped bit in it must not keep a terminal closed. */
  find<T>(name: string, shape: z.ZodType<T>): T | undefined {
    const row = storing(() => valueRow.optional().parse(this.#select.get(name)));
    return row && shape.safeParse(jsonIn(row.value)).data;
  }

  put(name: string, value: unknown): void {
    this.#connection.write(() => this.#upsert.run(name, Buffer.from(JSON.stringify(value))));
  }

  remove(name: string): void {
    this.#connection.write(() => this.#delete.run(name));
  }
}

/** What stored bytes say in JSON; `undefined` where they are damaged. */
export function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
