import { z } from 'zod';
import { mediaKeyword } from '../../printers/core/sheet.ts';
import { nothing } from '../processes/rpc.ts';
import { blankEventKinds, blankReasons } from '../storage/blank-ledger.ts';
import { cassetteStates } from '../storage/blank-rows.ts';
import { settlements } from '../storage/blanks.ts';

const number = z.string().min(1).max(20);
export const seriesName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'small letters, digits and dashes, at most 40');
const cassetteId = z.int().positive();
const reason = z.enum(blankReasons);
const sheets = z.int().min(0);

export const cassetteMessage = z.object({
  cassetteId,
  series: z.string(),
  printerId: z.string(),
  tray: z.string(),
  first: z.string(),
  last: z.string(),
  state: z.enum(cassetteStates),
  left: sheets,
  next: z.string().exactOptional(),
  held: z.object({ number: z.string(), state: z.enum(['reserved', 'uncertain']) }).exactOptional(),
});
export type CassetteMessage = z.infer<typeof cassetteMessage>;

export const loadingMessage = z.strictObject({
  series: seriesName,
  printerId: z.string().min(1).max(60),
  tray: mediaKeyword, // by which the printer is asked for it
  first: number,
  last: number,
});

export const balanceMessage = z.object({
  series: z.string(),
  opening: z.int(),
  loaded: sheets,
  found: sheets,
  printed: sheets,
  spoiled: sheets,
  void: sheets,
  returned: sheets,
  closing: z.int(),
  uncertain: z.array(z.string()),
  /** What the rows add up to; of the day under way, at whose end it must be the closing. */
  counted: sheets.exactOptional(),
});
export type BalanceMessage = z.infer<typeof balanceMessage>;

export const blankEventMessage = z.object({
  at: z.string(),
  kind: z.enum(blankEventKinds),
  series: z.string(),
  cassetteId: z.int(),
  reason: reason.exactOptional(),
  jobId: z.string().exactOptional(),
});
export type BlankEventMessage = z.infer<typeof blankEventMessage>;

/** What clerks ask and say of numbered blanks. Nothing of any resident. */
export const blanksMethods = {
  blanks: { params: nothing, result: z.object({ cassettes: z.array(cassetteMessage) }), deadlineMs: 10_000 },
  /** What `blanksLoad` would do; refuses as it does. */
  blanksCheck: { params: loadingMessage, result: z.object({ sheets }), deadlineMs: 10_000 },
  blanksLoad: { params: loadingMessage, result: cassetteMessage, deadlineMs: 10_000 },
  blanksUnload: { params: z.object({ cassetteId }), result: z.object({ returned: sheets }), deadlineMs: 10_000 },
  blanksCorrect: {
    params: z.object({ cassetteId, next: number, reason }),
    result: cassetteMessage,
    deadlineMs: 10_000,
  },
  blanksVoid: { params: z.object({ number, reason }), result: cassetteMessage, deadlineMs: 10_000 },
  blanksSettle: { params: z.object({ number, as: z.enum(settlements), reason }), result: nothing, deadlineMs: 10_000 },
  /** Of a day in the terminal's time zone; today where left out. */
  blanksBalance: {
    params: z.object({ day: z.iso.date().exactOptional() }),
    result: z.object({ day: z.string(), balances: z.array(balanceMessage) }),
    deadlineMs: 10_000,
  },
  blanksHistory: {
    params: z.object({ number }),
    result: z.object({ events: z.array(blankEventMessage) }),
    deadlineMs: 10_000,
  },
} as const;
