import { randomUUID } from 'node:crypto';
import type { Log } from '../log/log.ts';
import type { StoredDraft } from '../storage/drafts.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import { type DraftPlatform, isAskedFor } from '../sync/draft-platform.ts';
import { type ClaimAnswer, type DraftBody, type DraftPerson, draftBody } from '../sync/draft-schemas.ts';
import { SyncError } from '../sync/errors.ts';
import { codeHashOf } from './code-hash.ts';

export interface DraftClaim {
  /** One for each code that was typed in; the same again after a crash, and with the card that was asked for. */
  readonly claimId: string;
  readonly code: string;
  readonly person: DraftPerson | undefined;
  readonly visitId: string;
}

/**
 * What a claim comes to.
 *
 *   claimed       this visit holds it, on this machine's disk
 *   needs-card    it may belong to somebody: the same claim again, with a person
 *   not-found     no such code, or run out, or another person's: nobody is told which
 *   in-use        right code and person, and another terminal has it at this moment
 *   submitted     right code and person, and an application was made of it
 *   unreachable   the platform cannot be asked, and there is nothing that fits on this machine
 *   paused        too many codes were tried
 */
export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly draft: DraftBody }
  | { readonly outcome: 'needs-card' | 'not-found' | 'in-use' | 'submitted' | 'unreachable' | 'paused' };

export interface DraftDeskOptions {
  readonly store: Store;
  readonly platform: Pick<DraftPlatform, 'claim'>;
  readonly log: Log;
  /** Something has to be told to the platform. */
  readonly ring: () => void;
  readonly now?: () => number;
}

/** What the platform makes of a claim. */
type Said = ClaimAnswer | { readonly outcome: 'paused' };

/** It counts the codes that came to nothing, too, and does not forget them when this core starts anew. */
const TOO_MANY = 429;
/** What comes only of a code that there is, and of the person that it belongs to: no guess. */
const ofARightCode: ReadonlySet<ClaimOutcome['outcome']> = new Set(['claimed', 'in-use', 'submitted']);
/** Codes that may come to nothing within the time; whoever stands here next is in it too, as a guesser just comes again. */
const MISSES_MAX = 5;
const MISSES_WITHIN_MS = 15 * 60_000;

/** Where applications are put aside and taken up again (保存，下次再办). */
export class DraftDesk {
  readonly #store: Store;
  readonly #platform: Pick<DraftPlatform, 'claim'>;
  readonly #log: Log;
  readonly #ring: () => void;
  readonly #now: () => number;
  /** Claims that may have been guesses, with their moment on the monotonic clock. */
  readonly #misses = new Map<string, number>();

  constructor({ store, platform, log, ring, now = Date.now }: DraftDeskOptions) {
    this.#store = store;
    this.#platform = platform;
    this.#log = log;
    this.#ring = ring;
    this.#now = now;
  }

  /** On the disk when this returns, and no longer held by a visit. The same revision again is no news. Throws a StorageError. */
  save(draft: DraftBody, code: string): void {
    if ((this.#find(draft.draftId)?.revision ?? 0) >= draft.revision) return;
    // What could not be read back would be lost.
    this.#store.drafts.save(this.#row(draftBody.parse(draft), this.#fingerprint(code)));
    this.#log.info({ draftId: draft.draftId, service: draft.serviceId }, 'an application was put aside');
    this.#ring();
  }

  /**
   * Takes up what a code names. The platform decides, and where it does not answer a copy on this machine does: that two
   * applications come of it is then prevented when they arrive. Rejects with a StorageError or the signal's reason.
   */
  async claim(claim: DraftClaim, signal: AbortSignal): Promise<ClaimOutcome> {
    if (this.#isPaused(claim.claimId)) return { outcome: 'paused' };
    const outcome = await this.#outcomeOf(claim, signal);
    if (ofARightCode.has(outcome.outcome)) this.#misses.delete(claim.claimId);
    else if (!this.#misses.has(claim.claimId)) this.#misses.set(claim.claimId, performance.now());
    this.#log.info({ claimId: claim.claimId, outcome: outcome.outcome }, 'a saved application was asked for');
    return outcome;
  }

  /** An application was made of it: part of the transaction that accepts the application. */
  consume(draftId: string): void {
    this.#store.drafts.remove(draftId);
  }

  /** Its owner does not want it any more. Its content is gone when this returns, the platform hears of it. */
  discard(draftId: string): void {
    this.#store.drafts.discard(draftId, randomUUID(), this.#now());
    this.#ring();
  }

  /**
   * What visits other than `visitId` hold is put aside again, as it was when they took it up. As no news: a revision of its
   * own would stand before what was saved elsewhere meanwhile.
   */
  release(visitId: string | undefined): void {
    for (const stored of this.#store.drafts.held()) {
      if (stored.heldBy === visitId) continue;
      const draft = draftBody.safeParse(stored.body);
      if (!draft.success) continue;
      this.#store.drafts.save(this.#row(draft.data, stored.codeFingerprint));
      this.#log.info({ draftId: stored.draftId }, 'an application is put aside again');
      this.#ring();
    }
  }

  async #outcomeOf(claim: DraftClaim, signal: AbortSignal): Promise<ClaimOutcome> {
    const { code, person, claimId, visitId } = claim;
    const asked = { codeHash: codeHashOf(code), ...(person && { person }) };
    const taken = this.#copyOf(code, asked);
    if (taken?.stored.heldBy === visitId && taken.draft.claimId === claimId)
      return { outcome: 'claimed', draft: taken.draft };
    const answer = await this.#ask({ ...asked, claimId }, signal);
    signal.throwIfAborted();
    const local = this.#copyOf(code, asked); // the courier may have learnt meanwhile that it is elsewhere
    if (answer?.outcome === 'claimed') return this.#takeGiven(answer.draft, local?.draft, claim);
    // Of what is here and has not arrived yet the platform cannot know. What it had, and does not know any more, is over.
    const isNews = local?.stored.upload !== 'done';
    const isSilent = !answer || answer.outcome === 'paused';
    if (local && (isSilent || (isNews && knowsNothing(answer)))) return this.#take(local.draft, claim, false);
    if (local && answer && isOver(answer, isNews)) this.#store.drafts.forget(local.stored.idempotencyKey);
    if (answer) return answer.outcome === 'person-required' ? { outcome: 'needs-card' } : answer;
    return { outcome: person ? 'unreachable' : 'needs-card' };
  }

  /** `undefined` where the platform does not say; `paused` where it wants to hear of no more codes for a while. */
  async #ask(claim: Parameters<DraftPlatform['claim']>[0], signal: AbortSignal): Promise<Said | undefined> {
    try {
      return await this.#platform.claim(claim, signal);
    } catch (error) {
      const { code, message, status } = SyncError.from(error, 'claim');
      this.#log.info({ claimId: claim.claimId, code, message }, 'the platform was not asked for a saved application');
      return status === TOO_MANY ? { outcome: 'paused' } : undefined;
    }
  }

  /** What the platform gives to this visit, unless there is news here of which it has not heard: then that goes before. */
  #takeGiven(given: DraftBody, local: DraftBody | undefined, claim: DraftClaim): ClaimOutcome {
    const stored = this.#find(given.draftId);
    const isNewer = stored !== undefined && stored.revision > given.revision;
    // Discarded, or put aside again with a card that is not this one.
    const isWithheld = stored && (stored.body === undefined || (isNewer && !local));
    if (isWithheld) return { outcome: claim.person ? 'not-found' : 'needs-card' };
    return this.#take(isNewer && local ? local : given, claim, !isNewer);
  }

  #take(draft: DraftBody, { code, claimId, visitId }: DraftClaim, confirmed: boolean): ClaimOutcome {
    const taken = { ...draft, claimId };
    this.#store.drafts.save({ ...this.#row(taken, this.#fingerprint(code)), heldBy: visitId, confirmed });
    return { outcome: 'claimed', draft: taken };
  }

  /** The copy on this machine that may be had with this code and by this person. */
  #copyOf(
    code: string,
    asked: Parameters<typeof isAskedFor>[1],
  ): { readonly stored: StoredDraft; readonly draft: DraftBody } | undefined {
    for (const stored of this.#store.drafts.findByCode(this.#fingerprint(code))) {
      const draft = draftBody.safeParse(stored.body).data;
      if (draft && isAskedFor(draft, asked) && Date.parse(draft.keptUntil) > this.#now()) return { stored, draft };
    }
    return undefined;
  }

  /** A row that does not open is as good as none: it is replaced. */
  #find(draftId: string): StoredDraft | undefined {
    try {
      return this.#store.drafts.find(draftId);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'sealed-data-damaged') return undefined;
      throw error;
    }
  }

  #row(draft: DraftBody, codeFingerprint: string) {
    const { draftId, revision, keptUntil } = draft;
    return {
      draftId,
      codeFingerprint,
      revision,
      body: draft,
      keptUntilMs: Date.parse(keptUntil),
      idempotencyKey: randomUUID(),
      dueAtMs: this.#now(),
    };
  }

  #fingerprint(code: string): string {
    return this.#store.fingerprint(Buffer.from(`draft code ${code}`));
  }

  #isPaused(claimId: string): boolean {
    const since = performance.now() - MISSES_WITHIN_MS;
    for (const [miss, atMs] of this.#misses) if (atMs < since) this.#misses.delete(miss);
    return !this.#misses.has(claimId) && this.#misses.size >= MISSES_MAX;
  }
}

/** Of this code. It wants to see a card for every code that it does not know. */
function knowsNothing({ outcome }: Said): boolean {
  return outcome === 'not-found' || outcome === 'person-required';
}

/** Whether a copy is. `isNews`: the platform has not heard of it yet, and so cannot have given it to anybody. */
function isOver({ outcome }: Said, isNews: boolean): boolean {
  return outcome === 'submitted' || (outcome !== 'person-required' && !isNews);
}
