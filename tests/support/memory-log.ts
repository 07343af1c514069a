import type { Log } from '../../main/log/log.ts';

export interface LogEntry {
  readonly level: keyof Log;
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps what is written, as it was handed over. */
export function memoryLog(): Log & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const write =
    (level: keyof Log) =>
    (fields: object, message: string): void =>
      void entries.push({ level, fields, message });
  return { entries, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
