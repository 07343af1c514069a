import type { PaperEvent, PrintedReceipt } from './paper-events.ts';

/** Three metres at 8 dots a millimetre. A stream that asks for more is not a receipt. */
export const PAPER_DOTS_MAX = 24_000;
const RECEIPT_BYTES_MAX = 4 * 1024 * 1024;
/** What an ordinary receipt without pictures takes. */
const RECORD_START_BYTES = 2_048;
const EVENTS_MAX = 20_000;
/** A QR symbol takes up to half a second to compute. A bounded stream is a stranger's, and gets this many tries in all. */
const SYMBOLS_MAX = 40;
/** Older ones are forgotten: somebody has taken them. */
const RECEIPTS_MAX = 100;

export interface RollOptions {
  readonly widthDots: number;
  /** Of each receipt; what goes beyond is left out. */
  readonly paperDotsMax?: number;
  /** Of all receipts together. */
  readonly totalDotsMax?: number;
}

/** The paper itself: how far it has moved, what is on it, and where it was cut. Keeps within its limits whatever is asked. */
export class PaperRoll {
  readonly widthDots: number;
  readonly #paperDotsMax: number;
  readonly #totalDotsMax: number;
  #symbolsLeft: number;
  #atDots = 0;
  #lowestDots = 0;
  #totalDots = 0;
  #events: PaperEvent[] = [];
  /** Grows by doubling: a receipt is recorded in pieces of one or two bytes, and there may be millions of them. */
  #record = new Uint8Array();
  #recordedBytes = 0;
  #truncated = false;
  readonly #receipts: PrintedReceipt[] = [];

  constructor(options: RollOptions) {
    this.widthDots = options.widthDots;
    this.#paperDotsMax = options.paperDotsMax ?? PAPER_DOTS_MAX;
    this.#totalDotsMax = options.totalDotsMax ?? Number.POSITIVE_INFINITY;
    this.#symbolsLeft = options.totalDotsMax === undefined ? Number.POSITIVE_INFINITY : SYMBOLS_MAX;
  }

  /** Below the upper edge of the present receipt. */
  get atDots(): number {
    return this.#atDots;
  }

  /** The furthest down that something was printed. */
  get lowestDots(): number {
    return this.#lowestDots;
  }

  /** Of all receipts so far. */
  get totalDots(): number {
    return this.#totalDots;
  }

  get full(): boolean {
    const outOfPaper = this.#atDots >= this.#paperDotsMax || this.exhausted;
    return outOfPaper || this.#events.length >= EVENTS_MAX;
  }

  /** No more paper, cut or not. */
  get exhausted(): boolean {
    return this.#totalDots >= this.#totalDotsMax;
  }

  /** Rows that still fit. */
  get freeDots(): number {
    return Math.min(this.#paperDotsMax - this.#atDots, this.#totalDotsMax - this.#totalDots);
  }

  /** What has been cut off, oldest first. */
  get receipts(): readonly PrintedReceipt[] {
    return this.#receipts;
  }

  /** What hangs out of the printer, or nothing. */
  get uncut(): PrintedReceipt | undefined {
    return this.#events.length > 0 ? this.#receipt(false) : undefined;
  }

  consume(bytes: Uint8Array): void {
    const sizeBytes = this.#recordedBytes + bytes.length;
    if (sizeBytes > RECEIPT_BYTES_MAX) return;
    if (sizeBytes > this.#record.length) {
      const larger = new Uint8Array(Math.max(RECORD_START_BYTES, sizeBytes, this.#record.length * 2));
      larger.set(this.#record);
      this.#record = larger;
    }
    this.#record.set(bytes, this.#recordedBytes);
    this.#recordedBytes = sizeBytes;
  }

  add(event: PaperEvent): void {
    if (this.full) this.omit();
    else this.#events.push(event);
  }

  /** Something of what was asked for is not on the paper. */
  omit(): void {
    this.#truncated = true;
  }

  /** Whether another barcode or QR symbol may be computed. */
  takeSymbol(): boolean {
    if (this.full || this.#symbolsLeft <= 0) {
      this.omit();
      return false;
    }
    this.#symbolsLeft -= 1;
    return true;
  }

  advance(dots: number): void {
    const moved = Math.min(dots, this.freeDots);
    if (dots > moved) this.omit();
    this.#atDots += moved;
    this.#lowestDots = Math.max(this.#lowestDots, this.#atDots);
    this.#totalDots += moved;
  }

  /** On a page in memory, where printing may go back up. */
  moveTo(dots: number): void {
    this.#atDots = Math.min(Math.max(0, dots), this.#paperDotsMax);
  }

  /** A cut through paper that has not moved separates nothing. */
  cut(kind: 'full' | 'partial'): void {
    this.add({ type: 'cut', atDots: this.#atDots, kind });
    if (this.#atDots > 0) this.#receipts.push(this.#receipt(true));
    if (this.#receipts.length > RECEIPTS_MAX) this.#receipts.shift();
    this.#events = [];
    this.#record = new Uint8Array();
    this.#recordedBytes = 0;
    this.#atDots = 0;
    this.#lowestDots = 0;
    this.#truncated = false;
  }

  #receipt(cut: boolean): PrintedReceipt {
    return {
      widthDots: this.widthDots,
      heightDots: this.#atDots,
      events: [...this.#events],
      bytes: this.#record.slice(0, this.#recordedBytes),
      cut,
      truncated: this.#truncated,
    };
  }
}
