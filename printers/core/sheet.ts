import { z } from 'zod';

/** PWG 5101.1 section 5: a keyword as printers have it for trays and kinds of paper. */
export const mediaKeyword = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9._-]*$/, 'small letters, digits, dots and dashes, a letter first');

/** PWG 5101.1 section 5.1.1, a self-describing size: class, name, width and height with their unit. */
const SELF_DESCRIBING = /^[a-z]+_[a-z0-9.-]+_(\d{1,4}(?:\.\d{1,4})?)x(\d{1,4}(?:\.\d{1,4})?)(mm|in)$/;

/**
 * What a document must be printed on. Without `source` the printer takes the tray that has it; pre-printed stock lies in a tray
 * of its own and is asked for by it.
 */
export const sheetSetup = z.strictObject({
  /** `iso_a4_210x297mm`. */
  media: z.string().max(60).regex(SELF_DESCRIBING),
  /** PWG 5100.3 `media-source`: `tray-1`, `main`, `by-pass-tray`. */
  source: mediaKeyword.exactOptional(),
  /** Without `source`: trays of which no sheet may be drawn, whatever lies in the others. */
  notFrom: z.array(mediaKeyword).max(20).exactOptional(),
  /** PWG 5100.3 `media-type`: `stationery`, `stationery-preprinted`. */
  type: mediaKeyword.exactOptional(),
  /** Of the numbered blanks that lie there: nothing but a licence of theirs goes on one. */
  series: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .exactOptional(),
});
export type SheetSetup = z.infer<typeof sheetSetup>;

/** PWG 5101.1: what every template and certificate is laid out for (`tests/printers/templates.test.ts`). */
export const A4 = 'iso_a4_210x297mm';

/** Hundredths of a millimetre, upright, as `media-size` has them (PWG 5100.3 section 3.13). */
export interface SheetSize {
  readonly width: number;
  readonly height: number;
}

const PER_UNIT = { mm: 100, in: 2540 } as const;

/** The size in a self-describing media name; `undefined` for any other name. */
export function sheetSize(media: string): SheetSize | undefined {
  const [, width, height, unit] = SELF_DESCRIBING.exec(media) ?? [];
  if (!width || !height || (unit !== 'mm' && unit !== 'in')) return undefined;
  return { width: Math.round(Number(width) * PER_UNIT[unit]), height: Math.round(Number(height) * PER_UNIT[unit]) };
}
