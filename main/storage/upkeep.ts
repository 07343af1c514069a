import { statSync } from 'node:fs';
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
 * What was deleted from the store stays in a copy until that copy is replaced: with two generations some two hours, as long as
 * copies can be made, and in the older one until it is as old as this and nobody is there. It is sealed as it was in the store.
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
  /** There is room on the disk for as much more. */
  readonly roomy: (sizeBytes: number) => boolean;
  /** A delivered case's numbers, times and fingerprints go this long after it was settled; its personal data went before. */
  readonly keepDays: number;
  readonly log: Log;
  /** What time it is, in ms since 1970, as the platform has put it right. */
  readonly now: () => number;
  /** The same by this machine, which dates files and papers. */
  readonly wall?: () => number;
}

/** What the store needs done while nobody is there: forgetting what is old, then an hourly copy that has forgotten it, too. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #wall: () => number;
  /** Since the last copy that was made: how often it failed, with which code last, and until when nothing is tried. */
  #failures = 0;
  #failing = '';
  #againAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#wall = options.wall ?? Date.now;
  }

  /** Until `signal` aborts. Never rejects: what fails is told in the log, and tried again after a while. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined); // first: a terminal that starts has better things to do
      if (signal.aborted) return;
      await this.look(signal).catch((error: unknown) => this.#failed(error));
    }
  }

  /** Once. Rejects with what fails, which nothing rests on until the next time. */
  async look(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#againAtMs) return;
    const { file, idle, roomy, log, now } = this.#options;
    const nowMs = this.#wall();
    const goOn = (): boolean => !signal.aborted && idle();
    if (!goOn() || copyAgeMs(file, nowMs) < COPY_EVERY_MS) return;
    // Old by both clocks, as either may be years ahead: what is forgotten does not come back.
    const removed = await this.#forget(Math.min(now(), nowMs), goOn);
    if (removed > 0) log.info({ removed }, 'what was kept long enough is gone');
    removeOldCopy(file, OLD_COPY_MS, nowMs);
    if (!goOn() || !roomy(statSync(file).size)) return;
    try {
      await makeCopy(this.#options, goOn, signal);
    } catch (error) {
      if (goOn()) throw error;
      return; // somebody has come, and it is made when they have gone
    }
    this.#failures = 0;
    this.#failing = '';
  }

  /** What fails may fail for months, and each time it is tried costs some megabytes of writing and holds the core up. */
  #failed(error: unknown): void {
    this.#failures += 1;
    this.#againAtMs = performance.now() + Math.min(COPY_EVERY_MS, LOOK_EVERY_MS * 2 ** this.#failures);
    const code = error instanceof StorageError ? error.code : 'failed';
    if (code !== this.#failing) this.#options.log.warn({ error }, 'the store could not be tidied up or copied');
    this.#failing = code;
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
      step = store.spool.removeOld(before, ROWS_A_STEP);
      removed += step;
      await setImmediate();
    }
    store.incidents.forget(new Date(nowMs - INCIDENT_KEPT_MS).toISOString());
    if (removed > 0) store.wipe();
    return removed;
  }
}
