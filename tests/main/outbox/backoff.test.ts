import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, holdMs, MAX_BACKOFF_MS, MAX_HOLD_MS } from '../../../main/outbox/backoff.ts';

test('no number of failures puts a job off for more than a quarter of an hour', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (attempts) => {
      const delayMs = backoffMs(attempts);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(MAX_BACKOFF_MS);
    }),
  );
  expect(MAX_BACKOFF_MS).toBe(900_000);
});

test('jitter spreads terminals over the whole interval: a tenth of them in each tenth', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let terminal = 0; terminal < 20_000; terminal += 1)
    tenths[Math.floor((backoffMs(30) / MAX_BACKOFF_MS) * 10)]! += 1;
  for (const count of tenths) expect(count).toBeGreaterThan(1_700);
});

test('the platform is never asked earlier than it wants, and never puts a case off for more than an hour', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_HOLD_MS }), (retryAfterMs) => {
      expect(holdMs(retryAfterMs)).toBeGreaterThanOrEqual(retryAfterMs);
    }),
  );
  expect(holdMs(365 * 24 * 3_600_000)).toBe(MAX_HOLD_MS);
  // Nor is it asked as fast as the line carries because it said 0, or a date that has passed.
  for (const now of [0, -1, 999]) expect(holdMs(now)).toBeGreaterThanOrEqual(1_000);
});
