import { z } from 'zod';
import { localText, localTextUpTo } from '../contracts/common.ts';
import { kioskDevices } from '../contracts/faults.ts';
import { serviceProblems } from './service-rules.ts';

/**
 * A service (事项) as cities write it: one JSON file, no code. `strictObject` throughout, so that a misspelt key is an error
 * with its path and not a setting that silently does nothing.
 */

const fieldName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,39}$/, 'a field is named in camelCase, at most 40 letters')
  .refine((name) => !(name in {}), 'this name has a meaning of its own in JavaScript');
/** What stands on the receipt too, as a row's label or value: there is room for this much. */
const label = localTextUpTo(60);
/** `title` asks the question; `label` names the answer on the review and the receipt, where there is no room for a question. */
const titled = { title: label, label: label.optional(), help: localText.optional() };

/** A whole number, drawn as large keys or a stepper. */
const wholeNumber = z
  .strictObject({
    type: z.literal('integer'),
    minimum: z.number().int(),
    maximum: z.number().int(),
    unit: localTextUpTo(20).optional(),
    ...titled,
  })
  .refine(({ minimum, maximum }) => minimum <= maximum, { path: ['maximum'], message: 'less than "minimum"' });

/** One of a few, drawn as large choices. */
const choice = z.strictObject({
  type: z.literal('string'),
  format: z.undefined().optional(),
  oneOf: z
    .array(z.strictObject({ const: z.string().min(1).max(60), title: label, detail: localText.optional() }))
    .min(2)
    .max(12)
    .refine((all) => new Set(all.map(({ const: value }) => value)).size === all.length, 'a "const" stands twice'),
  ...titled,
});

/** Digits typed on the pad. `group`: how they are set apart on screen, 3-4-4 for a telephone. */
const digits = z.strictObject({
  type: z.literal('string'),
  format: z.literal('digits'),
  pattern: z.string().max(120).refine(isPattern, 'not a regular expression'),
  maxLength: z.number().int().min(1).max(30),
  group: z.array(z.number().int().min(1)).optional(),
  ...titled,
});

/** The part of JSON Schema that the forms draw. Titles are in every language, where JSON Schema has one string. */
export const formProperty = z.discriminatedUnion('type', [
  wholeNumber,
  z.discriminatedUnion('format', [choice, digits]),
]);
export type FormProperty = z.infer<typeof formProperty>;

export const formSchema = z.strictObject({
  type: z.literal('object'),
  required: z
    .array(fieldName)
    .refine((names) => new Set(names).size === names.length, 'a field stands twice')
    .default([]),
  properties: z
    .record(fieldName, formProperty)
    .refine((fields) => Object.keys(fields).length > 0, 'a form without a field'),
});
export type FormSchema = z.infer<typeof formSchema>;

const plainPaper = {
  document: z.enum(['receipt', 'certificate']),
  copies: z.number().int().min(1).max(5).default(1),
};
const numberedPaper = {
  document: z.literal('licence'),
  /** A numbered blank is one licence. */
  copies: z.literal(1).default(1),
  /** The series of numbered blanks (空白证照) of which it takes one. */
  blank: z.string().regex(/^[a-z][a-z-]{0,39}$/),
};
export const paper = z.discriminatedUnion('document', [z.strictObject(plainPaper), z.strictObject(numberedPaper)]);

export const step = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identify'), accept: z.array(z.literal('id-card')).min(1) }),
  /** `otherwise`: where a resident goes who does not want to be, or cannot be, looked at. */
  z.strictObject({
    kind: z.literal('verify-face'),
    otherwise: z.literal('counter'),
    /** So many acts, drawn by lot, are asked of the person before the camera: blink, turn left or right, open the mouth. */
    challenges: z.int().min(0).max(3).default(0),
  }),
  z.strictObject({
    kind: z.literal('form'),
    schema: formSchema,
    /** Field → where a first value comes from. The resident can change it. */
    prefill: z.record(fieldName, z.string().regex(/^platform:[a-zA-Z0-9.-]{1,80}$/)).default({}),
  }),
  z.strictObject({ kind: z.literal('review') }),
  z.strictObject({
    kind: z.literal('submit'),
    /** A queue ticket (取号): the answer of `field` chooses the letter of the ticket's series. */
    ticket: z.strictObject({ field: fieldName, letters: z.record(z.string(), z.string().regex(/^[A-Z]$/)) }).optional(),
  }),
  z.strictObject({ kind: z.literal('print'), papers: z.array(paper).min(1).max(4) }),
  z.strictObject({ kind: z.literal('rate') }),
]);
export type Step = z.infer<typeof step>;
export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

const wellFormed = z.strictObject({
  id: z.string().regex(/^S\d{2,4}$/),
  version: z.number().int().min(1),
  title: label,
  /** For 长辈版: what people call it. */
  plainTitle: localText,
  summary: localText,
  icon: z.string().regex(/^[a-z-]{1,30}$/),
  department: z.string().regex(/^[a-z-]{1,60}$/),
  levels: z.array(z.enum(['city', 'street', 'village'])).min(1),
  minutes: z.number().int().min(1).max(60),
  /** `no`: only while the platform answers. `queue`: accepted at any time, delivered later. */
  offline: z.enum(['no', 'queue']),
  /** For `queue`: after this long without delivery the resident should call; printed on the receipt. */
  deliverWithinDays: z.number().int().min(1).max(60).default(3),
  /**
   * Whether a form that is not finished may be put aside and continued later. `offer`: the warning before the time is over
   * offers it too.
   */
  draft: z.enum(['no', 'yes', 'offer']).default('no'),
  /** For how long; printed on the slip. */
  draftDays: z.number().int().min(1).max(30).default(7),
  needs: z.strictObject({ devices: z.array(z.enum(kioskDevices)), assurance: z.enum(['none', 'document', 'face']) }),
  steps: z.array(step).min(1).max(20),
});
export type ServiceFile = z.infer<typeof wellFormed>;

export const serviceFile = wellFormed.superRefine((service, context) => {
  for (const problem of serviceProblems(service)) context.addIssue({ code: 'custom', ...problem });
});

/** As Ajv compiles it. */
function isPattern(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern, 'u'));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
