import { z } from 'zod';

export const hidPosOptions = z.strictObject({
  /** Whose symbology byte stands behind the data; with `other` the AIM identifier alone tells. */
  maker: z.enum(['other', 'honeywell']).default('other'),
});
export type HidPosOptions = z.output<typeof hidPosOptions>;
