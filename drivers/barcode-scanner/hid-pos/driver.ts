import {
  type Channel,
  Connection,
  DeviceError,
  type DeviceFacts,
  Observable,
  observed,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  unlessAborted,
} from '../../core/index.ts';
import type { BarcodeScan, BarcodeScanner, BarcodeScannerStatus } from '../contract.ts';
import { QuietTimer } from '../quiet-timer.ts';
import { Visitors } from '../visitors.ts';
import { ReportAssembler } from './codec.ts';
import type { HidPosOptions } from './options.ts';

const POLL_MS = 1_000;
/** The parts of a code follow each other within milliseconds, at the most at the device's polling interval of 10. */
const NEXT_PART_MS = 200;
/** And an overdue part may come within this time, but not later. */
const LATE_PART_MS = 1_000;
/** What comes so soon after a visitor was presented before: nobody answers a screen that fast. */
const TOO_SOON_MS = 100;

/** Reports from one connection. */
interface Reading {
  readonly assembler: ReportAssembler;
  readonly ended: AbortController;
  readonly pause: QuietTimer;
}

/**
 * A scanner in HID POS mode. It only talks: there is nothing that it could be asked, and that it is there is inferred from
 * its not having gone away.
 */
export class HidPosDriver implements BarcodeScanner {
  readonly status = new Observable<BarcodeScannerStatus>({ ...startingStatus(), scanner: 'unknown' });
  readonly pollMs = POLL_MS;
  readonly #connection: Connection;
  readonly #options: HidPosOptions;
  readonly #visitors = new Visitors();
  readonly #scanTurn = new Turnstile();
  #reading: Reading | undefined;
  #damagedReports = 0;

  constructor(transport: Transport, options: HidPosOptions) {
    this.#options = options;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        const reading = this.#read(channel);
        this.#reading = reading;
        connected();
        return await this.#watch(reading, channel, signal);
      },
      ended: (failure, next) => {
        const reading = this.#reading;
        this.#reading = undefined;
        reading?.pause.stop();
        this.#damagedReports += reading?.assembler.damagedReports ?? 0;
        reading?.ended.abort(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ ...inferred(), state: 'stopped' });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    signal.throwIfAborted();
    const { assembler } = this.#required();
    return {
      line: this.#connection.name,
      ignoredCodes: String(this.#visitors.ignoredCodes),
      repeatedCodes: String(this.#visitors.repeatedCodes),
      damagedReports: String(this.#damagedReports + assembler.damagedReports),
    };
  }

  async scan(signal: AbortSignal, visitor: unknown = signal): Promise<BarcodeScan> {
    return await this.#scanTurn.run(() => this.#scan(signal, visitor), signal);
  }

  async #scan(signal: AbortSignal, visitor: unknown): Promise<BarcodeScan> {
    const { assembler, ended } = this.#required();
    await sleep(TOO_SOON_MS, signal, ended.signal);
    assembler.disown();
    const waiting = this.#visitors.wait(visitor);
    try {
      return await unlessAborted([signal, ended.signal], waiting.code);
    } finally {
      waiting.leave();
    }
  }

  #read(channel: Channel): Reading {
    const ended = new AbortController();
    const pause = new QuietTimer();
    const assembler = new ReportAssembler(this.#options.maker);
    channel.onData((chunk) => {
      if (ended.signal.aborted) return;
      this.#visitors.take(assembler.push(chunk));
      if (!assembler.isUnderWay) return pause.stop();
      pause.start(NEXT_PART_MS, () => {
        this.#visitors.take(assembler.giveUp());
        pause.start(LATE_PART_MS, () => assembler.startAnew());
      });
    });
    return { assembler, ended, pause };
  }

  /** Ends only by rejecting. */
  async #watch(reading: Reading, channel: Channel, signal: AbortSignal): Promise<never> {
    for (;;) {
      this.status.set({ ...inferred(), state: 'online' });
      await sleep(POLL_MS, signal, channel.lost, reading.ended.signal);
    }
  }

  #required(): Reading {
    if (!this.#reading) throw new DeviceError('not-connected', `${this.#connection.name}: no scanner is connected`);
    return this.#reading;
  }

  #offline({ code, message }: DeviceError, retryInMs: number): void {
    const detail = `${this.#connection.name}: ${message}`;
    this.status.set({ ...inferred(), state: 'offline', cause: code, detail, retryInMs });
  }
}

function inferred(): ReturnType<typeof observed> & { scanner: 'unknown' } {
  return { ...observed('inferred'), scanner: 'unknown' };
}
