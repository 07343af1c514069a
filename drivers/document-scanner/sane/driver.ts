import { tmpdir } from 'node:os';
import {
  DeviceError,
  type DeviceFacts,
  type HotPlug,
  machineAgeMs,
  Observable,
  observed,
  poll,
  startingStatus,
  Turnstile,
  within,
} from '../../core/index.ts';
import type {
  DocumentScanner,
  DocumentScannerStatus,
  FeederState,
  OnPage,
  ScanOutcome,
  ScanSettings,
} from '../contract.ts';
import { inTurn } from '../in-turn.ts';
import { removeLeftovers, scanBatch } from './batch.ts';
import { feederOf, parseOptions, type SaneOptions, type SaneTicket, ticketFor } from './options.ts';
import type { Program, RunProgram } from './program.ts';
import { failureOf, feederAfter } from './status.ts';

/**
 * Asking opens the device, which some backends take a second or two for. That one was unplugged is told by the bus, and shows
 * at the look that follows at once.
 */
const POLL_MS = 5_000;
const LOOK_MS = 10_000;
const RETRY_CAP_MS = 1_000;
/** Messages in English. */
const environment = { LC_ALL: 'C' } as const;

export interface SaneDriverOptions {
  /** As scanimage takes it. A backend's name alone, `genesys`, is its first device, wherever it is plugged in. */
  readonly device: string;
  readonly command?: Program['command'];
  readonly pollMs?: number;
  /** Where pages lie for the moment until they are handed over; best in memory. */
  readonly temporaryFolder?: string;
  /** What starts programs. */
  readonly run: RunProgram;
  /** The bus of scanners with a cable to this machine. Without it one that goes is missed at the next poll. */
  readonly hotPlug?: HotPlug;
}

/** A scanner that SANE has a backend for, through the program `scanimage`. */
export class SaneDriver implements DocumentScanner {
  readonly status = new Observable<DocumentScannerStatus>({ ...startingStatus(), feeder: 'unknown' });
  readonly pollMs: number;
  readonly #device: string;
  readonly #command: Program['command'];
  readonly #temporaryFolder: string;
  readonly #run: RunProgram;
  readonly #hotPlug: HotPlug | undefined;
  /** A device is open to one program at a time. */
  readonly #turn = new Turnstile();
  /** Aborts what is under way when the driver stops or is reset. Absent while it does not run. */
  #life: AbortController | undefined;
  /** What stopped the last scan; until a page comes through, or the device is reset or comes anew. */
  #stuck: 'jammed' | 'open' | undefined;

  /** Only stores its arguments: nothing is started before `run`. */
  constructor(options: SaneDriverOptions) {
    const { device, command = ['scanimage'], pollMs = POLL_MS, temporaryFolder = tmpdir() } = options;
    this.#device = device;
    this.#command = command;
    this.pollMs = pollMs;
    this.#temporaryFolder = temporaryFolder;
    this.#run = options.run;
    this.#hotPlug = options.hotPlug;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#life = new AbortController();
    void removeLeftovers(this.#temporaryFolder);
    const look = (): Promise<unknown> => this.#turn.run(() => this.#look(signal), signal);
    const failed = this.#offline.bind(this);
    const hotPlug = this.#hotPlug;
    await poll({ pollMs: this.pollMs, retryCapMs: RETRY_CAP_MS, look, failed, hotPlug }, signal);
    this.#life.abort(this.#canceled('the driver was stopped'));
    this.#life = undefined;
    this.status.set({ state: 'stopped', feeder: 'unknown', ...observed('inferred') });
  }

  /** scanimage can only be ended: the device is then opened anew. */
  async reset(signal: AbortSignal): Promise<void> {
    if (this.#life) {
      this.#life.abort(this.#canceled('reset'));
      this.#life = new AbortController();
    }
    await this.#turn.run(() => {
      this.#stuck = undefined;
      return this.#look(signal);
    }, signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const options = await this.#turn.run(() => this.#look(signal), signal);
    const listed = (name: string): string => options.get(name)?.values.join(', ') || 'not said';
    return { line: `sane:${this.#device}`, sources: listed('source'), modes: listed('mode') };
  }

  scan(settings: ScanSettings, onPage: OnPage, signal: AbortSignal): Promise<ScanOutcome> {
    return inTurn(this.#turn, () => this.#scan(settings, onPage, signal), signal);
  }

  async #scan(settings: ScanSettings, onPage: OnPage, signal: AbortSignal): Promise<ScanOutcome> {
    const life = this.#life?.signal ?? AbortSignal.abort(this.#canceled('the driver does not run'));
    const signals = [signal, life] as const;
    let ticket: SaneTicket;
    try {
      ticket = ticketFor(await this.#look(...signals), settings);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = DeviceError.from(error);
      return { outcome: 'stopped', pages: 0, code, detail: message };
    }
    const outcome = await scanBatch({
      run: this.#run,
      command: this.#command,
      environment,
      device: this.#device,
      ticket,
      temporaryFolder: this.#temporaryFolder,
      onPage,
      onAlive: () => this.#alive(),
      signals,
    });
    if (settings.source === 'feeder') this.#remember(outcome);
    return outcome;
  }

  /** Paper that is stuck stays so, whatever the next look at the device can see: few backends tell. */
  #remember(outcome: ScanOutcome): void {
    const feeder = outcome.outcome === 'complete' ? 'empty' : feederAfter[outcome.code];
    if (feeder === 'jammed' || feeder === 'open') this.#stuck = feeder;
    else if (outcome.pages > 0) this.#stuck = undefined;
    if (feeder) this.#online(feeder, 'event');
  }

  async #look(...signals: AbortSignal[]): Promise<SaneOptions> {
    const giveUp = new AbortController();
    const program = { command: this.#command, args: ['-d', this.#device, '-A'], environment };
    const run = this.#run(program, giveUp.signal);
    try {
      const end = await within(LOOK_MS, `scanimage -d ${this.#device} -A`, signals, run);
      if (end.exitCode !== 0) throw failureOf(end);
      const options = parseOptions(end.output);
      const feeder = feederOf(options);
      this.#online(feeder === 'open' ? feeder : (this.#stuck ?? feeder), 'polled');
      return options;
    } finally {
      giveUp.abort();
      await run.catch(() => undefined); // until it is gone it keeps the device from others
    }
  }

  #online(feeder: FeederState, source: DocumentScannerStatus['source']): void {
    if (!this.#life) return; // a driver that has stopped has no status but that
    this.status.set({ state: 'online', feeder, ...observed(source) });
  }

  /** A scan under way proves that the scanner is there as often as it brings something. */
  #alive(): void {
    const { value } = this.status;
    if (value.state !== 'online' || machineAgeMs(value.observedAt) < this.pollMs) return;
    this.status.set({ ...value, ...observed('event') });
  }

  #offline({ code, message }: DeviceError, retryInMs: number): void {
    this.#stuck = undefined;
    const offline = { state: 'offline', cause: code, detail: message, retryInMs } as const;
    this.status.set({ ...offline, feeder: 'unknown', ...observed('inferred') });
  }

  #canceled(why: string): DeviceError {
    return new DeviceError('canceled', `sane:${this.#device}: ${why}`);
  }
}
