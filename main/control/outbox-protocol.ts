import { z } from 'zod';
import { materialName } from '../outbox/materials.ts';
import { nothing } from '../processes/rpc.ts';
import { closeReasons, listings } from '../storage/delivery-list.ts';
import { jobKinds, jobStates } from '../storage/jobs.ts';

const caseNumber = z.string().min(1).max(40);

/** How the queue of deliveries is. Nothing of any resident. */
export const queueReport = z.object({
  at: z.string(),
  waiting: z.int(),
  sending: z.int(),
  delivered: z.int(),
  rejected: z.int(),
  closed: z.int(),
  oldestWaitingAt: z.string().exactOptional(),
  overdue: z.int(),
  nextDeliverBy: z.string().exactOptional(),
  alarm: z.enum(['none', 'unauthorised', 'storage-failing']),
});
export type QueueReportMessage = z.infer<typeof queueReport>;

export const listedDelivery = z.object({
  jobId: z.int(),
  caseNumber: z.string(),
  serviceId: z.string(),
  kind: z.enum(jobKinds),
  state: z.enum(jobStates),
  attempts: z.int(),
  createdAt: z.string(),
  nextTryAt: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  deliverBy: z.string().exactOptional(),
  sizeBytes: z.int().exactOptional(),
  uploadedBytes: z.int().exactOptional(),
});
export type ListedDeliveryMessage = z.infer<typeof listedDelivery>;

/** Personal data, for a clerk. */
export const exportedCase = z.object({
  caseNumber: z.string(),
  serviceId: z.string(),
  acceptedAt: z.string(),
  deliverBy: z.string().exactOptional(),
  deliveries: z.array(
    z.object({
      jobId: z.int(),
      kind: z.enum(jobKinds),
      state: z.enum(jobStates),
      attempts: z.int(),
      reason: z.string().exactOptional(),
      body: z.unknown(),
    }),
  ),
  materials: z.array(materialName),
});
export type ExportedCaseMessage = z.infer<typeof exportedCase>;

/** Of a paper in one answer. */
export const pagePartBytes = 1024 * 1024;

export const outboxMethods = {
  outbox: { params: nothing, result: queueReport, deadlineMs: 10_000 },
  outboxList: {
    params: z.object({ which: z.enum(listings), limit: z.int().min(1).max(1_000) }),
    result: z.object({ at: z.string(), deliveries: z.array(listedDelivery) }),
    deadlineMs: 10_000,
  },
  outboxRequeue: {
    params: z.object({ what: caseNumber }),
    result: z.object({ requeued: z.int(), unreadable: z.int() }),
    deadlineMs: 10_000,
  },
  outboxClose: {
    params: z.object({ what: caseNumber, reason: z.enum(closeReasons) }),
    result: z.object({ closed: z.int() }),
    deadlineMs: 10_000,
  },
  outboxExport: { params: z.object({ caseNumber }), result: exportedCase, deadlineMs: 10_000 },
  outboxPage: {
    params: z.object({ caseNumber, materialId: z.uuid(), offset: z.int().min(0) }),
    result: z.object({ base64: z.base64() }),
    deadlineMs: 10_000,
  },
  outboxWake: { params: nothing, result: nothing, deadlineMs: 10_000 },
} as const;
