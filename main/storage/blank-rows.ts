import { z } from 'zod';
import { type BlankNumber, formatBlankNumber, type Span } from '../../printers/spool/blank-number.ts';
import type { BlankReason, Range } from './blank-ledger.ts';
import type { Connection } from './connection.ts';

export const blankStates = ['reserved', 'printed', 'spoiled', 'void', 'uncertain', 'in-tray'] as const;
export type BlankState = (typeof blankStates)[number];
export const cassetteStates = ['loaded', 'uncertain', 'unloaded'] as const;
export type CassetteState = (typeof cassetteStates)[number];

const cassetteRow = z
  .object({
    cassette_id: z.int(),
    series: z.string(),
    printer_id: z.string(),
    tray: z.string(),
    prefix: z.string(),
    width: z.int(),
    first: z.int(),
    last: z.int(),
    next: z.int(),
    state: z.enum(cassetteStates),
  })
  .transform(({ cassette_id: cassetteId, printer_id: printerId, ...row }) => ({ cassetteId, printerId, ...row }));
export type CassetteRow = z.infer<typeof cassetteRow>;

const blankRow = z
  .object({
    cassette_id: z.int(),
    prefix: z.string(),
    width: z.int(),
    value: z.int(),
    series: z.string(),
    state: z.enum(blankStates),
    job_id: z.string().nullable(),
  })
  .transform(({ cassette_id: cassetteId, job_id: jobId, ...row }) => ({ cassetteId, jobId, ...row }));
export type BlankRow = z.infer<typeof blankRow>;

const valueRow = z.object({ value: z.int() });

const CASSETTE = 'cassette_id, series, printer_id, tray, prefix, width, first, last, next, state';
const BLANK = 'cassette_id, prefix, width, value, series, state, job_id';

/** The rows of cassettes and numbers, without a rule of their own: `Blanks` says what may be written. */
export class BlankRows {
  readonly #now: () => Date;
  readonly #statements;

  constructor(connection: Connection, now: () => Date) {
    this.#now = now;
    this.#statements = {
      insertCassette: connection.prepare<[string, string, string, string, number, number, number, number, string]>(
        // Of a damaged store a cassette may be lost, and its numbers not: they must not be taken for another's.
        `INSERT INTO blank_cassettes
           (cassette_id, series, printer_id, tray, prefix, width, first, last, next, state, changed_at)
         VALUES (1 + max(
             coalesce((SELECT max(cassette_id) FROM blank_cassettes), 0),
             coalesce((SELECT max(cassette_id) FROM blanks), 0),
             coalesce((SELECT max(cassette_id) FROM blank_events), 0)),
           ?, ?, ?, ?, ?, ?, ?, ?, 'loaded', ?) RETURNING ${CASSETTE}`,
      ),
      cassette: connection.prepare<[number]>(`SELECT ${CASSETTE} FROM blank_cassettes WHERE cassette_id = ?`),
      cassettesIn: connection.prepare<[]>(
        `SELECT ${CASSETTE} FROM blank_cassettes WHERE state <> 'unloaded' ORDER BY cassette_id`,
      ),
      setCassette: connection.prepare<[string, number, string, number]>(
        'UPDATE blank_cassettes SET state = ?, next = ?, changed_at = ? WHERE cassette_id = ?',
      ),
      blank: connection.prepare<[string, number, number]>(
        `SELECT ${BLANK} FROM blanks WHERE prefix = ? AND width = ? AND value = ?`,
      ),
      held: connection.prepare<[number]>(
        `SELECT ${BLANK} FROM blanks WHERE cassette_id = ? AND state IN ('reserved', 'uncertain') LIMIT 1`,
      ),
      reserved: connection.prepare<[]>(`SELECT ${BLANK} FROM blanks WHERE state = 'reserved'`),
      used: connection.prepare<[string, number, number, number]>(
        `SELECT value FROM blanks WHERE prefix = ? AND width = ? AND value BETWEEN ? AND ? AND state <> 'in-tray'
         ORDER BY value`,
      ),
      putBlank: connection.prepare<
        [string, number, number, string, number, BlankState, string | null, string | null, string]
      >(
        `INSERT INTO blanks (prefix, width, value, series, cassette_id, state, reason, job_id, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (prefix, width, value) DO UPDATE SET series = excluded.series, cassette_id = excluded.cassette_id,
           state = excluded.state, reason = excluded.reason, job_id = excluded.job_id, changed_at = excluded.changed_at`,
      ),
    };
  }

  insertCassette(cassette: Omit<CassetteRow, 'cassetteId' | 'next' | 'state'>): CassetteRow {
    const { series, printerId, tray, prefix, width, first, last } = cassette;
    const at = this.#now().toISOString();
    return cassetteRow.parse(
      this.#statements.insertCassette.get(series, printerId, tray, prefix, width, first, last, first, at),
    );
  }

  cassette(cassetteId: number): CassetteRow | undefined {
    return cassetteRow.optional().parse(this.#statements.cassette.get(cassetteId));
  }

  /** Those that are in the machine, in the order in which they were loaded. */
  cassettesIn(): CassetteRow[] {
    return this.#statements.cassettesIn.all().map((row) => cassetteRow.parse(row));
  }

  setCassette(cassetteId: number, state: CassetteState, next: number): void {
    this.#statements.setCassette.run(state, next, this.#now().toISOString(), cassetteId);
  }

  blank({ prefix, width, value }: BlankNumber): BlankRow | undefined {
    return blankRow.optional().parse(this.#statements.blank.get(prefix, width, value));
  }

  /** The number of this cassette that a job has, or of which nobody knows: at most one. */
  held(cassetteId: number): BlankRow | undefined {
    return blankRow.optional().parse(this.#statements.held.get(cassetteId));
  }

  reserved(): BlankRow[] {
    return this.#statements.reserved.all().map((row) => blankRow.parse(row));
  }

  /** Numbers within `span` that no longer lie in a tray, ascending. */
  used({ prefix, width }: Pick<Range, 'prefix' | 'width'>, { first, last }: Span): number[] {
    return this.#statements.used.all(prefix, width, first, last).map((row) => valueRow.parse(row).value);
  }

  putBlank(
    { cassetteId, series, prefix, width }: Range,
    value: number,
    state: BlankState,
    { reason, jobId }: { readonly reason?: BlankReason | undefined; readonly jobId?: string | undefined } = {},
  ): void {
    const at = this.#now().toISOString();
    const because = [reason ?? null, jobId ?? null] as const;
    this.#statements.putBlank.run(prefix, width, value, series, cassetteId, state, ...because, at);
  }
}

export function textOf(range: Pick<Range, 'prefix' | 'width'>, value: number): string {
  return formatBlankNumber({ prefix: range.prefix, width: range.width, value });
}
