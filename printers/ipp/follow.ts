import { DeviceError, sleep } from '../../drivers/core/index.ts';
import type { PrintJob, PrintOutcome } from '../core/contract.ts';
import type { IppClient } from './client.ts';
import { conditionOf, type Trouble, whatHoldsUp } from './condition.ts';
import type { JobFacts } from './facts.ts';

const POLL_MS = 1_000;
/** Time for a printer to pull itself together, and for someone standing by to close a cover, before the job is withdrawn. */
const STOPPED_GRACE_MS = 15_000;
/** A colour laser warms up for a minute and then prints at least two sheets a minute. */
const NO_PROGRESS_MS = 120_000;
/** After Cancel-Job a sheet under way still comes out. */
const CANCEL_MS = 30_000;
/** A printer that was switched off and on is back within this time, and knows its jobs or not. */
const SILENCE_MS = 90_000;

export interface FollowedJob {
  readonly jobId: number;
  readonly jobName: string;
  /** Sides that must come out: pages × copies, as each page has a sheet of its own. `undefined`: as many as the printer counted. */
  readonly sides: number | undefined;
  /** A document that has not come yet will not come any more. */
  readonly senderIsGone?: boolean;
  /** Withdraw it at once: its document was refused, or it would print otherwise than asked. */
  readonly withdrawFor?: Trouble;
  /** The answer to its document was lost. Where the printer still waits for one, this is why. */
  readonly sendFailure?: Trouble;
  readonly onStage?: PrintJob['onStage'];
}

/**
 * Follows a job to its end and says what came of it:
 *
 *   waiting or printing ──► completed ──────────────────────────► printed
 *        │ stopped, stuck                 ┌─ nothing came out ──► not-printed
 *        └────► withdrawn, aborted, gone ─┴─ else ──────────────► unknown
 *
 * A job that stops is withdrawn, since a printer that is refilled goes on with it, and would hand it to the next person.
 * Rejects only with the signal's reason; the job is then left as it is.
 */
export async function followJob(client: IppClient, followed: FollowedJob, signal: AbortSignal): Promise<PrintOutcome> {
  const clock = new Stopwatch();
  const sayPrinting = once(() => followed.onStage?.('printing'));
  let withdrawal: { readonly reason: Trouble; readonly at: number } | undefined;
  for (;;) {
    try {
      const job = await client.job(followed.jobId, signal);
      clock.answered();
      const reason = withdrawal?.reason;
      if (!job) return unknown(reason, 'the printer no longer knows the job');
      if (job.jobName !== undefined && job.jobName !== followed.jobName) {
        return unknown(reason, 'the printer has given the job number to another job');
      }
      if ((isWhole(job) || (!withdrawal && endedWhole(job))) && !followed.withdrawFor) sayPrinting();
      if (isOver(job)) {
        const outcome = conclude(job, followed.sides, reason);
        if (outcome.outcome === 'printed') followed.onStage?.('presented');
        return outcome;
      }
      const why =
        reason ??
        followed.withdrawFor ??
        orphaned(job, followed) ??
        clock.judge(job, await whatStops(client, job, followed, signal));
      if (why) {
        withdrawal ??= { reason: why, at: performance.now() };
        if (performance.now() - withdrawal.at > CANCEL_MS)
          return unknown(why, 'the printer does not let go of the job');
        await client.cancelJob(followed.jobId, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (clock.silentMs() > SILENCE_MS)
        return unknown(DeviceError.from(error), 'the printer tells nothing about the job');
    }
    await sleep(POLL_MS, signal);
  }
}

/** How long a job has been silent, without progress, or stopped. */
class Stopwatch {
  #answeredAt = performance.now();
  #progressAt = performance.now();
  #progress = '';
  #stoppedAt: number | undefined;

  answered(): void {
    this.#answeredAt = performance.now();
  }

  silentMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Why the job must be withdrawn now, if it must. */
  judge(job: JobFacts, hindrance: Trouble | undefined): Trouble | undefined {
    const now = performance.now();
    const progress = `${job.state} ${job.printedSides}`;
    if (progress !== this.#progress) {
      this.#progressAt = now;
      this.#stoppedAt = undefined;
    }
    this.#progress = progress;
    this.#stoppedAt = hindrance ? (this.#stoppedAt ?? now) : undefined;
    if (this.#stoppedAt !== undefined && now - this.#stoppedAt >= STOPPED_GRACE_MS) return hindrance;
    if (now - this.#progressAt < NO_PROGRESS_MS) return undefined;
    return { code: 'timeout', detail: `job makes no progress for ${NO_PROGRESS_MS} ms` };
  }
}

/** The printer has the job with all of its document: RFC 8011 section 5.3.8 has words for what has not come yet. */
function isWhole({ state, reasons }: JobFacts): boolean {
  return !isComing(reasons) && state !== 'held' && state !== 'aborted' && state !== 'canceled';
}

/** It may have been printing before it was first looked at, unless it says that its document was not there or was thrown away. */
function endedWhole({ state, reasons }: JobFacts): boolean {
  return (state === 'aborted' || state === 'canceled') && !isComing(reasons) && !isRefused(reasons);
}

function isComing(reasons: readonly string[]): boolean {
  return reasons.some((reason) => reason === 'job-data-insufficient' || reason === 'job-incoming');
}

function isRefused(reasons: readonly string[]): boolean {
  return reasons.some((reason) => /^(unsupported-)?document-format/.test(reason));
}

function orphaned({ reasons }: JobFacts, { senderIsGone }: FollowedJob): Trouble | undefined {
  if (!senderIsGone || !reasons.includes('job-data-insufficient')) return undefined;
  return { code: 'canceled', detail: 'its document was never sent' };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

export const isOver = ({ state }: JobFacts): boolean =>
  state === 'completed' || state === 'aborted' || state === 'canceled';

/** Why the job stands still, if it does. A held job waits for a document that will not come. */
async function whatStops(
  client: IppClient,
  job: JobFacts,
  { sendFailure }: FollowedJob,
  signal: AbortSignal,
): Promise<Trouble | undefined> {
  if (job.state === 'held') {
    return sendFailure ?? { code: 'hardware-error', detail: `job is held: ${job.reasons.join(', ')}` };
  }
  const printer = await client.printer(signal).catch(() => undefined); // the job's own state still counts
  if (job.state !== 'stopped' && printer?.state !== 'stopped') return printer && whatHoldsUp(printer);
  const trouble = printer && (conditionOf(printer).trouble ?? whatHoldsUp(printer));
  return trouble ?? { code: 'hardware-error', detail: `job is stopped: ${job.reasons.join(', ')}` };
}

function conclude(job: JobFacts, expected: number | undefined, trouble: Trouble | undefined): PrintOutcome {
  const { state, reasons, printedSides } = job;
  const sides = expected ?? job.documentSides;
  const said = `job ${state}: ${reasons.join(', ') || 'no reason given'}, ${printedSides ?? '?'} of ${sides ?? '?'} sides`;
  if (state === 'completed') {
    // Cheap printers count nothing and say 0 to the end; one that counts and stops short has lost sheets.
    const short = printedSides !== undefined && printedSides > 0 && printedSides < (sides ?? 0);
    if (short || reasons.includes('job-completed-with-errors')) return unknown(undefined, said);
    return { outcome: 'printed' };
  }
  if (printedSides !== 0) return unknown(trouble, said);
  const code =
    trouble?.code ?? (isRefused(reasons) ? 'invalid-data' : state === 'aborted' ? 'hardware-error' : 'canceled');
  return { outcome: 'not-printed', code, detail: trouble ? `${trouble.detail}; ${said}` : said };
}

function unknown(trouble: Trouble | DeviceError | undefined, detail: string): PrintOutcome {
  const why = trouble && ('detail' in trouble ? trouble.detail : trouble.message);
  return { outcome: 'unknown', code: trouble?.code ?? 'outcome-unknown', detail: why ? `${why}; ${detail}` : detail };
}
