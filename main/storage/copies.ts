import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { within } from '../../drivers/core/index.ts';
import type { Cipher } from './cipher.ts';
import { flushFolder } from './durable-file.ts';
import { StorageError } from './errors.ts';
import { KEY_CHECK } from './meta.ts';
import type { Store } from './open.ts';
import { copiesOf } from './places.ts';

/** A disk on which a few megabytes take longer is not to be waited for. */
const CHECK_MS = 60_000;

/** How long ago the last good copy was made, by the clock of now; infinite where there is none. */
export function copyAgeMs(file: string, nowMs: number): number {
  const made = statSync(copiesOf(file).good[0], { throwIfNoEntry: false });
  return made ? Math.abs(nowMs - made.mtimeMs) : Number.POSITIVE_INFINITY; // one from the future is as good as none
}

/**
 * Makes a copy of `store`, whose database is at `file`, and puts it in the last one's place once it is checked and on the disk;
 * the last one becomes the one before. Rejects with a StorageError, and leaves the good copies as they were, where the copy
 * fails, is found damaged, does not open with `cipher`, or `goOn` says no.
 */
export async function makeCopy(
  { store, file, cipher }: { readonly store: Store; readonly file: string; readonly cipher: Cipher },
  goOn: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { folder, good, making } = copiesOf(file);
  const [last, before] = good;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeHalfMade(making);
  const copiedAt = new Date().toISOString();
  try {
    await store.copyTo(making, goOn);
    cipher.open(await checked(making, copiedAt, signal), KEY_CHECK);
    if (existsSync(last)) renameSync(last, before);
    renameSync(making, last);
    flushFolder(folder);
  } finally {
    removeHalfMade(making);
  }
}

/**
 * The copy before the last goes when it is older than that: what was deleted from the store since is still in it. The last one
 * stays however old it is, as without it a damaged page costs everything.
 */
export function removeOldCopy(file: string, olderThanMs: number, nowMs: number): void {
  const before = copiesOf(file).good[1];
  const made = statSync(before, { throwIfNoEntry: false });
  if (made && Math.abs(nowMs - made.mtimeMs) > olderThanMs) rmSync(before);
}

async function checked(file: string, copiedAt: string, signal: AbortSignal): Promise<Uint8Array> {
  const worker = new Worker(new URL('./check-copy.ts', import.meta.url), { workerData: { file, copiedAt } });
  try {
    let answer: unknown;
    worker.on('message', (value: unknown) => {
      answer = value;
    });
    await within(CHECK_MS, 'the check of a copy', [signal], once(worker, 'exit')); // which rejects with what it threw
    return z.instanceof(Uint8Array).parse(answer);
  } catch (cause) {
    throw new StorageError('corrupt', 'a copy of the database did not pass its check', { cause });
  } finally {
    await worker.terminate();
  }
}

function removeHalfMade(making: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(making + suffix, { force: true });
}
