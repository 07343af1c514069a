import { DeviceError } from '../../drivers/core/index.ts';
import type { PrintJob, PrintOutcome } from '../../printers/core/contract.ts';

/** A printer held longer by a core that has something else to do would keep everybody else waiting. */
const RUN_WITHIN_MS = 30_000;

/** A driver's `print`, without what the core has no say in. */
type Print = (signal: AbortSignal, gate: Pick<PrintJob, 'mayBegin'>) => Promise<PrintOutcome>;

interface Prepared {
  readonly printing: Promise<PrintOutcome>;
  readonly open: () => void;
  readonly callOff: (reason: DeviceError) => void;
  readonly stop: AbortController;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Jobs that have come to their gate, in the device process:
 *
 *   preparing ──mayBegin──► prepared ──run──► printing ──► outcome
 *       └── ended before ──► outcome └── discarded, or not run within 30 s ──► not-printed
 */
export class PreparedPrints {
  readonly #waiting = new Map<string, Prepared>();

  /**
   * Resolves at the gate, or with the outcome of a job that ended before. Rejects as `print` does. `preparedId` is of this job
   * alone, and of no other life of this process.
   */
  async prepare(preparedId: string, print: Print, signal: AbortSignal): Promise<{ state: 'ready' } | PrintOutcome> {
    signal.throwIfAborted();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const gate = Promise.withResolvers<void>();
    gate.promise.catch(() => undefined); // called off with nobody behind it
    const arrived = Promise.withResolvers<'ready'>();
    const mayBegin = (): Promise<void> => {
      arrived.resolve('ready');
      return gate.promise;
    };
    const printing = print(stop.signal, { mayBegin });
    printing.catch(() => undefined); // heard where it is run
    try {
      const came = await Promise.race([arrived.promise, printing]);
      if (came !== 'ready') return came;
      this.#keep(preparedId, { printing, open: gate.resolve, callOff: gate.reject, stop });
      return { state: 'ready' };
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Opens the gate. Rejects as `print` does; a job that is no longer here has been called off. */
  async run(preparedId: string, signal: AbortSignal): Promise<PrintOutcome> {
    const prepared = this.#take(preparedId);
    if (!prepared) return { outcome: 'not-printed', code: 'canceled', detail: 'the prepared job was called off' };
    const onAbort = (): void => prepared.stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted) onAbort();
      prepared.open();
      return await prepared.printing;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Resolves when the printer is free for the next job. */
  async discard(preparedId: string): Promise<void> {
    const prepared = this.#take(preparedId);
    prepared?.callOff(new DeviceError('canceled', 'it was not wanted any more'));
    await prepared?.printing.catch(() => undefined);
  }

  #keep(preparedId: string, prepared: Omit<Prepared, 'timer'>): void {
    const timer = setTimeout(() => {
      this.#take(preparedId)?.callOff(new DeviceError('canceled', `nobody ran it within ${RUN_WITHIN_MS} ms`));
    }, RUN_WITHIN_MS);
    this.#waiting.set(preparedId, { ...prepared, timer });
  }

  #take(preparedId: string): Prepared | undefined {
    const prepared = this.#waiting.get(preparedId);
    this.#waiting.delete(preparedId);
    clearTimeout(prepared?.timer);
    return prepared;
  }
}
