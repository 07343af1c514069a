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
import type { LicencePrinter, PrinterStatus, PrintOutcome, SheetJob } from '../core/contract.ts';
import { passGate } from '../core/gate.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { IppClient } from './client.ts';
import { conditionOf, type Trouble } from './condition.ts';
import type { JobTicket, PrinterFacts } from './facts.ts';
import { type FollowedJob, followJob } from './follow.ts';
import { type Exchange, httpExchange } from './http.ts';
import { PDF } from './operations.ts';
import { pagesIn } from './pdf-pages.ts';

/** A printer that was switched off is only silent, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 750;
const STATUS_REPLY_MS = 1_000;
/** With the deadline before it, a printer that is back is ready within three seconds. */
const RETRY_CAP_MS = 500;
/** Looks for a job whose answer was lost; a printer lists it within moments of having taken it. */
const SEARCH_TRIES = 5;
const SEARCH_PAUSE_MS = 3_000;
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
  readonly ticket: JobTicket;
  readonly pdf: Uint8Array;
  /** Sides that must come out. */
  readonly sides: number;
  /** Create-Job and Send-Document in place of Print-Job. */
  readonly inSteps: boolean;
}

const stopped = { state: 'stopped', paper: 'unknown', source: 'inferred' } as const;

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
    this.status.set({ ...stopped, observedAt: new Date().toISOString() });
  }

  /** IPP has nothing that resets a printer: asking anew on a new connection is all that software can do. */
  async reset(signal: AbortSignal): Promise<void> {
    await this.#look(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const { makeAndModel, formats } = await this.#look(signal);
    return { line: this.#url, model: makeAndModel || 'not said', formats: formats.join(', ') };
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
        await this.#withdraw(ready.ticket.jobName);
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
      const { renderCertificate } = await import('../pdf/certificate.ts'); // fonts and all: not before there is something to print
      const pdf = await renderCertificate(document);
      const printer = await this.#client.printer(signal);
      this.#observe(printer);
      const jobName = job?.name ?? `${document.kind}-${randomUUID()}`;
      const ticket = { jobName, copies, keepScale: printer.canKeepScale };
      assertAble(printer, copies);
      assertAsAsked(await this.#client.validate(ticket, signal));
      const inSteps = printer.operations.includes('create-job') && printer.operations.includes('send-document');
      return { ticket, pdf, sides: pagesIn(pdf) * copies, inSteps };
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** The printer may have been opened or emptied while the job waited. */
  async #lookAgain({ ticket }: ReadyJob, signal: AbortSignal): Promise<PrintOutcome | undefined> {
    try {
      assertAble(await this.#client.printer(signal), ticket.copies);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** A job to follow once the document may have gone out; an outcome where it certainly has not, or all trace is lost. */
  async #send({ ticket, pdf, sides, inSteps }: ReadyJob, signal: AbortSignal): Promise<FollowedJob | PrintOutcome> {
    try {
      return inSteps
        ? await this.#createAndSend(ticket, pdf, sides, signal)
        : await this.#sendAtOnce(ticket, pdf, sides, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'not-printed', ...troubleFrom(error) };
    }
  }

  /** Rejects while the printer has no document of ours. */
  async #createAndSend(ticket: JobTicket, pdf: Uint8Array, sides: number, signal: AbortSignal): Promise<FollowedJob> {
    const { jobName } = ticket;
    const job = await this.#client.createJob(ticket, signal).catch(async (error: unknown) => {
      signal.throwIfAborted();
      await this.#withdraw(jobName); // it may exist all the same, and would keep other jobs waiting
      throw error;
    });
    const followed = { jobId: job.jobId, jobName, sides };
    try {
      assertAsAsked(job.ignored);
    } catch (error) {
      await this.#withdraw(jobName);
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
    ticket: JobTicket,
    pdf: Uint8Array,
    sides: number,
    signal: AbortSignal,
  ): Promise<FollowedJob | PrintOutcome> {
    const { jobName } = ticket;
    try {
      const word = await this.#client.printJob(ticket, pdf, signal);
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
  async #withdraw(jobName: string): Promise<void> {
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

function assertAble(printer: PrinterFacts, copies: number): void {
  const { trouble } = conditionOf(printer);
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
