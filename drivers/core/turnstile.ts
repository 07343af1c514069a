import { unlessAborted } from './timing.ts';

/** Lets one task through at a time, in call order. A task that fails does not hold up the next. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * A caller whose signal aborts is let go at once: its task is not started, or keeps the turn to its own end if it was.
   * Rejects with the task's error, or with the reason of the first of `signals` to abort.
   */
  run<T>(task: () => Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
    const result = this.#last.then(() => {
      for (const signal of signals) signal.throwIfAborted();
      return task();
    });
    this.#last = result.catch(() => undefined);
    return signals.length === 0 ? result : unlessAborted(signals, result);
  }
}
