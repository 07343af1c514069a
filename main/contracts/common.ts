import { z } from 'zod';

export { type Language, language } from '../../printers/document/document.ts';

/** standard · 长辈版: fewer and larger things, plainer words · low-reach: all controls in the lower part of the screen. */
export const mode = z.enum(['standard', 'elderly', 'low-reach']);
export type Mode = z.infer<typeof mode>;

/** A text in every language of the terminal, each of at most `maxLength` characters. */
export const localTextUpTo = (maxLength: number) =>
  z.object({ 'zh-CN': z.string().min(1).max(maxLength), en: z.string().min(1).max(maxLength) });

/** Service files and the terminal's own place name are written so. */
export const localText = z.object({ 'zh-CN': z.string().min(1).max(300), en: z.string().min(1).max(600) });
export type LocalText = z.infer<typeof localText>;
