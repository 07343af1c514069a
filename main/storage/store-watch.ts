import { sleep } from '../../drivers/core/index.ts';
import { StorageError } from './errors.ts';
import type { Store } from './open.ts';

const LOOK_EVERY_MS = 5_000;
/** A disk that comes back by itself does so within this; a resident who stands there has read whom to call. */
const FAILING_MS = 60_000;

export interface StoreWatchOptions {
  readonly store: Pick<Store, 'transaction'>;
  /** The page says that the terminal is out of service as its store fails. A disk that is full does not: a start makes no room. */
  readonly failing: () => boolean;
  /** Something of the store is where it was. Where a whole disk is gone, the next core would begin anew on what lies beneath. */
  readonly isThere: () => boolean;
  /** Ends this core: only the next one checks the store anew, and restores it or stays closed and asks it again. */
  readonly onLost: (reason: StorageError) => void;
}

/** Notices a store that has failed for a minute, also where nobody stands at the terminal. */
export class StoreWatch {
  readonly #options: StoreWatchOptions;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  /** Until `signal` aborts, or the store is lost. Rejects with a fault of ours alone. */
  async run(signal: AbortSignal): Promise<void> {
    let sinceMs: number | undefined;
    for (;;) {
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const failure = this.#failure();
      if (!failure || !this.#options.isThere()) {
        sinceMs = undefined;
        continue;
      }
      sinceMs ??= performance.now();
      if (performance.now() - sinceMs < FAILING_MS) continue;
      this.#options.onLost(failure);
      return;
    }
  }

  #failure(): StorageError | undefined {
    const { store, failing } = this.#options;
    if (failing()) return new StorageError('unavailable', 'the store has failed, and the terminal is out of service');
    try {
      // Asks whether the files are those that were opened, and writes nothing but what was put off.
      store.transaction(() => undefined);
      return undefined;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return error.code === 'full' ? undefined : error;
    }
  }
}
