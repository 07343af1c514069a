import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import {
  backoffMs,
  holdMs,
  MAX_BACKOFF_MS,
  MAX_HOLD_MS,
  unauthorisedDelayMs,
  wakePace,
} from '../../../main/outbox/backoff.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

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

test('a terminal that was refused comes back after five to fifteen minutes', () => {
  const dice = vi.spyOn(Math, 'random').mockReturnValue(0);
  expect(unauthorisedDelayMs()).toBe(300_000);
  dice.mockReturnValue(0.5);
  expect(unauthorisedDelayMs()).toBe(600_000);
  dice.mockReturnValue(1);
  expect(unauthorisedDelayMs()).toBe(900_000);
});

test('after an outage 1,873 terminals come back over five minutes; after a moment, at once', () => {
  const minutes = Array.from({ length: 5 }, () => 0);
  for (let terminal = 0; terminal < 1_873; terminal += 1)
    minutes[Math.floor(wakePace(3_600_000, 5).firstMs / 60_000)]! += 1;
  for (const count of minutes) expect(count).toBeGreaterThan(250);
  for (const waitedMs of [20_000, 8_000, 1_000, 0, -3_600_000])
    expect(wakePace(waitedMs, 1).firstMs).toBeLessThanOrEqual(Math.max(2_000, waitedMs / 4));
});

test('a backlog goes a second apart, and however long it is, within five minutes of its first', () => {
  expect(wakePace(3_600_000, 5).gapMs).toBe(1_000);
  expect(wakePace(3_600_000, 10_000).gapMs * 10_000).toBeLessThanOrEqual(300_000);
});
