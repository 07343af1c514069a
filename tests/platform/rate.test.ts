import { expect, test } from 'vitest';
import { TokenBucket } from '../../scripts/platform/rate.ts';
import { caseOf, standInPlatform } from '../support/stand-in-platform.ts';

test('a bucket gives its burst, then its rate, and tells the others a time of their own', () => {
  let nowMs = 0;
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, () => new Date(nowMs));
  const take = (times: number) => Array.from({ length: times }, () => bucket.take());
  expect(take(8)).toEqual([undefined, undefined, undefined, 1, 1, 2, 2, 3]);
  nowMs = 1_000;
  expect(take(3)).toEqual([undefined, undefined, 2]);
  nowMs = 3_600_000;
  expect(take(4)).toEqual([undefined, undefined, undefined, 1]);
  nowMs = 0; // a clock that is set back fills nothing
  expect(take(1)).toEqual([2]);
});

test('a platform with more to do than it can says when to come again, and does the work then', async () => {
  let now = new Date('2026-11-21T08:00:00Z');
  const { post, inspect } = await standInPlatform({ now: () => now, rate: { perSecond: 1, burst: 1 } });
  const key = { 'idempotency-key': '"0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11"' };
  expect((await post('/v1/cases', caseOf({}))).status).toBe(201);
  const body = caseOf({ caseNumber: 'A2' });
  const busy = await post('/v1/cases', body, key);
  expect([busy.status, busy.headers.get('retry-after'), busy.json()]).toMatchObject([
    503,
    '1',
    { error: { code: 'busy' } },
  ]);
  now = new Date('2026-11-21T08:00:01Z');
  expect((await post('/v1/cases', body, key)).status).toBe(201);
  expect(inspect()).toMatchObject({
    cases: [{ caseNumber: 'A1' }, { caseNumber: 'A2', deliveries: 1 }],
    duplicates: 0,
  });
});
