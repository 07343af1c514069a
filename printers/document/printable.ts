import { z } from 'zod';
import { certificate, receipt } from './document.ts';
import { licence } from './licence.ts';

/** What comes on a sheet, a card or a label: all that a licence printer takes. */
export const printableDocument = z.discriminatedUnion('kind', [certificate, licence]);
export type PrintableDocument = z.infer<typeof printableDocument>;

/** Anything that the terminal prints. */
export const paperDocument = z.discriminatedUnion('kind', [receipt, ...printableDocument.options]);
export type PaperDocument = z.infer<typeof paperDocument>;
