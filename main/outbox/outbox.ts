import { randomUUID } from 'node:crypto';
import { Observable, sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { CaseRecord } from '../storage/cases.ts';
import type { Chosen, CloseReason } from '../storage/delivery-list.ts';
import { StorageError } from '../storage/errors.ts';
import type { JobCounts, JobKind, LeasedJob } from '../storage/jobs.ts';
import type { Store } from '../storage/open.ts';
import { Attempt } from './attempt.ts';
import { backoffMs, holdMs, MAX_HOLD_MS, MAX_SPREAD_SHARE, unauthorisedDelayMs, wakePace } from './backoff.ts';
import { type CaseStatus, statusOf } from './case-status.ts';
import { type Deliver, type DeliveryOutcome, telling } from './delivery.ts';
import { type MaterialBody, maxMaterials, type NewMaterial, newMaterial } from './materials.ts';
import { OverdueWatch } from './overdue.ts';

/** Cases under way at the same time; each case has one delivery under way at most. */
const PARALLEL = 4;
/** How long the worker sleeps at most: bounds what a clock set forward or back can do to a due time. */
const LOOK_AGAIN_MS = 60_000;
/** How long the log may hold what was delivered, while more is under way: emptying it costs three flushes of the disk. */
const WIPE_WITHIN_MS = 1_000;
/** A disk that fails is asked again at this pace. */
const STORAGE_RETRY_MS = 5_000;
/** Why the bell rang: without a reason each ring would make an exception, with a stack. */
const CHANGED = 'changed';

export interface NewCase {
  readonly caseId: string;
  readonly caseNumber: string;
  readonly serviceId: string;
  readonly visitId: string;
  /** JSON. Nothing in it may be made anew by the caller at each call: after a crash the same case is accepted again. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Until when the resident is told that it will have arrived; ISO 8601, UTC. */
  readonly deliverBy?: string;
  /** Papers whose content `store.blobs.put` has stored, in the order in which they go. `body` gets their names. */
  readonly materials?: readonly NewMaterial[];
}

export interface FollowUp {
  readonly caseId: string;
  readonly kind: Exclude<JobKind, 'case' | 'material'>;
  readonly body: unknown;
}

/** What a technician must see: the platform refuses this terminal's credential, or the disk refuses the queue. */
export type OutboxAlarm = 'none' | 'unauthorised' | 'storage-failing';

/**
 * The queue between "accepted" on the screen and the platform. Accepted means on the disk; delivered means once in effect,
 * however often it had to be sent; a case that is stuck holds up only itself.
 */
export class Outbox {
  readonly alarm = new Observable<OutboxAlarm>('none');
  /** Deliveries that became dead letters since this start. */
  readonly setAside = new Observable(0);
  /** Cases that residents were told would have arrived by now. */
  readonly overdue: Observable<number>;
  readonly #store: Store;
  readonly #deliver: Deliver;
  readonly #log: Log | undefined;
  readonly #now: () => number;
  readonly #overdueWatch: OverdueWatch;
  readonly #listeners = new Set<(caseId: string) => void>();
  /** How long the platform was out of reach; absent while nobody has said that it is back. */
  #outageMs: number | undefined;
  /** Monotonic; absent while the log holds nothing that must go. */
  #wipeAtMs: number | undefined;
  #bell = new AbortController();

  constructor({ store, deliver, log, now = Date.now }: OutboxOptions) {
    this.#store = store;
    this.#deliver = deliver;
    this.#log = log;
    this.#now = now;
    this.#overdueWatch = new OverdueWatch(store, log);
    this.overdue = this.#overdueWatch.count;
  }

  /** What time it is for the queue, whose instants are measured against this; ISO 8601, UTC. */
  get at(): string {
    return new Date(this.#now()).toISOString();
  }

  /**
   * Stores a case, its papers and their deliveries as one. When this returns, they are on the disk, or will be with the
   * transaction that stands around it. Throws a StorageError when they are not; `conflict` when the case was accepted before
   * with another content, or names a page that is not stored. The same again is no new case.
   */
  accept({ body, materials = [], ...accepted }: NewCase): void {
    const papers = materials.length > 0 ? newMaterial.array().max(maxMaterials).parse(materials) : [];
    const named = papers.map(({ blobId: _place, ...name }) => name);
    const text = JSON.stringify(named.length > 0 ? { ...body, materials: named } : body);
    const record = { ...accepted, acceptedAt: this.at };
    if (papers.length > 0 || !this.#store.intake.take(record, text)) {
      this.#acceptWith(papers, record, Buffer.from(text));
    }
    this.#changed(accepted.caseId);
  }

  #acceptWith(papers: readonly NewMaterial[], record: CaseRecord, bytes: Uint8Array): void {
    const { caseId, caseNumber, serviceId } = record;
    const { cases, jobs, intake } = this.#store;
    intake.fileAll();
    this.#store.transaction(() => {
      const known = cases.find(caseId);
      if (known) {
        const same = known.caseNumber === caseNumber && known.serviceId === serviceId;
        if (same && jobs.findCaseJob(caseId)?.fingerprint === this.#store.fingerprint(bytes)) return;
        throw new StorageError('conflict', `case ${caseNumber} was accepted before with another content`);
      }
      intake.insert(record, bytes);
      for (const paper of papers) this.#insertMaterial(caseId, caseNumber, paper);
    });
  }

  /**
   * A further delivery of an accepted case, after all before it. On the disk when this returns, or with the transaction that
   * stands around it. No new delivery is the same content again, and what follows a case that was closed. Throws a
   * StorageError; `conflict` for a case that was never accepted.
   */
  add({ caseId, kind, body }: FollowUp): void {
    const bytes = encode(body);
    const { jobs } = this.#store;
    this.#store.intake.fileAll();
    this.#store.transaction(() => {
      if (jobs.isClosed(caseId) || jobs.isKnown(caseId, kind, this.#store.fingerprint(bytes))) return;
      this.#insertJob(caseId, kind, bytes);
    });
    this.#changed(caseId);
  }

  /** Throws a StorageError; `full` while a case that was accepted waits for room for its rows. So do those below. */
  has(caseId: string): boolean {
    this.#store.intake.fileAll();
    return this.#store.cases.find(caseId) !== undefined;
  }

  /** `undefined` for a case that was never accepted. */
  status(caseId: string): CaseStatus | undefined {
    this.#store.intake.fileAll();
    const job = this.#store.jobs.findCaseJob(caseId);
    return job && statusOf(job);
  }

  /** Calls `listener` with the id of a case whose state may have changed. The returned function ends it. */
  onChange(listener: (caseId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stats(): JobCounts {
    return this.#store.jobs.counts();
  }

  /**
   * The visit is over: the case's personal data goes from the disk, at once if all of it is delivered, else as soon as it
   * is. Number, times and fingerprints stay.
   */
  removeDelivered(caseId: string): void {
    this.#store.intake.fileAll();
    this.#release(caseId);
  }

  #release(caseId: string): void {
    const cleared = this.#store.transaction(() => {
      this.#store.cases.release(caseId);
      return this.#store.cases.clearIfDone(caseId);
    });
    if (cleared) this.#store.wipe();
  }

  /** A technician's act: dead letters go again, as `DeliveryList.requeue` says. */
  requeue(what: Chosen): { requeued: number; unreadable: number } {
    const { requeued, unreadable } = this.#store.deliveries.requeue(what, this.#now());
    for (const caseId of new Set(requeued)) this.#changed(caseId);
    return { requeued: requeued.length, unreadable };
  }

  /** Another: they never go, as `DeliveryList.close` says. A case with all of which is done by that is emptied. Tells how many. */
  close(what: Chosen, reason: CloseReason): number {
    return this.#store.transaction(() => {
      const closed = this.#store.deliveries.close(what, reason, this.#now());
      for (const caseId of new Set(closed)) {
        this.#store.cases.clearIfDone(caseId);
        this.#store.afterCommit(() => {
          this.#wipeAtMs = performance.now();
        });
        this.#changed(caseId);
      }
      return closed.length;
    });
  }

  /**
   * The line is back: what waits only because of it is tried again, oldest first, at the pace of `wakePace`: an outage ends for
   * a whole city. `outageMs`: how long the platform was out of reach. What has waited, and the outage has lasted, four times as
   * long as the first moment is away waits for it even where its own backoff would end sooner: of many backoffs one always
   * ends at once.
   */
  wake(outageMs = 0): void {
    this.#outageMs = Math.max(outageMs, this.#outageMs ?? 0);
    this.#bell.abort(CHANGED);
  }

  /** Delivers until `signal` aborts; then nothing of it is left running. Never rejects: trouble shows in `alarm`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#work(signal);
      } catch (error) {
        this.alarm.set('storage-failing');
        this.#log?.error({ error }, 'the outbox cannot use its store');
        await sleep(STORAGE_RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** One holder of leases, from taking over what the one before left until abort or until the store fails. */
  async #work(signal: AbortSignal): Promise<void> {
    const holder = randomUUID();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const underWay = new Set<Promise<void>>();
    try {
      this.#takeOver(holder);
      let failure: { readonly error: unknown } | undefined;
      while (!signal.aborted) {
        if (failure) throw failure.error;
        const bell = new AbortController();
        this.#bell = bell;
        for (const job of this.#lease(holder, PARALLEL - underWay.size)) {
          const sending = this.#send(job, holder, stop.signal)
            .catch((error: unknown) => {
              failure = { error };
            })
            .finally(() => {
              underWay.delete(sending);
              this.#bell.abort(CHANGED);
            });
          underWay.add(sending);
        }
        this.#wipe(underWay.size);
        this.#overdueWatch.look(this.#now());
        await sleep(this.#idleMs(underWay.size), signal, bell.signal).catch(() => undefined);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop.abort();
      await Promise.allSettled(underWay);
    }
    this.#wipe(0);
  }

  #wipe(underWay: number): void {
    if (this.#wipeAtMs === undefined || (underWay > 0 && performance.now() < this.#wipeAtMs)) return;
    this.#store.wipe();
    this.#wipeAtMs = undefined;
  }

  #takeOver(holder: string): void {
    const { cases, jobs, visits } = this.#store;
    const returned = jobs.reclaim(holder, this.#now());
    if (returned > 0) this.#log?.info({ returned }, 'deliveries that were under way when the terminal stopped');
    for (const caseId of cases.leftBehind(visits.currentId())) this.#release(caseId);
    this.#store.wipe(); // whatever ended the one before
    if (this.alarm.value === 'storage-failing') this.alarm.set('none');
  }

  #lease(holder: string, limit: number): LeasedJob[] {
    const now = this.#now();
    if (this.#outageMs !== undefined) this.#pace(now, this.#outageMs);
    this.#outageMs = undefined;
    if (limit === 0) return [];
    this.#store.jobs.limitDelay(now + MAX_HOLD_MS);
    const { jobs, unreadable } = this.#store.transaction(() => {
      const leased = this.#store.jobs.lease(holder, now, limit);
      for (const caseId of leased.unreadable) this.#recordDeadLetter(caseId, 'unreadable');
      return leased;
    });
    for (const { caseId } of jobs) this.#notify(caseId);
    for (const caseId of unreadable) {
      this.#log?.error({ caseId }, 'a stored delivery does not open and was set aside');
      this.#notify(caseId);
    }
    return jobs;
  }

  #pace(now: number, outageMs: number): void {
    const { waiting, oldestWaitingAt } = this.#store.jobs.counts();
    if (oldestWaitingAt === undefined) return;
    const { firstMs, gapMs } = wakePace(now - Date.parse(oldestWaitingAt), waiting);
    const restMs = firstMs / MAX_SPREAD_SHARE;
    const restsUntilTurn = outageMs >= restMs ? new Date(now - restMs).toISOString() : undefined;
    this.#store.jobs.pace({ firstAtMs: now + firstMs, gapMs, restsUntilTurn });
  }

  #idleMs(underWay: number): number {
    const dueAtMs = underWay < PARALLEL ? this.#store.jobs.nextDueAtMs() : undefined;
    const wipeInMs = this.#wipeAtMs === undefined ? LOOK_AGAIN_MS : this.#wipeAtMs - performance.now();
    const dueInMs = dueAtMs === undefined ? LOOK_AGAIN_MS : dueAtMs - this.#now();
    return Math.min(LOOK_AGAIN_MS, Math.max(0, dueInMs), Math.max(0, wipeInMs));
  }

  async #send(job: LeasedJob, holder: string, stop: AbortSignal): Promise<void> {
    const attempt = new Attempt(job, { store: this.#store, deliver: this.#deliver, log: this.#log, holder });
    const outcome = await attempt.run(stop);
    if (stop.aborted && outcome.outcome === 'retry') this.#store.jobs.postpone(job.jobId, holder, this.#now(), false);
    else this.#settle({ ...job, attempts: attempt.attempts }, holder, outcome);
    this.#notify(job.caseId);
  }

  #settle(job: LeasedJob, holder: string, outcome: DeliveryOutcome): void {
    const { jobId, caseId, attempts } = job;
    const { jobs } = this.#store;
    const now = this.#now();
    this.#log?.info({ caseId, kind: job.kind, attempts, ...telling(outcome) }, 'delivery attempt');
    switch (outcome.outcome) {
      case 'delivered': {
        const cleared = this.#store.transaction(() => {
          if (!jobs.deliver(jobId, holder, outcome.result, now)) return false;
          this.#store.audit.append({
            kind: 'delivered',
            at: this.at,
            subject: { caseId },
            detail: { part: job.kind, attempts },
          });
          return this.#store.cases.clearIfDone(caseId);
        });
        if (cleared) this.#wipeAtMs ??= performance.now() + WIPE_WITHIN_MS;
        break;
      }
      case 'rejected':
        this.#store.transaction(() => {
          if (jobs.reject(jobId, holder, outcome.reason, now)) this.#recordDeadLetter(caseId, outcome.reason, job);
        });
        break;
      case 'unauthorised':
        jobs.postpone(jobId, holder, now + unauthorisedDelayMs(), true);
        break;
      case 'retry': {
        const { retryAfterMs } = outcome;
        const delayMs = retryAfterMs === undefined ? backoffMs(attempts) : holdMs(retryAfterMs);
        jobs.postpone(jobId, holder, now + delayMs, retryAfterMs !== undefined);
        break;
      }
    }
    if (outcome.outcome === 'unauthorised') this.alarm.set('unauthorised');
    else if (outcome.outcome !== 'retry' && this.alarm.value === 'unauthorised') this.alarm.set('none');
  }

  #recordDeadLetter(caseId: string, reason: string, job?: LeasedJob): void {
    const detail = { reason, ...(job && { part: job.kind, attempts: job.attempts }) };
    this.#store.audit.append({ kind: 'dead-letter-made', at: this.at, subject: { caseId }, detail });
    this.#store.afterCommit(() => this.setAside.set(this.setAside.value + 1));
  }

  /** A material's own id is its key: nothing of it is known to the platform under another. */
  #insertMaterial(caseId: string, caseNumber: string, { blobId, ...name }: NewMaterial): void {
    if (this.#store.blobs.sizeOf(blobId) !== name.sizeBytes) {
      throw new StorageError('conflict', `case ${caseNumber} names a page that is not stored`);
    }
    const body: MaterialBody = { caseId, caseNumber, ...name };
    this.#insertJob(caseId, 'material', encode(body), { idempotencyKey: name.materialId, blobId });
  }

  #insertJob(
    caseId: string,
    kind: JobKind,
    body: Uint8Array,
    { idempotencyKey = randomUUID(), blobId }: { readonly idempotencyKey?: string; readonly blobId?: string } = {},
  ): void {
    this.#store.jobs.insert({
      caseId,
      kind,
      idempotencyKey,
      fingerprint: this.#store.fingerprint(body),
      body,
      ...(blobId !== undefined && { blobId }),
      createdAt: this.at,
      dueAtMs: this.#now(),
    });
  }

  #changed(caseId: string): void {
    this.#store.afterCommit(() => {
      this.#bell.abort(CHANGED);
      this.#notify(caseId);
    });
  }

  /** A listener that throws must not make a stored case look refused, nor stop the worker. */
  #notify(caseId: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(caseId);
      } catch (error) {
        this.#log?.error({ error }, 'a listener of the outbox failed');
      }
    }
  }
}

export interface OutboxOptions {
  readonly store: Store;
  readonly deliver: Deliver;
  readonly log?: Log;
  /** In ms since 1970, as due times must outlive the process: the terminal's clock. This machine's where left out. */
  readonly now?: () => number;
}

function encode(body: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}
