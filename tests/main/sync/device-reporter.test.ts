import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeviceReporter } from '../../../main/sync/device-reporter.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import type { DevicesBody } from '../../../main/sync/schemas.ts';
import { memoryLog } from '../../support/memory-log.ts';

let sent: DevicesBody[];
let platformIsAway: boolean;
let state: 'online' | 'offline';
let answersInMs: number;
let reporter: DeviceReporter;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  [sent, platformIsAway, state, answersInMs, stop] = [[], false, 'online', 0, new AbortController()];
  reporter = new DeviceReporter({
    present: () => ({
      at: new Date().toISOString(),
      devices: [{ id: 'reader', class: 'id-card-reader', model: 'samv', state, faultsToday: 0 }],
    }),
    send: async (body) => {
      if (platformIsAway) throw new SyncError('timeout', 'PUT /v1/devices: no answer within 10000 ms');
      sent.push(body);
      if (answersInMs > 0) await new Promise((resolve) => setTimeout(resolve, answersInMs));
    },
    log: memoryLog(),
  });
  running = reporter.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const states = (): string[] => sent.map(({ devices: [device] }) => device?.state ?? '');

test('the platform hears of the devices at the start, within two seconds of a change, and every five minutes', async () => {
  await vi.advanceTimersByTimeAsync(0);
  expect(states()).toEqual(['online']);
  await vi.advanceTimersByTimeAsync(10_000);
  state = 'offline';
  reporter.changed();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(states()).toEqual(['online', 'offline']);
  await vi.advanceTimersByTimeAsync(5 * 60_000 + 2_000);
  expect(sent.length).toBeGreaterThanOrEqual(3);
  expect(sent.length).toBeLessThanOrEqual(4);
});

test('what changes while a slow platform is being told is told next, and not five minutes later', async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  answersInMs = 8_000;
  reporter.changed();
  await vi.advanceTimersByTimeAsync(2_000);
  state = 'offline';
  reporter.changed();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(states()).toEqual(['online', 'online', 'offline']);
  await vi.advanceTimersByTimeAsync(answersInMs);
});

test('a device that flaps is told of once a second at the most', async () => {
  await vi.advanceTimersByTimeAsync(0);
  for (let flap = 0; flap < 100; flap += 1) {
    reporter.changed();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(sent.length).toBeLessThanOrEqual(11);
});

test('a platform that was away hears how it is then, and not all that was', async () => {
  await vi.advanceTimersByTimeAsync(0);
  platformIsAway = true;
  state = 'offline';
  reporter.changed();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  state = 'online';
  platformIsAway = false;
  await vi.advanceTimersByTimeAsync(62_000);
  expect(states()).toEqual(['online', 'online']);
});
