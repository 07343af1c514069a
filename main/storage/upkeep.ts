import { setImmediate } from 'node:timers/promises';
import { sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { Cipher } from './cipher.ts';
import { copyAgeMs, makeCopy, removeOldCopy } from './copies.ts';
import { StorageError } from './errors.ts';
import type { Store } from './open.ts';

const DAY_MS = 86_400_000;
/** Between two residents there may be ten seconds of nobody. */
const LOOK_EVERY_MS = 10_000;
/** What is lost with a damaged database is what came after the last copy. */
const COPY_EVERY_MS = 3_600_000;
/**
 * What was deleted from the store stays in a copy until that copy is replaced: with two generations two hours, as long as
 * copies can be made, and in the older one this long at most. It is sealed as it was in the store.
 */
const OLD_COPY_MS = DAY_MS;
/** Some milliseconds of work. */
const ROWS_A_STEP = 50;
/** For technicians who come a while later. */
const INCIDENT_KEPT_MS = 30 * DAY_MS;

export interface UpkeepOptions {
  readonly store: Store;
  /** The database's file; its copies lie beside it. */
  readonly file: string;
  readonly cipher: Cipher;
  /** Nobody stands before the terminal. */
  readonly idle: () => boolean;
  /** There is room on the disk for a further copy. */
  readonly roomy: () => boolean;
  /** A delivered case's numbers, times and fingerprints go this long after it was settled; its personal data went before. */
  readonly keepDays: number;
  readonly log: Log;
  /** The wall clock in ms, as what is old must be so after a restart, too. */
  readonly now?: () => number;
}

/** What the store needs done while nobody is there: forgetting what is old, then an hourly copy that has forgotten it, too. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #now: () => number;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Until `signal` aborts. Never rejects: what fails is told in the log, and tried again ten seconds later. */
  async run(signal: AbortSignal): Promise<void> {
    let failing = '';
    for (;;) {
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined); // first: a terminal that starts has better things to do
      if (signal.aborted) return;
      try {
        await this.look(signal);
        failing = '';
      } catch (error) {
        const code = error instanceof StorageError ? error.code : 'failed';
        if (code !== failing) this.#options.log.warn({ error }, 'the store could not be tidied up or copied');
        failing = code;
      }
    }
  }

  /** Once. Rejects with what fails, which nothing rests on until the next time. */
  async look(signal: AbortSignal): Promise<void> {
    const { file, idle, roomy, log } = this.#options;
    const nowMs = this.#now();
    const goOn = (): boolean => !signal.aborted && idle();
    if (!goOn() || copyAgeMs(file, nowMs) < COPY_EVERY_MS) return;
    const removed = await this.#forget(nowMs, goOn);
    if (removed > 0) log.info({ removed }, 'what was kept long enough is gone');
    removeOldCopy(file, OLD_COPY_MS, nowMs);
    if (!goOn() || !roomy()) return;
    await makeCopy(this.#options, goOn, signal).catch((error: unknown) => {
      if (goOn()) throw error; // else somebody has come, and it is made when they have gone
    });
  }

  /** A few rows at a time, so that who comes meanwhile does not wait. */
  async #forget(nowMs: number, goOn: () => boolean): Promise<number> {
    const { store, keepDays } = this.#options;
    const before = new Date(nowMs - keepDays * DAY_MS).toISOString();
    let removed = 0;
    for (let step = ROWS_A_STEP; step >= ROWS_A_STEP && goOn(); ) {
      step = store.cases.removeSettled(before, ROWS_A_STEP);
      removed += step;
      await setImmediate();
    }
    for (let step = ROWS_A_STEP; step >= ROWS_A_STEP && goOn(); ) {
      step = store.printJobs.removeOld(before, ROWS_A_STEP);
      removed += step;
      await setImmediate();
    }
    store.incidents.forget(new Date(nowMs - INCIDENT_KEPT_MS).toISOString());
    if (removed > 0) store.wipe();
    return removed;
  }
}
