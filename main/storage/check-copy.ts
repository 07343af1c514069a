import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { flushFile } from './durable-file.ts';
import { PAGE_CHECK } from './engine.ts';
import { asStorageError, StorageError } from './errors.ts';
import { COPIED_AT, KEY_CHECK } from './meta.ts';

/**
 * A thread that makes one copy whole: without a log of its own, with the instant of its beginning in it, checked page by page,
 * and on the disk. Answers with its key check, or with a StorageError's code and message. A thread, as all of this would hold
 * a visit up.
 */
const { file, copiedAt } = z.object({ file: z.string(), copiedAt: z.string() }).parse(workerData);
try {
  const keyCheck = completed();
  flushFile(file);
  parentPort?.postMessage({ keyCheck });
} catch (thrown) {
  const error = asStorageError(thrown);
  if (!(error instanceof StorageError)) throw error;
  parentPort?.postMessage({ code: error.code, what: error.message });
}

function completed(): unknown {
  const copy = new Database(file, { fileMustExist: true, timeout: 0 });
  try {
    copy.pragma('journal_mode = DELETE');
    copy.pragma('cell_size_check = ON');
    copy
      .prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(COPIED_AT, Buffer.from(copiedAt));
    const health = copy.pragma(PAGE_CHECK, { simple: true });
    if (health !== 'ok') throw new StorageError('corrupt', `${PAGE_CHECK} of a copy: ${String(health)}`);
    return copy.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(KEY_CHECK);
  } finally {
    copy.close();
  }
}
