import { draftOperations } from './draft-operations.ts';
import {
  type CheckAnswer,
  type CheckBody,
  type ClaimAnswer,
  type ClaimBody,
  claimAnswer,
  type DraftAnswer,
  type DraftBody,
  draftAnswer,
} from './draft-schemas.ts';
import { httpLink, type LinkOptions } from './link.ts';

/** The central platform's part in saved applications. All reject with a SyncError. */
export interface DraftPlatform {
  put(draft: DraftBody, idempotencyKey: string, signal: AbortSignal): Promise<DraftAnswer>;
  /** Takes a draft up for this terminal. The same claim again gets the same answer. */
  claim(claim: ClaimBody, signal: AbortSignal): Promise<ClaimAnswer>;
  /** Done with and to be forgotten. One that is gone already is no error. */
  remove(draftId: string, signal: AbortSignal): Promise<DraftAnswer>;
  check(body: CheckBody, signal: AbortSignal): Promise<CheckAnswer>;
}

/** As `httpPlatform`. */
export function httpDraftPlatform(options: LinkOptions): DraftPlatform {
  const { ask } = httpLink(options);
  const { putDraft, claimDraft, checkDrafts, removeDraft } = draftOperations;
  return {
    async put(draft, idempotencyKey, signal) {
      const { draftId } = draft;
      const headers = { 'idempotency-key': `"${idempotencyKey}"` };
      const answer = draftAnswer.refine((it) => it.draftId === draftId);
      return await ask({ ...putDraft, answer }, { body: JSON.stringify(draft), parts: { draftId }, headers }, signal);
    },

    async claim(claim, signal) {
      // A gateway that mixes up its answers must not hand one resident another's application.
      const answer = claimAnswer.refine((it) => it.outcome !== 'claimed' || isAskedFor(it.draft, claim));
      return await ask({ ...claimDraft, answer }, { body: JSON.stringify(claim) }, signal);
    },

    async remove(draftId, signal) {
      const answer = removeDraft.answer.refine((it) => it.draftId === draftId);
      return await ask({ ...removeDraft, answer }, { parts: { draftId } }, signal);
    },

    check: (body, signal) => ask(checkDrafts, { body: JSON.stringify(body) }, signal),
  };
}

/** The code is right, and so is the person, where it belongs to one. */
export function isAskedFor(draft: DraftBody, { codeHash, person }: Omit<ClaimBody, 'claimId'>): boolean {
  return draft.codeHash === codeHash && (!draft.person || draft.person.idNumber === person?.idNumber);
}
