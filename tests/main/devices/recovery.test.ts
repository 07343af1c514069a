import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeviceErrorCode } from '../../../drivers/core/index.ts';
import { type Recovery, RecoveryLadder } from '../../../main/devices/recovery.ts';

const at = { observedAt: '2026-11-29T08:00:00.000Z', source: 'polled' } as const;
const online = { state: 'online', ...at } as const;
const offline = (cause: DeviceErrorCode) => ({ state: 'offline', cause, detail: '', retryInMs: 1, ...at }) as const;

let did: string[];
let ladder: RecoveryLadder;
let seen: (Recovery | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  did = [];
  seen = [];
  ladder = new RecoveryLadder(
    {
      reset: async () => {
        did.push('reset');
        throw new Error('it does not answer');
      },
      reEnumerate: () => did.push('re-enumerate'),
    },
    (recovery) => seen.push(recovery),
  );
});

afterEach(async () => {
  ladder.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A driver tells again and again that it cannot reach its device. */
async function stays(cause: DeviceErrorCode, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 500) {
    ladder.observe(offline(cause));
    await vi.advanceTimersByTimeAsync(500);
  }
}

test('a device that stays away is reopened, reset, looked for anew, and reported within fifteen seconds', async () => {
  await stays('not-connected', 3_500);
  expect([ladder.recovery?.rung, did]).toEqual(['reopen', []]);
  await stays('not-connected', 1_000);
  expect([ladder.recovery?.rung, did]).toEqual(['reset', ['reset']]);
  await stays('timeout', 5_000);
  expect([ladder.recovery?.rung, did]).toEqual(['re-enumerate', ['reset', 're-enumerate']]);
  await stays('not-connected', 5_000);
  expect(ladder.recovery).toMatchObject({ rung: 'report', attempts: 2 });
});

test('a device that is reported is still tried once a minute, and stays reported meanwhile', async () => {
  await stays('timeout', 15_000 + 5 * 70_000);
  expect(did.filter((what) => what === 'reset').length).toBeGreaterThanOrEqual(5);
  expect(did.length).toBeLessThan(15);
  expect(seen.map((recovery) => recovery?.rung)).toEqual(['reopen', 'reset', 're-enumerate', 'report']);
});

test('a device that is back is not climbed for any more, and the next trouble starts at the foot', async () => {
  await stays('timeout', 6_000);
  ladder.observe(online);
  expect(ladder.recovery).toBeUndefined();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(did).toEqual(['reset']);
  await stays('timeout', 2_000);
  expect(ladder.recovery).toMatchObject({ rung: 'reopen', attempts: 0 });
});

test.each(['paper-out', 'cover-open', 'media-jammed', 'not-authorised', 'unsupported'] as const)(
  'nothing is reset for %s: it is reported after two seconds',
  async (cause) => {
    await stays(cause, 1_500);
    expect(ladder.recovery?.rung).toBe('reopen');
    await stays(cause, 1_000);
    expect([ladder.recovery?.rung, did]).toEqual(['report', []]);
    await stays(cause, 300_000);
    expect(did).toEqual([]);
  },
);

test('an empty tray is reported although the printer itself is well', async () => {
  ladder.observe({ ...online, paper: 'out' });
  await vi.advanceTimersByTimeAsync(2_500);
  expect(ladder.recovery?.rung).toBe('report');
  ladder.observe({ ...online, paper: 'full' });
  expect(ladder.recovery).toBeUndefined();
});

test('trouble of another kind goes on where the first began, and is then repaired in its own way', async () => {
  await stays('cover-open', 3_000);
  const since = ladder.recovery?.since;
  await stays('not-connected', 5_000);
  expect(ladder.recovery?.since).toBe(since);
  expect(did).toEqual(['reset']);
});

test('what a reset itself brings about is no new trouble', async () => {
  await stays('timeout', 4_500);
  ladder.observe(offline('canceled'));
  ladder.observe({ state: 'starting', ...at });
  await stays('timeout', 4_000);
  expect([ladder.recovery?.rung, did]).toEqual(['reset', ['reset']]);
});
