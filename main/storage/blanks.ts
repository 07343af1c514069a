import type { BlankProblem } from '../../printers/core/outcome.ts';
import {
  type BlankNumber,
  formatBlankNumber,
  parseBlankNumber,
  type Span,
  sizeOf,
  spansBetween,
} from '../../printers/spool/blank-number.ts';
import type { SheetFate } from '../../printers/spool/job-state.ts';
import type { Audit } from './audit.ts';
import { type Balance, type BlankEvent, BlankLedger, type BlankReason } from './blank-ledger.ts';
import {
  type BlankRow,
  BlankRows,
  type BlankState,
  type CassetteRow,
  type CassetteState,
  textOf,
} from './blank-rows.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';
import { SpoolError } from './spool-error.ts';

export interface Loading {
  readonly series: string;
  /** The printer's id among the devices, and what it calls the tray. */
  readonly printerId: string;
  readonly tray: string;
  /** Numbers as they are printed on the first and the last sheet: `A001`, `A100`. */
  readonly first: string;
  readonly last: string;
}

/** A pack of blanks in a tray, with the sheet on top. */
export interface Cassette extends Loading {
  readonly cassetteId: number;
  /** `uncertain`: of a number nobody knows what became, or which is on top: nothing is printed from it. */
  readonly state: CassetteState;
  /** Sheets that can still be used. */
  readonly left: number;
  /** The number on top; absent where the tray is empty. */
  readonly next?: string;
  /** A number that a job has, or of which nobody knows what became. */
  readonly held?: { readonly number: string; readonly state: 'reserved' | 'uncertain' };
}

/** A series with no more sheets left than somebody wants to be told of. */
export interface LowSeries {
  readonly series: string;
  readonly left: number;
}

/** What a person says of an uncertain number. */
export const settlements = ['printed', 'spoiled', 'in-tray'] as const;
export type Settlement = (typeof settlements)[number];

/** No tray holds more; a finger that slips on a digit is noticed. */
export const SHEETS_MAX = 2_000;

const settledAs = { printed: 'printed', spoiled: 'spoiled', 'in-tray': 'released', uncertain: 'uncertain' } as const;

/**
 * Numbered blanks: which lie in which tray, and what became of each other one. Of a cassette at most one number is reserved or
 * uncertain: the next sheet can only be known when it is known whether this one has left. Every change is one transaction
 * with its entries in the ledger and in the record of acts. Throws SpoolError and StorageError.
 */
export class Blanks {
  readonly #connection: Connection;
  readonly #rows: BlankRows;
  readonly #ledger: BlankLedger;
  readonly #audit: Audit;

  constructor(connection: Connection, audit: Audit, now: () => Date) {
    this.#connection = connection;
    this.#audit = audit;
    this.#rows = new BlankRows(connection, now);
    this.#ledger = new BlankLedger(connection, audit, now);
  }

  /** What `load` would do, without doing it. Throws as it does. */
  check(loading: Loading): { readonly sheets: number } {
    return storing(() => {
      const { first, last } = this.#loadable(loading);
      return { sheets: last - first + 1 };
    });
  }

  /** A used-up cassette in that tray gives its place up. Numbers that were used, or lie in a tray, are refused. */
  load(loading: Loading): Cassette {
    return this.#connection.transaction(() => {
      const { prefix, width, first, last, empty } = this.#loadable(loading);
      if (empty) this.#rows.setCassette(empty.cassetteId, 'unloaded', empty.next);
      const { series, printerId, tray } = loading;
      const cassette = this.#rows.insertCassette({ series, printerId, tray, prefix, width, first, last });
      this.#ledger.record('loaded', cassette, { first, last });
      return this.#view(cassette);
    });
  }

  /** Takes the cassette out with what is left in it: those numbers may be loaded again. Tells how many. */
  unload(cassetteId: number): { readonly returned: number } {
    return this.#connection.transaction(() => {
      const cassette = this.#settled(cassetteId);
      const spans = this.#rest(cassette);
      for (const span of spans) this.#ledger.record('returned', cassette, span);
      this.#rows.setCassette(cassetteId, 'unloaded', cassette.next);
      return { returned: sizeOf(spans) };
    });
  }

  /**
   * A person has looked which number is on top; `next` may be the one after the last, of an empty tray. Numbers that were
   * skipped become void; going back finds those again that are void, and no others, as does one that is on top.
   */
  correct(cassetteId: number, next: string, reason: BlankReason): Cassette {
    return this.#connection.transaction(() => {
      const cassette = this.#settled(cassetteId, 'uncertain');
      const value = this.#topOf(cassette, next);
      const top = { first: value, last: value };
      if (value < cassette.next) this.#find(cassette, { first: value, last: cassette.next - 1 }, reason);
      else if (value > cassette.next) this.#void(cassette, { first: cassette.next, last: value - 1 }, reason);
      if (value <= cassette.last && this.#rows.used(cassette, top).length > 0) this.#find(cassette, top, reason);
      this.#rows.setCassette(cassetteId, 'loaded', this.#topFrom(cassette, value));
      const subject = { cassetteId: String(cassetteId), next };
      this.#audit.append({ kind: 'blank-corrected', subject, detail: { series: cassette.series, reason } });
      return this.#view(this.#cassette(cassetteId));
    });
  }

  /** One sheet that is not in the tray after all, or must not be used. What was printed or spoiled stays so. */
  void(number: string, reason: BlankReason): Cassette {
    return this.#connection.transaction(() => {
      const wanted = numberOf(number);
      const cassette = this.#rows.cassettesIn().find((one) => holds(one, wanted));
      const state = this.#rows.blank(wanted)?.state;
      if (!cassette || wanted.value < cassette.next || (state && state !== 'in-tray')) {
        throw new SpoolError('not-in-tray', `${number} does not lie in a tray${state ? `: it is ${state}` : ''}`);
      }
      this.#settled(cassette.cassetteId);
      this.#void(cassette, { first: wanted.value, last: wanted.value }, reason);
      this.#rows.setCassette(cassette.cassetteId, 'loaded', this.#topFrom(cassette, cassette.next));
      return this.#view(this.#cassette(cassette.cassetteId));
    });
  }

  /** Those in the machine. */
  list(): Cassette[] {
    return storing(() => this.#rows.cassettesIn().map((cassette) => this.#view(cassette)));
  }

  /** Where the next sheet of a series can come from: the cassette that was loaded first, of the printers that are `free`. */
  usable(series: string, free: (printerId: string) => boolean = () => true): Cassette | undefined {
    const isUsable = ({ state, left, held }: Cassette): boolean => state === 'loaded' && left > 0 && !held;
    return this.list().find((one) => one.series === series && isUsable(one) && free(one.printerId));
  }

  /** Why a licence of that series cannot be printed; a sheet that is on its way is no problem, but a short wait. */
  problem(series: string): BlankProblem | undefined {
    const cassettes = this.list().filter((one) => one.series === series);
    if (cassettes.some(({ state, left }) => state === 'loaded' && left > 0)) return undefined;
    return cassettes.some(({ state }) => state === 'uncertain') ? 'blanks-uncertain' : 'no-blanks';
  }

  /** Of the series that are in the machine: those with no more sheets left than `lowAt` says. */
  low(lowAt: (series: string) => number): LowSeries[] {
    const left = new Map<string, number>();
    for (const one of this.list()) left.set(one.series, (left.get(one.series) ?? 0) + one.left);
    return [...left]
      .map(([series, sheets]) => ({ series, left: sheets }))
      .filter((one) => one.left <= lowAt(one.series));
  }

  /** From one instant up to another, with what the rows themselves add up to now. */
  balance(from: string, to: string): (Balance & { readonly counted: number })[] {
    const cassettes = this.list();
    const inMachine = (series: string): number =>
      cassettes.filter((one) => one.series === series).reduce((sum, { left, held }) => sum + left + (held ? 1 : 0), 0);
    return this.#ledger.balances(from, to).map((one) => ({ ...one, counted: inMachine(one.series) }));
  }

  /** The oldest first. Fails `no-such-number` where this terminal never had it. */
  history(number: string): BlankEvent[] {
    const events = this.#ledger.history(numberOf(number));
    if (events.length === 0) throw new SpoolError('no-such-number', `${number} was never in this terminal`);
    return events;
  }

  /** The number on top goes to a job, as part of the transaction in which the job comes to `sending`. */
  reserve(cassetteId: number, jobId: string): string {
    const cassette = this.#settled(cassetteId);
    const value = cassette.next;
    if (value > cassette.last) throw new SpoolError('no-blanks', `the tray ${cassette.tray} is empty`);
    this.#rows.putBlank(cassette, value, 'reserved', { jobId });
    this.#rows.setCassette(cassetteId, 'loaded', this.#topFrom(cassette, value + 1));
    this.#ledger.record('reserved', cassette, { first: value, last: value }, { jobId });
    return textOf(cassette, value);
  }

  /**
   * What became of a number that is reserved or uncertain, as part of the transaction under way. While it is uncertain nothing
   * is printed from its cassette. Tells whose it was. Fails `not-uncertain` where that is known already.
   */
  settle(number: string, fate: SheetFate, reason?: BlankReason): string | undefined {
    const blank = this.#rows.blank(numberOf(number));
    if (!blank) throw new SpoolError('no-such-number', `${number} was never used in this terminal`);
    if (blank.state !== 'reserved' && blank.state !== 'uncertain') {
      throw new SpoolError('not-uncertain', `${number} is known to be ${blank.state}`);
    }
    if (blank.state !== fate) this.#become(blank, fate, reason);
    return blank.jobId ?? undefined;
  }

  /**
   * A sheet came unasked out of the tray in which that number lay, whichever pack is in it now: which sheet it was, and what is
   * on top, a person must look. Part of the transaction under way.
   */
  doubt(printerId: string, number: string): void {
    const blank = this.#rows.blank(numberOf(number));
    const tray = blank && this.#rows.cassette(blank.cassetteId)?.tray; // none where a row was damaged: it may be any
    for (const cassette of this.#rows.cassettesIn()) {
      const isThere = cassette.printerId === printerId && (tray === undefined || cassette.tray === tray);
      if (isThere) this.#rows.setCassette(cassette.cassetteId, 'uncertain', cassette.next);
    }
  }

  /** Whether it is that job's, and nobody has said yet what became of it. */
  isHeldBy(number: string, jobId: string): boolean {
    const state = this.stateFor(number, jobId);
    return state === 'reserved' || state === 'uncertain';
  }

  /** `undefined` where it is another job's, or nobody's, by now. */
  stateFor(number: string, jobId: string): BlankState | undefined {
    const blank = storing(() => this.#rows.blank(numberOf(number)));
    return blank?.jobId === jobId ? blank.state : undefined;
  }

  /** Numbers that jobs have. */
  reserved(): { readonly number: string; readonly jobId: string | undefined }[] {
    return storing(() =>
      this.#rows.reserved().map((blank) => ({ number: formatBlankNumber(blank), jobId: blank.jobId ?? undefined })),
    );
  }

  /** Whether a person must say what became of it. */
  isUncertain(number: string): boolean {
    return storing(() => this.#rows.blank(numberOf(number))?.state === 'uncertain');
  }

  #become(blank: BlankRow, fate: SheetFate, reason: BlankReason | undefined): void {
    const { cassetteId, value, jobId } = blank;
    const because = { reason, jobId: jobId ?? undefined };
    this.#rows.putBlank(blank, value, fate, because);
    const cassette = this.#rows.cassette(cassetteId); // none where its row was damaged
    if (cassette) this.#rows.setCassette(cassetteId, cassette.state, fate === 'in-tray' ? value : cassette.next);
    this.#ledger.record(settledAs[fate], blank, { first: value, last: value }, because);
  }

  #loadable(loading: Loading): BlankNumber & Span & { readonly empty: CassetteRow | undefined } {
    const [from, to] = [numberOf(loading.first), numberOf(loading.last)];
    const span = { first: from.value, last: to.value };
    if (from.prefix !== to.prefix || from.width !== to.width || span.last < span.first) {
      throw new SpoolError('bad-number', `${loading.first} to ${loading.last} are no numbers that follow each other`);
    }
    if (span.last - span.first >= SHEETS_MAX) {
      throw new SpoolError(
        'bad-number',
        `${span.last - span.first + 1} sheets are more than the ${SHEETS_MAX} of a tray`,
      );
    }
    const cassettes = this.#rows.cassettesIn();
    const other = cassettes.find((one) => sameNumbers(one, from) && one.first <= span.last && one.last >= span.first);
    // The rest of a cassette that was taken out may come back; what is in a tray, or was used, may not.
    const [used] = [...this.#rows.used(from, span), ...this.#ledger.taken(from, span)];
    const { printerId, tray } = loading;
    const occupant = cassettes.find((one) => one.printerId === printerId && one.tray === tray);
    const empty = occupant && this.#isUsedUp(occupant) ? occupant : undefined;
    if (used !== undefined) throw new SpoolError('overlap', `${textOf(from, used)} was used before: see its history`);
    if (other) throw new SpoolError('overlap', `cassette ${other.cassetteId} has some of these numbers`);
    if (occupant && !empty) {
      throw new SpoolError('tray-occupied', `cassette ${occupant.cassetteId} is in ${tray}: unload it first`);
    }
    return { ...from, ...span, empty };
  }

  #isUsedUp(cassette: CassetteRow): boolean {
    const { cassetteId, state } = cassette;
    return state === 'loaded' && this.#rest(cassette).length === 0 && !this.#rows.held(cassetteId);
  }

  #void(cassette: CassetteRow, span: Span, reason: BlankReason): void {
    for (const part of spansBetween(span, this.#rows.used(cassette, span))) {
      for (let value = part.first; value <= part.last; value += 1) {
        this.#rows.putBlank(cassette, value, 'void', { reason });
      }
      this.#ledger.record('void', cassette, part, { reason });
    }
  }

  #find(cassette: CassetteRow, span: Span, reason: BlankReason): void {
    for (let value = span.first; value <= span.last; value += 1) {
      const { prefix, width } = cassette;
      const state = this.#rows.blank({ prefix, width, value })?.state;
      if (state !== 'void') {
        throw new SpoolError('not-in-tray', `${textOf(cassette, value)} is ${state}: it cannot lie in the tray`);
      }
      this.#rows.putBlank(cassette, value, 'in-tray', { reason });
    }
    this.#ledger.record('found', cassette, span, { reason });
  }

  /** One of which nothing is on its way or unknown. `besides`: a state in which it may be. */
  #settled(cassetteId: number, besides?: CassetteState): CassetteRow {
    const cassette = this.#cassette(cassetteId);
    const { state } = cassette;
    if (state === 'unloaded') throw new SpoolError('unloaded', `cassette ${cassetteId} is no longer in the machine`);
    const held = this.#rows.held(cassetteId);
    if (held) {
      const number = formatBlankNumber(held);
      if (held.state === 'reserved') throw new SpoolError('printing-now', `${number} is being printed: wait for it`);
      throw new SpoolError('uncertain', `what became of ${number} is not known: look, and settle it first`);
    }
    if (state === 'uncertain' && state !== besides) {
      throw new SpoolError(
        'uncertain',
        `which number is on top of cassette ${cassetteId} is not known: correct it first`,
      );
    }
    return cassette;
  }

  #cassette(cassetteId: number): CassetteRow {
    const cassette = this.#rows.cassette(cassetteId);
    if (!cassette) throw new SpoolError('no-such-cassette', `there is no cassette ${cassetteId}`);
    return cassette;
  }

  /** `number` as one of this cassette's, or as the one after the last, which has a digit more behind one of nines. */
  #topOf(cassette: CassetteRow, number: string): number {
    const [first, last, end] = [cassette.first, cassette.last, cassette.last + 1].map((each) => textOf(cassette, each));
    if (number === end) return cassette.last + 1;
    const wanted = numberOf(number);
    if (holds(cassette, wanted)) return wanted.value;
    throw new SpoolError('bad-number', `cassette ${cassette.cassetteId} has ${first} to ${last}, not ${number}`);
  }

  /** The first number from `value` on that still lies in the tray. */
  #topFrom(cassette: CassetteRow, value: number): number {
    return this.#rest({ ...cassette, next: value })[0]?.first ?? cassette.last + 1;
  }

  #rest(cassette: CassetteRow): Span[] {
    const span = { first: cassette.next, last: cassette.last };
    return spansBetween(span, this.#rows.used(cassette, span));
  }

  #view(cassette: CassetteRow): Cassette {
    const { cassetteId, series, printerId, tray, state } = cassette;
    const rest = this.#rest(cassette);
    const [first, last] = [textOf(cassette, cassette.first), textOf(cassette, cassette.last)];
    const held = this.#rows.held(cassetteId);
    return {
      ...{ cassetteId, series, printerId, tray, first, last },
      state: held?.state === 'uncertain' ? 'uncertain' : state,
      left: sizeOf(rest),
      ...(rest[0] && { next: textOf(cassette, rest[0].first) }),
      ...(held && {
        held: { number: formatBlankNumber(held), state: held.state === 'reserved' ? 'reserved' : 'uncertain' },
      }),
    };
  }
}

function numberOf(text: string): BlankNumber {
  const number = parseBlankNumber(text);
  if (!number) throw new SpoolError('bad-number', 'a blank’s number is a prefix and 1 to 15 digits, such as A001');
  return number;
}

function sameNumbers(one: Pick<BlankNumber, 'prefix' | 'width'>, other: BlankNumber): boolean {
  return one.prefix === other.prefix && one.width === other.width;
}

function holds(cassette: CassetteRow, number: BlankNumber): boolean {
  return sameNumbers(cassette, number) && cassette.first <= number.value && number.value <= cassette.last;
}
