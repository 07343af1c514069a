import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { maxBlobBytes } from './blob-limits.ts';
import type { Cipher } from './cipher.ts';
import type { Connection } from './connection.ts';
import { flushFolder, writeDurably } from './durable-file.ts';
import { StorageError, storing } from './errors.ts';

export interface StoredBlob {
  /** Keyed fingerprint of the content and name of its file, 64 hexadecimal digits: tells nothing without the key. */
  readonly blobId: string;
  readonly sizeBytes: number;
  /** SHA-256 of the content, 64 hexadecimal digits. Tells who has the same paper what it is: to be stored sealed. */
  readonly sha256: string;
}

const idRow = z.object({ blob_id: z.string() });

/**
 * Papers that residents bring, each in a sealed file named after its content: the same page twice is one file. A file lives
 * as long as a delivery or the visit in progress needs it. Without rows nobody knows whose it is.
 */
export class Blobs {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #folder: string;
  readonly #statements;

  /** Touches nothing; `folder` is made for the first page. */
  constructor(connection: Connection, cipher: Cipher, folder: string) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#folder = folder;
    this.#statements = prepareStatements(connection);
  }

  /**
   * Stores 1 byte to `maxBlobBytes` for the visit in progress. When this returns, they are on the disk, and stay there until
   * the visit has ended or, once accepted with a case, until that is delivered. Throws a StorageError; `conflict` for any
   * other visit.
   */
  put(bytes: Uint8Array, visitId: string): StoredBlob {
    const sizeBytes = bytes.length;
    if (sizeBytes === 0 || sizeBytes > maxBlobBytes) throw new RangeError(`a page has ${sizeBytes} bytes`);
    const blobId = this.#cipher.fingerprint(bytes);
    return storing(() => {
      // Before the row that names it. One that is there and does not open is made good.
      if (!this.#isWhole(blobId)) this.#connection.write(() => this.#write(blobId, bytes));
      this.#connection.transaction(() => {
        this.#statements.insert.run(blobId, sizeBytes);
        if (this.#statements.hold.run(blobId, visitId).changes === 0 && !this.#isHeld(blobId, visitId)) {
          throw new StorageError('conflict', 'a page for a visit that is not in progress');
        }
      });
      return { blobId, sizeBytes, sha256: createHash('sha256').update(bytes).digest('hex') };
    });
  }

  /** Size of a stored blob in bytes; `undefined` for one that no row names. */
  sizeOf(blobId: string): number | undefined {
    return storing(
      () => z.object({ size_bytes: z.int() }).optional().parse(this.#statements.select.get(blobId))?.size_bytes,
    );
  }

  /** The content, all of it in memory. Fails `sealed-data-damaged` where the file is gone or is not what was stored. */
  read(blobId: string): Uint8Array {
    return storing(() => this.#cipher.open(this.#bytesOf(blobId), contextOf(blobId)));
  }

  /** Removes what neither a delivery nor the visit in progress needs, and files that no row names. */
  collect(): void {
    storing(() => {
      if (this.#statements.selectUnneeded.all().length > 0) {
        this.#connection.transaction(() => {
          this.#statements.releaseEnded.run();
          this.#statements.deleteUnneeded.run();
        });
      }
      if (!existsSync(this.#folder)) return;
      const needed = new Set(this.#statements.selectAll.all().map((row) => idRow.parse(row).blob_id));
      for (const name of readdirSync(this.#folder)) {
        if (!needed.has(name)) rmSync(join(this.#folder, name), { force: true, recursive: true });
      }
    });
  }

  #write(blobId: string, bytes: Uint8Array): void {
    const sealed = this.#cipher.seal(bytes, contextOf(blobId));
    if (mkdirSync(this.#folder, { recursive: true, mode: 0o700 }) !== undefined) flushFolder(dirname(this.#folder));
    writeDurably(this.#pathOf(blobId), sealed);
  }

  #isWhole(blobId: string): boolean {
    if (this.sizeOf(blobId) === undefined) return false;
    try {
      this.read(blobId);
      return true;
    } catch (error) {
      if (error instanceof StorageError && error.code === 'sealed-data-damaged') return false;
      throw error;
    }
  }

  #isHeld(blobId: string, visitId: string): boolean {
    return this.#statements.selectHold.get(visitId, blobId) !== undefined;
  }

  #bytesOf(blobId: string): Uint8Array {
    try {
      return readFileSync(this.#pathOf(blobId));
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
      throw new StorageError('sealed-data-damaged', `${contextOf(blobId)}: the file is gone`, { cause });
    }
  }

  #pathOf(blobId: string): string {
    return join(this.#folder, blobId);
  }
}

function contextOf(blobId: string): string {
  return `blobs:${blobId}`;
}

function prepareStatements(connection: Connection) {
  const ended = 'visit_id NOT IN (SELECT visit_id FROM visit)';
  const needed = `EXISTS (SELECT 1 FROM jobs WHERE jobs.blob_id = blobs.blob_id)`;
  return {
    insert: connection.prepare<[string, number]>('INSERT OR IGNORE INTO blobs (blob_id, size_bytes) VALUES (?, ?)'),
    hold: connection.prepare<[string, string]>(
      'INSERT OR IGNORE INTO blob_visits (visit_id, blob_id) SELECT visit_id, ? FROM visit WHERE visit_id = ?',
    ),
    selectHold: connection.prepare<[string, string]>('SELECT 1 FROM blob_visits WHERE visit_id = ? AND blob_id = ?'),
    select: connection.prepare<[string]>('SELECT size_bytes FROM blobs WHERE blob_id = ?'),
    selectAll: connection.prepare<[]>('SELECT blob_id FROM blobs'),
    selectUnneeded: connection.prepare<[]>(
      `SELECT blob_id FROM blob_visits WHERE ${ended}
       UNION ALL
       SELECT blob_id FROM blobs
       WHERE NOT ${needed} AND NOT EXISTS (SELECT 1 FROM blob_visits WHERE blob_visits.blob_id = blobs.blob_id)
       LIMIT 1`,
    ),
    releaseEnded: connection.prepare<[]>(`DELETE FROM blob_visits WHERE ${ended}`),
    deleteUnneeded: connection.prepare<[]>(
      `DELETE FROM blobs
       WHERE NOT ${needed} AND NOT EXISTS (SELECT 1 FROM blob_visits WHERE blob_visits.blob_id = blobs.blob_id)`,
    ),
  };
}
