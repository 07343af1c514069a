import { z } from 'zod';
import { language } from '../../printers/document/document.ts';
import { printableDocument } from '../../printers/document/printable.ts';
import { materialName, maxMaterials } from '../outbox/materials.ts';

/** What terminal and platform say to each other. The stand-in platform validates with the same schemas. */

const id = z.uuid();
/** How a face was compared. */
const faceChecks = ['passive', 'challenged'] as const;
const caseNumber = z.string().min(1).max(40).describe('As the terminal gave it out, and the resident holds it.');
const instant = z.iso.datetime();

export const answerValue = z.union([z.string().max(500), z.number()]);

/** POST /v1/cases. Personal data. */
export const caseBody = z.strictObject({
  caseId: id,
  caseNumber,
  serviceId: z.string().regex(/^S\d{2,4}$/),
  serviceVersion: z.int().min(1),
  language,
  acceptedAt: instant,
  person: z
    .strictObject({ name: z.string().min(1).max(120), idNumber: z.string().min(1).max(30) })
    .optional()
    .describe('Absent where the service asks for nobody’s identity.'),
  assurance: z
    .enum(['none', 'document', 'face'])
    .describe('How sure the terminal is that the person is the one on the document.'),
  faceCheck: z
    .enum(faceChecks)
    .optional()
    .describe(
      'With assurance "face". challenged: movements were asked for and seen. passive: one camera’s pictures were judged and nothing else, which is the weaker of the two (GB/T 41987).',
    ),
  answers: z.record(z.string().max(60), answerValue).describe('The form: name of a field → what was answered.'),
  ticketNumber: z.string().max(20).optional().describe('取号: the number that the resident holds.'),
  draftId: id
    .optional()
    .describe('The saved application that it was made from. Of one draft the platform takes one case.'),
  materials: z
    .array(materialName)
    .min(1)
    .max(maxMaterials)
    .optional()
    .describe('Papers that follow, one by one, through /v1/uploads.'),
});
export type CaseBody = z.infer<typeof caseBody>;

/** The platform's word where the number stands for another case. */
export const CASE_NUMBER_TAKEN = 'case-number-taken';

/** What the platform has made of a case. A later platform may say more than this terminal knows. */
export const caseAnswer = z.object({
  caseNumber,
  receivedAt: instant,
  document: printableDocument.optional().describe('To be printed at once.'),
  expectedDays: z.int().min(0).max(365).optional().describe('Working days until the resident hears more.'),
  queuePosition: z.int().min(0).max(9_999).optional().describe('取号: how many are called before this ticket.'),
});
export type CaseAnswer = z.infer<typeof caseAnswer>;

/** GET /v1/materials/{materialId}: the platform's word that it has a paper whole, and what it made of its bytes. */
export const materialAnswer = z.object({
  ...materialName.pick({ materialId: true, sizeBytes: true, sha256: true }).shape,
  receivedAt: instant,
});
export type MaterialAnswer = z.infer<typeof materialAnswer>;

/** POST /v1/ratings. */
export const ratingBody = z.strictObject({
  caseId: id,
  caseNumber,
  stars: z.int().min(1).max(5),
  ratedAt: instant,
});
export type RatingBody = z.infer<typeof ratingBody>;

export const ratingAnswer = z.object({ caseNumber, receivedAt: instant });
export type RatingAnswer = z.infer<typeof ratingAnswer>;

/** `social-insurance.defaultYears`: as in a service file, without the `platform:` before it. */
export const binding = z.string().regex(/^[a-zA-Z0-9.-]{1,80}$/);

/** POST /v1/prefill: personal data in the body, never in an address, as addresses are logged on the way. */
export const prefillBody = z.strictObject({
  idNumber: z.string().min(1).max(30),
  name: z.string().min(1).max(120),
  bindings: z.array(binding).max(60),
});
export type PrefillBody = z.infer<typeof prefillBody>;

/** What the platform knows; a binding that it knows nothing about is absent. */
export const prefillAnswer = z.object({ values: z.record(binding, answerValue) });
export type PrefillAnswer = z.infer<typeof prefillAnswer>;

/** GET /v1/health. */
export const healthAnswer = z.object({ status: z.literal('ok'), serverAt: instant });
export type HealthAnswer = z.infer<typeof healthAnswer>;

/** The body of every refusal: a word from a closed set of the platform's, and a sentence for its own people. */
export const errorAnswer = z.object({
  error: z.object({ code: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/), message: z.string().max(500) }),
});
export type ErrorAnswer = z.infer<typeof errorAnswer>;
