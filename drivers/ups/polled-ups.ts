import {
  type Channel,
  Connection,
  DeviceError,
  type DeviceErrorCode,
  type DeviceFacts,
  Observable,
  observed,
  sleep,
  startingStatus,
  type Transport,
  unlessAborted,
  within,
} from '../core/index.ts';
import type { Ups, UpsPower, UpsReading, UpsStatus } from './contract.ts';

/** A UPS that has gone must be on screen within two seconds: this and one deadline. */
const POLL_MS = 1_000;
/** For a word of goodbye before the line is closed. */
const GOODBYE_MS = 100;
const SAID_BY_THE_DEVICE: readonly DeviceErrorCode[] = ['not-authorised', 'unsupported', 'hardware-error'];
const UNKNOWN: UpsReading = { power: 'unknown', shutdownOrdered: false };

/** Questions to one UPS over one open channel, one at a time. */
export interface UpsLink {
  /** Aborts when the link is of no more use, with the DeviceError that says why. */
  readonly ended: AbortSignal;
  /** Lets every waiting caller go, and keeps no timer. */
  end(reason: unknown): void;
  /** What must be said before the first question. */
  begin(): Promise<void>;
  /** Rejects with a DeviceError that says what keeps the UPS from being known. */
  read(): Promise<UpsReading>;
  /** What the last `read` said of the device itself. */
  facts(): DeviceFacts;
  goodbye(): Promise<void>;
}

/** Every model's driver: a link that is asked once a second. */
export class PolledUps implements Ups {
  readonly status = new Observable<UpsStatus>({ ...startingStatus(), ...UNKNOWN, lastKnownPower: 'unknown' });
  readonly pollMs = POLL_MS;
  readonly #connection: Connection;
  #link: UpsLink | undefined;

  constructor(transport: Transport, open: (channel: Channel) => UpsLink) {
    let link: UpsLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        const opened = open(channel);
        link = opened;
        try {
          await unlessAborted([signal], opened.begin());
          return await this.#watch(opened, signal, connected);
        } finally {
          if (signal.aborted) await within(GOODBYE_MS, 'goodbye', [], opened.goodbye()).catch(() => undefined); // as good as gone
        }
      },
      ended: (failure, next) => {
        this.#link = undefined;
        link?.end(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({
      state: 'stopped',
      ...observed('inferred'),
      ...UNKNOWN,
      lastKnownPower: this.#lastKnown(),
    });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    signal.throwIfAborted();
    const link = this.#link;
    if (!link) throw new DeviceError('not-connected', `${this.#connection.name}: no UPS is connected`);
    const { power } = await unlessAborted([signal], link.read());
    return { line: this.#connection.name, power, ...link.facts() };
  }

  /** Ends only by rejecting. */
  async #watch(link: UpsLink, signal: AbortSignal, connected: () => void): Promise<never> {
    for (;;) {
      const reading = await unlessAborted([signal], link.read());
      connected();
      this.#link = link;
      const lastKnownPower = reading.power === 'unknown' ? this.#lastKnown() : reading.power;
      this.status.set({ state: 'online', ...observed('polled'), ...reading, lastKnownPower });
      await sleep(POLL_MS, signal, link.ended);
    }
  }

  #lastKnown(): UpsPower {
    return this.status.value.lastKnownPower;
  }

  #offline(failure: DeviceError, retryInMs: number): void {
    this.status.set({
      state: 'offline',
      cause: failure.code,
      detail: `${this.#connection.name}: ${failure.message}`,
      retryInMs,
      ...observed(SAID_BY_THE_DEVICE.includes(failure.code) ? 'polled' : 'inferred'),
      ...UNKNOWN,
      lastKnownPower: this.#lastKnown(),
    });
  }
}
