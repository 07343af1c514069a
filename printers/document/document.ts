import { z } from 'zod';

export const language = z.enum(['zh-CN', 'en']);
export type Language = z.infer<typeof language>;

const line = z.string().max(500);

/**
 * A receipt as data, top to bottom. Texts are finished sentences in the receipt's language; how wide, how bold and where a
 * line breaks is the printer's affair.
 */
export const receiptBlock = z.discriminatedUnion('type', [
  /** Centred, double size: what this paper is. */
  z.object({ type: z.literal('title'), text: line }),
  /** Centred, small: who issues it. */
  z.object({ type: z.literal('subtitle'), text: line }),
  /** Wraps; `strong` for what must be read. */
  z.object({
    type: z.literal('text'),
    text: line,
    strong: z.boolean().optional(),
    align: z.enum(['left', 'center']).optional(),
  }),
  /** A ticket or case number: as large as fits on one line, centred. */
  z.object({ type: z.literal('number'), text: z.string().max(40) }),
  /** Label left, value right, value wraps below its label's end. */
  z.object({ type: z.literal('fields'), rows: z.array(z.object({ label: z.string().max(60), value: line })).max(40) }),
  z.object({ type: z.literal('rule') }),
  z.object({ type: z.literal('qr'), data: z.string().min(1).max(500), caption: line.optional() }),
]);
export type ReceiptBlock = z.infer<typeof receiptBlock>;

export const receipt = z.object({ kind: z.literal('receipt'), language, blocks: z.array(receiptBlock).min(1).max(80) });
export type Receipt = z.infer<typeof receipt>;

/**
 * A certificate as the platform issues it: an A4 sheet with heading, a statement, rows or a table, a seal and a
 * verification code. Everything on paper comes from here; the layout adds no fact of its own.
 */
export const certificate = z.object({
  kind: z.literal('certificate'),
  language,
  title: z.string().min(1).max(60),
  /** 证明编号, printed and encoded for verification. */
  serial: z.string().min(1).max(40),
  /** The sentence that certifies, one entry a paragraph. */
  statement: z.array(z.string().max(1000)).max(10),
  fields: z.array(z.object({ label: z.string().max(40), value: z.string().max(200) })).max(30),
  table: z
    .object({
      columns: z.array(z.string().max(40)).min(1).max(8),
      rows: z.array(z.array(z.string().max(60)).max(8)).max(60),
    })
    .optional(),
  issuer: z.string().min(1).max(80),
  /** `YYYY-MM-DD`. */
  issuedOn: z.iso.date(),
  verification: z.object({ url: z.string().max(300), note: z.string().max(200) }),
});
export type Certificate = z.infer<typeof certificate>;
