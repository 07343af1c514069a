import type { JobRecord } from '../storage/jobs.ts';

/**
 * What became of a case.
 *
 *   waiting ⇄ sending ──► delivered
 *      │         └──────► rejected       dead letter: kept with its row, for a person to look at
 *      └────────────────► rejected       'unreadable': its row does not open
 *
 * It is rejected still when that person has closed it, with the reason for that.
 */
export type CaseStatus = { readonly attempts: number } & (
  | { readonly state: 'waiting' | 'sending' }
  /** `result` is the platform's answer as JSON, to be parsed by whoever reads it; absent once it was cleared. */
  | { readonly state: 'delivered'; readonly result: unknown }
  | { readonly state: 'rejected'; readonly reason: string }
);

export function statusOf({ state, attempts, result, reason = 'unknown' }: JobRecord): CaseStatus {
  if (state === 'delivered') return { state, attempts, result };
  if (state === 'rejected' || state === 'closed') return { state: 'rejected', attempts, reason };
  return { state, attempts };
}
