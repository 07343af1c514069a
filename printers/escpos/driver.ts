import {
  Connection,
  DeviceError,
  type DeviceFacts,
  Observable,
  observed,
  type StatusSource,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  within,
} from '../../drivers/core/index.ts';
import type { PaperState, PrinterStatus, PrintJob, PrintOutcome, ReceiptPrinter } from '../core/contract.ts';
import { passGate } from '../core/gate.ts';
import type { Receipt } from '../document/document.ts';
import type { Command } from './commands.ts';
import { chunks, endOfPaper, paperDots, receiptCommands } from './job.ts';
import { PrinterLink } from './link.ts';
import type { EscposProfile } from './profile.ts';
import { type Condition, type Trouble, troubleOf } from './status.ts';

/** An unplugged cable often raises no event, only silence, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 900;
/** One piece of a job: half a second of the slowest line, so that a status request never waits longer behind it. */
const CHUNK_BYTES = 480;
/** 9600 baud is the slowest that printers come set to; half of it, as the printer holds the line up while it prints. */
const SLOWEST_BYTES_PER_SECOND = 480;
/** On top of what a receipt itself takes: a cut, and a pause of a warm print head. */
const PRINT_SLACK_MS = 6_000;

/**
 * An ESC/POS receipt printer on any byte transport. Status by real-time requests every second or so, during a job too, and by
 * the printer's own messages where it sends them. "Printed" is said only after the printer has answered the `GS r` behind
 * the cut. Nothing is repeated, and what was not printed is cleared out of the printer before anybody can refill its paper.
 *
 *   connected ──prepare──► ready ◄──job──► printing        offline, or a job that failed: back to connected
 */
export class EscposDriver implements ReceiptPrinter {
  readonly status = new Observable<PrinterStatus>({ ...startingStatus(), paper: 'unknown' });
  readonly pollMs = POLL_MS;
  readonly #connection: Connection;
  readonly #profile: EscposProfile;
  readonly #jobs = new Turnstile();
  readonly #preparations = new Turnstile();
  #link: PrinterLink | undefined;
  #ready = false;
  /** A printer that pauses in a job and goes on must not be emptied meanwhile. */
  #sending = false;
  /** Part of somebody's receipt hangs out of the printer; the next one must not be joined to it. */
  #halfPrinted = false;
  /** The printer is being asked about what it has said; a flood of messages asks once. */
  #asking = false;
  /** Tells the job under way of a condition that only a person can end. */
  #onTrouble: (trouble: Trouble) => void = () => undefined;

  constructor(transport: Transport, profile: EscposProfile) {
    this.#profile = profile;
    let link: PrinterLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        const opened = new PrinterLink(channel, transport.name, profile, (condition) => this.#hear(opened, condition));
        link = opened;
        await opened.settle(signal);
        return await this.#watch(opened, signal, connected);
      },
      ended: (failure, next) => {
        this.#link = undefined;
        this.#ready = false;
        link?.end(failure);
        if (next !== 'stopping') this.#setOffline(failure, 'unknown', next.retryInMs, 'inferred');
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ ...observed('inferred'), state: 'stopped', paper: 'unknown' });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const { name } = this.#connection;
    if (!this.#link) throw new DeviceError('not-connected', `${name} is not connected`);
    const trouble = troubleOf(await this.#read(this.#link, signal));
    if (trouble) throw new DeviceError(trouble.code, `${name}: ${trouble.detail}`);
    return { line: name, profile: this.#profile.id };
  }

  /** Polls for as long as the line holds; throws when it does not. */
  async #watch(link: PrinterLink, signal: AbortSignal, connected: () => void): Promise<never> {
    for (;;) {
      const condition = await this.#read(link, signal);
      const trouble = troubleOf(condition);
      if (trouble && !this.#sending) this.#ready = false;
      if (!trouble && !this.#sending) await this.#prepare(link, signal);
      connected(); // a printer with its cover open has answered, too
      this.#link = link;
      this.#show(condition, 'polled');
      await sleep(POLL_MS, signal, link.lost);
    }
  }

  /** After power-on, paper, or a job that failed, the printer is emptied before the next job. */
  async #prepare(link: PrinterLink, signal: AbortSignal): Promise<void> {
    await this.#preparations.run(async () => {
      if (this.#ready) return;
      await link.prepare(this.#halfPrinted ? endOfPaper(this.#profile) : [], signal);
      this.#halfPrinted = false;
      this.#ready = true;
    });
  }

  async print(receipt: Receipt, signal: AbortSignal, job?: PrintJob): Promise<PrintOutcome> {
    return await this.#jobs.run(() => this.#print(receipt, signal, job), signal);
  }

  async endPaper(signal: AbortSignal): Promise<void> {
    await this.#jobs.run(async () => {
      await this.#preparations.run(async () => {
        this.#halfPrinted = true;
        this.#ready = false;
      });
      if (this.#link) await this.#prepare(this.#link, signal);
    }, signal);
  }

  async #print(receipt: Receipt, signal: AbortSignal, job: PrintJob | undefined): Promise<PrintOutcome> {
    const link = this.#link;
    if (!link) return notPrinted(this.#absent());
    let commands: Command[];
    try {
      const trouble = troubleOf(await this.#read(link, signal));
      if (trouble) return notPrinted(trouble);
      await this.#prepare(link, signal);
      commands = receiptCommands(receipt, this.#profile);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RangeError) return notPrinted(new DeviceError('invalid-data', error.message));
      return notPrinted(DeviceError.from(error));
    }
    const refusal = await passGate(job, signal, link.lost);
    if (refusal) return refusal;
    if (!this.#ready) return notPrinted(this.#absent()); // something has happened while it waited
    return await this.#send(link, commands, signal, job?.onStage);
  }

  async #send(
    link: PrinterLink,
    commands: readonly Command[],
    signal: AbortSignal,
    onStage: PrintJob['onStage'],
  ): Promise<PrintOutcome> {
    const pieces = chunks(commands, CHUNK_BYTES);
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const sendingMs = (sizeBytes / SLOWEST_BYTES_PER_SECOND) * 1_000;
    const printingMs = (paperDots(commands) / this.#profile.slowestDotsPerSecond) * 1_000;
    const budgetMs = Math.round(PRINT_SLACK_MS + sendingMs + printingMs);
    const stop = new AbortController();
    const troubled = new AbortController();
    this.#sending = true;
    this.#onTrouble = ({ code, detail }) => troubled.abort(new DeviceError(code, detail));
    try {
      const begun = (): void => {
        this.#halfPrinted = true;
      };
      const sent = link.sendJob(pieces, stop.signal, begun, () => onStage?.('printing'));
      await within(budgetMs, `${this.#connection.name}: receipt`, [signal, link.lost, troubled.signal], sent);
      this.#halfPrinted = false;
      onStage?.('presented');
      return { outcome: 'printed' };
    } catch (error) {
      stop.abort(error);
      this.#ready = false;
      if (signal.aborted) {
        this.#withdraw(link);
        throw signal.reason;
      }
      return await this.#explain(link, DeviceError.from(error), signal);
    } finally {
      stop.abort();
      this.#sending = false;
      this.#onTrouble = () => undefined;
    }
  }

  /** What became of a job that the printer has not confirmed. */
  async #explain(link: PrinterLink, failure: DeviceError, signal: AbortSignal): Promise<PrintOutcome> {
    if (link.lost.aborted) return { outcome: 'unknown', code: failure.code, detail: failure.message };
    try {
      const trouble = troubleOf(await this.#read(link, signal));
      if (trouble) return notPrinted({ ...trouble, detail: `${trouble.detail}; the receipt was not finished` });
      return { outcome: 'unknown', code: failure.code, detail: `${failure.message}, though it reports no fault` };
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = DeviceError.from(error);
      return { outcome: 'unknown', code, detail: message };
    } finally {
      this.#withdraw(link);
    }
  }

  /** Takes the unfinished job back. A line that no longer takes bytes is closed by `run`, and the printer cleared on the next. */
  #withdraw(link: PrinterLink): void {
    link.clear().catch(() => undefined);
  }

  async #read(link: PrinterLink, signal: AbortSignal): Promise<Condition> {
    const condition = this.#corrected(await link.readCondition(signal));
    const trouble = troubleOf(condition);
    if (trouble?.certain) this.#onTrouble(trouble);
    return condition;
  }

  /** The printer's own message. One that is bad for a job is asked about first: on a noisy line it may be none. */
  #hear(link: PrinterLink, heard: Condition): void {
    if (link !== this.#link) return;
    const condition = this.#corrected(heard);
    this.#show(condition, 'event');
    if (!troubleOf(condition) || this.#asking) return;
    this.#asking = true;
    this.#read(link, link.lost)
      .then((asked) => this.#show(asked, 'polled'))
      .catch(() => undefined) // silence is noticed by `run`
      .finally(() => {
        this.#asking = false;
      });
  }

  /** Why it cannot print, as its status has it. */
  #absent(): DeviceError {
    const now = this.status.value;
    if (now.state === 'offline') return new DeviceError(now.cause, now.detail);
    return new DeviceError('not-connected', `${this.#connection.name} is not connected`);
  }

  /** What this model's paper sensors mean. */
  #corrected(condition: Condition): Condition {
    if (this.#profile.paperSensors.end === 'standard') return condition;
    return { ...condition, paper: condition.paper === 'end' ? 'present' : 'end' };
  }

  #show(condition: Condition, source: StatusSource): void {
    const trouble = troubleOf(condition);
    const paper = this.#paperOf(condition);
    if (trouble) this.#setOffline(new DeviceError(trouble.code, trouble.detail), paper, POLL_MS, source);
    else if (this.#ready) this.status.set({ ...observed(source), state: 'online', paper });
  }

  /** Without a near-end sensor nobody knows how much is left. */
  #paperOf({ cutter, offline, paper }: Condition): PaperState {
    if (paper === 'end') return 'out';
    if (cutter && offline) return 'jammed';
    if (this.#profile.paperSensors.nearEnd === 'none') return 'unknown';
    return paper === 'near-end' ? 'low' : 'full';
  }

  #setOffline({ code, message }: DeviceError, paper: PaperState, retryInMs: number, source: StatusSource): void {
    this.status.set({ ...observed(source), state: 'offline', cause: code, detail: message, retryInMs, paper });
  }
}

function notPrinted(reason: DeviceError | Trouble): PrintOutcome {
  const detail = reason instanceof DeviceError ? reason.message : reason.detail;
  return { outcome: 'not-printed', code: reason.code, detail };
}
