import { sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { backoffMs, holdMs, MAX_HOLD_MS, unauthorisedDelayMs, wakePace } from '../outbox/backoff.ts';
import type { DraftForm, StoredDraft } from '../storage/drafts.ts';
import type { Store } from '../storage/open.ts';
import type { DraftPlatform } from '../sync/draft-platform.ts';
import { CHECK_MAX, DRAFT_USED, draftBody } from '../sync/draft-schemas.ts';
import { SyncError } from '../sync/errors.ts';

export interface DraftCourierOptions {
  readonly store: Store;
  readonly platform: DraftPlatform;
  readonly log: Log;
  /** The wall clock in ms, as due times must outlive the process. */
  readonly now?: () => number;
  /** Whether `now` is known to be right, or put right: what a wrong year removes nobody brings back. */
  readonly clockIsSure?: () => boolean;
}

/** How long it sleeps at most: bounds how late a draft runs out, also where the clock was set meanwhile. */
const LOOK_AGAIN_MS = 60_000;
/** How old a copy may be of what was taken up at another terminal. */
const CHECK_EVERY_MS = 10 * 60_000;
/** As for a case: of an address that takes every draft they say nothing of this one. */
const NOT_SERVED: readonly (number | undefined)[] = [404, 405];
/** Without the platform's word on the time, what has run out stays so long after a start. Nobody can have it meanwhile. */
const UNSURE_MS = 24 * 60 * 60_000;
/** A disk that fails is asked again at this pace. */
const STORAGE_RETRY_MS = 5_000;

/**
 * Carries saved applications to the platform, and what has become of them back: tells it of each that was saved or is done
 * with, forgets copies of what was taken up elsewhere, and removes what has run out.
 */
export class DraftCourier {
  readonly #store: Store;
  readonly #platform: DraftPlatform;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #clockIsSure: () => boolean;
  readonly #startedAtMs = performance.now();
  #bell = new AbortController();
  #checkAtMs = 0;
  /** The platform asked not to be asked before. As `#checkAtMs` on the monotonic clock. */
  #noCheckBeforeMs = 0;
  #lineIsBack = false;
  /** Since when nothing has got through, on the monotonic clock. */
  #cutSinceMs: number | undefined;

  constructor({ store, platform, log, now = Date.now, clockIsSure = () => true }: DraftCourierOptions) {
    this.#store = store;
    this.#platform = platform;
    this.#log = log;
    this.#now = now;
    this.#clockIsSure = clockIsSure;
  }

  /** Something was saved or is done with. */
  ring(): void {
    this.#bell.abort();
  }

  /** The line is back: what waits only because of it is tried again, and copies are checked, at the pace of `wakePace`. */
  wake(): void {
    this.#lineIsBack = true;
    this.#bell.abort();
  }

  /** Works until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const bell = new AbortController();
      this.#bell = bell;
      const restMs = await this.#round(signal).catch((error: unknown) => {
        this.#log.error({ error }, 'saved applications cannot be looked after');
        return STORAGE_RETRY_MS;
      });
      await sleep(restMs, signal, bell.signal).catch(() => undefined);
    }
  }

  /** Everything that is due; how long there is nothing to do then, in ms. */
  async #round(signal: AbortSignal): Promise<number> {
    const { drafts } = this.#store;
    if (this.#mayExpire() && drafts.expire(this.#now()) > 0) this.#store.wipe();
    if (this.#lineIsBack) this.#hasten();
    this.#lineIsBack = false;
    drafts.limitDelay(this.#now() + MAX_HOLD_MS);
    for (;;) {
      const due = drafts.nextDue(this.#now());
      if (!due || signal.aborted) break;
      if ('unreadable' in due) {
        this.#log.error({ draftId: due.draftId }, 'a saved application does not open and is not sent');
        drafts.refuse(due.idempotencyKey);
      } else await this.#send(due, signal);
    }
    await this.#check(signal);
    const dueInMs = (drafts.nextDueAtMs() ?? Number.POSITIVE_INFINITY) - this.#now();
    const checkInMs = drafts.copies().length > 0 ? this.#checkAtMs - performance.now() : LOOK_AGAIN_MS;
    return Math.max(0, Math.min(LOOK_AGAIN_MS, dueInMs, checkInMs));
  }

  #mayExpire(): boolean {
    return this.#clockIsSure() || performance.now() - this.#startedAtMs > UNSURE_MS;
  }

  #hasten(): void {
    const nowMs = performance.now();
    const { firstMs } = wakePace(nowMs - (this.#cutSinceMs ?? nowMs), 1);
    this.#store.drafts.hasten(this.#now() + firstMs);
    this.#checkAtMs = Math.max(nowMs + firstMs, this.#noCheckBeforeMs);
  }

  async #send(due: StoredDraft, signal: AbortSignal): Promise<void> {
    const { draftId, body, revision, idempotencyKey } = due;
    const { drafts } = this.#store;
    const failure = await this.#tell(due, signal);
    if (failure) return this.#putOff(due, failure);
    if (body === undefined) drafts.forget(idempotencyKey);
    else drafts.confirm(idempotencyKey);
    this.#cutSinceMs = undefined;
    this.#log.info({ draftId, revision, kept: body !== undefined }, 'the platform knows of a saved application');
  }

  /** `undefined` where the platform has heard. */
  async #tell({ draftId, body, idempotencyKey }: StoredDraft, signal: AbortSignal): Promise<SyncError | undefined> {
    const draft = draftBody.safeParse(body).data;
    if (body !== undefined && !draft)
      return new SyncError('rejected', 'a saved application has another shape', { reason: 'shape' });
    try {
      if (draft) await this.#platform.put(draft, idempotencyKey, signal);
      else await this.#platform.remove(draftId, signal);
      return undefined;
    } catch (error) {
      return SyncError.from(error, 'a saved application');
    }
  }

  #putOff({ draftId, idempotencyKey: key, attempts }: StoredDraft, error: SyncError): void {
    const { code, reason, status, retryAfterMs } = error;
    const { drafts } = this.#store;
    const now = this.#now();
    if (code !== 'rejected') this.#cutSinceMs ??= performance.now();
    if (code !== 'canceled') this.#log.info({ draftId, code, reason }, 'a saved application was not sent');
    if (reason === DRAFT_USED) {
      if (drafts.forget(key)) this.#store.wipe();
    } else if (code === 'rejected' && !NOT_SERVED.includes(status)) drafts.refuse(key);
    else if (code === 'unauthorised') drafts.postpone(key, now + unauthorisedDelayMs(), true);
    else if (retryAfterMs !== undefined) drafts.postpone(key, now + holdMs(retryAfterMs), true);
    else drafts.postpone(key, now + backoffMs(attempts + 1), false);
  }

  async #check(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const copies = this.#store.drafts.copies();
    if (now < this.#checkAtMs || copies.length === 0 || signal.aborted) return;
    this.#checkAtMs = now + CHECK_EVERY_MS;
    for (let at = 0; at < copies.length; at += CHECK_MAX) {
      const asked = copies.slice(at, at + CHECK_MAX);
      const gone = await this.#goneOf(asked, signal);
      if (gone === undefined) return;
      const forgotten = this.#store.transaction(() =>
        asked.filter(({ draftId, idempotencyKey: key }) => gone.includes(draftId) && this.#store.drafts.forget(key)),
      );
      if (forgotten.length === 0) continue;
      this.#store.wipe();
      const draftIds = forgotten.map(({ draftId }) => draftId);
      this.#log.info({ draftIds }, 'saved applications that are now elsewhere');
    }
  }

  /** `undefined` where the platform does not say. */
  async #goneOf(copies: readonly DraftForm[], signal: AbortSignal): Promise<readonly string[] | undefined> {
    try {
      const draftIds = copies.map(({ draftId }) => draftId);
      return (await this.#platform.check({ draftIds }, signal)).gone;
    } catch (error) {
      const { code, retryAfterMs } = SyncError.from(error, 'check');
      if (retryAfterMs !== undefined) this.#noCheckBeforeMs = performance.now() + holdMs(retryAfterMs);
      this.#checkAtMs = Math.max(this.#checkAtMs, this.#noCheckBeforeMs);
      this.#log.info({ code }, 'copies of saved applications were not checked');
      return undefined;
    }
  }
}
