import { z } from 'zod';

const BYTES_MAX = 96 * 1024;
/** 45 mm at 600 dots an inch are 1,063 pixels; below 100 no name on a seal can be read. */
const SIDE_PX = { min: 100, max: 1_200 } as const;
export const SEAL_PIXELS_MAX = SIDE_PX.max ** 2;
/** 国发〔1999〕25号: 45 mm for cities, counties and their offices; what is larger issues nothing at a terminal. */
const SIDE_MM_MAX = 45;
/** Of a special seal, 40 × 30 mm (国家税务总局公告2011年第7号), stood on end. */
const WIDTH_MM_MIN = 30;
/** Seals of organs are round; ovals are 40 × 30 or 45 × 30 mm. */
const RATIO_MAX = 1.5;

/** PNG, third edition, 5.2 and 11.2.1: signature, IHDR's length and type, width and height. */
const BEGINNING = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
const SIZE_BYTES = 8;

interface PngSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a PNG in base64 says of its size at its beginning, or in a sentence why it can be no seal. Nothing else of it is read. */
function pngSize(png: string): PngSize | string {
  const bytes = firstBytes(png, BEGINNING.length + SIZE_BYTES);
  if (BEGINNING.some((byte, at) => bytes[at] !== byte)) return 'is not a PNG';
  const size = new DataView(bytes.buffer, BEGINNING.length);
  const [widthPx, heightPx] = [size.getUint32(0), size.getUint32(4)];
  const shorter = Math.min(widthPx, heightPx);
  const longer = Math.max(widthPx, heightPx);
  if (shorter < SIDE_PX.min || longer > SIDE_PX.max)
    return `is ${widthPx} × ${heightPx} pixels, a side has ${SIDE_PX.min} to ${SIDE_PX.max}`;
  if (longer > shorter * RATIO_MAX) return `is ${widthPx} × ${heightPx} pixels, its sides may be 3 : 2 at most`;
  return { widthPx, heightPx };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Without Node's decoder, which contracts do not have. What is no base64 gives bytes that are no PNG's. */
function firstBytes(base64: string, count: number): Uint8Array<ArrayBuffer> {
  const sextets = Array.from(base64.slice(0, Math.ceil(count / 3) * 4), (character) => ALPHABET.indexOf(character));
  const byteAt = (index: number): number => {
    const at = Math.floor(index / 3) * 4 + (index % 3);
    const [high = 0, low = 0] = [sextets[at], sextets[at + 1]];
    return ((high << (2 + 2 * (index % 3))) | (low >> (4 - 2 * (index % 3)))) & 0xff;
  };
  return Uint8Array.from({ length: count }, (_, index) => byteAt(index));
}

/**
 * The issuer's seal as a service for electronic seals (电子印章) gives it: a PNG, transparent where paper shows, its colours
 * taken as sRGB. It is printed `widthMm` wide, as the seal is, in place of the one that is drawn otherwise. Of the picture this
 * reads the size alone; whoever draws it reads the rest.
 */
export const sealPicture = z
  .strictObject({
    png: z
      .base64()
      .max(Math.ceil(BYTES_MAX / 3) * 4)
      .superRefine((png, context) => {
        const size = pngSize(png);
        if (typeof size === 'string') context.addIssue({ code: 'custom', message: `the seal ${size}` });
      }),
    widthMm: z.number().min(WIDTH_MM_MIN).max(SIDE_MM_MAX),
  })
  .refine((seal) => sealHeightMm(seal) <= SIDE_MM_MAX, {
    path: ['widthMm'],
    message: `the seal is higher than ${SIDE_MM_MAX} mm`,
  })
  .describe(
    `The issuer’s seal as a PNG, transparent where paper shows, its colours sRGB: sides of ${SIDE_PX.min} to ${SIDE_PX.max} ` +
      `pixels, 3 : 2 at most, no more than ${BYTES_MAX} bytes. It is printed \`widthMm\` wide, no higher than ` +
      `${SIDE_MM_MAX} mm. Without it the terminal draws a seal from the issuer’s name.`,
  );
export type SealPicture = z.infer<typeof sealPicture>;

/** 0 for a picture that no seal can be. */
export function sealHeightMm({ png, widthMm }: { readonly png: string; readonly widthMm: number }): number {
  const size = pngSize(png);
  return typeof size === 'string' ? 0 : (widthMm * size.heightPx) / size.widthPx;
}
