import { randomUUID } from 'node:crypto';
import {
  DeviceError,
  type DeviceFacts,
  Observable,
  observed,
  poll,
  sleep,
  startingStatus,
  Turnstile,
  within,
} from '../../drivers/core/index.ts';
import type { LicencePrinter, PrinterStatus, PrintOutcome, SentJob, SheetJob } from '../core/contract.ts';
import { passGate } from '../core/gate.ts';
import type { SheetSetup } from '../core/sheet.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { IppClient, type JobRequest } from './client.ts';
import { conditionOf, type Trouble, troubleFor } from './condition.ts';
import { type JobTicket, type PrinterFacts, ticketAttributes } from './facts.ts';
import { type FollowedJob, followJob, isOver } from './follow.ts';
import { type Exchange, httpExchange } from './http.ts';
import { isSize, sheetTrouble, trayWords, withSource, wordsFor } from './media.ts';
import { A4, PDF } from './operations.ts';
import { pageSizes, pagesIn } from './pdf-pages.ts';

/** A printer that was switched off is only silent, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 750;
const STATUS_REPLY_MS = 1_000;
/** With the deadline before it, a printer that is back is ready within three seconds. */
const RETRY_CAP_MS = 500;
/** Looks for a job whose answer was lost; a printer lists it within moments of having taken it. */
const SEARCH_TRIES = 5;
const SEARCH_PAUSE_MS = 3_000;
/** By which an instant of before a crash may be wrong: the platform may have set the clock since. */
const CLOCKS_DIFFER_MS = 10 * 60_000;
/** How long a visitor's giving up may keep the printer busy with the withdrawal of the job. */
const WITHDRAW_MS = 5_000;

export interface IppOptions {
  /** `ipp://host/ipp/print`, `ipps://…`, or the `http://host:631/…` below it. */
  readonly url: string;
  readonly pollMs?: number;
  /** What carries the messages: HTTP unless said otherwise. */
  readonly exchange?: Exchange;
}

/** A job that the printer would take, and has not got. */
interface ReadyJob {
  readonly request: JobRequest;
  readonly ticket: JobTicket;
  readonly pdf: Uint8Array;
  /** Sides that must come out. */
  readonly sides: number;
  /** Create-Job and Send-Document in place of Print-Job. */
  readonly inSteps: boolean;
}

const a4: SheetSetup = { media: A4 };
const NOBODY_WAITS: Trouble = { code: 'canceled', detail: 'nobody waits for it any more' };
const stopped = { state: 'stopped', paper: 'unknown' } as const;

/** A laser or inkjet printer that speaks IPP 2.0 and takes PDF: any IPP Everywhere printer with PDF, any CUPS queue. */
export class IppDriver implements LicencePrinter {
  readonly status = new Observable<PrinterStatus>({ ...startingStatus(), paper: 'unknown' });
  readonly pollMs: number;
  readonly #client: IppClient;
  readonly #url: string;
  readonly #turn = new Turnstile();
  #stopped = false;

  /** Only stores its arguments: nothing is sent before `run` or `print`. */
  constructor({ url, pollMs = POLL_MS, exchange = httpExchange(url) }: IppOptions) {
    this.#client = new IppClient(url, exchange);
    this.#url = url;
    this.pollMs = pollMs;
  }

  /** Asks the printer how it is, every few seconds, until `signal` aborts. Never rejects: trouble shows in `status`. */
  async run(signal: AbortSignal): Promise<void> {
    this.#stopped = false;
    const look = (): Promise<unknown> => this.#look(signal);
    const failed = ({ code, message }: DeviceError, retryInMs: number): void => {
      const offline = { state: 'offline', cause: code, detail: message, retryInMs } as const;
      this.status.set({ ...offline, paper: 'unknown', ...observed('inferred') });
    };
    await poll({ pollMs: this.pollMs, retryCapMs: RETRY_CAP_MS, look, failed }, signal);
    this.#stopped = true;
    this.status.set({ ...stopped, ...observed('inferred') });
  }

  /** IPP has nothing that resets a printer: asking anew on a new connection is all that software can do. */
  async reset(signal: AbortSignal): Promise<void> {
    await this.#look(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const { makeAndModel, formats, trays, media } = await this.#look(signal);
    const facts = { line: this.#url, model: makeAndModel || 'not said', formats: formats.join(', ') };
    return { ...facts, ...trayWords(trays, media) };
  }

  async #look(signal: AbortSignal): Promise<PrinterFacts> {
    const asked = new AbortController();
    try {
      const asking = this.#client.printer(asked.signal, 1);
      const printer = await within(STATUS_REPLY_MS, `${this.#url}: get-printer-attributes`, [signal], asking);
      this.#observe(printer);
      return printer;
    } finally {
      asked.abort(); // a printer that was given up on is not listened to
    }
  }

  /**
   * Prints on A4, one-sided, `copies` times. Resolves when the printer has confirmed the end, or when it cannot be learnt
   * any more; rejects only with the signal's reason, after an attempt to withdraw the job.
   */
  async print(document: PrintableDocument, copies: number, signal: AbortSignal, job?: SheetJob): Promise<PrintOutcome> {
    return await this.#turn.run(async () => {
      signal.throwIfAborted();
      const ready = await this.#makeReady(document, copies, signal, job);
      if ('outcome' in ready) return ready;
      const refusal = job && ((await passGate(job, signal)) ?? (await this.#lookAgain(ready, signal)));
      if (refusal) return refusal;
      try {
        const sent = await this.#send(ready, signal);
        if ('outcome' in sent) return sent;
        return await followJob(this.#client, { ...sent, onStage: job?.onStage }, signal);
      } catch (error) {
        await this.#callOff(ready.request.jobName);
        throw error;
      }
    });
  }

  /** Everything that can be known before the printer has a job. */
  async #makeReady(
    document: PrintableDocument,
    copies: number,
    signal: AbortSignal,
    job: SheetJob | undefined,
  ): Promise<ReadyJob | PrintOutcome> {
    try {
      const { renderPrintable } = await import('../pdf/printable.ts'); // fonts and all: not before there is something to print
      const pdf = await renderPrintable(document, job);
      const printer = await this.#client.printer(signal);
      this.#observe(printer);
      const jobName = job?.name ?? `${document.kind}-${randomUUID()}`;
      const sheet = withSource(printer, job?.sheet ?? a4);
      const ticket = { jobName, copies, sheet, landscape: isLandscape(pdf, sheet) };
      const sides = pagesIn(pdf) * copies;
      assertAble(printer, ticket, sides);
      const request = { jobName, attributes: ticketAttributes(ticket, printer) };
      assertAsAsked(await this.#client.validate(request, signal));
      const inSteps = printer.operations.includes('create-job') && printer.operations.includes('send-document');
      return { request, ticket, pdf, sides, inSteps };
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** The printer may have been opened or emptied while the job waited. */
  async #lookAgain({ ticket, sides }: ReadyJob, signal: AbortSignal): Promise<PrintOutcome | undefined> {
    try {
      assertAble(await this.#client.printer(signal), ticket, sides);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** A job to follow once the document may have gone out; an outcome where it certainly has not, or all trace is lost. */
  async #send({ request, pdf, sides, inSteps }: ReadyJob, signal: AbortSignal): Promise<FollowedJob | PrintOutcome> {
    try {
      return inSteps
        ? await this.#createAndSend(request, pdf, sides, signal)
        : await this.#sendAtOnce(request, pdf, sides, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** Rejects while the printer has no document of ours. */
  async #createAndSend(request: JobRequest, pdf: Uint8Array, sides: number, signal: AbortSignal): Promise<FollowedJob> {
    const { jobName } = request;
    const job = await this.#client.createJob(request, signal).catch(async (error: unknown) => {
      signal.throwIfAborted();
      await this.#callOff(jobName); // it may exist all the same, and would keep other jobs waiting
      throw error;
    });
    const followed = { jobId: job.jobId, jobName, sides };
    try {
      assertAsAsked(job.ignored);
    } catch (error) {
      await this.#callOff(jobName);
      throw error;
    }
    try {
      const refusal = await this.#client.sendDocument(job.jobId, pdf, signal);
      return refusal ? { ...followed, withdrawFor: troubleFrom(refusal) } : followed;
    } catch (error) {
      signal.throwIfAborted();
      return { ...followed, sendFailure: troubleFrom(error) };
    }
  }

  /** Rejects when the printer refuses. */
  async #sendAtOnce(
    request: JobRequest,
    pdf: Uint8Array,
    sides: number,
    signal: AbortSignal,
  ): Promise<FollowedJob | PrintOutcome> {
    const { jobName } = request;
    try {
      const word = await this.#client.printJob(request, pdf, signal);
      if (word instanceof DeviceError) return { outcome: 'not-printed', ...troubleFrom(word) };
      const followed = { jobId: word.jobId, jobName, sides };
      return word.ignored.length === 0 ? followed : { ...followed, withdrawFor: notAsAsked(word.ignored) };
    } catch (error) {
      signal.throwIfAborted();
      const trouble = troubleFrom(error);
      const jobId = await this.#search(jobName, signal);
      return jobId === undefined ? { outcome: 'unknown', ...trouble } : { jobId, jobName, sides, sendFailure: trouble };
    }
  }

  /**
   * A printer that never had the job lists others that are older and already over: it forgets its oldest first. One that lists
   * none so old may have been switched off since, or keep no list.
   */
  async whatBecameOf(
    { name, begunAt }: SentJob,
    signal: AbortSignal,
  ): Promise<PrintOutcome | 'unheard-of' | undefined> {
    const jobId = await this.#search(name, signal); // what was on its way when its sender died is there within moments
    if (jobId === undefined)
      return (await this.#remembers(name, Date.parse(begunAt), signal)) ? 'unheard-of' : undefined;
    return await followJob(this.#client, { jobId, jobName: name, sides: undefined, senderIsGone: true }, signal);
  }

  async withdraw({ name }: SentJob, signal: AbortSignal): Promise<PrintOutcome | undefined> {
    const job = await this.#client.findJob(name, signal);
    if (!job) return undefined;
    const { jobId } = job;
    const followed = { jobId, jobName: name, sides: undefined, withdrawFor: NOBODY_WAITS };
    const outcome = await followJob(this.#client, followed, signal);
    const left = await this.#client.job(jobId, signal);
    if (left?.jobName === name && !isOver(left)) {
      throw new DeviceError('timeout', `${this.#url}: the printer does not let go of a job that nobody waits for`);
    }
    // Of a sheet that was under way when it was called off printers count nothing: it is in the tray, in the path, or out.
    const hadBegun = job.state === 'processing' || job.state === 'stopped';
    return hadBegun && outcome.outcome === 'not-printed' ? { ...outcome, outcome: 'unknown' } : outcome;
  }

  async #remembers(jobName: string, sinceMs: number, signal: AbortSignal): Promise<boolean> {
    const { upTimeS } = await this.#client.printer(signal);
    const nowMs = Date.now();
    if (sinceMs > nowMs) return false; // the clock was set back, and what was really sent before is not known
    const waiting = await this.#client.jobs('not-completed', signal);
    const over = await this.#client.jobs('completed', signal);
    const all = [...waiting, ...over];
    // Some printers show the names of other people's jobs to nobody, and some may take us for other people.
    if (upTimeS === undefined || all.some((job) => job.jobName === undefined || job.jobName === jobName)) return false;
    const createdAt = over.flatMap(({ state, createdAtS = 0 }) =>
      state === 'completed' && createdAtS > 0 ? [nowMs - (upTimeS - createdAtS) * 1_000] : [],
    );
    return createdAt.some((atMs) => atMs < sinceMs - CLOCKS_DIFFER_MS);
  }

  /** The number of a job whose answer was lost. A job that is in no list may have been printed and forgotten. */
  async #search(jobName: string, signal: AbortSignal): Promise<number | undefined> {
    for (let tries = 1; tries <= SEARCH_TRIES; tries += 1) {
      const job = await this.#client.findJob(jobName, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (job) return job.jobId;
      if (tries < SEARCH_TRIES) await sleep(SEARCH_PAUSE_MS, signal);
    }
    return undefined;
  }

  /** Cancels the job if the printer has it. Never rejects: it is tried for the next person's sake, and may be in vain. */
  async #callOff(jobName: string): Promise<void> {
    const giveUp = new AbortController();
    const attempt = this.#client.findJob(jobName, giveUp.signal).then(async (job) => {
      if (job) await this.#client.cancelJob(job.jobId, giveUp.signal);
    });
    await within(WITHDRAW_MS, 'IPP withdrawal', [], attempt).catch(() => undefined);
    giveUp.abort();
  }

  #observe(printer: PrinterFacts): void {
    if (this.#stopped) return; // a driver that has stopped has no status but that
    const { paper, trouble } = conditionOf(printer);
    // Paper has a word of its own in the status; the printer itself is well without it.
    const ready = !trouble || paper === 'out' || paper === 'jammed';
    const status = ready
      ? { state: 'online' as const }
      : { state: 'offline' as const, cause: trouble.code, detail: trouble.detail, retryInMs: this.pollMs };
    this.status.set({ ...status, paper, ...observed('polled') });
  }
}

/** Whether a document lies across. Fails `invalid-data` where a page would be scaled or cut on that sheet. */
function isLandscape(pdf: Uint8Array, { media }: SheetSetup): boolean {
  const sizes = pageSizes(pdf);
  for (const size of sizes) {
    if (isSize(size, media)) continue;
    throw new DeviceError('invalid-data', `a page of ${wordsFor({ size, type: undefined })} for ${media}`);
  }
  return sizes.some(({ width, height }) => width > height);
}

function assertAble(printer: PrinterFacts, { copies, sheet }: JobTicket, sides: number): void {
  const trouble = troubleFor(printer, sheet.source) ?? sheetTrouble(printer, sheet, sides);
  if (trouble) throw new DeviceError(trouble.code, trouble.detail);
  if (!printer.formats.includes(PDF)) {
    throw new DeviceError('unsupported', `printer takes ${printer.formats.join(', ') || 'nothing'}, and no ${PDF}`);
  }
  if (copies < 1 || copies > printer.maxCopies) {
    throw new DeviceError('unsupported', `printer makes 1 to ${printer.maxCopies} copies, not ${copies}`);
  }
}

function assertAsAsked(ignored: readonly string[]): void {
  if (ignored.length > 0) throw new DeviceError('unsupported', notAsAsked(ignored).detail);
}

function notAsAsked(ignored: readonly string[]): Trouble {
  return { code: 'unsupported', detail: `printer would not keep to ${ignored.join(', ')}` };
}

function troubleFrom(error: unknown): Trouble {
  const { code, message } = DeviceError.from(error);
  return { code, detail: message };
}
