import { z } from 'zod';
import { language } from './document.ts';
import { sealPicture } from './seal.ts';

/** How a template names what it needs: `legalRepresentative`. */
export const valueName = z.string().regex(/^[a-z][A-Za-z0-9]{0,39}$/);
export const templateId = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

const VALUES_MAX = 40;

/**
 * A licence or certificate that has a template (`printers/pdf/templates/`): what is to stand on the paper. Where it stands,
 * and what a pre-printed blank says already, is the template's affair.
 */
export const licence = z.strictObject({
  kind: z.literal('licence'),
  template: templateId,
  /** Of the words that the layout adds; a pre-printed blank has its own, whatever is asked for here. */
  language,
  /** 证号, which the authority gave the licence; the number that is printed on a blank is another one. */
  serial: z.string().min(1).max(40),
  values: z
    .record(valueName, z.string().max(500))
    .refine((values) => Object.keys(values).length <= VALUES_MAX, `no more than ${VALUES_MAX} values`),
  /** Of the table, where the template has one; a cell for each of its columns at the most. */
  rows: z
    .array(z.array(z.string().max(60)).max(8))
    .max(60)
    .optional(),
  issuer: z.string().min(1).max(80),
  seal: sealPicture.exactOptional(),
  /** `YYYY-MM-DD`, as is `validUntil`. */
  issuedOn: z.iso.date(),
  validUntil: z.iso.date().optional(),
  verification: z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(300), note: z.string().max(200) }),
});
export type Licence = z.infer<typeof licence>;
