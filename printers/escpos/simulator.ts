import type { Attachment, FarEnd } from '../../drivers/simulation/far-end.ts';
import { Paper, type Step } from './paper.ts';
import type { PaperEvent, PrintedReceipt } from './paper-events.ts';
import { renderReceipts } from './render.ts';

/** Bytes a printer keeps while it prints, as Epson's have them. XOFF is sent with this much room left. */
const BUFFER_BYTES = 4_096;
const XOFF_ROOM_BYTES = 256;
/** What a line's own buffers could hold back at most before the host is at fault: one job of pictures. */
const HELD_BYTES_MAX = 1024 * 1024;
const TICK_MS = 20;
const XON = 0x11;
const XOFF = 0x13;

export interface PrinterFaults {
  readonly paper: 'full' | 'low' | 'out';
  readonly coverOpen: boolean;
  /** The cutter stops half way at its next cut. Ended by `DLE ENQ`. */
  readonly jamAtNextCut: boolean;
  readonly headHot: boolean;
  readonly unrecoverable: boolean;
  /** Takes everything, says nothing: switched off, or a one-way driver. */
  readonly silent: boolean;
  /** A clone that sets the paper-end bits while there is paper. */
  readonly invertedPaperBit: boolean;
  /** A clone that does not clear its buffer. */
  readonly ignoresRecovery: boolean;
}

const noFaults: PrinterFaults = {
  paper: 'full',
  coverOpen: false,
  jamAtNextCut: false,
  headHot: false,
  unrecoverable: false,
  silent: false,
  invertedPaperBit: false,
  ignoresRecovery: false,
};

export interface EscposSimulatorOptions {
  readonly widthDots?: number;
  /** Undefined: as fast as the bytes come. */
  readonly bytesPerSecond?: number;
  readonly flowControl?: 'none' | 'xon-xoff';
  /** The `n` of `DLE EOT n` that it answers; all four where nothing is said. */
  readonly realTimeStatus?: readonly number[];
  /** `without-feed`: it obeys `GS V 0` and `1`, and not `GS V 65` and `66`. */
  readonly cuts?: 'any' | 'without-feed';
}

/** A receipt printer with its paper, cover, cutter and buffer. Keeps its state when its host goes away. */
export class EscposSimulator implements FarEnd {
  readonly name = 'escpos';
  bytesPerSecond: number | undefined;
  /** The roll ends after this many more dots. */
  paperLeftDots = Number.POSITIVE_INFINITY;
  /** What came while the buffer was full and the host had been told to wait. */
  lostBytes = 0;
  readonly #flowControl: 'none' | 'xon-xoff';
  readonly #answered: readonly number[];
  readonly #paper: Paper;
  #faults: PrinterFaults = noFaults;
  #cutterJammed = false;
  #statusItems = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #hostWaits = false;
  #heldBytesMax = HELD_BYTES_MAX;
  #realTime: number[] = [];
  #send: ((bytes: Uint8Array) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: EscposSimulatorOptions = {}) {
    this.bytesPerSecond = options.bytesPerSecond;
    this.#flowControl = options.flowControl ?? 'none';
    this.#answered = options.realTimeStatus ?? [1, 2, 3, 4];
    this.#paper = new Paper({ widthDots: options.widthDots ?? 576, cuts: options.cuts ?? 'any' });
  }

  get faults(): PrinterFaults {
    return this.#faults;
  }

  /** Somebody opens the cover, refills paper, pulls the plug; the printer tells its host where it may. */
  set(change: Partial<PrinterFaults>): void {
    this.#faults = { ...this.#faults, ...change };
    if (change.paper === 'full') this.paperLeftDots = Number.POSITIVE_INFINITY;
    this.#reportChange();
    this.#work();
  }

  /** What has been cut off, oldest first: the bytes that made it, and what is on it. */
  receipts(): { bytes: Uint8Array; events: readonly PaperEvent[] }[] {
    return this.#paper.receipts.map(({ bytes, events }) => ({ bytes, events }));
  }

  /** All text on one cut receipt, or on what hangs out of the printer. */
  textOf(receipt: { readonly events: readonly PaperEvent[] } | undefined): string {
    return (receipt?.events ?? []).flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('\n');
  }

  get uncut(): PrintedReceipt | undefined {
    return this.#paper.uncut;
  }

  /** The last receipt that was cut, or all there is, as a PNG; `undefined` before anything has been printed. */
  async paperPng(which: 'last' | 'all' = 'last'): Promise<Buffer | undefined> {
    const cut = this.#paper.receipts;
    const uncut = this.#paper.uncut;
    const all = uncut ? [...cut, uncut] : cut;
    const shown = which === 'all' ? all : all.slice(-1);
    return shown.length > 0 ? await renderReceipts(shown) : undefined;
  }

  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#send = send;
    this.#work();
    return {
      receive: (bytes) => this.#receive(bytes),
      detach: () => {
        if (this.#send === send) this.#send = undefined;
        clearTimeout(this.#timer); // the next host finds the buffer as it is
        this.#timer = undefined;
      },
    };
  }

  #receive(bytes: Uint8Array): void {
    let from = 0;
    for (const [at, byte] of bytes.entries()) if (this.#watchForRealTime(byte) === 'cleared') from = at + 1;
    const kept = bytes.slice(from);
    if (this.#heldBytes + kept.length > this.#heldBytesMax) this.lostBytes += kept.length;
    else {
      this.#held.push(kept);
      this.#heldBytes += kept.length;
    }
    this.#work();
  }

  /** Real-time commands are found in whatever passes by, picture data too (Epson's ESC/POS command reference, DLE EOT). */
  #watchForRealTime(byte: number): 'cleared' | 'kept' {
    this.#realTime = [...this.#realTime.slice(-2), byte];
    const [dle, code, n = 0] = this.#realTime;
    if (dle !== 0x10) return 'kept';
    if (code === 0x04 && this.#answered.includes(n)) this.#say(this.#realTimeStatus(n));
    return code === 0x05 && (n === 1 || n === 2) ? this.#recover(n) : 'kept';
  }

  #recover(n: 1 | 2): 'cleared' | 'kept' {
    if (this.#faults.ignoresRecovery) return 'kept';
    this.#cutterJammed = false;
    if (n === 2) {
      this.#held = [];
      this.#heldBytes = 0;
      this.#paper.clear();
    }
    this.#reportChange();
    return n === 2 ? 'cleared' : 'kept';
  }

  get #paperOut(): boolean {
    return this.#faults.paper === 'out' || this.paperLeftDots <= 0;
  }

  get #stopped(): boolean {
    const { coverOpen, headHot, unrecoverable } = this.#faults;
    return this.#paperOut || coverOpen || headHot || unrecoverable || this.#cutterJammed;
  }

  #work(): void {
    const fast = this.bytesPerSecond === undefined;
    if (this.#timer === undefined) this.#consume(fast ? Number.POSITIVE_INFINITY : 0);
    const waits = !fast && this.#send !== undefined && this.#heldBytes > 0 && !this.#stopped;
    if (waits) this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
    this.#controlFlow();
  }

  #tick(): void {
    this.#timer = undefined;
    this.#consume(Math.max(1, Math.round(((this.bytesPerSecond ?? 0) * TICK_MS) / 1_000)));
    this.#work();
  }

  /** Moves bytes from the buffer to the print head, a command at a time, until something stops it. */
  #consume(budgetBytes: number): void {
    let budget = budgetBytes;
    while (!this.#stopped) {
      const step = this.#paper.step();
      if (step) {
        this.#follow(step);
        continue;
      }
      const next = this.#held.shift();
      if (!next || budget <= 0) {
        if (next) this.#held.unshift(next);
        return;
      }
      const taken = next.subarray(0, Math.min(budget, 64));
      if (taken.length < next.length) this.#held.unshift(next.subarray(taken.length));
      this.#heldBytes -= taken.length;
      budget -= taken.length;
      this.#paper.push(taken);
    }
  }

  #follow(step: Step): void {
    this.paperLeftDots -= step.fedDots;
    if (step.name === 'report') this.#say(Uint8Array.of(step.parameters[0] === 2 ? 0 : this.#paperBits()));
    if (step.name === 'automatic-status') {
      this.#statusItems = step.parameters[0] ?? 0;
      this.#reportChange();
    }
    if (step.name === 'cut' && this.#faults.jamAtNextCut) {
      this.#cutterJammed = true;
      this.#faults = { ...this.#faults, jamAtNextCut: false };
    }
    if (this.#stopped) this.#reportChange();
  }

  #controlFlow(): void {
    if (this.#flowControl === 'none') return;
    const nearlyFull = this.#heldBytes > BUFFER_BYTES - XOFF_ROOM_BYTES;
    if (nearlyFull === this.#hostWaits) return;
    this.#hostWaits = nearlyFull;
    this.#heldBytesMax = nearlyFull ? this.#heldBytes + XOFF_ROOM_BYTES : HELD_BYTES_MAX;
    this.#say(Uint8Array.of(nearlyFull ? XOFF : XON));
  }

  #say(bytes: Uint8Array): void {
    if (!this.#faults.silent) this.#send?.(bytes);
  }

  #reportChange(): void {
    if (this.#statusItems !== 0) this.#say(this.#automaticStatus());
  }

  /** Bits: Epson's ESC/POS command reference, DLE EOT. */
  #realTimeStatus(n: number): Uint8Array {
    const { coverOpen, headHot, unrecoverable, paper, invertedPaperBit } = this.#faults;
    const bits = (...set: (number | false)[]): number => set.reduce<number>((sum, bit) => sum | (bit || 0), 0x12);
    const end = this.#paperOut !== invertedPaperBit;
    const error = this.#cutterJammed || headHot || unrecoverable;
    if (n === 1) return Uint8Array.of(bits(this.#stopped && 0x08));
    if (n === 2) return Uint8Array.of(bits(coverOpen && 0x04, this.#paperOut && 0x20, error && 0x40));
    if (n === 3) return Uint8Array.of(bits(this.#cutterJammed && 0x08, unrecoverable && 0x20, headHot && 0x40));
    return Uint8Array.of(bits(paper === 'low' && 0x0c, end && 0x60));
  }

  /** Bits: Epson's ESC/POS command reference, GS a. */
  #automaticStatus(): Uint8Array {
    const { coverOpen, headHot, unrecoverable } = this.#faults;
    return Uint8Array.of(
      0x10 | (this.#stopped ? 0x08 : 0) | (coverOpen ? 0x20 : 0),
      (this.#cutterJammed ? 0x08 : 0) | (unrecoverable ? 0x20 : 0) | (headHot ? 0x40 : 0),
      this.#paperBits(),
      0,
    );
  }

  #paperBits(): number {
    const end = this.#paperOut !== this.#faults.invertedPaperBit;
    return (this.#faults.paper === 'low' ? 0x03 : 0) | (end ? 0x0c : 0);
  }
}
