import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { PrintPort } from '../../main/printing/print-port.ts';
import { Printing } from '../../main/printing/printing.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';
import { portOf, type Sheet, type SheetFault, SheetPrinter } from '../../scripts/chaos/spool/sheet-printer.ts';
import { memoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const never = new AbortController().signal;
export const food = { series: 'food-licence', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' };
/** The blanks of `food`. */
export const numbers = Array.from({ length: 10 }, (_, index) => `A${String(index + 1).padStart(3, '0')}`);

/** A real store and a printer with numbered sheets; a test has the line between them in its hand. */
export class PrintingTerminal {
  readonly file = join(temporaryFolder(), 'store.db');
  readonly printer = new SheetPrinter();
  store!: Store;
  port!: PrintPort<Sheet>;
  printing!: Printing<Sheet>;
  /** What the line or the printer does to the next jobs. */
  fault: SheetFault | undefined;

  constructor() {
    this.printer.fill(numbers);
    this.start();
    this.store.blanks.load(food);
  }

  /** A core that begins; whatever another one was doing is never heard of again. */
  start(): void {
    this.store = openStore(this.file, { cipher });
    this.port = portOf(this.printer, () => this.fault);
    const printers: PrintPort<Sheet> = {
      prepare: (...given) => this.port.prepare(...given),
      whatBecameOf: (...given) => this.port.whatBecameOf(...given),
      withdraw: (...given) => this.port.withdraw(...given),
    };
    this.printing = new Printing({ store: this.store, printers, log: memoryLog() });
  }

  async restart(): Promise<void> {
    this.store.close();
    this.start();
    await this.printing.recover(never);
  }

  licence(jobId: string, signal = never) {
    return this.printing.print(order(jobId), signal);
  }

  stateOf(jobId: string) {
    return this.store.spool.find(jobId)?.state.state;
  }

  kindsOf(number: string) {
    return this.store.blanks.history(number).map(({ kind }) => kind);
  }
}

export function order(jobId: string) {
  return {
    jobId,
    document: { kind: 'certificate', text: jobId } as const,
    copies: 1,
    blank: { series: 'food-licence' },
  };
}

/** Gives each test of the file a terminal, and closes it. */
export function printingTerminalForEach(take: (terminal: PrintingTerminal) => void): void {
  let terminal: PrintingTerminal;
  beforeEach(() => {
    terminal = new PrintingTerminal();
    take(terminal);
  });
  afterEach(() => {
    vi.useRealTimers();
    terminal.store.close();
  });
}
