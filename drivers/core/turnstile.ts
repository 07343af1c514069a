import { unlessAborted } from './timing.ts';

/** Lets one task through at a time, in call order. A task that fails does not hold up the next. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * A caller whose signal aborts is let go at once: its task is not started, or keeps the turn to its own end if it was.
   * That caller does not hear what the task comes to: where it must, as of a command that was sent before the line was lost
   * (`outcome-unknown`), the signal is left to the task.
   * Rejects with the task's error, or with the reason of the first of `signals` to abort.
   */
  run<T>(task: () => Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
    const result = this.#last.then(() => {
      for (const signal of signals) signal.throwIfAborted();
      return task();
    });
    const over = (): void => undefined; // a result that is kept here until the next turn would be a card read an hour ago
    this.#last = result.then(over, over);
    return signals.length === 0 ? result : unlessAborted(signals, result);
  }
}
