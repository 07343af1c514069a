import { z } from 'zod';
import { sealPicture } from './seal.ts';

export const language = z.enum(['zh-CN', 'en']);
export type Language = z.infer<typeof language>;

const line = z.string().max(500);

const tableColumn = z.object({
  header: z.string().max(40),
  /** Amounts and counts stand right. */
  align: z.enum(['left', 'right']).optional(),
  /** Of the width, in proportion to the other columns' shares. */
  share: z.number().int().min(1).max(100),
});

/** 1,200 × 436 dots: as wide as any receipt printer, and as high as a logo is wide on most. */
const PICTURE_BYTES_MAX = 65_400;

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
  /** Two texts beside each other, each wrapping in its own part of the line. */
  z.object({
    type: z.literal('columns'),
    left: line,
    right: line,
    /** What the left one has of the line; half of it where nothing is said. */
    leftShare: z.number().min(0.2).max(0.8).optional(),
    /** Of the right one; amounts stand right. */
    align: z.enum(['left', 'right']).optional(),
  }),
  /** Each row has a cell for each column. Cells wrap; paper too narrow for the words and numbers beside each other gets rows below. */
  z
    .object({
      type: z.literal('table'),
      columns: z.array(tableColumn).min(1).max(6),
      rows: z.array(z.array(z.string().max(200)).max(6)).max(60),
    })
    .refine(({ columns, rows }) => rows.every((row) => row.length === columns.length), 'a row has one cell a column'),
  /** Code 128, centred, with its data in letters below. Printable ASCII; how much of it fits is the paper's affair. */
  z.object({ type: z.literal('barcode'), data: z.string().regex(/^[ -~]{1,80}$/) }),
  /**
   * Centred, dot for dot: `bits` is base64 of `heightDots` rows of whole bytes, most significant bit left, 1 is black; what
   * stands behind `widthDots` in a row's last byte is not printed.
   */
  z
    .object({
      type: z.literal('picture'),
      widthDots: z.number().int().min(1).max(1_200),
      heightDots: z.number().int().min(1).max(1_200),
      bits: z.base64().max(Math.ceil(PICTURE_BYTES_MAX / 3) * 4),
    })
    .refine(
      ({ widthDots, heightDots, bits }) => base64Bytes(bits) === Math.ceil(widthDots / 8) * heightDots,
      'a picture has whole bytes a row, and all its rows',
    ),
  z.object({ type: z.literal('qr'), data: z.string().min(1).max(500), caption: line.optional() }),
]);

function base64Bytes(text: string): number {
  return (text.length / 4) * 3 - (text.length - text.replace(/=+$/, '').length);
}

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
  seal: sealPicture.exactOptional(),
  /** `YYYY-MM-DD`. */
  issuedOn: z.iso.date(),
  verification: z.object({ url: z.string().max(300), note: z.string().max(200) }),
});
export type Certificate = z.infer<typeof certificate>;
