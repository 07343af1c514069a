import { sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { SyncError } from './errors.ts';
import type { DevicesBody } from './schemas.ts';

export interface DeviceReporterOptions {
  /** How the devices are at this moment. */
  readonly present: () => DevicesBody;
  readonly send: (body: DevicesBody, signal: AbortSignal) => Promise<unknown>;
  readonly log: Log;
}

/** A device that comes and goes within a second is told of once. */
const GATHER_MS = 1_000;
/** So that the platform knows a terminal that is well from one that is gone. */
const ANYWAY_MS = 5 * 60_000;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;

/**
 * Tells the platform how the devices are: a second after something has changed, every five minutes, and again until it is
 * heard. What is sent is the whole of it as it is then, so that nothing is queued and nothing is lost.
 */
export class DeviceReporter {
  readonly #options: DeviceReporterOptions;
  #bell = new AbortController();

  constructor(options: DeviceReporterOptions) {
    this.#options = options;
  }

  /** Something has changed, or the platform can be reached again. */
  changed(): void {
    this.#bell.abort();
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const bell = new AbortController();
      this.#bell = bell; // before the telling: what changes while it is under way is not in it
      const heard = await this.#tell(signal);
      failures = heard ? 0 : failures + 1;
      const pauseMs = heard ? ANYWAY_MS : Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (failures - 1));
      // Spread, as after an outage of the platform all terminals of a city have something to tell.
      await sleep(pauseMs * (0.5 + Math.random() / 2), signal, bell.signal).catch(() => undefined);
      await sleep(GATHER_MS, signal).catch(() => undefined);
    }
  }

  async #tell(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.send(this.#options.present(), signal);
      return true;
    } catch (error) {
      const { code, message } = SyncError.from(error, 'devices');
      if (!signal.aborted)
        this.#options.log.info({ code, reason: message }, 'the platform has not heard of the devices');
      return false;
    }
  }
}
