import { machineTime, sleep } from '../../drivers/core/index.ts';
import { faults, type Repair } from '../contracts/faults.ts';
import type { AnyStatus } from './schemas.ts';
import { faultOf } from './status.ts';

/**
 * How far the repair of a device has come. The driver's own attempts to reopen its line go on at every rung.
 *
 *   reopen ──4 s──► reset ──5 s──► re-enumerate ──5 s──► report ──every minute──► reset, re-enumerate
 *
 * A fault that no software ends (paper, a cover, a wrong configuration) is reported as soon as it is more than a moment.
 */
export const rungs = ['reopen', 'reset', 're-enumerate', 'report'] as const;
export type Rung = (typeof rungs)[number];

export interface Recovery {
  readonly rung: Rung;
  /** When the device was first seen in trouble, ISO 8601. */
  readonly since: string;
  /** Resets and re-enumerations so far. */
  readonly attempts: number;
}

/** What the ladder can do to a device. Neither rejects in a way that matters: the device's status shows what came of it. */
export interface Repairs {
  reset(signal: AbortSignal): Promise<void>;
  /** Looks for the device anew, with a new driver. */
  reEnumerate(): void;
}

/** A replugged device is back within three seconds by itself. */
const REOPEN_MS = 4_000;
const RESET_MS = 5_000;
const RE_ENUMERATE_MS = 5_000;
/** A printer that says "cover open" while its paper is changed is no fault to be reported. */
const MOMENT_MS = 2_000;
const AGAIN_MS = 60_000;

/** Climbs the ladder for one device while it is offline; starts at its foot with each new trouble. */
export class RecoveryLadder {
  readonly #repairs: Repairs;
  readonly #onChange: (recovery: Recovery | undefined) => void;
  #recovery: Recovery | undefined;
  #repair: Repair | undefined;
  #climb = new AbortController();

  constructor(repairs: Repairs, onChange: (recovery: Recovery | undefined) => void) {
    this.#repairs = repairs;
    this.#onChange = onChange;
  }

  get recovery(): Recovery | undefined {
    return this.#recovery;
  }

  /** The device's status, whenever it is set. */
  observe(status: AnyStatus): void {
    const fault = faultOf(status);
    if (!fault && status.state === 'online') this.#over();
    // A reset passes through `canceled`, a new driver through `starting`: that is the ladder's own doing.
    if (!fault || fault === 'canceled') return;
    const { repair } = faults[fault];
    if (repair === this.#repair) return;
    this.#repair = repair;
    this.#climb.abort();
    this.#climb = new AbortController();
    this.#set({ rung: 'reopen', since: machineTime(), attempts: 0, ...this.#recovery });
    const { signal } = this.#climb;
    const climbing = repair === 'software' ? this.#climbAll(signal) : this.#climbToReport(signal);
    climbing.catch(() => undefined); // only ever ends by its signal
  }

  /** The device is no longer ours to repair. */
  stop(): void {
    this.#climb.abort();
    this.#repair = undefined;
  }

  async #climbAll(signal: AbortSignal): Promise<never> {
    await sleep(REOPEN_MS, signal);
    for (let reported = false; ; reported = true) {
      if (!reported) this.#step('reset');
      await this.#reset(signal);
      await sleep(RESET_MS, signal);
      if (!reported) this.#step('re-enumerate');
      this.#count();
      this.#repairs.reEnumerate();
      await sleep(RE_ENUMERATE_MS, signal);
      this.#step('report');
      await sleep(AGAIN_MS, signal);
    }
  }

  async #climbToReport(signal: AbortSignal): Promise<void> {
    await sleep(MOMENT_MS, signal);
    this.#step('report');
  }

  async #reset(signal: AbortSignal): Promise<void> {
    this.#count();
    await this.#repairs.reset(signal).catch(() => undefined); // the status shows what came of it
  }

  #over(): void {
    this.stop();
    this.#set(undefined);
  }

  #step(rung: Rung): void {
    if (this.#recovery && this.#recovery.rung !== rung) this.#set({ ...this.#recovery, rung });
  }

  #count(): void {
    if (this.#recovery) this.#recovery = { ...this.#recovery, attempts: this.#recovery.attempts + 1 };
  }

  #set(recovery: Recovery | undefined): void {
    if (recovery === this.#recovery) return;
    this.#recovery = recovery;
    this.#onChange(recovery);
  }
}
