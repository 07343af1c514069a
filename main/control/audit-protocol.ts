import { z } from 'zod';
import { auditLine, wrongEntry } from '../audit/chain.ts';
import { nothing } from '../processes/rpc.ts';

/** Of a page: what one message of the socket carries without strain. */
export const AUDIT_PAGE_MAX = 500;

/** What may be asked of the record of acts. */
export const auditMethods = {
  /** Where an export ends that begins now; the act itself is the entry after. `last` is 0 for an empty record. */
  auditExport: {
    params: nothing,
    result: z.object({
      terminal: z.string(),
      at: z.iso.datetime(),
      suite: z.string(),
      last: z.int().nonnegative(),
      hash: z.string(),
    }),
    deadlineMs: 10_000,
  },
  /** Entries after number `after`, in order. */
  auditPage: {
    params: z.object({ after: z.int().nonnegative(), limit: z.int().min(1).max(AUDIT_PAGE_MAX) }),
    result: z.object({ lines: z.array(auditLine) }),
    deadlineMs: 10_000,
  },
  /** Goes over the whole record with the terminal's key; a hundred thousand entries take a second or two. */
  auditCheck: {
    params: nothing,
    result: z.object({ terminal: z.string(), entries: z.int(), wrong: wrongEntry.exactOptional() }),
    deadlineMs: 10 * 60_000,
  },
  /** One entry and what is sealed in it. Fails `no-such-entry`, `nothing-sealed`, or as the store does; otherwise it is on record. */
  auditOpen: {
    params: z.object({ seq: z.int().positive() }),
    result: z.object({ entry: z.string(), secret: z.record(z.string(), z.int()) }),
    deadlineMs: 10_000,
  },
} as const;
