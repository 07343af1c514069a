import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { QuietTimer } from '../../../drivers/barcode-scanner/quiet-timer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('tells of quiet once, after the whole time, and not at all once it was stopped', () => {
  const timer = new QuietTimer();
  const told = vi.fn();
  timer.start(50, told);
  vi.advanceTimersByTime(49);
  expect(told).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveBeenCalledOnce();
  timer.start(50, told);
  vi.advanceTimersByTime(30);
  timer.stop();
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveBeenCalledOnce();
});

test('does not tell of quiet where only this process stood still, and the bytes are there when it goes on', async () => {
  vi.useRealTimers();
  const timer = new QuietTimer();
  const told = vi.fn();
  timer.start(300, told);
  const end = performance.now() + 320;
  while (performance.now() < end); // what keeps the event loop busy
  await new Promise((resolve) => setImmediate(resolve)); // timers that are due, then what has arrived
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).not.toHaveBeenCalled();
  timer.stop();
  vi.useFakeTimers();
});
