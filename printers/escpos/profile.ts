import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * One printer model as data. Dots are the print head's, 203 a 25.4 mm (8 a millimetre) on receipt printers; a column is
 * 12 dots, the width of font A, and a Chinese character takes two.
 */
export const escposProfile = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  name: z.string(),
  /** Printable width, a whole number of columns. */
  widthDots: z.number().int().min(144).max(1_200).multipleOf(24),
  paperWidthMm: z.number().min(30).max(120),
  /** `native`: the printer draws QR codes itself. `raster`: they are sent as a picture. */
  qr: z.enum(['native', 'raster']),
  cutter: z.enum(['full', 'partial', 'none']),
  /** Fed after the last line: beyond what the cutter feeds by itself, or, without a cutter, from the print head to the tear bar. */
  endFeedDots: z.number().int().min(0).max(255),
  paperSensors: z.strictObject({
    /** `inverted`: the bits are set while there is paper, as on some clones. */
    end: z.enum(['standard', 'inverted']),
    nearEnd: z.enum(['standard', 'none']),
  }),
  /** The slowest that this model prints, in dots of paper a second. */
  slowestDotsPerSecond: z.number().int().min(50),
});
export type EscposProfile = z.infer<typeof escposProfile>;

const folder = new URL('profiles/', import.meta.url);

/** Ids of the profiles in `profiles/`, in alphabetical order. */
export function profileIds(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** Throws RangeError for an id without a file, and a ZodError for a file that is not a profile. */
export function loadProfile(id: string): EscposProfile {
  if (!profileIds().includes(id)) throw new RangeError(`No printer profile "${id}": ${profileIds().join(', ')}`);
  return escposProfile.parse(JSON.parse(readFileSync(new URL(`${id}.json`, folder), 'utf8')));
}

export function lineColumns(profile: EscposProfile): number {
  return profile.widthDots / COLUMN_DOTS;
}

/** Font A is 12 × 24 dots, a Chinese character 24 × 24 (protocol notes 3). */
export const COLUMN_DOTS = 12;
export const CELL_ROWS = 24;
