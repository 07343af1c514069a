import { DeviceError, Turnstile, unlessAborted, within } from '../../drivers/core/index.ts';
import type { PrintStage } from '../../printers/core/contract.ts';
import type { BlankProblem, PaperOutcome, PrintOutcome } from '../../printers/core/outcome.ts';
import { isAtPrinter, outcomeOf } from '../../printers/spool/job-state.ts';
import type { Log } from '../log/log.ts';
import type { Cassette } from '../storage/blanks.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import { paperOf, type SpoolJob } from '../storage/spool.ts';
import { SpoolError } from '../storage/spool-error.ts';
import type { PreparedPrint, PrepareOptions, PrintPort } from './print-port.ts';

export interface PrintOrder<Document extends { readonly kind: string }> {
  /** `case:index:attempt`: who prints again on purpose takes another. A licence is not printed again where one attempt came out. */
  readonly jobId: string;
  readonly document: Document;
  readonly copies: number;
  /** The numbered blank that it needs: one sheet, one copy. */
  readonly blank?: { readonly series: string };
  /** For the printer to come ready; a minute where left out. */
  readonly waitMs?: number;
}

export interface PrintingOptions<Document> {
  readonly store: Pick<Store, 'spool' | 'blanks'>;
  readonly printers: PrintPort<Document>;
  readonly log: Log;
}

const WAIT_MS = 60_000;
const ASK_MS = 30_000;
/** A printer has half a minute to stop a sheet that moves. Nor does anybody who wants to print wait longer for it. */
const TAKE_BACK_MS = 45_000;
const LOST: PrintOutcome = {
  outcome: 'unknown',
  code: 'outcome-unknown',
  detail: 'the terminal stopped while this was being printed',
};
const NEVER_THERE: PrintOutcome = {
  outcome: 'not-printed',
  code: 'canceled',
  detail: 'the printer never got it: the terminal stopped before',
};

/**
 * Prints each job at most once, whatever dies in between: it is `sending` on the disk, with the number of its blank, before
 * the first byte may leave. Licences go one at a time: which sheet is next can only be known when the one before has ended.
 */
export class Printing<Document extends { readonly kind: string }> {
  readonly #store: Pick<Store, 'spool' | 'blanks'>;
  readonly #printers: PrintPort<Document>;
  readonly #log: Log;
  readonly #underWay = new Map<string, Promise<PaperOutcome>>();
  readonly #licences = new Turnstile();
  /** Jobs that printers have not let go of: it is said once of each, not every minute. */
  readonly #kept = new Set<string>();

  constructor({ store, printers, log }: PrintingOptions<Document>) {
    this.#store = store;
    this.#printers = printers;
    this.#log = log;
  }

  /**
   * Prints a job, or tells what became of it before. Rejects with the signal's reason, or with a StorageError; a job that was at
   * the printer by then is found again under its id, and is printed by nobody.
   */
  print(order: PrintOrder<Document>, signal: AbortSignal): Promise<PaperOutcome> {
    if (order.blank && order.copies !== 1) throw new Error('A numbered blank is one sheet: it takes one copy.');
    return unlessAborted(
      [signal],
      this.#once(order.jobId, () => this.#print(order, signal)),
    );
  }

  /**
   * After a start: asks the printers what became of what they had, and of licences whose number nobody has settled yet. Rejects as
   * `print`.
   */
  async recover(signal: AbortSignal): Promise<void> {
    const { spool, blanks } = this.#store;
    spool.doubtOrphans();
    const isOpen = ({ state, blankNumber }: SpoolJob): boolean =>
      isAtPrinter(state.state) || (blankNumber !== undefined && blanks.isUncertain(blankNumber));
    for (const job of spool.unsettled().filter(isOpen)) {
      signal.throwIfAborted();
      await unlessAborted(
        [signal],
        this.#once(job.jobId, () => this.#followUpInTurn(job, signal)),
      );
    }
  }

  /**
   * Takes back what nobody waits for any more from printers that were away: it would come out for somebody else, or on a
   * blank of another number. What cannot be taken back yet is tried again. Licences whose end a full disk refused are followed
   * up as well. Rejects as `print`.
   */
  async takeBack(signal: AbortSignal): Promise<void> {
    await this.#licences.run(() => this.#followUpLeft(signal), signal);
    for (const job of this.#store.spool.leftAtPrinters()) {
      await this.#licences.run(() => this.#takeBackOne(job, signal), signal); // who waits for a licence comes in between
    }
  }

  /** A resident has said whether a paper came out of which nobody knew. Of a numbered one that is not theirs to say. */
  seen(jobId: string, isThere: boolean): void {
    const job = this.#store.spool.find(jobId);
    if (job?.state.state !== 'unknown' || job.blankNumber !== undefined) return;
    this.#store.spool.settle(jobId, isThere ? 'printed' : 'not-printed');
  }

  /** The resident has taken it. */
  taken(jobId: string): void {
    this.#store.spool.taken(jobId);
  }

  /** Why a paper of that series cannot be printed: for whoever must know before anything is charged. */
  problem(series: string): BlankProblem | undefined {
    const { blanks } = this.#store;
    const waitsForPrinters = blanks.usable(series) && !this.#usable(series);
    return blanks.problem(series) ?? (waitsForPrinters ? 'blanks-uncertain' : undefined);
  }

  /**
   * A caller who gives up is let go at once, but the job is under way until it has ended: who asks for it meanwhile waits for
   * that, and goes on himself where it came to no end.
   */
  async #once(jobId: string, work: () => Promise<PaperOutcome>): Promise<PaperOutcome> {
    for (let running = this.#underWay.get(jobId); running; running = this.#underWay.get(jobId)) {
      const outcome = await running.catch(() => undefined); // whose caller has been told
      if (outcome) return outcome;
    }
    const own = work().finally(() => this.#underWay.delete(jobId));
    this.#underWay.set(jobId, own);
    return await own;
  }

  async #print(order: PrintOrder<Document>, signal: AbortSignal): Promise<PaperOutcome> {
    const { jobId, document, blank } = order;
    const job = this.#store.spool.accept({ jobId, document: document.kind, series: blank?.series });
    const known = outcomeOf(job.state);
    if (known) return known;
    if (isAtPrinter(job.state.state)) return await this.#followUpInTurn(job, signal);
    const outcome = blank
      ? await this.#licences.run(() => this.#printOnBlank(order, blank.series, signal))
      : await this.#printOnPlain(order, signal);
    this.#log.info({ document: document.kind, ...outcome }, 'paper');
    return outcome;
  }

  async #printOnBlank(order: PrintOrder<Document>, series: string, signal: AbortSignal): Promise<PaperOutcome> {
    signal.throwIfAborted();
    const { blanks, spool } = this.#store;
    await this.#followUpLeft(signal);
    const printers = new Set(blanks.list().flatMap((one) => (one.series === series ? [one.printerId] : [])));
    const isThisPaper = (job: SpoolJob): boolean => isAnotherAttempt(job, order.jobId);
    await this.#takeBack((job) => printers.has(job.printerId ?? '') || isThisPaper(job), signal);
    const before = spool.earlierOf(order.jobId);
    if (before?.outcome === 'unknown') return { outcome: 'no-blank', problem: 'blanks-uncertain' };
    if (before) return before;
    const cassette = spool.leftAtPrinters().some(isThisPaper) ? undefined : this.#usable(series);
    if (cassette) return await this.#carryOut(order, cassette, signal);
    return { outcome: 'no-blank', problem: blanks.problem(series) ?? 'blanks-uncertain' };
  }

  /** Not of a printer that may have an earlier paper still, which would take the blank. */
  #usable(series: string): Cassette | undefined {
    const left = new Set(this.#store.spool.leftAtPrinters().map(({ printerId }) => printerId));
    return this.#store.blanks.usable(series, (printerId) => !left.has(printerId));
  }

  /** A resident has said that it did not come out: it would do so yet, beside the one that is printed now. */
  async #printOnPlain(order: PrintOrder<Document>, signal: AbortSignal): Promise<PrintOutcome> {
    await this.#takeBack((job) => isAnotherAttempt(job, order.jobId), signal);
    return await this.#carryOut(order, undefined, signal);
  }

  async #carryOut(
    order: PrintOrder<Document>,
    cassette: Cassette | undefined,
    signal: AbortSignal,
  ): Promise<PrintOutcome> {
    const { spool } = this.#store;
    const { jobId } = order;
    spool.rendering(jobId);
    const prepared = await this.#prepare(order, cassette, signal);
    if ('outcome' in prepared) return spool.finish(jobId, prepared);
    try {
      signal.throwIfAborted();
      assertInPlace(prepared, cassette);
      spool.sending(jobId, prepared.printerId, cassette?.cassetteId);
    } catch (error) {
      await prepared.discard();
      if (!(error instanceof SpoolError || error instanceof DeviceError)) throw error;
      return spool.finish(jobId, { outcome: 'not-printed', code: 'user-error', detail: error.message });
    }
    return await this.#run(jobId, prepared, signal);
  }

  /** Nothing has left yet: whatever goes wrong here, the job is not printed. */
  async #prepare(
    { jobId, document, copies, waitMs = WAIT_MS }: PrintOrder<Document>,
    cassette: Cassette | undefined,
    signal: AbortSignal,
  ): Promise<PreparedPrint | PrintOutcome> {
    const jobName = this.#store.spool.find(jobId)?.jobName ?? '';
    const giveUp = new AbortController();
    const options = { jobName, copies, ...(cassette ? whereabouts(cassette) : this.#elsewhere()) };
    const preparing = this.#printers.prepare(document, options, giveUp.signal);
    try {
      const prepared = await within(waitMs, 'the printer', [signal], preparing);
      return 'outcome' in prepared ? beforeAnything(prepared) : prepared;
    } catch (error) {
      giveUp.abort(error);
      preparing.then((late) => 'discard' in late && void late.discard()).catch(() => undefined);
      signal.throwIfAborted();
      const { code, message } = DeviceError.from(error);
      return { outcome: 'not-printed', code, detail: message };
    }
  }

  /** A printer whose other trays are empty takes its sheet from the one with the blanks. */
  #elsewhere(): Pick<PrepareOptions, 'numberedTrays'> {
    const cassettes = this.#store.blanks.list();
    return { numberedTrays: cassettes.map(({ printerId, tray }) => ({ printerId, tray })) };
  }

  async #run(jobId: string, prepared: PreparedPrint, signal: AbortSignal): Promise<PrintOutcome> {
    const { spool } = this.#store;
    let allIsThere = false;
    const onStage = (stage: PrintStage): void => {
      allIsThere = true;
      this.#onStage(jobId, stage);
    };
    try {
      const { sheetUsed, ...outcome } = await prepared.run(signal, onStage);
      if (allIsThere) this.#atPrinter(jobId); // which a full disk may have refused at its stage
      return spool.finish(jobId, outcome, sheetUsed);
    } catch (error) {
      if (error instanceof StorageError) throw error;
      const { message } = DeviceError.from(error);
      const outcome = spool.finish(jobId, { outcome: 'unknown', code: 'outcome-unknown', detail: message });
      signal.throwIfAborted();
      return outcome;
    }
  }

  /** A disk that refuses a stage is no reason to stop paper that moves: the end of the job is written all the same, or found. */
  #onStage(jobId: string, stage: PrintStage): void {
    const { spool } = this.#store;
    try {
      if (stage === 'presented') spool.finish(jobId, { outcome: 'printed' });
      else this.#atPrinter(jobId);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log.warn({ jobId, stage, code: error.code }, 'how far a paper has come could not be written down');
    }
  }

  /** Licences whose end a full disk refused: whoever has the turn knows that nobody is at work on them. */
  async #followUpLeft(signal: AbortSignal): Promise<void> {
    const isLeft = ({ state, blankNumber }: SpoolJob): boolean => blankNumber !== undefined && isAtPrinter(state.state);
    for (const job of this.#store.spool.unsettled().filter(isLeft)) await this.#followUp(job, signal);
  }

  async #takeBack(which: (job: SpoolJob) => boolean, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (const job of this.#store.spool.leftAtPrinters().filter(which)) {
      if (performance.now() - startedAt >= TAKE_BACK_MS) return;
      await this.#takeBackOne(job, signal);
    }
  }

  async #takeBackOne(
    { jobId, jobName: name, printerId, acceptedAt: begunAt }: SpoolJob,
    signal: AbortSignal,
  ): Promise<void> {
    const { spool } = this.#store;
    if (printerId === undefined) return spool.letGo(jobId, undefined);
    const giveUp = new AbortController();
    try {
      const asking = this.#printers.withdraw(printerId, { name, begunAt }, giveUp.signal);
      const outcome = await within(TAKE_BACK_MS, 'the printer', [signal], asking);
      this.#log.info({ jobId, printerId, ...outcome }, 'a paper that nobody waits for is no longer at the printer');
      spool.letGo(jobId, outcome);
      this.#kept.delete(jobId);
    } catch (error) {
      giveUp.abort(error);
      if (error instanceof StorageError) throw error;
      signal.throwIfAborted();
      const { code } = DeviceError.from(error);
      if (!this.#kept.has(jobId)) {
        this.#log.warn({ jobId, printerId, code }, 'a printer may have a paper still that nobody waits for');
      }
      this.#kept.add(jobId);
    }
  }

  async #followUpInTurn(job: SpoolJob, signal: AbortSignal): Promise<PrintOutcome> {
    const work = (): Promise<PrintOutcome> => this.#followUp(job, signal);
    return job.blankNumber === undefined ? await work() : await this.#licences.run(work);
  }

  /** A process died over it, or nobody knew: the printer may. It is never sent again. */
  async #followUp(job: SpoolJob, signal: AbortSignal): Promise<PrintOutcome> {
    const { spool } = this.#store;
    const { jobId } = job;
    const answer = await this.#ask(job, signal);
    // The process may have died before it wrote that all of it was at the printer: that the sheet has not moved is not known.
    if (answer !== 'unheard-of') this.#atPrinter(jobId);
    const outcome =
      answer === 'unheard-of' ? spool.finish(jobId, NEVER_THERE, false) : spool.finish(jobId, answer ?? LOST);
    this.#log.info({ document: job.document, before: job.state.state, ...outcome }, 'a paper of before');
    return outcome;
  }

  #atPrinter(jobId: string): void {
    const { spool } = this.#store;
    if (spool.find(jobId)?.state.state === 'sending') spool.printing(jobId);
  }

  async #ask(
    { printerId, jobName: name, acceptedAt: begunAt }: SpoolJob,
    signal: AbortSignal,
  ): Promise<PrintOutcome | 'unheard-of' | undefined> {
    if (printerId === undefined) return undefined;
    try {
      const asking = this.#printers.whatBecameOf(printerId, { name, begunAt }, signal);
      return await within(ASK_MS, 'the printer', [signal], asking);
    } catch (error) {
      signal.throwIfAborted();
      this.#log.warn(
        { printerId, code: DeviceError.from(error).code },
        'the printer cannot say what became of a paper',
      );
      return undefined;
    }
  }
}

function whereabouts({ printerId, tray, series }: Cassette): Pick<PrepareOptions, 'printerId' | 'tray' | 'series'> {
  return { printerId, tray, series };
}

function isAnotherAttempt(job: SpoolJob, jobId: string): boolean {
  return job.jobId !== jobId && paperOf(jobId) !== undefined && paperOf(job.jobId) === paperOf(jobId);
}

/** A printer without those blanks in it must not print on what it has. */
function assertInPlace({ printerId }: PreparedPrint, cassette: Cassette | undefined): void {
  if (cassette && cassette.printerId !== printerId) {
    throw new DeviceError('user-error', `the blanks are in ${cassette.printerId}, and ${printerId} would print`);
  }
}

/** The gate was never opened: a printer that says anything else is not believed. */
function beforeAnything(outcome: PrintOutcome): PrintOutcome {
  if (outcome.outcome === 'not-printed') return outcome;
  return {
    outcome: 'not-printed',
    code: 'protocol',
    detail: `nothing was sent, and the printer says ${outcome.outcome}`,
  };
}
