import { z } from 'zod';
import {
  checkAnswer,
  checkBody,
  claimAnswer,
  claimBody,
  DRAFT_USED,
  draftAnswer,
  draftBody,
  removedAnswer,
} from './draft-schemas.ts';
import { nothing, type Operation } from './operation.ts';

const TELL_MS = 10_000;
/** A resident waits, and there may be a copy on this machine. */
const CLAIM_MS = 5_000;

const parts = z.strictObject({ draftId: z.uuid() });

/** Saved applications (草稿). */
export const draftOperations = {
  putDraft: {
    method: 'PUT',
    path: '/v1/drafts/{draftId}',
    summary: 'Put an application aside, to be continued at any terminal',
    description:
      'The whole of it each time; a `revision` that is no later than what is there changes nothing. With `claimId` it also ends ' +
      'that claim. The platform deletes the content at `keptUntil`, and when a case that names the draft has been taken.',
    credential: 'terminal',
    once: true,
    parts,
    body: draftBody,
    answer: draftAnswer,
    successes: { 200: 'Kept.' },
    refusals: [{ status: 422, code: DRAFT_USED, when: 'A case was made of it already.' }],
    deadlineMs: TELL_MS,
  },
  claimDraft: {
    method: 'POST',
    path: '/v1/drafts/claim',
    summary: 'Take an application up that was put aside',
    description:
      'It then belongs to this terminal until it is put aside again, submitted or removed, or for half an hour of silence. The ' +
      'same claim again gets the same answer. No answer tells which codes there are: a code that does not exist, one that has run ' +
      'out and one of another person are all `not-found`, and without a person any code is `person-required`, unless it belongs ' +
      'to nobody. The platform counts what comes to nothing, per terminal, and answers 429 beyond its limit.',
    credential: 'terminal',
    once: false,
    body: claimBody,
    answer: claimAnswer,
    successes: { 200: 'What it comes to.' },
    deadlineMs: CLAIM_MS,
  },
  checkDrafts: {
    method: 'POST',
    path: '/v1/drafts/check',
    summary: 'Ask which copies a terminal has to forget',
    description:
      'Those that another terminal has, or has saved since, as the copy is out of date; that were submitted or removed; and that ' +
      'have run out.',
    credential: 'terminal',
    once: false,
    body: checkBody,
    answer: checkAnswer,
    successes: { 200: 'Those of the asked ones that are to be forgotten.' },
    deadlineMs: TELL_MS,
  },
  removeDraft: {
    method: 'DELETE',
    path: '/v1/drafts/{draftId}',
    summary: 'Forget an application that its owner does not want any more',
    credential: 'terminal',
    once: false,
    parts,
    body: nothing,
    answer: removedAnswer,
    successes: { 200: 'Gone, or gone before.' },
    deadlineMs: TELL_MS,
  },
} as const satisfies Readonly<Record<string, Operation>>;
