import { z } from 'zod';
import { terminators } from './codec.ts';

export const profileIds = ['generic', 'newland', 'honeywell', 'oem-engine'] as const;
export type ProfileId = (typeof profileIds)[number];

/** How a setting is written down: as the engine's manual has it, `ORTSET10000`; zone and value for an OEM engine, `0006=32`. */
const settingForms: Readonly<Partial<Record<string, RegExp>>> = {
  newland: /^[A-Z0-9]{6}[A-Z0-9]{0,32}$/,
  honeywell: /^[A-Z0-9]{6}[A-Z0-9]{0,32}$/,
  'oem-engine': /^[0-9A-F]{4}=[0-9A-F]{2}$/,
};

export const serialScannerOptions = z
  .strictObject({
    /** `auto` takes the first engine that answers, which a `generic` one never does. */
    profile: z.enum(['auto', ...profileIds]).default('auto'),
    terminator: z.enum(terminators).default('line'),
    /**
     * Silence that ends a code. 50 ms are 20 characters at 4,800 bit/s, and more at any higher speed; a bridge that pauses
     * between packets needs more.
     */
    gapMs: z.int().min(20).max(1_000).default(50),
    /** The scanner is set to send the AIM identifier before each code. */
    aimId: z.boolean().default(false),
    /** Sent after each connecting, for what our notes leave open. None is written to flash. */
    settings: z.array(z.string()).max(16).default([]),
  })
  .superRefine(({ profile, settings }, context) => {
    const form = settingForms[profile];
    for (const setting of settings) {
      if (form?.test(setting)) continue;
      const message = form ? `${setting} is no setting of profile ${profile}` : `profile ${profile} takes no settings`;
      context.addIssue({ code: 'custom', path: ['settings'], message });
    }
  });
export type SerialScannerOptions = z.output<typeof serialScannerOptions>;
