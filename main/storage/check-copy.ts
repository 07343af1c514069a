import { parentPort, workerData } from 'node:worker_threads';
import Database, { SqliteError } from 'better-sqlite3';
import { flushFile } from './durable-file.ts';
import { PAGE_CHECK } from './engine.ts';
import { COPIED_AT, KEY_CHECK } from './meta-names.ts';

export interface CopyToCheck {
  readonly file: string;
  readonly copiedAt: string;
}

/**
 * A thread that makes one copy whole: without a log of its own, with the instant of its beginning in it, checked page by page,
 * and on the disk. Answers with its key check, or with what the engine says, as classes do not cross; what a file says is thrown.
 * A thread, as all of this would hold a visit up; without schemas and our errors, which would take longer to load than a copy to
 * be checked.
 */
const { file, copiedAt }: CopyToCheck = workerData;
try {
  const keyCheck = completed();
  flushFile(file);
  parentPort?.postMessage({ keyCheck });
} catch (error) {
  if (!(error instanceof SqliteError)) throw error;
  parentPort?.postMessage({ engineCode: error.code, what: error.message });
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
    if (health !== 'ok') throw new SqliteError(`${PAGE_CHECK} of a copy: ${String(health)}`, 'SQLITE_CORRUPT');
    return copy.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(KEY_CHECK);
  } finally {
    copy.close();
  }
}
