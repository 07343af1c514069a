import type { DeviceErrorCode } from './errors.ts';

/** How we came to know: the device said so unasked, it answered a question, or we conclude it from silence or a failure. */
export type StatusSource = 'event' | 'polled' | 'inferred';

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
  return { observedAt: new Date().toISOString(), source };
}

/** `starting`, as every driver is before `run`. */
export function startingStatus(): DeviceStatus {
  return { state: 'starting', ...observed('inferred') };
}
