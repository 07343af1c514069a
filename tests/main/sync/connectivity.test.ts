import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connectivity } from '../../../main/sync/connectivity.ts';
import { SyncError, type SyncErrorCode } from '../../../main/sync/errors.ts';

const wired = { address: '10.1.2.3', internal: false } as NetworkInterfaceInfo;
const loopback = { address: '127.0.0.1', internal: true } as NetworkInterfaceInfo;
const selfMade = { address: '169.254.7.7', internal: false } as NetworkInterfaceInfo;
const selfMade6 = { address: 'fe80::1', internal: false } as NetworkInterfaceInfo;

/** What the platform's health says; `silent` never answers. */
let health: SyncErrorCode | SyncError | 'ok' | 'silent';
let addresses: NetworkInterfaceInfo[];
let asked: number;
let askedAtMs: number[];
let stop: AbortController;
let running: Promise<void>;

function start(baseUrl = 'https://platform.example'): Connectivity {
  const connectivity = new Connectivity({
    baseUrl,
    interfaces: () => ({ lo: [loopback], eth0: addresses }),
    health: async (signal) => {
      asked += 1;
      askedAtMs.push(Date.now());
      if (health === 'ok') return;
      if (health instanceof SyncError) throw health;
      if (health !== 'silent') throw new SyncError(health, 'health');
      await new Promise((_, reject) => {
        const timer = setTimeout(() => reject(new SyncError('timeout', 'health')), 2_000);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new SyncError('canceled', 'health'));
        });
      });
    },
  });
  running = connectivity.run(stop.signal);
  return connectivity;
}

beforeEach(() => {
  vi.useFakeTimers();
  health = 'ok';
  addresses = [wired];
  asked = 0;
  askedAtMs = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('nothing is claimed before the first answer, nor after the end', async () => {
  const connectivity = start();
  expect(connectivity.status.value.state).toBe('unknown');
  await vi.advanceTimersByTimeAsync(1);
  expect(connectivity.status.value.state).toBe('online');
  stop.abort();
  await running;
  expect(connectivity.status.value.state).toBe('unknown');
});

test('the platform is asked every five seconds at most, never in step with other terminals, and the status says when', async () => {
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  const gapsMs = askedAtMs.slice(1).map((at, index) => at - (askedAtMs[index] ?? 0));
  expect(Math.max(...gapsMs)).toBeLessThanOrEqual(5_000);
  expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(4_000);
  expect(new Set(gapsMs).size).toBeGreaterThan(20);
  expect(Date.parse(connectivity.status.value.observedAt)).toBe(askedAtMs.at(-1));
});

const busy = (status: number, retryAfterMs?: number) =>
  new SyncError('platform-busy', `health: HTTP ${status}`, { status, retryAfterMs });

test('a platform that wants to be asked less often is there, and is asked less often, whoever doubts it', async () => {
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1);
  health = busy(429, 120_000);
  await vi.advanceTimersByTimeAsync(6_000);
  [asked, health] = [0, 'unreachable'];
  connectivity.reportFailure();
  await vi.advanceTimersByTimeAsync(112_000);
  expect(asked).toBe(0);
  expect(connectivity.status.value.state).toBe('online');
  await vi.advanceTimersByTimeAsync(20_000);
  expect(connectivity.status.value.state).toBe('offline');
});

test.each<[string, SyncError, object]>([
  ['is there', busy(429, 300_000), { state: 'online' }],
  ['cannot serve', busy(503, 300_000), { state: 'offline', cause: 'platform' }],
])(
  'while a platform that %s wants quiet, a cable that is out shows all the same, and one that is back',
  async (_name, says, told) => {
    health = says;
    const connectivity = start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(connectivity.status.value).toMatchObject(told);
    addresses = [];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'machine' });
    addresses = [wired];
    await vi.advanceTimersByTimeAsync(6_000);
    expect(connectivity.status.value).toMatchObject(told);
    connectivity.reportSuccess();
    await vi.advanceTimersByTimeAsync(6_000);
    expect([connectivity.status.value.state, asked]).toEqual(['online', 1]);
  },
);

test('one that says so without a time is left alone for a minute', async () => {
  health = busy(429);
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(59_000);
  expect([asked, connectivity.status.value.state]).toEqual([1, 'online']);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(asked).toBe(2);
});

test('a platform that cannot serve is offline, and is asked when it has said, not 200 ms later', async () => {
  health = busy(503, 60_000);
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(asked).toBe(1);
  expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'platform' });
  health = 'ok';
  await vi.advanceTimersByTimeAsync(7_000);
  expect(connectivity.status.value.state).toBe('online');
});

test.each([
  ['of no time', 0, 5_000, 5_500],
  ['of a day', 86_400_000, 300_000, 330_000],
])('a Retry-After %s is kept to within reason', async (_name, retryAfterMs, fromMs, toMs) => {
  health = busy(503, retryAfterMs);
  start();
  await vi.advanceTimersByTimeAsync(toMs + 1);
  expect((askedAtMs[1] ?? 0) - (askedAtMs[0] ?? 0)).toBeGreaterThanOrEqual(fromMs);
  expect((askedAtMs[1] ?? 0) - (askedAtMs[0] ?? 0)).toBeLessThanOrEqual(toMs);
});

test('one lost answer is no outage', async () => {
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1);
  const states: string[] = [];
  connectivity.status.subscribe(({ state }) => states.push(state));
  [asked, health] = [0, 'unreachable'];
  while (asked === 0) await vi.advanceTimersByTimeAsync(50);
  health = 'ok';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states).toEqual(['online']);
});

test('a line that has gone silent shows within three seconds of the question', async () => {
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1);
  health = 'silent';
  await vi.advanceTimersByTimeAsync(5_000);
  expect(connectivity.status.value.state).toBe('online');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'line' });
});

test('a platform that fails and then says nothing at all is still the one at fault', async () => {
  health = 'platform-busy';
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(100);
  health = 'silent';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'platform' });
});

test('the first good answer ends an outage', async () => {
  health = 'unreachable';
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connectivity.status.value.state).toBe('offline');
  health = 'ok';
  await vi.advanceTimersByTimeAsync(5_000);
  expect(connectivity.status.value.state).toBe('online');
});

test.each<[SyncErrorCode, string]>([
  ['unreachable', 'line'],
  ['timeout', 'line'],
  ['invalid-answer', 'line'],
  ['refused', 'platform'],
  ['platform-busy', 'platform'],
  ['unauthorised', 'platform'],
])('"%s" is the fault of the %s', async (code, cause) => {
  health = code;
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connectivity.status.value).toMatchObject({ state: 'offline', cause });
});

test.each([
  ['no address', []],
  ['only addresses that it gave itself', [selfMade, selfMade6]],
])('with %s it is the machine that is offline', async (_name, present) => {
  addresses = present;
  health = 'unreachable';
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'machine' });
});

test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
  'a platform on this machine (%s) needs no network',
  async (baseUrl) => {
    addresses = [];
    health = 'refused';
    const connectivity = start(baseUrl);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connectivity.status.value).toMatchObject({ state: 'offline', cause: 'platform' });
  },
);

test('a delivery that fails makes it ask at once, a delivery that succeeds is proof enough', async () => {
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(100);
  health = 'unreachable';
  connectivity.reportFailure();
  await vi.advanceTimersByTimeAsync(300);
  expect(connectivity.status.value.state).toBe('offline');
  connectivity.reportSuccess();
  expect(connectivity.status.value.state).toBe('online');
});

test('failing deliveries during an outage do not make it ask more often', async () => {
  health = 'unreachable';
  const connectivity = start();
  await vi.advanceTimersByTimeAsync(1_000);
  asked = 0;
  for (let report = 0; report < 100; report += 1) {
    connectivity.reportFailure();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(asked).toBe(1);
});
