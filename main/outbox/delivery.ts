import type { JobKind, UploadState } from '../storage/jobs.ts';

/** What goes to the platform: the same bytes under the same key at every attempt. */
export type Delivery = Message | MaterialUpload;

export interface Message {
  readonly kind: Exclude<JobKind, 'material'>;
  /** A UUID that was there when the case was accepted: a case's own id, a paper's. Under one key the platform does the work once. */
  readonly idempotencyKey: string;
  /** JSON in UTF-8. */
  readonly body: Uint8Array;
}

/** A paper that a resident brought, which goes in parts and goes on where the last attempt ended. */
export interface MaterialUpload extends Omit<Message, 'kind'> {
  readonly kind: 'material';
  /** `MaterialBody` as JSON in UTF-8; its `materialId` is the key. */
  readonly body: Uint8Array;
  /** Absent where it cannot be read here: the platform may have it, as when this terminal was restored from an older copy. */
  readonly content: Uint8Array | undefined;
  /** The platform's address for it that an attempt before this one was given. */
  readonly location: string | undefined;
  /**
   * To be called for a new address and for each part that the platform has: on the disk when it returns, and time for the
   * next part is given. Throws once this attempt is over.
   */
  readonly save: (state: UploadState) => void;
}

/** Why a delivery did not get through this time; for logs and reports. `storage`: its page cannot be read now. */
export type RetryCause = 'unreachable' | 'timeout' | 'platform-busy' | 'invalid-answer' | 'storage' | 'unexpected';

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

/** What of an outcome may stand in a log: never the platform's answer. */
export function telling(outcome: DeliveryOutcome): object {
  switch (outcome.outcome) {
    case 'delivered':
    case 'unauthorised':
      return { outcome: outcome.outcome };
    case 'retry':
    case 'rejected':
      return outcome;
  }
}

/** Sends once, with a deadline of its own. A rejection counts as `retry`. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>;
