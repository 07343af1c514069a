import { z } from 'zod';
import { deviceErrorCodes } from '../../drivers/core/index.ts';
import { jobStates } from '../../printers/spool/job-state.ts';

const jobId = z.string().min(1).max(100);

/** A paper, as technicians see it: nothing of what stands on it. */
export const spoolJobMessage = z.object({
  jobId,
  jobName: z.string(),
  document: z.string(),
  printerId: z.string().exactOptional(),
  series: z.string().exactOptional(),
  blankNumber: z.string().exactOptional(),
  state: z.enum(jobStates),
  code: z.enum(deviceErrorCodes).exactOptional(),
  detail: z.string().exactOptional(),
  acceptedAt: z.string(),
  changedAt: z.string(),
});
export type SpoolJobMessage = z.infer<typeof spoolJobMessage>;

export const spoolMethods = {
  /** `which`: the last ones, the newest first, or those of which nobody knows what became, the oldest first. */
  spool: {
    params: z.object({ which: z.enum(['recent', 'unsettled']), limit: z.int().min(1).max(1_000) }),
    result: z.object({ jobs: z.array(spoolJobMessage) }),
    deadlineMs: 10_000,
  },
  spoolSettle: {
    params: z.object({ jobId, as: z.enum(['printed', 'not-printed']) }),
    result: spoolJobMessage,
    deadlineMs: 10_000,
  },
} as const;
