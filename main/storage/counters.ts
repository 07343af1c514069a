import { z } from 'zod';
import type { Connection } from './connection.ts';

const counterRow = z.object({ last: z.int().positive() });

/** Numbers that are never given out twice, whatever happens to the process: of cases and tickets, one series a day. */
export class Counters {
  readonly #connection: Connection;
  readonly #increment;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#increment = connection.prepare<[string]>(
      `INSERT INTO counters (series, last) VALUES (?, 1)
       ON CONFLICT (series) DO UPDATE SET last = last + 1 RETURNING last`,
    );
  }

  /** 1, 2, 3 … within `series`, such as `case-2026-11-21`. A crash may leave a gap. */
  nextNumber(series: string): number {
    return this.#connection.transaction(() => counterRow.parse(this.#increment.get(series)).last);
  }
}
