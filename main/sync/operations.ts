import { draftOperations } from './draft-operations.ts';
import { DRAFT_USED } from './draft-schemas.ts';
import { managementOperations } from './management-operations.ts';
import { nothing, type Operation } from './operation.ts';
import {
  CASE_NUMBER_TAKEN,
  caseAnswer,
  caseBody,
  healthAnswer,
  prefillAnswer,
  prefillBody,
  ratingAnswer,
  ratingBody,
} from './schemas.ts';
import { uploadOperations } from './upload-operations.ts';

/**
 * A slow mobile line needs some 5 s for a case; beyond 15 s the resident has been told that it goes on in the background.
 */
const DELIVER_MS = 15_000;
/** A resident is looking at an empty form. */
const PREFILL_MS = 5_000;
/** As Connectivity promises to notice within. */
const HEALTH_MS = 2_000;

const delivered = { 200: 'Was done before; the answer is that of then.', 201: 'Done.' };

/** All of them, by the name that a document calls them. */
export const operations = {
  submitCase: {
    method: 'POST',
    path: '/v1/cases',
    summary: 'Deliver a case',
    description:
      'What a resident has applied for and been given a number for. The terminal sends it until it is answered; the ' +
      'department’s decision, or a document to be printed at once, is in the answer.',
    credential: 'terminal',
    once: true,
    body: caseBody,
    answer: caseAnswer,
    successes: delivered,
    refusals: [
      { status: 422, code: 'bad-answer', when: 'A value of the form is out of the department’s range.' },
      { status: 422, code: 'no-record', when: 'The department knows nothing of this person.' },
      { status: 422, code: 'not-eligible', when: 'The person may not have what was applied for.' },
      {
        status: 422,
        code: CASE_NUMBER_TAKEN,
        when: 'A case with this number and another `caseId` has arrived: that one stays as it is, and this one is not taken.',
      },
      { status: 422, code: DRAFT_USED, when: 'Another case was made of the draft that it names.' },
    ],
    deadlineMs: DELIVER_MS,
  },
  rateCase: {
    method: 'POST',
    path: '/v1/ratings',
    summary: 'Deliver a rating (好差评) of a case that was delivered before',
    credential: 'terminal',
    once: true,
    body: ratingBody,
    answer: ratingAnswer,
    successes: delivered,
    refusals: [{ status: 409, code: 'case-unknown', when: 'The rated case has not arrived.' }],
    deadlineMs: DELIVER_MS,
  },
  ...uploadOperations,
  prefill: {
    method: 'POST',
    path: '/v1/prefill',
    summary: 'Ask for the first values of a form',
    description:
      'The person stands in the body, as addresses are logged on the way. A binding that nothing is known about is ' +
      'absent from the answer, and so are all where number and name are not one person’s.',
    credential: 'terminal',
    once: false,
    body: prefillBody,
    answer: prefillAnswer,
    successes: { 200: 'What is known.' },
    deadlineMs: PREFILL_MS,
  },
  ...draftOperations,
  health: {
    method: 'GET',
    path: '/v1/health',
    summary: 'Ask whether the platform can serve',
    credential: 'optional',
    once: false,
    body: nothing,
    answer: healthAnswer,
    successes: { 200: 'It can.' },
    deadlineMs: HEALTH_MS,
  },
  ...managementOperations,
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof operations;
