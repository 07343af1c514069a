import { z } from 'zod';
import { deviceErrorCodes } from '../../../drivers/core/index.ts';
import { blankReasons } from '../../../main/storage/blank-ledger.ts';
import { settlements } from '../../../main/storage/blanks.ts';

/** What the terminal under test is told to do, one order at a time. */
export const order = z.discriminatedUnion('word', [
  z.object({ word: z.literal('recover') }),
  z.object({ word: z.literal('look') }),
  z.object({ word: z.literal('print'), jobId: z.string(), text: z.string() }),
  z.object({ word: z.literal('taken'), jobId: z.string() }),
  z.object({ word: z.literal('load'), first: z.string(), last: z.string() }),
  z.object({
    word: z.literal('settle'),
    number: z.string(),
    as: z.enum(settlements),
    reason: z.enum(blankReasons),
  }),
]);
export type Order = z.infer<typeof order>;

const told = z.union([
  z.object({ outcome: z.literal('printed') }),
  z.object({ outcome: z.enum(['not-printed', 'unknown']), code: z.enum(deviceErrorCodes), detail: z.string() }),
]);

const noBlank = z.object({ outcome: z.literal('no-blank'), problem: z.enum(['no-blanks', 'blanks-uncertain']) });

/** What the printer, or whoever stands for it, says to a call of the terminal's. */
export const toTerminal = z.union([
  order,
  z.object({ word: z.literal('stage'), call: z.int(), stage: z.enum(['printing', 'presented']) }),
  z.object({ word: z.literal('prepared'), call: z.int() }),
  z.object({ word: z.literal('ran'), call: z.int(), outcome: told, sheetUsed: z.boolean().optional() }),
  z.object({
    word: z.literal('became'),
    call: z.int(),
    answer: z.union([told, z.enum(['unheard-of', 'cannot-say', 'cut-off'])]),
  }),
]);
export type ToTerminal = z.infer<typeof toTerminal>;

/** What the terminal sees of its blanks. */
export const sight = z.object({
  problem: z.enum(['no-blanks', 'blanks-uncertain', 'none']),
  /** The number on top, where it knows it and nothing is on its way. */
  top: z.string().optional(),
  uncertain: z.array(z.string()),
});
export type Sight = z.infer<typeof sight>;

export const fromTerminal = z.discriminatedUnion('word', [
  z.object({ word: z.literal('ready') }),
  z.object({ word: z.literal('prepare'), call: z.int(), jobName: z.string() }),
  z.object({ word: z.literal('run'), call: z.int(), jobName: z.string(), text: z.string() }),
  z.object({ word: z.literal('ask'), call: z.int(), jobName: z.string() }),
  z.object({ word: z.literal('withdraw'), call: z.int(), jobName: z.string() }),
  /** The order is carried out; `outcome`: of a print. */
  z.object({ word: z.literal('done'), outcome: z.union([told, noBlank]).optional(), sight }),
  z.object({ word: z.literal('refused'), message: z.string() }),
]);
export type FromTerminal = z.infer<typeof fromTerminal>;

export const SERIES = 'food-licence';
export const PRINTER_ID = 'laser';
/** Of the data that no resident has. */
export const KEY = Buffer.alloc(32, 7);
