import { Observable, sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { DesiredSettings } from './desired-settings.ts';
import type { ReportedBody } from './document-schemas.ts';
import { SyncError } from './errors.ts';
import type { ReportedDocument } from './reported-document.ts';

export interface DeviceDocumentOptions {
  readonly desired: DesiredSettings;
  readonly reported: ReportedDocument;
  /** How the terminal is at this moment. */
  readonly present: () => Omit<ReportedBody, 'writeId' | 'desired'>;
  /** The first telling comes at any moment within it, as all terminals of a city may start at once. */
  readonly startWithinMs: number;
  readonly log: Log;
}

/** A device that comes and goes within a second is told of once. */
const GATHER_MS = 1_000;
/** So that the platform knows a terminal that is well from one that is gone, where it wants no other interval. */
const TELEMETRY_S = 5 * 60;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 60_000;
/** The longest that the platform may ask for quiet, as for deliveries. */
const HOLD_MAX_MS = 60 * 60_000;

/**
 * Keeps the device document: fetches what the platform wants, and tells how the terminal is: a second after something has
 * changed, at every telemetry interval, and again until it is heard. What is told is the whole of it as it is then, so that
 * nothing is queued and nothing is lost.
 */
export class DeviceDocument {
  /** Whether the platform refused this terminal's credential when it last had an answer to this: no delivery need be tried. */
  readonly refused = new Observable(false);
  readonly #options: DeviceDocumentOptions;
  #bell = new AbortController();

  constructor(options: DeviceDocumentOptions) {
    this.#options = options;
  }

  /** Something has changed. That the platform can be reached again is no reason: what it could not hear is told again anyway. */
  changed(): void {
    this.#bell.abort();
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await sleep(Math.random() * this.#options.startWithinMs, signal).catch(() => undefined);
    for (let failures = 0; !signal.aborted; ) {
      const bell = new AbortController();
      this.#bell = bell; // before the telling: what changes while it is under way is not in it
      const failure = await this.#keep(signal);
      failures = failure ? failures + 1 : 0;
      await this.#pause(failure, failures, signal, bell.signal);
      await sleep(GATHER_MS, signal).catch(() => undefined);
    }
  }

  /** Spread, as after an outage of the platform all terminals of a city have something to tell. */
  async #pause(
    failure: SyncError | StorageError | undefined,
    failures: number,
    signal: AbortSignal,
    bell: AbortSignal,
  ): Promise<void> {
    if (failure instanceof SyncError && failure.retryAfterMs !== undefined) {
      // Whatever changes meanwhile: the platform has asked for quiet.
      await sleep(Math.min(HOLD_MAX_MS, failure.retryAfterMs) * (1 + Math.random() / 10), signal).catch(
        () => undefined,
      );
      return;
    }
    const { telemetryEveryS = TELEMETRY_S } = this.#options.desired.settings.value;
    const retryMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 10));
    const pauseMs = failure ? retryMs : telemetryEveryS * 1_000;
    await sleep(pauseMs * (0.5 + Math.random() / 2), signal, bell).catch(() => undefined);
  }

  /** What kept what is wanted from the disk. Rejects with a SyncError. */
  async #pull(signal: AbortSignal): Promise<StorageError | undefined> {
    try {
      await this.#options.desired.pull(signal);
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  /** What kept the platform from hearing, or what it wants from being in force. */
  async #keep(signal: AbortSignal): Promise<SyncError | StorageError | undefined> {
    const { desired, reported, log } = this.#options;
    const tell = () => reported.write(() => ({ ...this.#options.present(), desired: desired.report() }), signal);
    try {
      const unkept = await this.#pull(signal);
      const { desiredVersion } = await tell();
      this.refused.set(false);
      if (unkept) throw unkept; // of which the platform has heard
      // Another one came while we were telling.
      if (desiredVersion !== desired.seenVersion && (await desired.pull(signal))) await tell();
      return undefined;
    } catch (error) {
      const failure = error instanceof StorageError ? error : SyncError.from(error, 'device document');
      const { code, message } = failure;
      if (!signal.aborted)
        log.info({ code, reason: message }, 'the platform and this terminal have not heard all of each other');
      if (code === 'unauthorised') this.refused.set(true);
      return failure;
    }
  }
}
