import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * One printer model as data. Dots are the print head's, `dpi` of them an inch; a column is 12 dots, the width of font A, and a
 * Chinese character takes two.
 */
export const escposProfile = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/),
    title: z.string().min(1),
    /** 203 are 8 dots a millimetre. The same letters come out an eighth larger at 180. */
    dpi: z.literal([203, 180]),
    /** Of the roll. */
    paperWidthMm: z.number().min(30).max(120),
    /** Printable width, whole bytes of a picture; no wider than the roll. */
    widthDots: z.number().int().min(144).max(1_200).multipleOf(8),
    /** Characters of font A on a line. */
    columns: z.number().int().min(12).max(100),
    cutter: z.enum(['full', 'partial', 'none']),
    /** `feed-and-cut`: `GS V 65` or `66`, which feeds to the cutter by itself. `cut`: the model knows `GS V 0` and `1` only. */
    cutCommand: z.enum(['feed-and-cut', 'cut']).default('feed-and-cut'),
    /** Fed after the last line: beyond what the cut command feeds by itself, which is nothing for `cut` and without a cutter. */
    endFeedDots: z.number().int().min(0).max(255),
    /** What feeds and line spacings count. `command`: fractions of a dot (Epson), until `GS P` says that they are dots. */
    motionUnits: z.enum(['dots', 'command']),
    text: z.strictObject({
      /** What its font holds: the characters of code page 936. */
      font: z.literal('gbk'),
      /** `command`: `FS &` switches it on. `always`: the model knows no other mode, nor the command. */
      chineseMode: z.enum(['command', 'always']),
      /** `n` of `ESC t`, sent where it is given: on some models Chinese mode needs page 0. */
      codePage: z.number().int().min(0).max(255).optional(),
    }),
    /** `native`: the printer draws QR codes itself. `raster`: they are sent as a picture. */
    qr: z.enum(['native', 'raster']),
    /** The same for Code 128, `GS k 73`. */
    barcode: z.enum(['native', 'raster']),
    status: z.strictObject({
      /** The `n` of `DLE EOT n` that are answered; without the first and the last nothing would be known. */
      realTime: z
        .array(z.literal([1, 2, 3, 4]))
        .refine(
          (answered) => answered.includes(1) && answered.includes(4),
          'a printer that does not answer DLE EOT 1 and 4 cannot be watched',
        ),
      /** `GS a`: it speaks up by itself. */
      automatic: z.boolean(),
      /** `GS r`, the only proof of printing there is: a printer without it cannot be served. */
      report: z.literal(true),
    }),
    paperSensors: z.strictObject({
      /** `inverted`: the bits are set while there is paper, as on some clones. */
      end: z.enum(['standard', 'inverted']),
      nearEnd: z.enum(['standard', 'none']),
    }),
    /** `dle-enq`: `DLE ENQ 2` empties it in real time. `none`: what it holds comes out when its paper is refilled. */
    recovery: z.enum(['dle-enq', 'none']),
    /** The slowest that this model prints, in dots of paper a second. */
    slowestDotsPerSecond: z.number().int().min(50),
    /** For the technician: what of the above nobody has seen on the device yet begins with UNCONFIRMED. */
    notes: z.array(z.string().min(1)),
  })
  .superRefine(({ columns, widthDots, dpi, paperWidthMm }, context) => {
    const fitting = Math.floor(widthDots / COLUMN_DOTS);
    if (columns !== fitting) {
      const message = `must be ${fitting}, as a column is ${COLUMN_DOTS} of the ${widthDots} dots`;
      context.addIssue({ code: 'custom', path: ['columns'], message });
    }
    const widthMm = (widthDots * MM_PER_INCH) / dpi;
    if (widthMm > paperWidthMm) {
      const message = `${widthDots} dots at ${dpi} dpi are ${widthMm.toFixed(1)} mm, wider than paper of ${paperWidthMm} mm`;
      context.addIssue({ code: 'custom', path: ['widthDots'], message });
    }
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

/** Throws RangeError, which names the profile, for an id without a file and for a file that is not this profile. */
export function loadProfile(id: string): EscposProfile {
  if (!profileIds().includes(id)) throw new RangeError(`No printer profile "${id}": ${profileIds().join(', ')}`);
  return parseProfile(id, readFileSync(new URL(`${id}.json`, folder), 'utf8'));
}

/** `text`: what `profiles/<id>.json` holds. Throws RangeError of one line, with the id and every word that is wrong. */
export function parseProfile(id: string, text: string): EscposProfile {
  const { data, error } = escposProfile.safeParse(json(id, text));
  if (error) {
    const wrong = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
    throw new RangeError(`Printer profile "${id}": ${wrong.join('; ')}`, { cause: error });
  }
  if (data.id !== id) throw new RangeError(`Printer profile "${id}": id: is "${data.id}", unlike its file`);
  return data;
}

function json(id: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')); // some editors of Windows begin every file with it
  } catch (cause) {
    const why = (cause as Error).message.replaceAll(/\s+/g, ' '); // quotes the file, line ends and all
    throw new RangeError(`Printer profile "${id}": is not JSON: ${why}`, { cause });
  }
}

/** Font A is 12 × 24 dots, a Chinese character 24 × 24 (Epson's ESC/POS command reference, ESC M and FS ( A). */
export const COLUMN_DOTS = 12;
export const CELL_ROWS = 24;
const MM_PER_INCH = 25.4;
