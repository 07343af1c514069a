import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import { LogFile } from './log-file.ts';
import { mask } from './mask.ts';

/** Fields first, then one sentence. Fields are masked, but whoever logs is the one who must not pass personal data. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ROTATE_AT_BYTES = 5 * 1024 * 1024;

/** One JSON object a line, for this user's eyes only. Throws where the file cannot be opened; logging itself never throws. */
export function fileLog(path: string, rotateAtBytes = ROTATE_AT_BYTES): Log {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return pino(FORM, new LogFile(path, rotateAtBytes));
}

/** The same lines on standard error, for a terminal whose disk cannot be written to. */
export function standardErrorLog(): Log {
  return pino(FORM, process.stderr);
}

const FORM = {
  base: null,
  formatters: { log: mask, level: (level: string) => ({ level }) },
  timestamp: pino.stdTimeFunctions.isoTime,
};
