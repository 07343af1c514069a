import {
  backoffMs,
  DeviceError,
  type DeviceFacts,
  type Driver,
  observed,
  sleep,
  startingStatus,
  unlessAborted,
} from '../../drivers/core/index.ts';
import { type Recovery, RecoveryLadder } from './recovery.ts';
import type { AnyStatus } from './schemas.ts';

/** What a place in the configuration has come to: a model, on a line. */
export interface ResolvedDevice<D extends Driver = Driver> {
  readonly model: string;
  readonly driver: D;
  /** The driver has stopped, and its line is anybody's again. */
  readonly release?: () => void;
}

export interface SlotReport {
  readonly model: string;
  readonly status: AnyStatus;
  readonly pollMs: number;
  readonly recovery: Recovery | undefined;
}

export interface SlotOptions {
  /** What the configuration wants; `unknown` where it names a model that nobody makes. */
  readonly deviceClass: string;
  /** Reported while the device has not been found. */
  readonly model: string;
  /**
   * Finds the device and makes its driver. Rejects with a DeviceError; `unsupported` where the configuration cannot work and
   * finding again would not help. May be called again at any time: the driver before it is stopped by then.
   */
  readonly resolve: (signal: AbortSignal) => Promise<ResolvedDevice>;
  /** Every status, and every step of the recovery ladder. */
  readonly report: (report: SlotReport) => void;
}

/** A device that cannot be found is looked for at this pace. */
const LOOK_CAP_MS = 2_000;
const NEVER_MS = 2 ** 31 - 1;

/** One device of the configuration for as long as the device process lives: found, driven, repaired, found again. */
export class DeviceSlot {
  readonly #options: SlotOptions;
  readonly #ladder: RecoveryLadder;
  #present: ResolvedDevice | undefined;
  #status: AnyStatus = startingStatus();
  #again = new AbortController();

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#ladder = new RecoveryLadder(
      { reset: (signal) => this.#driver().reset(signal), reEnumerate: () => this.#again.abort() },
      () => this.#report(),
    );
  }

  /** Fails `not-connected` where no driver is there, with what is known of the reason. */
  #driver(): Driver {
    if (this.#present) return this.#present.driver;
    const { state } = this.#status;
    const why = this.#status.state === 'offline' ? this.#status.detail : state;
    throw new DeviceError('not-connected', `there is no device: ${why}`);
  }

  get deviceClass(): string {
    return this.#options.deviceClass;
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#report(); // that it is there, before anybody has looked
    for (let failures = 0; !signal.aborted; ) {
      const again = new AbortController();
      this.#again = again;
      try {
        this.#present = await this.#options.resolve(signal);
        failures = 0;
        await this.#drive(this.#present.driver, signal, again.signal);
      } catch (error) {
        if (signal.aborted) break;
        const { code, message } = DeviceError.from(error);
        const retryInMs = code === 'unsupported' ? NEVER_MS : backoffMs(failures, LOOK_CAP_MS);
        failures += 1;
        this.#observe({
          state: 'offline',
          cause: code,
          detail: message,
          retryInMs,
          ...observed('inferred'),
        });
        await sleep(retryInMs, signal, again.signal).catch(() => undefined);
      } finally {
        this.#present?.release?.();
        this.#present = undefined;
      }
    }
    this.#ladder.stop();
  }

  /** As a person asks for it: a device that is not there is looked for anew. */
  async reset(signal: AbortSignal): Promise<void> {
    if (this.#present) return await this.#present.driver.reset(signal);
    this.#again.abort();
    throw new DeviceError('not-connected', 'the device is not there; it is looked for again');
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    return await this.#driver().check(signal);
  }

  async #drive(driver: Driver, signal: AbortSignal, again: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const unsubscribe = driver.status.subscribe((status) => this.#observe(status));
    this.#observe(driver.status.value);
    const running = driver.run(stop.signal);
    try {
      await unlessAborted([signal, again], running);
    } catch {
      // Which of the two signals it was decides whether the device is looked for again.
    } finally {
      unsubscribe(); // a driver's last word is `stopped`, and this device is not
      stop.abort();
      await running;
    }
  }

  #observe(status: AnyStatus): void {
    this.#status = status;
    this.#ladder.observe(status);
    this.#report();
  }

  #report(): void {
    const { model = this.#options.model, driver } = this.#present ?? {};
    const pollMs = driver?.pollMs ?? LOOK_CAP_MS;
    this.#options.report({ model, status: this.#status, pollMs, recovery: this.#ladder.recovery });
  }
}
