import { draftOperations } from '../../main/sync/draft-operations.ts';
import { DRAFT_USED } from '../../main/sync/draft-schemas.ts';
import type { CaseBody } from '../../main/sync/schemas.ts';
import type { Drafts } from './drafts.ts';
import { Refusal } from './http.ts';
import { type AnswerOnce, type Route, route, routeOnce } from './routes.ts';

const used: AnswerOnce = {
  status: 422,
  body: { error: { code: DRAFT_USED, message: 'another application was submitted from this saved one' } },
};

/** The refusal of a second case of one draft. */
export function draftUsed(drafts: Drafts, { draftId, caseId }: CaseBody): AnswerOnce | undefined {
  const by = draftId && drafts.usedBy(draftId);
  return by === undefined || by === caseId ? undefined : used;
}

/** Saved applications (草稿): put aside, taken up, forgotten. */
export function draftRoutes(drafts: Drafts, now: () => Date): Readonly<Record<keyof typeof draftOperations, Route>> {
  return {
    putDraft: routeOnce(draftOperations.putDraft, ({ body, parts: { draftId }, terminalId }) => {
      if (body.draftId !== draftId) throw new Refusal(400, 'bad-request', 'not the draft that the address names');
      if (drafts.usedBy(draftId) !== undefined) return used;
      const receivedAt = now().toISOString();
      return { status: 200, body: { draftId, receivedAt }, effect: () => drafts.put(body, terminalId) };
    }),

    claimDraft: route(draftOperations.claimDraft, async ({ body, terminalId }) => {
      const nowMs = now().getTime();
      const pauseS = drafts.pauseS(terminalId, nowMs);
      if (pauseS === undefined) return { status: 200, body: drafts.claim(body, terminalId, nowMs) };
      const error = { code: 'too-many', message: 'this terminal asked about too many codes' };
      return { status: 429, body: { error }, headers: { 'retry-after': String(pauseS) } };
    }),

    checkDrafts: route(draftOperations.checkDrafts, async ({ body: { draftIds }, terminalId }) => ({
      status: 200,
      body: { gone: drafts.gone(draftIds, terminalId, now().getTime()) },
    })),

    removeDraft: route(draftOperations.removeDraft, async ({ parts: { draftId } }) => {
      drafts.remove(draftId);
      return { status: 200, body: { draftId, receivedAt: now().toISOString() } };
    }),
  };
}
