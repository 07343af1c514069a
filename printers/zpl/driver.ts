import {
  Connection,
  DeviceError,
  type DeviceFacts,
  machineTime,
  Observable,
  observed,
  type StatusSource,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  within,
} from '../../drivers/core/index.ts';
import type { LicencePrinter, PaperState, PrinterStatus, PrintJob, PrintOutcome, SheetJob } from '../core/contract.ts';
import { passGate } from '../core/gate.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { jobPieces } from './job.ts';
import { assertFits, type Label, labelOf, type ZplOptions } from './label.ts';
import { isTimeout, type Look, ZplLink } from './link.ts';
import { type Condition, isEmpty, labelWaits, type Trouble } from './status.ts';

/** An unplugged cable often raises no event, only silence, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 800;
/** While a label is printed: the shortest is at the head for half a second, and must be seen there. */
const JOB_POLL_MS = 200;
/** A printer whose counters stand still for so long prints no more; a card printer takes 20 s for a card. */
const STALL_MS = 40_000;
/** A printer takes a format into account as soon as it has read `^XZ`. */
const ACCEPTED_MS = 5_000;
/** During a job a printer may be slow to answer: it draws the label, and a serial line first drains what is in its buffers. */
const SILENT_JOB_MS = 10_000;
/** Whatever its counters do. */
const COPY_MS = 60_000;
const COPIES_MAX = 100;
/** The same in two looks: between drawing a label and printing it, some printer may count neither. */
const EMPTY_LOOKS = 3;
/** What is at the head when everything is taken back is finished first. */
const EMPTY_MS = 25_000;

/**
 * A label or card printer that speaks ZPL II, on any byte transport. A certificate is sent as a picture, so that every
 * character comes out the same on every model. "Printed" is said only after the printer has shown that it had the job, and
 * then that nothing is left of it and nothing is wrong. Nothing is repeated, and what was not printed is taken back before
 * anybody can refill the printer.
 *
 *   connected ──empty──► ready ◄──job──► printing        offline, or a job that failed: back to connected
 */
export class ZplDriver implements LicencePrinter {
  readonly status = new Observable<PrinterStatus>({ ...startingStatus(), paper: 'unknown' });
  readonly pollMs = POLL_MS;
  readonly #connection: Connection;
  readonly #options: ZplOptions;
  readonly #label: Label;
  readonly #jobs = new Turnstile();
  readonly #preparations = new Turnstile();
  #link: ZplLink | undefined;
  /** Nothing of an earlier job is in the printer. */
  #ready = false;
  #sending = false;
  /** Tells the job that is being sent of a condition that only a person can end. */
  #onTrouble: (trouble: Trouble) => void = () => undefined;
  /** What was wrong when the printer was last heard: it may be why it is silent now. */
  #lastSeen: (Condition & { readonly trouble: Trouble; readonly at: string }) | undefined;

  constructor(transport: Transport, options: ZplOptions) {
    this.#options = options;
    this.#label = labelOf(options);
    let link: ZplLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        const opened = new ZplLink(channel, transport.name);
        link = opened;
        await opened.settle(signal);
        // Not only a reset: a process or a line that died may have left a job in the printer.
        await opened.cancel();
        return await this.#watch(opened, signal, connected);
      },
      ended: (failure, next) => {
        this.#link = undefined;
        this.#ready = false;
        link?.end(failure);
        if (next !== 'stopping') this.#showFailure(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ ...observed('inferred'), state: 'stopped', paper: 'unknown' });
  }

  /**
   * `~JX~JA` on a new connection. Not `~JR`, a power-on reset: it takes longer than a reset may, forgets what has not been
   * saved, and many printers feed labels or cards out when they start.
   */
  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const { name } = this.#connection;
    const link = this.#link;
    if (!link) throw this.#absent();
    const look = await this.#look(link, signal);
    if (look.trouble) throw new DeviceError(look.trouble.code, `${name}: ${look.trouble.detail}`);
    const { model, firmware, dpi, memory } = await link.identify(signal);
    const mismatch = this.#mismatch(link);
    if (mismatch) throw new DeviceError(mismatch.code, `${name}: ${mismatch.detail}`);
    const { widthDots, heightDots } = this.#label;
    const facts = { line: name, model, firmware, dpi: `${dpi ?? 'not said'}`, memory };
    return { ...facts, label: `${widthDots} × ${heightDots} dots at ${this.#options.dpi} dpi` };
  }

  /** Polls for as long as the line holds; throws when it does not. */
  async #watch(link: ZplLink, signal: AbortSignal, connected: () => void): Promise<never> {
    for (;;) {
      try {
        const look = await this.#look(link, signal);
        connected(); // a printer with its head open has answered, too
        const trouble = look.trouble || this.#sending ? look.trouble : await this.#prepare(link, signal);
        this.#link = link;
        this.#show(link, { ...look, trouble }, 'polled');
      } catch (error) {
        if (!this.#sending || !isTimeout(error)) throw error; // a job has a deadline of its own
      }
      await sleep(POLL_MS, signal, link.lost);
    }
  }

  /**
   * After power-on, paper, or a job that failed, the printer is emptied before the next job. Gives what kept it from becoming
   * ready; rejects where it does not let go of a job.
   */
  async #prepare(link: ZplLink, signal: AbortSignal): Promise<Trouble | undefined> {
    return await this.#preparations.run(async () => {
      if (this.#ready) return undefined;
      await link.startOver(signal);
      const begunMs = performance.now();
      for (;;) {
        const { status, trouble, paper } = await this.#look(link, signal);
        if (trouble) return trouble;
        if (status && isEmpty(status)) break;
        if (performance.now() - begunMs > EMPTY_MS) {
          throw new DeviceError(
            'hardware-error',
            `${this.#connection.name} still holds labels ${EMPTY_MS} ms after ~JA`,
          );
        }
        this.#showEmptying(paper);
        await sleep(JOB_POLL_MS, signal, link.lost);
      }
      this.#ready = true;
      return undefined;
    }, signal);
  }

  /** Whatever a look found before is over, as this one found nothing; that it does not let go of a job still holds. */
  #showEmptying(paper: PaperState): void {
    const { value } = this.status;
    const holds = value.state === 'online' || (value.state === 'offline' && value.cause === 'hardware-error');
    if (holds) this.status.set({ ...value, ...observed('polled'), paper });
    else this.#setOffline('timeout', 'it finishes what it had of an earlier job', paper, JOB_POLL_MS, 'polled');
  }

  async print(document: PrintableDocument, copies: number, signal: AbortSignal, job?: SheetJob): Promise<PrintOutcome> {
    return await this.#jobs.run(() => this.#print(document, copies, signal, job), signal);
  }

  async #print(
    document: PrintableDocument,
    copies: number,
    signal: AbortSignal,
    job: SheetJob | undefined,
  ): Promise<PrintOutcome> {
    const link = this.#link;
    if (!link) return outcome('not-printed', this.#absent());
    let pieces: Uint8Array[];
    try {
      if (!Number.isInteger(copies) || copies < 1 || copies > COPIES_MAX) {
        throw new DeviceError('unsupported', `${copies} copies: 1 to ${COPIES_MAX} are printed at once`);
      }
      if (job?.sheet) assertFits(job.sheet, this.#options);
      if (document.kind === 'licence') {
        throw new DeviceError('unsupported', 'a licence has a sheet of its own, and this printer has cards or labels');
      }
      const { rasterCertificate } = await import('./raster.ts'); // fonts and all: not before there is something to print
      const image = await rasterCertificate(document, this.#label);
      const { graphics, mode } = this.#options;
      pieces = jobPieces(image, this.#label.widthDots, { copies, graphics, mode });
      const { trouble, status } = await this.#look(link, signal);
      if (trouble) return outcome('not-printed', trouble);
      if (link.behind || !status || !isEmpty(status)) this.#ready = false;
      const hindrance = (await this.#prepare(link, signal)) ?? this.#mismatch(link);
      if (hindrance) return outcome('not-printed', hindrance);
    } catch (error) {
      signal.throwIfAborted();
      return outcome('not-printed', DeviceError.from(error));
    }
    const refusal = await passGate(job, signal, link.lost);
    if (refusal) return refusal;
    if (this.#lastSeen) return outcome('not-printed', this.#lastSeen.trouble); // it has happened while the job waited
    return await this.#send(link, pieces, copies, signal, job?.onStage);
  }

  async #send(
    link: ZplLink,
    pieces: readonly Uint8Array[],
    copies: number,
    signal: AbortSignal,
    onStage: PrintJob['onStage'],
  ): Promise<PrintOutcome> {
    const troubled = new AbortController();
    let complete = false;
    this.#sending = true;
    this.#onTrouble = ({ code, detail }) => troubled.abort(new DeviceError(code, detail));
    let result: PrintOutcome | undefined;
    try {
      for (const [at, piece] of pieces.entries()) {
        const waits = [signal, link.lost, troubled.signal];
        for (const wait of waits) wait.throwIfAborted();
        complete = at === pieces.length - 1;
        await within(STALL_MS, `${this.#connection.name}: label`, waits, link.write(piece));
      }
      this.#onTrouble = () => undefined;
      onStage?.('printing');
      result = await this.#follow(link, copies, signal);
      if (result.outcome === 'printed') onStage?.('presented');
      return result;
    } catch (error) {
      signal.throwIfAborted();
      // Without its end, no part of a label is printed.
      result = outcome(complete ? 'unknown' : 'not-printed', DeviceError.from(error));
      return result;
    } finally {
      this.#sending = false;
      this.#onTrouble = () => undefined;
      if (result?.outcome !== 'printed') {
        this.#ready = false;
        // A line that no longer takes bytes is closed by `run`, and the printer emptied on the next.
        link.cancel().catch(() => undefined);
      }
    }
  }

  /** What becomes of a job that has been sent whole. Rejects when that cannot be learnt any more. */
  async #follow(link: ZplLink, copies: number, signal: AbortSignal): Promise<PrintOutcome> {
    const { name } = this.#connection;
    const sentAtMs = performance.now();
    let [heardAtMs, movedAtMs] = [sentAtMs, sentAtMs];
    let counters = '';
    let accepted = false;
    let emptyLooks = 0;
    for (;;) {
      const look = await this.#lookOrSilence(link, signal);
      const nowMs = performance.now();
      if (!look) {
        if (nowMs - heardAtMs > SILENT_JOB_MS) throw new DeviceError('timeout', `${name}: silent while it printed`);
        continue;
      }
      heardAtMs = nowMs;
      const { status, trouble } = look;
      const left = status && !isEmpty(status);
      if (left) accepted = true;
      emptyLooks = !left && accepted && (!trouble || trouble === labelWaits) ? emptyLooks + 1 : 0;
      if (emptyLooks >= EMPTY_LOOKS) return { outcome: 'printed' };
      const stopped =
        trouble && `${trouble.detail}; ${status?.labelsRemaining ?? 'an unknown number'} of ${copies} left`;
      // With nothing left, or nothing said, the last label may have come out whole before it stopped.
      if (trouble?.certain) return outcome(left ? 'not-printed' : 'unknown', { ...trouble, detail: stopped ?? '' });
      const now = `${status?.formatsWaiting} ${status?.labelsRemaining} ${status?.partialFormat}`;
      if (now !== counters) movedAtMs = nowMs;
      counters = now;
      if (nowMs - movedAtMs > STALL_MS && trouble) {
        return outcome(left ? 'not-printed' : 'unknown', { ...trouble, detail: stopped ?? '' });
      }
      const stalled = nowMs - movedAtMs > STALL_MS || nowMs - sentAtMs > copies * COPY_MS;
      if (stalled) throw new DeviceError('timeout', `${name} does not get on with a label, and says no reason`);
      if (!accepted && !trouble && nowMs - sentAtMs > ACCEPTED_MS) {
        throw new DeviceError('timeout', `${name} has never shown that it had the label`);
      }
      await sleep(JOB_POLL_MS, signal, link.lost);
    }
  }

  async #lookOrSilence(link: ZplLink, signal: AbortSignal): Promise<Look | undefined> {
    try {
      const look = await this.#look(link, signal);
      this.#show(link, look, 'polled');
      return look;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return undefined;
    }
  }

  async #look(link: ZplLink, signal: AbortSignal): Promise<Look> {
    const look = await link.look(signal);
    const { trouble } = look;
    this.#lastSeen = trouble ? { ...look, trouble, at: machineTime() } : undefined;
    if (trouble?.certain) this.#onTrouble(trouble);
    return look;
  }

  /** A picture for another print head would come out at the wrong size, or half of it. */
  #mismatch({ identity }: ZplLink): Trouble | undefined {
    const { dpi } = this.#options;
    if (!identity?.dpi || identity.dpi === dpi) return undefined;
    return { code: 'unsupported', detail: `its head has ${identity.dpi} dpi, ${dpi} are configured`, certain: true };
  }

  #absent(): DeviceError {
    const now = this.status.value;
    if (now.state === 'offline') return new DeviceError(now.cause, now.detail);
    return new DeviceError('not-connected', `${this.#connection.name} is not connected`);
  }

  #show(link: ZplLink, look: Condition, source: StatusSource): void {
    const trouble = look.trouble ?? this.#mismatch(link);
    const { paper } = look;
    if (trouble) this.#setOffline(trouble.code, trouble.detail, paper, POLL_MS, source);
    else if (this.#ready) this.status.set({ ...observed(source), state: 'online', paper });
  }

  /**
   * A line that holds and a printer that says nothing: it may be off behind its adapter, or be one of those that wait in
   * silence with head open or without media. What it said last is then the likeliest cause, and named as such.
   */
  #showFailure({ code, message }: DeviceError, retryInMs: number): void {
    if (code !== 'timeout') this.#lastSeen = undefined;
    const seen = this.#lastSeen;
    if (code === 'timeout' && seen) {
      const detail = `${seen.trouble.detail} (seen at ${seen.at}); ${message}`;
      this.#setOffline(seen.trouble.code, detail, seen.paper, retryInMs, 'inferred');
      return;
    }
    const waits = code === 'timeout' ? ': off, or waiting with its head open, without media or without ribbon' : '';
    this.#setOffline(code, `${message}${waits}`, 'unknown', retryInMs, 'inferred');
  }

  #setOffline(
    cause: DeviceError['code'],
    detail: string,
    paper: PaperState,
    retryInMs: number,
    source: StatusSource,
  ): void {
    this.status.set({ ...observed(source), state: 'offline', cause, detail, retryInMs, paper });
  }
}

function outcome(word: 'not-printed' | 'unknown', reason: DeviceError | Trouble): PrintOutcome {
  const detail = reason instanceof DeviceError ? reason.message : reason.detail;
  return { outcome: word, code: reason.code, detail };
}
