import type { DeviceErrorCode } from './errors.ts';
import { machineTime } from './timing.ts';

/** How we came to know: the device said so unasked, it answered a question, or we conclude it from silence or a failure. */
export const statusSources = ['event', 'polled', 'inferred'] as const;
export type StatusSource = (typeof statusSources)[number];

export const deviceStates = ['starting', 'online', 'offline', 'stopped'] as const;

/**
 * A device's condition, with the instant and the way it was observed: a reading older than a few polls is not a fact.
 *
 *   starting ──► online ◄──► offline      any ──► stopped
 */
export type DeviceStatus = { readonly observedAt: string; readonly source: StatusSource } & (
  | { readonly state: 'starting' | 'online' | 'stopped' }
  | { readonly state: 'offline'; readonly cause: DeviceErrorCode; readonly detail: string; readonly retryInMs: number }
);

/** Just now, in this way. */
export function observed(source: StatusSource): Pick<DeviceStatus, 'observedAt' | 'source'> {
  return { observedAt: machineTime(), source };
}

/** `starting`, as every driver is before `run`. */
export function startingStatus(): DeviceStatus {
  return { state: 'starting', ...observed('inferred') };
}
