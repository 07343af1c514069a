import { z } from 'zod';
import { deviceErrorCodes, deviceStates, statusSources } from '../../drivers/core/index.ts';
import { paperStates } from '../../printers/core/contract.ts';
import { localText } from '../contracts/common.ts';
import { networkState, offlineCause } from '../contracts/offline.ts';
import { rungs } from '../devices/recovery.ts';
import { nothing } from '../processes/rpc.ts';
import { auditMethods } from './audit-protocol.ts';
import { blanksMethods } from './blanks-protocol.ts';
import { outboxMethods } from './outbox-protocol.ts';
import { spoolMethods } from './spool-protocol.ts';

/** One device as technicians and operators see it. Nothing of any resident. */
export const deviceReport = z.object({
  id: z.string(),
  class: z.string(),
  model: z.string(),
  state: z.enum(deviceStates),
  /** Why it cannot serve; absent while it can. */
  fault: z.enum(deviceErrorCodes).exactOptional(),
  /** What the driver says about it. */
  detail: z.string().exactOptional(),
  /** XFS4IoT's paper words, of printers. */
  paper: z.enum(paperStates).exactOptional(),
  /** When this was last seen to be so, and how. */
  observedAt: z.string(),
  source: z.enum(statusSources),
  pollMs: z.number().exactOptional(),
  /** Since when it has been in this condition; absent where nobody remembers. */
  since: z.string().exactOptional(),
  repair: z.object({ rung: z.enum(rungs), since: z.string(), attempts: z.number() }).exactOptional(),
  faultsToday: z.number(),
  /** What the fault means and what to do next. */
  advice: z.object({ what: localText, next: localText }).exactOptional(),
});
export type DeviceReport = z.infer<typeof deviceReport>;

/** Whether the platform can be reached, as technicians see it. */
export const platformReport = z.object({
  state: networkState,
  cause: offlineCause.exactOptional(),
  observedAt: z.string(),
  advice: z.object({ what: localText, next: localText }).exactOptional(),
});
export type PlatformReport = z.infer<typeof platformReport>;

/** What ails the terminal beside its devices, for who can do something about it. */
export const alarm = z.object({
  code: z.enum([
    'store-restored',
    'disk-low',
    'disk-critical',
    'dead-letters',
    'credential-refused',
    'clock-wrong',
    'blanks-low',
    'blanks-uncertain',
    'paper-kept',
  ]),
  what: localText,
  next: localText,
});
export type Alarm = z.infer<typeof alarm>;

const event = z.object({
  at: z.string(),
  state: z.string(),
  fault: z.string().optional(),
  detail: z.string().optional(),
  rung: z.string().optional(),
});
const one = z.object({ deviceId: z.string().max(60) });

/** `kioskctl` ↔ core, on the control socket. */
export const controlContract = {
  methods: {
    devices: {
      params: nothing,
      result: z.object({
        terminal: z.string(),
        at: z.string(),
        devices: z.array(deviceReport),
        platform: platformReport,
        alarms: z.array(alarm),
      }),
      deadlineMs: 10_000,
    },
    history: {
      params: one.extend({ limit: z.number().int().min(1).max(500) }),
      result: z.object({ events: z.array(event) }),
      deadlineMs: 10_000,
    },
    reset: { params: one, result: deviceReport, deadlineMs: 30_000 },
    test: {
      params: one,
      result: z.object({ passed: z.boolean(), did: z.string(), facts: z.record(z.string(), z.string()) }),
      deadlineMs: 90_000,
    },
    /** From now on each change of the device comes as an event, the present condition first. */
    watch: { params: one, result: nothing, deadlineMs: 10_000 },
    ...auditMethods,
    ...outboxMethods,
    ...blanksMethods,
    ...spoolMethods,
  },
  events: { device: deviceReport },
} as const;
