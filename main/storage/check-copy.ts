import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { flushFile } from './durable-file.ts';
import { PAGE_CHECK } from './engine.ts';
import { COPIED_AT, KEY_CHECK } from './meta.ts';

/**
 * A thread that makes one copy whole: without a log of its own, with the instant of its beginning in it, checked page by page,
 * and on the disk. Answers with its key check. A thread, as all of this would hold a visit up.
 */
const { file, copiedAt } = z.object({ file: z.string(), copiedAt: z.string() }).parse(workerData);
const copy = new Database(file, { fileMustExist: true, timeout: 0 });
try {
  copy.pragma('journal_mode = DELETE');
  copy.pragma('cell_size_check = ON');
  copy
    .prepare('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
    .run(COPIED_AT, Buffer.from(copiedAt));
  const health = copy.pragma(PAGE_CHECK, { simple: true });
  if (health !== 'ok') throw new Error(`${PAGE_CHECK}: ${String(health)}`);
  parentPort?.postMessage(copy.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(KEY_CHECK));
} finally {
  copy.close();
}
flushFile(file);
