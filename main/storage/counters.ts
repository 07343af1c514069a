import { z } from 'zod';
import { machineTime } from '../../drivers/core/index.ts';
import type { Connection } from './connection.ts';
import type { Meta } from './meta.ts';

const counterRow = z.object({ last: z.int().positive() });
const NAME = 'numbers-begin-after';
const floorRecord = z.object({ number: z.int().min(0), until: z.iso.datetime() });
/** By then every series is of a day on which nothing was lost, in any time zone. */
const FLOOR_MS = 2 * 86_400_000;

/** Numbers that are never given out twice, whatever happens to the process: of cases and tickets, one series a day. */
export class Counters {
  readonly #connection: Connection;
  readonly #meta: Meta;
  readonly #increment;
  readonly #raise;

  constructor(connection: Connection, meta: Meta) {
    this.#connection = connection;
    this.#meta = meta;
    this.#increment = connection.prepare<[string, number]>(
      `INSERT INTO counters (series, last) VALUES (?, ? + 1)
       ON CONFLICT (series) DO UPDATE SET last = last + 1 RETURNING last`,
    );
    this.#raise = connection.prepare<[number]>('UPDATE counters SET last = last + ?');
  }

  /** 1, 2, 3 … within `series`, such as `case-2026-11-21`. A crash may leave a gap. */
  nextNumber(series: string): number {
    return this.#connection.transaction(() => counterRow.parse(this.#increment.get(series, this.#floor())).last);
  }

  /**
   * Up to `numbers` of each series may have been given out that nobody remembers: series go on that much later, and those
   * that begin in the next two days begin after it.
   */
  skip(numbers: number, nowMs: number): void {
    this.#connection.transaction(() => {
      const number = numbers + this.#floor();
      this.#raise.run(numbers);
      this.#meta.put(NAME, { number, until: new Date(nowMs + FLOOR_MS).toISOString() });
    });
  }

  #floor(): number {
    const floor = this.#meta.find(NAME, floorRecord);
    return floor && machineTime() < floor.until ? floor.number : 0;
  }
}
