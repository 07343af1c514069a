import { z } from 'zod';
import { language } from '../../printers/document/document.ts';
import { answerValue, caseBody } from './schemas.ts';

/** What terminal and platform say to each other about applications that were put aside (草稿). Personal data. */

const instant = z.iso.datetime();
const person = caseBody.shape.person.unwrap();
export type DraftPerson = z.infer<typeof person>;

export const codeHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe(
    'SHA-256 of the resident’s code, which keeps the code itself off the line and out of records. Who stores it keys it anew, ' +
      'as 35 bits of code are soon tried out.',
  );

const fieldName = z.string().min(1).max(60);
const FIELDS_MAX = 100;

/** PUT /v1/drafts/{draftId}: the whole of it each time. What a later `revision` says counts. */
export const draftBody = z.strictObject({
  draftId: z.uuid(),
  revision: z.int().min(1).max(1_000_000).describe('Counted up whenever it is saved again.'),
  codeHash,
  serviceId: caseBody.shape.serviceId,
  serviceVersion: caseBody.shape.serviceVersion,
  language,
  savedAt: instant,
  keptUntil: instant.describe('After this moment nobody may have it, and it is deleted everywhere.'),
  person: person.optional().describe('Who alone may continue it; absent where the service asks for nobody’s identity.'),
  answers: z
    .record(fieldName, answerValue)
    .refine((answers) => Object.keys(answers).length <= FIELDS_MAX, 'more answers than a form has fields'),
  touched: z
    .array(fieldName)
    .max(FIELDS_MAX)
    .describe('Fields that the resident has touched, answered or emptied: first values leave them alone.'),
  at: z.enum(['form', 'review']).describe('Where it goes on.'),
  question: z.int().min(0).max(FIELDS_MAX).describe('Which question of the form was on the page, from 0.'),
  claimId: z.uuid().optional().describe('The claim that ends with this: who had taken it up puts it aside again.'),
});
export type DraftBody = z.infer<typeof draftBody>;

export const draftAnswer = z.object({ draftId: z.uuid(), receivedAt: instant });
export type DraftAnswer = z.infer<typeof draftAnswer>;

/** POST /v1/drafts/claim. The same claim again, after an answer that was lost, gets the same answer. */
export const claimBody = z.strictObject({ claimId: z.uuid(), codeHash, person: person.optional() });
export type ClaimBody = z.infer<typeof claimBody>;

/**
 * What a claim comes to. A code that does not exist, one that has run out and one of another person are all `not-found`, and
 * `person-required` comes for any code before a card: nobody learns by asking which codes there are.
 */
export const claimAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('claimed'), draft: draftBody }),
  z.object({ outcome: z.literal('person-required') }),
  z.object({ outcome: z.literal('not-found') }),
  /** Code and person are right, and another terminal has it at this moment. */
  z.object({ outcome: z.literal('in-use') }),
  /** Code and person are right, and it was submitted already. */
  z.object({ outcome: z.literal('submitted') }),
]);
export type ClaimAnswer = z.infer<typeof claimAnswer>;

/** Copies that one question is about. */
export const CHECK_MAX = 500;

/** POST /v1/drafts/check: which of the drafts that a terminal keeps a copy of it has to forget. */
export const checkBody = z.strictObject({ draftIds: z.array(z.uuid()).max(CHECK_MAX) });
export type CheckBody = z.infer<typeof checkBody>;
export const checkAnswer = z.object({ gone: z.array(z.uuid()).max(CHECK_MAX) });
export type CheckAnswer = z.infer<typeof checkAnswer>;

/** DELETE /v1/drafts/{draftId}. */
export const removedAnswer = z.object({ draftId: z.uuid(), receivedAt: instant });

/** The platform's word for a case, or a copy, of a draft from which a case was made already. */
export const DRAFT_USED = 'draft-used';
