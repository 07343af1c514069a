const FIRST_MS = 1_000;
const MINUTE_MS = 60_000;

/** The longest that a failure of ours or of the line puts a job off. */
export const MAX_BACKOFF_MS = 15 * MINUTE_MS;
/** The longest that the platform may put a job off: beyond it, a misread date would look like a lost case. */
export const MAX_HOLD_MS = 60 * MINUTE_MS;

/**
 * Full jitter: anywhere between nothing and 1 s doubled per failed attempt, at most 15 min. Spreads 1,873 terminals over the
 * whole interval, where a fixed part would keep them in step.
 */
export function backoffMs(attempts: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_MS * 2 ** Math.min(attempts, 20));
}

/** After a refused credential: 5 to 15 min, as only a person can change the answer. */
export function unauthorisedDelayMs(): number {
  return 5 * MINUTE_MS + Math.random() * 10 * MINUTE_MS;
}

/** The shortest: `Retry-After: 0`, or a date that has passed, is no leave to ask as fast as the line carries. */
const MIN_HOLD_MS = 1_000;

/** At least what the platform asked for, and up to a tenth more, so that not everybody comes back in the same second. */
export function holdMs(retryAfterMs: number): number {
  return Math.min(MAX_HOLD_MS, Math.max(MIN_HOLD_MS, retryAfterMs) * (1 + Math.random() / 10));
}

/** The longest that a terminal keeps still after the line came back. */
export const MAX_SPREAD_MS = 5 * MINUTE_MS;
/** Of what it has waited already, and of the outage. */
export const MAX_SPREAD_SHARE = 1 / 4;
const MIN_SPREAD_MS = 2_000;
/** Deliveries of one terminal that fall due when the line is back: a token a second. */
const TOKEN_MS = 1_000;

/**
 * When the line is back, the first delivery goes after `firstMs`, and each after that `gapMs` later. After a long outage the
 * terminals of a city come back over minutes. Where nothing has waited for long nobody waits: what a resident stands in front
 * of is put off by a quarter of what it has taken already at most. `waitedMs`: of the oldest.
 */
export function wakePace(waitedMs: number, waiting: number): { readonly firstMs: number; readonly gapMs: number } {
  const spreadMs = Math.min(MAX_SPREAD_MS, Math.max(MIN_SPREAD_MS, waitedMs * MAX_SPREAD_SHARE));
  return { firstMs: Math.random() * spreadMs, gapMs: Math.min(TOKEN_MS, spreadMs / Math.max(1, waiting)) };
}
