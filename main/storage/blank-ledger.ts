import { z } from 'zod';
import { type BlankNumber, formatBlankNumber, type Span } from '../../printers/spool/blank-number.ts';
import type { Audit } from './audit.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

/** What can happen to numbers of blanks. `reserved`, `released` and `uncertain` move no sum. */
export const blankEventKinds = [
  'loaded', // into a tray
  'found', // void by mistake, and in the tray after all
  'reserved', // for a job, before its first byte
  'released', // certainly still in the tray
  'printed',
  'spoiled', // left the tray, and is no licence
  'void', // not there, or not to be used: with a reason
  'uncertain', // a person must look
  'returned', // taken out of the machine unused
] as const;
export type BlankEventKind = (typeof blankEventKinds)[number];

/** Why a person changed a count. A closed list: no sentence that somebody wrote stands in the record. */
export const blankReasons = [
  'seen', // looked at the sheet, or into the tray
  'missing', // was never in the pack
  'damaged',
  'taken-out', // by hand
  'test-print',
  'jam-cleared',
  'recount',
  'mistake', // of whoever told the terminal before
] as const;
export type BlankReason = (typeof blankReasons)[number];

/** Whose numbers they are. */
export interface Range {
  readonly cassetteId: number;
  readonly series: string;
  readonly prefix: string;
  readonly width: number;
}

export interface BlankEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: BlankEventKind;
  readonly series: string;
  readonly cassetteId: number;
  readonly reason?: BlankReason;
  readonly jobId?: string;
}

/** opening + loaded + found − printed − spoiled − void − returned = closing; in sheets. */
export interface Balance {
  readonly series: string;
  readonly opening: number;
  readonly loaded: number;
  readonly found: number;
  readonly printed: number;
  readonly spoiled: number;
  readonly void: number;
  readonly returned: number;
  readonly closing: number;
  /** Of the closing: numbers of which nobody knows yet. */
  readonly uncertain: readonly string[];
}

const signs = { loaded: 1, found: 1, printed: -1, spoiled: -1, void: -1, returned: -1 } as const;
type Counted = keyof typeof signs;
const counted = Object.keys(signs) as Counted[];

const sumRow = z.object({ series: z.string(), kind: z.enum(blankEventKinds), sheets: z.int() });
const numberRow = z.object({ series: z.string(), prefix: z.string(), width: z.int(), value: z.int() });
const valueRow = z.object({ value: z.int() });
const eventRow = z.object({
  at: z.string(),
  kind: z.enum(blankEventKinds),
  series: z.string(),
  cassette_id: z.int(),
  reason: z.enum(blankReasons).nullable(),
  job_id: z.string().nullable(),
});

/** What happened to which numbers: each change once here and once in the record of acts, in the transaction that makes it. */
export class BlankLedger {
  readonly #audit: Audit;
  readonly #now: () => Date;
  readonly #statements;

  constructor(connection: Connection, audit: Audit, now: () => Date) {
    this.#audit = audit;
    this.#now = now;
    this.#statements = {
      insert: connection.prepare<
        [string, string, string, number, string, number, number, number, string | null, string | null]
      >(
        `INSERT INTO blank_events (at, kind, series, cassette_id, prefix, width, first, last, reason, job_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      sums: connection.prepare<[string, string]>(
        `SELECT series, kind, sum(last - first + 1) AS sheets FROM blank_events
         WHERE at >= ? AND at < ? GROUP BY series, kind`,
      ),
      uncertain: connection.prepare<[string, string]>(
        `SELECT DISTINCT series, prefix, width, first AS value FROM blank_events AS doubt
         WHERE kind = 'uncertain' AND at < ? AND NOT EXISTS (
           SELECT 1 FROM blank_events AS later WHERE later.prefix = doubt.prefix AND later.width = doubt.width
             AND later.first <= doubt.first AND later.last >= doubt.first AND later.event_id > doubt.event_id
             AND later.at < ?)
         ORDER BY prefix, width, value`,
      ),
      taken: connection.prepare<[string, number, number, number]>(
        `SELECT DISTINCT first AS value FROM blank_events AS taken
         WHERE prefix = ? AND width = ? AND first >= ? AND first <= ?
           AND kind IN ('reserved', 'printed', 'spoiled', 'uncertain') AND NOT EXISTS (
           SELECT 1 FROM blank_events AS later WHERE later.prefix = taken.prefix AND later.width = taken.width
             AND later.first = taken.first AND later.kind = 'released' AND later.event_id > taken.event_id)
         ORDER BY value`,
      ),
      ofNumber: connection.prepare<[string, number, number, number]>(
        `SELECT at, kind, series, cassette_id, reason, job_id FROM blank_events
         WHERE prefix = ? AND width = ? AND first <= ? AND last >= ? ORDER BY event_id`,
      ),
    };
  }

  /** As part of the transaction under way. */
  record(
    kind: BlankEventKind,
    { cassetteId, series, prefix, width }: Range,
    { first, last }: Span,
    { reason, jobId }: { readonly reason?: BlankReason | undefined; readonly jobId?: string | undefined } = {},
  ): void {
    const at = this.#now().toISOString();
    const because = [reason ?? null, jobId ?? null] as const;
    this.#statements.insert.run(at, kind, series, cassetteId, prefix, width, first, last, ...because);
    const text = (value: number): string => formatBlankNumber({ prefix, width, value });
    this.#audit.append({
      kind: `blank-${kind}`,
      at,
      subject: { cassetteId: String(cassetteId), first: text(first), ...(last !== first && { last: text(last) }) },
      detail: { series, ...(reason && { reason }), ...(jobId && { jobId }) },
    });
  }

  /** Each series that was ever loaded, from one instant (ISO 8601, UTC) up to another. */
  balances(from: string, to: string): Balance[] {
    const before = this.#sums('', from);
    const during = this.#sums(from, to);
    const uncertain = storing(() => this.#statements.uncertain.all(to, to).map((row) => numberRow.parse(row)));
    return [...new Set([...before.keys(), ...during.keys()])].sort().map((series) => {
      const sheets = (kind: Counted): number => during.get(series)?.get(kind) ?? 0;
      const opening = total(before.get(series));
      const moved = { loaded: sheets('loaded'), found: sheets('found'), printed: sheets('printed') };
      const gone = { spoiled: sheets('spoiled'), void: sheets('void'), returned: sheets('returned') };
      const closing = opening + total(during.get(series));
      const doubtful = uncertain.filter((number) => number.series === series).map(formatBlankNumber);
      return { series, opening, ...moved, ...gone, closing, uncertain: doubtful };
    });
  }

  /** Numbers within `span` that were given to a paper and did not come back, ascending: that is known here also where a row is lost. */
  taken({ prefix, width }: Pick<Range, 'prefix' | 'width'>, { first, last }: Span): number[] {
    return storing(() =>
      this.#statements.taken.all(prefix, width, first, last).map((row) => valueRow.parse(row).value),
    );
  }

  /** The oldest first. */
  history({ prefix, width, value }: BlankNumber): BlankEvent[] {
    return storing(() =>
      this.#statements.ofNumber.all(prefix, width, value, value).map((row) => {
        const { cassette_id: cassetteId, reason, job_id: jobId, ...event } = eventRow.parse(row);
        return { ...event, cassetteId, ...(reason && { reason }), ...(jobId !== null && { jobId }) };
      }),
    );
  }

  #sums(from: string, to: string): ReadonlyMap<string, ReadonlyMap<BlankEventKind, number>> {
    const sums = new Map<string, Map<BlankEventKind, number>>();
    for (const row of storing(() => this.#statements.sums.all(from, to).map((one) => sumRow.parse(one)))) {
      const ofSeries = sums.get(row.series) ?? new Map<BlankEventKind, number>();
      sums.set(row.series, ofSeries.set(row.kind, row.sheets));
    }
    return sums;
  }
}

function total(sums: ReadonlyMap<BlankEventKind, number> | undefined): number {
  return counted.reduce((sum, kind) => sum + signs[kind] * (sums?.get(kind) ?? 0), 0);
}
