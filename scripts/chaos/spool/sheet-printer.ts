import { DeviceError } from '../../../drivers/core/index.ts';
import type { PreparedPrint, PrintPort, RunOutcome } from '../../../main/printing/print-port.ts';
import type { PrintOutcome, PrintStage } from '../../../printers/core/contract.ts';

/**
 * What goes wrong with the next job.
 *
 *   no-pull    it stops before a sheet moves, and says so
 *   jam        the sheet sticks
 *   half-way   it stops with the sheet half printed, and says so
 *   lost-word  the sheet comes out, and nobody hears of it
 *   lost-job   nothing happens, and nobody hears of it
 *   kept       the line is cut, and the printer prints it when it is next made to move, unless it was taken back
 */
export const sheetFaults = ['no-pull', 'jam', 'half-way', 'lost-word', 'lost-job', 'kept'] as const;
export type SheetFault = (typeof sheetFaults)[number];

export interface SheetPrinterOptions {
  readonly id?: string;
  /** Between the moments of a job. */
  readonly pause?: () => Promise<void>;
}

const LINE_LOST: RunOutcome = { outcome: 'unknown', code: 'not-connected', detail: 'the line was lost' };

/**
 * A printer with numbered sheets in its one tray that pulls the one on top, whatever anybody believes it to be, and knows what
 * it printed on which. It prints what it is sent: a job that is sent twice comes out twice.
 */
export class SheetPrinter {
  readonly id: string;
  /** By number of the sheet: what is on it. */
  readonly printed = new Map<string, string>();
  readonly spoiled = new Set<string>();
  /** Tells what became of jobs when it is asked. */
  remembers = true;
  readonly #pause: () => Promise<void>;
  readonly #tray: string[] = [];
  readonly #jobs = new Map<string, Promise<RunOutcome>>();
  /** What is on paper of the jobs that it keeps, by their names. */
  readonly #kept = new Map<string, string>();
  #cutOff = false;

  constructor({ id = 'laser', pause = async () => undefined }: SheetPrinterOptions = {}) {
    this.id = id;
    this.#pause = pause;
  }

  /** The numbers in the tray, the one on top first. */
  get tray(): readonly string[] {
    return this.#tray;
  }

  fill(numbers: readonly string[]): void {
    this.#tray.push(...numbers);
  }

  /** A hand takes the sheet on top. */
  takeOne(): string | undefined {
    return this.#tray.shift();
  }

  /** Prints `content`, also where nobody waits for it any more. */
  print(
    jobName: string,
    content: string,
    fault: SheetFault | undefined,
    onStage: (stage: PrintStage) => void,
  ): Promise<RunOutcome> {
    if (fault === 'kept') {
      this.#kept.set(jobName, content);
      this.#cutOff = true;
      return Promise.resolve(LINE_LOST);
    }
    const before = this.move();
    const job = before.then(() => this.#print(content, fault, onStage));
    this.#jobs.set(jobName, job);
    return job.then((outcome) => (fault === 'lost-word' || fault === 'lost-job' ? LINE_LOST : outcome));
  }

  /** Somebody closes its cover: it prints what it keeps. */
  async move(): Promise<void> {
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const [jobName, content] of kept) {
      const job = this.#print(content, undefined, () => undefined);
      this.#jobs.set(jobName, job);
      await job;
    }
  }

  /** The line is mended. */
  comeBack(): void {
    this.#cutOff = false;
  }

  /** Rejects while it cannot be reached, as `withdraw`. */
  async whatBecameOf(jobName: string): Promise<PrintOutcome | 'unheard-of' | undefined> {
    this.#assertReached();
    if (!this.remembers || this.#kept.has(jobName)) return undefined; // it waits, and has no end yet
    const outcome = await this.#jobs.get(jobName);
    if (!outcome) return 'unheard-of';
    const { sheetUsed: _used, ...told } = outcome;
    return told;
  }

  async withdraw(jobName: string): Promise<PrintOutcome | undefined> {
    this.#assertReached();
    if (this.#kept.delete(jobName)) return { outcome: 'not-printed', code: 'canceled', detail: 'taken back' };
    if (!this.remembers) return undefined;
    const { sheetUsed: _used, ...told } = (await this.#jobs.get(jobName)) ?? { outcome: 'unknown' };
    return told.outcome === 'unknown' ? undefined : told;
  }

  #assertReached(): void {
    if (this.#cutOff) throw new DeviceError('not-connected', 'the line is cut');
  }

  /** Resolves when nothing moves in it. */
  async atRest(): Promise<void> {
    await Promise.all(this.#jobs.values());
  }

  async #print(
    content: string,
    fault: SheetFault | undefined,
    onStage: (stage: PrintStage) => void,
  ): Promise<RunOutcome> {
    await this.#pause();
    if (fault === 'lost-job') return { outcome: 'not-printed', code: 'canceled', detail: 'lost', sheetUsed: false };
    if (fault === 'no-pull') return { outcome: 'not-printed', code: 'cover-open', detail: 'cover', sheetUsed: false };
    const sheet = this.#tray.shift();
    if (sheet === undefined) return { outcome: 'not-printed', code: 'paper-out', detail: 'empty', sheetUsed: false };
    onStage('printing');
    await this.#pause();
    if (fault === 'jam' || fault === 'half-way') {
      this.spoiled.add(sheet);
      return fault === 'jam'
        ? { outcome: 'not-printed', code: 'media-jammed', detail: 'jam' }
        : { outcome: 'not-printed', code: 'cover-open', detail: 'half way', sheetUsed: true };
    }
    this.printed.set(sheet, content);
    await this.#pause();
    if (fault === undefined) onStage('presented');
    return { outcome: 'printed' };
  }
}

/** What a licence is in these tests: its text. */
export interface Sheet {
  readonly kind: 'certificate';
  readonly text: string;
}

/** The printer beside the terminal, in its own process; `fault` is asked at each job. */
export function portOf(printer: SheetPrinter, fault: () => SheetFault | undefined): PrintPort<Sheet> {
  return {
    async prepare({ text }, { jobName }): Promise<PreparedPrint> {
      return {
        printerId: printer.id,
        run: (_signal, onStage) => printer.print(jobName, text, fault(), onStage),
        discard: () => undefined,
      };
    },
    whatBecameOf: (_printerId, { name }) => printer.whatBecameOf(name),
    withdraw: (_printerId, { name }) => printer.withdraw(name),
  };
}
