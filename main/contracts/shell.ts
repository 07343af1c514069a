import { z } from 'zod';

/**
 * What the core and the shell that started it say to each other, one JSON object a line: the core on its standard output,
 * the shell on the core's standard input. When that input ends, the shell is gone and the core ends too.
 */

/** Shell → core. `start` comes first, and once. */
export const toCoreLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    /** 32 bytes, base64: signs page tickets. The shell keeps it over restarts of the core. */
    pageKey: z.base64(),
    /** The port of the core before, so that its page can come back; 0 takes a free one. */
    port: z.number().int().min(0).max(65_535),
  }),
  /** An address for a page: after the shell's window died. */
  z.object({ type: z.literal('address') }),
]);
export type ToCoreLine = z.infer<typeof toCoreLine>;

/** Core → shell. */
export const toShellLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), port: z.number().int(), address: z.url() }),
  /** Works once. */
  z.object({ type: z.literal('address'), address: z.url() }),
  /** Every two seconds from `listening` on: a core that has fallen silent hangs, and does not come back by itself. */
  z.object({ type: z.literal('alive') }),
  /** The core cannot start, and starting it again will not help. */
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type ToShellLine = z.infer<typeof toShellLine>;
