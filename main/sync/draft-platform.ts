import type { z } from 'zod';
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
import { exchange } from './exchange.ts';
import { nothing, type Operation } from './operation.ts';
import type { HttpPlatformOptions } from './platform.ts';

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
export function httpDraftPlatform(options: HttpPlatformOptions): DraftPlatform {
  const { baseUrl, terminalId, token, fetch = globalThis.fetch } = options;
  const base = baseUrl.replace(/\/+$/, '');
  const common = { accept: 'application/json', authorization: `Bearer ${token}`, 'terminal-id': terminalId };
  const ask = <Answer>(
    { method, path, body: agreed, deadlineMs }: Operation,
    answer: z.ZodType<Answer>,
    { body, draftId = '', headers = {} }: { body?: object; draftId?: string; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<Answer> => {
    const type = agreed === nothing ? {} : { 'content-type': 'application/json' };
    const init = {
      method,
      headers: { ...common, ...type, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    };
    const url = new URL(base + path.replace('{draftId}', draftId));
    return exchange(fetch, { what: `${method} ${path}`, url, init, deadlineMs, answer }, signal);
  };
  const { putDraft, claimDraft, checkDrafts, removeDraft } = draftOperations;
  return {
    async put(draft, idempotencyKey, signal) {
      const { draftId } = draft;
      const headers = { 'idempotency-key': `"${idempotencyKey}"` };
      const answer = draftAnswer.refine((it) => it.draftId === draftId);
      return await ask(putDraft, answer, { body: draft, draftId, headers }, signal);
    },

    async claim(claim, signal) {
      // A gateway that mixes up its answers must not hand one resident another's application.
      const answer = claimAnswer.refine((it) => it.outcome !== 'claimed' || isAskedFor(it.draft, claim));
      return await ask(claimDraft, answer, { body: claim }, signal);
    },

    remove: (draftId, signal) => ask(removeDraft, removeDraft.answer, { draftId }, signal),
    check: (body, signal) => ask(checkDrafts, checkDrafts.answer, { body }, signal),
  };
}

/** The code is right, and so is the person, where it belongs to one. */
export function isAskedFor(draft: DraftBody, { codeHash, person }: Omit<ClaimBody, 'claimId'>): boolean {
  return draft.codeHash === codeHash && (!draft.person || draft.person.idNumber === person?.idNumber);
}
