import { z } from 'zod';
import { DeviceError } from '../../drivers/core/index.ts';
import { type SheetSetup, sheetSize } from '../core/sheet.ts';
import type { printModes } from './commands.ts';

/** Dots a millimetre. What is sold as 203 dpi is 8 to the millimetre, 203.2. */
const dotsPerMm = { 203: 8, 300: 300 / 25.4, 600: 600 / 25.4 } as const;

/** What is in the printer, upright as it leaves the head. Labels: common sizes of 2 and 4 inch printers. */
export const media = {
  /** ISO/IEC 7810 ID-1, 85.6 × 53.98 mm; printed over its edge, 1012 × 638 at 300 dpi. */
  cr80: { widthMm: 85.7, heightMm: 54 },
  '100x150': { widthMm: 100, heightMm: 150 },
  '100x100': { widthMm: 100, heightMm: 100 },
  '100x200': { widthMm: 100, heightMm: 200 },
  '80x120': { widthMm: 80, heightMm: 120 },
} as const;
export type MediaId = keyof typeof media;

/** A 100 × 150 mm label at 600 dpi is 8.4 million; a canvas takes four bytes a dot. */
const DOTS_MAX = 12_000_000;

const common = {
  /** The print head's. A printer that says another on `~HI` is not printed on. */
  dpi: z.union([203, 300, 600].map((dpi) => z.literal(dpi as 203 | 300 | 600))).default(203),
  /** What the printer does behind each label; left out: as it has been set up. */
  mode: z.enum(['tear-off', 'peel-off', 'cutter'] satisfies (keyof typeof printModes)[]).optional(),
  /** `z64` sends a third of the bytes, for slow serial lines; not every clone knows it. */
  graphics: z.enum(['acs', 'z64']).default('acs'),
};

/** As configuration files write it: a size by name, or in millimetres. */
export const zplOptions = z
  .union([
    z.strictObject({ media: z.enum(Object.keys(media) as [MediaId, ...MediaId[]]).default('100x150'), ...common }),
    z.strictObject({ widthMm: z.number().min(20).max(220), heightMm: z.number().min(20).max(300), ...common }),
  ])
  .refine((options) => {
    const { widthDots, heightDots } = labelOf(options);
    return widthDots * heightDots <= DOTS_MAX;
  }, `a label has at most ${DOTS_MAX} dots`);
export type ZplOptions = z.output<typeof zplOptions>;

/** The printable area in dots of the head. */
export interface Label {
  readonly widthDots: number;
  readonly heightDots: number;
  readonly dotsPerMm: number;
}

/** Between a size as sold and the same as configured: CR80 is 53.98 mm high, and called 54. */
const SIZE_TOLERANCE_MM = 0.5;

/** What is asked for must be what is in the printer: it has one roll or hopper, and no sensor for what kind. */
export function assertFits({ media: asked, source, type }: SheetSetup, options: ZplOptions): void {
  if (source !== undefined || type !== undefined) {
    throw new DeviceError(
      'unsupported',
      `it has no trays, and ${[source, type].filter(Boolean).join(' with ')} is asked`,
    );
  }
  const { widthMm, heightMm } = sizeOf(options);
  const size = sheetSize(asked);
  const differs = (one: number, other: number): boolean => Math.abs(one / 100 - other) > SIZE_TOLERANCE_MM;
  if (!size || differs(size.width, widthMm) || differs(size.height, heightMm)) {
    throw new DeviceError('unsupported', `${widthMm} × ${heightMm} mm are in it, and ${asked} is asked`);
  }
}

function sizeOf(options: z.output<typeof zplOptions>): { widthMm: number; heightMm: number } {
  return 'media' in options ? media[options.media] : options;
}

export function labelOf(options: z.output<typeof zplOptions>): Label {
  const { widthMm, heightMm } = sizeOf(options);
  const perMm = dotsPerMm[options.dpi];
  return { widthDots: Math.round(widthMm * perMm), heightDots: Math.round(heightMm * perMm), dotsPerMm: perMm };
}
