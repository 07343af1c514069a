import type { JobKind } from '../storage/jobs.ts';

/** What goes to the platform: the same bytes under the same key at every attempt. */
export interface Delivery {
  readonly kind: JobKind;
  /** A UUID made when the case was accepted. Under one key the platform does the work once. */
  readonly idempotencyKey: string;
  /** JSON in UTF-8. */
  readonly body: Uint8Array;
}

/** Why a delivery did not get through this time; for logs and reports. */
export type RetryCause = 'unreachable' | 'timeout' | 'platform-busy' | 'invalid-answer' | 'unexpected';

/**
 * What became of one attempt.
 *
 *   delivered      the platform has it; `result` is its answer, JSON
 *   retry          it may or may not have it: the same again later, at the earliest after `retryAfterMs`
 *   unauthorised   it refuses this terminal, not this case: again later, slowly, and a technician is told
 *   rejected       it will never take this body; `reason` is a word of its own, without personal data
 */
export type DeliveryOutcome =
  | { readonly outcome: 'delivered'; readonly result: unknown }
  | { readonly outcome: 'retry'; readonly cause: RetryCause; readonly retryAfterMs?: number }
  | { readonly outcome: 'unauthorised' }
  | { readonly outcome: 'rejected'; readonly reason: string };

/** Sends once, with a deadline of its own. A rejection counts as `retry`. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>;
