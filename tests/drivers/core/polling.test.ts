import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeviceError, type HotPlug, type Polling, poll } from '../../../drivers/core/index.ts';

type Listener = Parameters<HotPlug['watch']>[0];

const listeners = new Set<Listener>();
const hotPlug: HotPlug = {
  watch(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
const look = vi.fn<Polling['look']>();
const failed = vi.fn<Polling['failed']>();
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  look.mockReset().mockResolvedValue(undefined);
  failed.mockReset();
  stop = new AbortController();
  running = poll({ pollMs: 5_000, retryCapMs: 1_000, look, failed, hotPlug }, stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([listeners.size, vi.getTimerCount()]).toEqual([0, 0]);
  vi.useRealTimers();
});

function somethingWent(): void {
  for (const listener of listeners) listener('disconnected', { vendorId: 0x04a9, productId: 0x190f, port: '1-2' });
}

test('a device is looked at every poll, and after a failure sooner', async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(look).toHaveBeenCalledTimes(3);
  look.mockRejectedValue(new DeviceError('not-connected', 'gone'));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(look.mock.calls.length).toBeGreaterThan(10);
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'not-connected' }), expect.any(Number));
});

test('what comes or goes is looked at at once', async () => {
  await vi.advanceTimersByTimeAsync(1_000);
  somethingWent();
  await vi.advanceTimersByTimeAsync(0);
  expect(look).toHaveBeenCalledTimes(2);
});

test('what comes or goes during a look is looked at after it, once, however often it came', async () => {
  const under = Promise.withResolvers<void>();
  look.mockReturnValueOnce(under.promise);
  await vi.advanceTimersByTimeAsync(5_000);
  for (let event = 0; event < 20; event += 1) somethingWent();
  under.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(look).toHaveBeenCalledTimes(3);
});
