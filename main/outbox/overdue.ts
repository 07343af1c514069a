import { Observable } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { Store } from '../storage/open.ts';

/** A countdown of days is looked at once a minute, whatever else goes on. */
const LOOK_MS = 60_000;

/** Counts the cases that residents were told would have arrived by now. They are still tried: this is for the technician. */
export class OverdueWatch {
  readonly count = new Observable(0);
  readonly #store: Pick<Store, 'deliveries'>;
  readonly #log: Log | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, 'deliveries'>, log: Log | undefined) {
    this.#store = store;
    this.#log = log;
  }

  /** `nowMs`: by the terminal's clock, as what was promised is a date. */
  look(nowMs: number): void {
    if (performance.now() - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = performance.now();
    const { overdue } = this.#store.deliveries.overdue(new Date(nowMs).toISOString());
    if (overdue > this.count.value)
      this.#log?.error({ overdue }, 'cases have not arrived by the day that residents were told');
    if (overdue !== this.count.value) this.count.set(overdue);
  }
}
