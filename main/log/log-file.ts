import { chmodSync, closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Lines in a file, each written at once: the last ones before a power cut are those that matter. A file that has grown to
 * `rotateAtBytes` becomes `….1`, in place of the one before, so that two of them are all that a terminal ever keeps.
 */
export class LogFile {
  readonly #path: string;
  readonly #rotateAtBytes: number;
  #descriptor: number;
  #sizeBytes: number;

  /** Throws Node's error where the file cannot be opened. */
  constructor(path: string, rotateAtBytes: number) {
    this.#path = path;
    this.#rotateAtBytes = rotateAtBytes;
    this.#descriptor = openPrivately(path);
    this.#sizeBytes = fstatSync(this.#descriptor).size;
  }

  /** A full disk must not take the terminal down: what cannot be written goes to standard error. */
  write(line: string): void {
    try {
      if (this.#sizeBytes >= this.#rotateAtBytes) this.#rotate();
      this.#sizeBytes += writeSync(this.#descriptor, line);
    } catch (error) {
      process.stderr.write(`${(error as Error).message}: ${line}`);
    }
  }

  #rotate(): void {
    // Not there: somebody took it away, or the one before was moved and no new one could be opened.
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.1`);
    const full = this.#descriptor;
    this.#descriptor = openPrivately(this.#path);
    this.#sizeBytes = 0;
    closeSync(full);
  }
}

function openPrivately(path: string): number {
  const descriptor = openSync(path, 'a', 0o600);
  chmodSync(path, 0o600); // one restored from a copy
  return descriptor;
}
