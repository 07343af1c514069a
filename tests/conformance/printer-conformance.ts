import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeviceError } from '../../drivers/core/index.ts';
import type {
  LicencePrinter,
  PrintJob,
  PrintOutcome,
  PrintStage,
  ReceiptPrinter,
} from '../../printers/core/contract.ts';
import type { ConformanceSetup } from './driver-conformance.ts';

/** What a printer's model lends the suite, fresh for every test: a driver that has not run, on a printer that can print. */
export interface PrinterSetup {
  readonly driver: ReceiptPrinter | LicencePrinter;
  readonly line: Pick<ConformanceSetup['line'], 'unplug' | 'plug'>;
  /** The same short document each time. */
  readonly print: (signal: AbortSignal, job: PrintJob) => Promise<PrintOutcome>;
  /** Whether anything of a job has come to the printer; questions and preparations are none. */
  readonly hasJob: () => boolean;
  /** Papers that have come out whole. */
  readonly papersOut: () => number;
  /** Somebody opens the printer. */
  readonly openCover: () => void;
  /** From the far end's last word to the outcome of a job whose line is gone. */
  readonly givesUpWithinMs?: number;
}

const STEP_MS = 20;
const ONLINE_MS = 3_000;
/** Rendering, questions, printing. */
const PRINT_MS = 20_000;
const PROMPT_MS = 200;
const realSetImmediate = setImmediate;

/** What every printer driver promises about when a job begins, how far it has come, and what it says of one that broke off. */
export function printerConformance(name: string, setup: () => PrinterSetup): void {
  describe(`${name}, as every printer,`, () => {
    let subject: PrinterSetup;
    let stop: AbortController;
    let running: Promise<void>;

    beforeEach(async () => {
      vi.useFakeTimers();
      subject = setup();
      stop = new AbortController();
      running = subject.driver.run(stop.signal);
      await pass(ONLINE_MS, () => subject.driver.status.value.state === 'online');
      expect(subject.driver.status.value.state).toBe('online');
    });

    afterEach(async () => {
      stop.abort();
      const end = watch(running);
      await pass(PROMPT_MS, () => end.settled);
      vi.useRealTimers();
    });

    test('nothing of a job is sent before it may begin, and then its stages come in order', async () => {
      const job = new GatedJob();
      const end = watch(subject.print(stop.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      await pass(5_000);
      expect([job.asked, end.settled, subject.hasJob(), job.stages]).toEqual([1, false, false, []]);
      job.open();
      await pass(PRINT_MS, () => end.settled);
      expect(end).toMatchObject({ settled: true, value: { outcome: 'printed' } });
      expect([job.asked, subject.hasJob(), subject.papersOut()]).toEqual([1, true, 1]);
      expect(job.stages).toEqual(['printing', 'presented']);
    });

    test('a gate that never opens ends with the signal, and lets the next job pass', async () => {
      const job = new GatedJob();
      const leaving = new AbortController();
      const end = watch(subject.print(leaving.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      const reason = new Error('the resident has left');
      leaving.abort(reason);
      await pass(PROMPT_MS, () => end.settled);
      expect(end.error).toBe(reason);
      expect([subject.hasJob(), job.stages]).toEqual([false, []]);
      await printsNext();
    });

    test('a gate that opens in the same breath as its caller leaves stays shut', async () => {
      const job = new GatedJob();
      const leaving = new AbortController();
      const end = watch(subject.print(leaving.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      job.open();
      leaving.abort(new Error('the resident has left'));
      await pass(PRINT_MS, () => end.settled);
      expect([end.settled, subject.hasJob(), subject.papersOut()]).toEqual([true, false, 0]);
    });

    test('a gate that rejects sends nothing, and the outcome says so', async () => {
      const job = new GatedJob();
      const end = watch(subject.print(stop.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      job.callOff(new DeviceError('canceled', 'no blank is left'));
      await pass(PROMPT_MS, () => end.settled);
      expect(end.value).toMatchObject({
        outcome: 'not-printed',
        code: 'canceled',
        detail: expect.stringContaining('no blank is left'),
      });
      expect([subject.hasJob(), job.stages]).toEqual([false, []]);
      await printsNext();
    });

    test('a line that is pulled before the job may begin: certainly not printed', async () => {
      const job = new GatedJob();
      const end = watch(subject.print(stop.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      subject.line.unplug();
      await pass(1_000);
      job.open();
      await pass(PRINT_MS, () => end.settled);
      expect(end.value).toMatchObject({ outcome: 'not-printed' });
      expect([subject.hasJob(), job.stages]).toEqual([false, []]);
    });

    test('a cover that is opened before the job may begin: certainly not printed', async () => {
      const job = new GatedJob();
      const end = watch(subject.print(stop.signal, job));
      await pass(PRINT_MS, () => job.asked > 0);
      subject.openCover();
      await pass(3_000);
      job.open();
      await pass(PRINT_MS, () => end.settled);
      expect(end.value).toMatchObject({ outcome: 'not-printed', code: 'cover-open' });
      expect([subject.hasJob(), job.stages]).toEqual([false, []]);
    });

    test('a line that is pulled once all is sent: never a false word', async () => {
      const job = new GatedJob((stage) => {
        if (stage === 'printing') subject.line.unplug();
      });
      job.open();
      const end = watch(subject.print(stop.signal, job));
      await pass(subject.givesUpWithinMs ?? PRINT_MS, () => end.settled);
      expect(end.settled).toBe(true);
      expect(job.stages).toEqual(['printing']);
      expect(end.value).toMatchObject({ outcome: 'unknown' });
    });

    async function printsNext(): Promise<void> {
      const job = new GatedJob();
      job.open();
      const end = watch(subject.print(stop.signal, job));
      await pass(PRINT_MS, () => end.settled);
      expect([end.value, subject.papersOut()]).toEqual([{ outcome: 'printed' }, 1]);
    }
  });
}

/** A job whose gate the test holds. */
class GatedJob implements PrintJob {
  readonly name = 'job-4711';
  readonly stages: PrintStage[] = [];
  asked = 0;
  readonly #gate = Promise.withResolvers<void>();
  readonly #hear: (stage: PrintStage) => void;

  constructor(hear: (stage: PrintStage) => void = () => undefined) {
    this.#hear = hear;
    this.#gate.promise.catch(() => undefined);
  }

  readonly mayBegin = (): Promise<void> => {
    this.asked += 1;
    return this.#gate.promise;
  };
  readonly onStage = (stage: PrintStage): void => {
    this.stages.push(stage);
    this.#hear(stage);
  };

  open(): void {
    this.#gate.resolve();
  }

  callOff(reason: Error): void {
    this.#gate.reject(reason);
  }
}

async function pass(ms: number, done: () => boolean = () => false): Promise<void> {
  for (let passedMs = 0; passedMs < ms && !done(); passedMs += STEP_MS) {
    await vi.advanceTimersByTimeAsync(STEP_MS);
    await new Promise((resolve) => realSetImmediate(resolve));
  }
}

interface Ending {
  settled: boolean;
  value?: unknown;
  error?: unknown;
}

function watch(work: Promise<unknown>): Ending {
  const ending: Ending = { settled: false };
  work.then(
    (value) => Object.assign(ending, { settled: true, value }),
    (error: unknown) => Object.assign(ending, { settled: true, error }),
  );
  return ending;
}
