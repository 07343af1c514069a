import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SqliteError } from 'better-sqlite3';
import { z } from 'zod';
import { machineTime, within } from '../../drivers/core/index.ts';
import type { CopyToCheck } from './check-copy.ts';
import type { Cipher } from './cipher.ts';
import { flushFolder } from './durable-file.ts';
import { asStorageError, StorageError } from './errors.ts';
import { KEY_CHECK } from './meta-names.ts';
import type { Store } from './open.ts';
import { copiesOf } from './places.ts';

/** A disk on which a few megabytes take longer is not to be waited for. */
const CHECK_MS = 60_000;
const answerOfCheck = z.union([
  z.object({ keyCheck: z.instanceof(Uint8Array) }),
  z.object({ engineCode: z.string(), what: z.string() }),
]);

/** How long ago the last good copy was made, by the clock of now; infinite where there is none. */
export function copyAgeMs(file: string, nowMs: number): number {
  const made = statSync(copiesOf(file).good[0], { throwIfNoEntry: false });
  return made ? Math.abs(nowMs - made.mtimeMs) : Number.POSITIVE_INFINITY; // one from the future is as good as none
}

/**
 * Makes a copy of `store`, whose database is at `file`, and puts it in the last one's place once it is checked and on the disk;
 * the last one becomes the one before. Rejects with a StorageError, and leaves the good copies as they were, where the copy
 * fails, is found damaged, does not open with `cipher`, or `goOn` says no; `corrupt` where it is the store that is damaged,
 * which then has told of it.
 */
export async function makeCopy(
  { store, file, cipher }: { readonly store: Store; readonly file: string; readonly cipher: Cipher },
  goOn: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { folder, good, making } = copiesOf(file);
  const [last, before] = good;
  const copiedAt = machineTime();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeHalfMade(making);
    await store.copyTo(making, goOn);
    cipher.open(await checked(making, copiedAt, store, signal), KEY_CHECK);
    if (existsSync(last)) renameSync(last, before);
    renameSync(making, last);
    flushFolder(folder);
  } catch (error) {
    throw asStorageError(error);
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

async function checked(file: string, copiedAt: string, store: Store, signal: AbortSignal): Promise<Uint8Array> {
  const workerData: CopyToCheck = { file, copiedAt };
  const answer = await answerOf(new Worker(new URL('./check-copy.ts', import.meta.url), { workerData }), signal);
  if ('keyCheck' in answer) return answer.keyCheck;
  const failure = asStorageError(new SqliteError(answer.what, answer.engineCode));
  if (!(failure instanceof StorageError && failure.code === 'corrupt')) throw failure;
  store.check();
  throw new StorageError('unavailable', 'a copy was damaged on its way to the disk: the store is sound', {
    cause: failure,
  });
}

async function answerOf(worker: Worker, signal: AbortSignal): Promise<z.infer<typeof answerOfCheck>> {
  try {
    let answer: unknown;
    worker.on('message', (value: unknown) => {
      answer = value;
    });
    await within(CHECK_MS, 'the check of a copy', [signal], once(worker, 'exit')); // which rejects with what it threw
    return answerOfCheck.parse(answer);
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw asStorageError(cause); // the disk's word on the file
    throw new StorageError('unavailable', 'the check of a copy came to no end', { cause });
  } finally {
    await worker.terminate();
  }
}

function removeHalfMade(making: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(making + suffix, { force: true });
}
