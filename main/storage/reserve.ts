import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from './durable-file.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A file that only takes room, so that there is some to give up when a queue must drain on a full disk. */
export class Reserve {
  readonly #path: string;
  readonly sizeBytes: number;
  /** Aborts where the room that is just being taken is wanted. */
  #wanted = new AbortController();

  constructor(path: string, sizeBytes: number) {
    this.#path = path;
    this.sizeBytes = sizeBytes;
  }

  isThere(): boolean {
    return (statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) >= this.sizeBytes;
  }

  /** Gives the room up. Throws Node's error where the file cannot be removed. */
  free(): void {
    this.#wanted.abort(new Error('the room is wanted'));
    rmSync(this.#path, { force: true });
    // Emptied first: whoever is writing it holds its room after it has lost its name.
    if (existsSync(this.#making)) truncateSync(this.#making);
    rmSync(this.#making, { force: true });
  }

  /** Takes the room: blocks of its own, whatever the file system makes of holes and of bytes that repeat. */
  async make(signal: AbortSignal): Promise<void> {
    const chunk = randomBytes(CHUNK_BYTES);
    const wanted = new AbortController();
    this.#wanted = wanted;
    try {
      const file = await open(this.#making, 'w', 0o600);
      try {
        for (let written = 0; written < this.sizeBytes; written += CHUNK_BYTES) {
          signal.throwIfAborted();
          wanted.signal.throwIfAborted();
          await file.write(chunk, 0, Math.min(CHUNK_BYTES, this.sizeBytes - written));
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(this.#making, this.#path);
      flushFolder(dirname(this.#path));
    } finally {
      await rm(this.#making, { force: true });
    }
  }

  get #making(): string {
    return `${this.#path}.new`;
  }
}
