import {
  DeviceError,
  type DeviceFacts,
  machineAgeMs,
  Observable,
  observed,
  poll,
  startingStatus,
  Turnstile,
} from '../../core/index.ts';
import type { DocumentScanner, DocumentScannerStatus, OnPage, ScanOutcome, ScanSettings } from '../contract.ts';
import { inTurn } from '../in-turn.ts';
import { EsclClient } from './client.ts';
import { conditionOf } from './condition.ts';
import { type EsclExchange, type HostHeader, httpExchange } from './http.ts';
import type { InputCapabilities, ScannerCapabilities, ScannerStatus } from './messages.ts';
import { scanPages } from './scan-job.ts';

/** A scanner that was switched off is only silent, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 750;
const STATUS_REPLY_MS = 1_000;
const RETRY_CAP_MS = 1_000;

export interface EsclOptions {
  /** `http://host/eSCL`; the path as the scanner's `rs` says it. */
  readonly url: string;
  readonly pollMs?: number;
  readonly statusReplyMs?: number;
  readonly hostHeader?: HostHeader;
  /** For models that say 404 or 410 while a page is not ready yet. */
  readonly notFoundMeansBusy?: boolean;
  /** What carries the messages: HTTP unless said otherwise. */
  readonly exchange?: EsclExchange;
}

/** What a look at the scanner came to. */
interface Seen {
  readonly capabilities: ScannerCapabilities;
  readonly status: ScannerStatus;
}

/** A scanner that speaks eSCL (AirScan) over HTTP. */
export class EsclDriver implements DocumentScanner {
  readonly status = new Observable<DocumentScannerStatus>({ ...startingStatus(), feeder: 'unknown' });
  readonly pollMs: number;
  readonly #url: string;
  readonly #client: EsclClient;
  /** One scan or one look at a time: small scanners serve one connection. */
  readonly #turn = new Turnstile();
  #capabilities: ScannerCapabilities | undefined;
  /** Aborts what is under way when the driver stops or is reset. Absent while it does not run. */
  #life: AbortController | undefined;

  /** Only stores its arguments: nothing is sent before `run`. */
  constructor(options: EsclOptions) {
    const { url, pollMs = POLL_MS, statusReplyMs = STATUS_REPLY_MS, notFoundMeansBusy = false } = options;
    this.#url = url;
    this.pollMs = pollMs;
    this.#client = new EsclClient({
      root: new URL(url).pathname.replace(/\/+$/, ''),
      exchange: options.exchange ?? httpExchange(url, options.hostHeader),
      statusReplyMs,
      notFoundMeansBusy,
      onAlive: () => this.#alive(),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#life = new AbortController();
    const look = (): Promise<unknown> => this.#turn.run(() => this.#look(signal), signal);
    const failed = this.#offline.bind(this);
    await poll({ pollMs: this.pollMs, retryCapMs: RETRY_CAP_MS, look, failed }, signal);
    this.#life.abort(this.#canceled('the driver was stopped'));
    this.#life = undefined;
    this.status.set({ state: 'stopped', feeder: 'unknown', ...observed('inferred') });
  }

  /** eSCL has nothing that restarts a scanner: the strongest is to delete every job, whoever left it behind. */
  async reset(signal: AbortSignal): Promise<void> {
    if (this.#life) {
      this.#life.abort(this.#canceled('reset'));
      this.#life = new AbortController();
    }
    this.#capabilities = undefined;
    await this.#turn.run(async () => {
      const { status } = await this.#look(signal);
      await this.#client.deleteJobs(status);
    }, signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const { capabilities } = await this.#turn.run(() => this.#look(signal), signal);
    const { makeAndModel, serialNumber, version, platen, feeder, duplexFeeder } = capabilities;
    const sources = Object.entries({ platen, feeder, 'duplex feeder': duplexFeeder });
    return {
      line: this.#url,
      model: makeAndModel || 'not said',
      serialNumber: serialNumber || 'not said',
      version: version || 'not said',
      sources: sources.flatMap(([name, input]) => (input ? [`${name}${modesOf(input)}`] : [])).join(', ') || 'none',
    };
  }

  scan(settings: ScanSettings, onPage: OnPage, signal: AbortSignal): Promise<ScanOutcome> {
    return inTurn(this.#turn, () => this.#scan(settings, onPage, signal), signal);
  }

  async #scan(settings: ScanSettings, onPage: OnPage, signal: AbortSignal): Promise<ScanOutcome> {
    const life = this.#life?.signal ?? AbortSignal.abort(this.#canceled('the driver does not run'));
    const signals = [signal, life] as const;
    let seen: Seen;
    try {
      seen = await this.#look(...signals);
      const { trouble } = conditionOf(seen.status, seen.capabilities);
      if (trouble) throw new DeviceError(trouble.code, trouble.detail);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = DeviceError.from(error);
      return { outcome: 'stopped', pages: 0, code, detail: message };
    }
    return await scanPages({ client: this.#client, settings, onPage, signals, ...seen });
  }

  async #look(...signals: AbortSignal[]): Promise<Seen> {
    const capabilities = this.#capabilities ?? (await this.#client.capabilities(...signals));
    const status = await this.#client.status(...signals);
    this.#capabilities = capabilities;
    if (!this.#life) return { capabilities, status }; // a driver that has stopped has no status but that
    const { feeder, trouble } = conditionOf(status, capabilities);
    const state = trouble
      ? { state: 'offline' as const, cause: trouble.code, detail: trouble.detail, retryInMs: this.pollMs }
      : { state: 'online' as const };
    this.status.set({ ...state, feeder, ...observed('polled') });
    return { capabilities, status };
  }

  /** A scan under way proves that the scanner is there as often as it brings something. */
  #alive(): void {
    const { value } = this.status;
    if (value.state !== 'online' || machineAgeMs(value.observedAt) < this.pollMs) return;
    this.status.set({ ...value, ...observed('event') });
  }

  /** Another scanner may stand at this address when it answers again. */
  #offline({ code, message }: DeviceError, retryInMs: number): void {
    this.#capabilities = undefined;
    const offline = { state: 'offline', cause: code, detail: message, retryInMs } as const;
    this.status.set({ ...offline, feeder: 'unknown', ...observed('inferred') });
  }

  #canceled(why: string): DeviceError {
    return new DeviceError('canceled', `${this.#url}: ${why}`);
  }
}

function modesOf({ profiles }: InputCapabilities): string {
  const modes = [...new Set(profiles.flatMap(({ colorModes }) => colorModes))];
  return modes.length > 0 ? ` (${modes.join(' ')})` : '';
}
