import { z } from 'zod';
import { certificate } from '../../printers/document/document.ts';
import { language, mode } from '../contracts/common.ts';
import { formField, paperItem } from '../contracts/view.ts';
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
      document: certificate.exactOptional(),
    })
    .nullable(),
  papers: z.array(paperItem.extend({ attempt: z.number().int() })),
  rating: z.object({ stars: z.number().int().min(1).max(5), ratedAt: z.iso.datetime() }).nullable(),
});
export type VisitContext = z.infer<typeof visitContext>;
export type VisitCase = NonNullable<VisitContext['case']>;
export type Paper = VisitContext['papers'][number];

export const FACE_ATTEMPTS = 3; // anchors: "3 attempts, then another way"

/** A fresh visit: nothing of the person before. */
export function emptyVisit(): VisitContext {
  return {
    visitId: crypto.randomUUID(),
    language: 'zh-CN',
    mode: 'standard',
    service: null,
    stepIndex: 0,
    identity: null,
    faceVerified: false,
    faceAttemptsLeft: FACE_ATTEMPTS,
    question: 0,
    editing: false,
    answers: {},
    touched: [],
    errors: {},
    case: null,
    papers: [],
    rating: null,
  };
}
