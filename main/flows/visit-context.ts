import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { printableDocument } from '../../printers/document/printable.ts';
import { language, localText, mode } from '../contracts/common.ts';
import { draftCode } from '../contracts/draft-code.ts';
import { draftRefusal, faceChallenge, formField, paperItem } from '../contracts/view.ts';
import { idCard } from '../devices/schemas.ts';
import { serviceFile } from './service-file.ts';

/**
 * What a visit knows. It is all there is: kept in memory, and sealed in the store so that any process may die. What is not
 * there is `null` and never left out, so that resetting a visit cannot forget to name a field.
 */
export const visitContext = z.object({
  visitId: z.uuid(),
  language,
  mode,
  /** The whole file: the catalogue may be replaced while somebody is in the middle of an older version. */
  service: serviceFile.nullable(),
  stepIndex: z.number().int().min(0),
  identity: z
    .object({
      card: idCard,
      /** The chip's portrait, base64 of a JPEG, PNG or BMP. Absent where this machine cannot decode it. */
      portrait: z.string().exactOptional(),
    })
    .nullable(),
  faceVerified: z.boolean(),
  /** How many acts were asked for and seen when the face was verified: another service may want more. */
  faceChallenges: z.int().min(0).default(0),
  /**
   * Why the last attempt was refused, as far as a person can do it better: taken for a picture, or the act that was not seen.
   * Anything else would help only whoever tries to deceive.
   */
  faceRefusal: z
    .union([z.literal('not-live'), faceChallenge])
    .nullable()
    .default(null),
  faceAttemptsLeft: z.number().int().min(0),
  /** Which question of the form is on the page: one a page, in the order of the file. */
  question: z.number().int().min(0),
  /** One answer is being changed from the review, which follows next. */
  editing: z.boolean(),
  answers: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Fields that the resident has touched: prefill leaves them alone. */
  touched: z.array(z.string()),
  errors: z.record(z.string(), formField.shape.error.unwrap()),
  case: z
    .object({
      caseId: z.uuid(),
      acceptedAt: z.iso.datetime(),
      caseNumber: z.string().exactOptional(),
      ticketNumber: z.string().exactOptional(),
      delivered: z.boolean(),
      document: printableDocument.exactOptional(),
    })
    .nullable(),
  /** `taken`: the resident was still there when it lay in its slot, and has ended the visit since. */
  papers: z.array(paperItem.extend({ attempt: z.number().int(), taken: z.literal(true).exactOptional() })),
  /** The saved application that is made of this visit, or that this visit goes on with. */
  draft: z
    .object({
      draftId: z.uuid(),
      code: draftCode,
      revision: z.number().int().min(1),
      savedAt: z.iso.datetime(),
      keptUntil: z.iso.datetime(),
      /** Absent where it was not taken up but is being made. */
      claimId: z.uuid().exactOptional(),
      /** Where it goes on, until it is there. */
      at: z.enum(['form', 'review']).exactOptional(),
      /** The service has changed since: which questions are to be answered again. */
      refill: z.array(localText).exactOptional(),
      /** The paper with the code on it. */
      slip: paperItem.pick({ state: true, problem: true }).extend({ attempt: z.number().int() }).exactOptional(),
    })
    .nullable(),
  /** A code that was typed in, until what it names is taken up. */
  claim: z.object({ claimId: z.uuid(), code: draftCode, refusal: draftRefusal.exactOptional() }).nullable(),
  rating: z.object({ stars: z.number().int().min(1).max(5), ratedAt: z.iso.datetime() }).nullable(),
});
export type VisitContext = z.infer<typeof visitContext>;
export type VisitCase = NonNullable<VisitContext['case']>;
export type Paper = VisitContext['papers'][number];

export const FACE_ATTEMPTS = 3; // anchors: "3 attempts, then another way"

/** A fresh visit: nothing of the person before. */
export function emptyVisit(): VisitContext {
  return {
    visitId: randomUUID(),
    language: 'zh-CN',
    mode: 'standard',
    service: null,
    stepIndex: 0,
    identity: null,
    faceVerified: false,
    faceChallenges: 0,
    faceRefusal: null,
    faceAttemptsLeft: FACE_ATTEMPTS,
    question: 0,
    editing: false,
    answers: {},
    touched: [],
    errors: {},
    case: null,
    papers: [],
    draft: null,
    claim: null,
    rating: null,
  };
}
