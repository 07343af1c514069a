import { z } from 'zod';

/** Bytes as they cross between processes; more than `maxBytes` are refused. */
export const bytes = (maxBytes: number): z.ZodType<Uint8Array> =>
  z.instanceof(Uint8Array).refine((value) => value.length <= maxBytes, `more than ${maxBytes} bytes`);
