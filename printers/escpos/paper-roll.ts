import type { PaperEvent, PrintedReceipt } from './paper-events.ts';

/** Three metres at 8 dots a millimetre. A stream that asks for more is not a receipt. */
export const PAPER_DOTS_MAX = 24_000;
const RECEIPT_BYTES_MAX = 4 * 1024 * 1024;
const EVENTS_MAX = 20_000;
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
  #atDots = 0;
  #totalDots = 0;
  #events: PaperEvent[] = [];
  #consumed = emptyRecord();
  #truncated = false;
  #receipts: PrintedReceipt[] = [];

  constructor(options: RollOptions) {
    this.widthDots = options.widthDots;
    this.#paperDotsMax = options.paperDotsMax ?? PAPER_DOTS_MAX;
    this.#totalDotsMax = options.totalDotsMax ?? Number.POSITIVE_INFINITY;
  }

  /** Below the upper edge of the present receipt. */
  get atDots(): number {
    return this.#atDots;
  }

  /** Of all receipts so far. */
  get totalDots(): number {
    return this.#totalDots;
  }

  get full(): boolean {
    const outOfPaper = this.#atDots >= this.#paperDotsMax || this.#totalDots >= this.#totalDotsMax;
    return outOfPaper || this.#events.length >= EVENTS_MAX;
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

  takeReceipts(): void {
    this.#receipts = [];
  }

  consume(bytes: Uint8Array): void {
    const at = this.#consumed.length;
    if (at + bytes.length > RECEIPT_BYTES_MAX) return;
    this.#consumed.buffer.resize(at + bytes.length);
    this.#consumed.set(bytes, at);
  }

  add(event: PaperEvent): void {
    if (this.full) this.#truncated = true;
    else this.#events.push(event);
  }

  advance(dots: number): void {
    const moved = Math.min(dots, this.freeDots);
    if (dots > moved) this.#truncated = true;
    this.#atDots += moved;
    this.#totalDots += moved;
  }

  /** A cut through paper that has not moved separates nothing. */
  cut(kind: 'full' | 'partial'): void {
    this.add({ type: 'cut', atDots: this.#atDots, kind });
    if (this.#atDots > 0) this.#receipts.push(this.#receipt(true));
    if (this.#receipts.length > RECEIPTS_MAX) this.#receipts.shift();
    this.#events = [];
    this.#consumed = emptyRecord();
    this.#atDots = 0;
    this.#truncated = false;
  }

  #receipt(cut: boolean): PrintedReceipt {
    return {
      widthDots: this.widthDots,
      heightDots: this.#atDots,
      events: [...this.#events],
      bytes: Uint8Array.from(this.#consumed),
      cut,
      truncated: this.#truncated,
    };
  }
}

/** Grows in place: a receipt is recorded in pieces of one or two bytes. */
function emptyRecord(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(0, { maxByteLength: RECEIPT_BYTES_MAX }));
}
