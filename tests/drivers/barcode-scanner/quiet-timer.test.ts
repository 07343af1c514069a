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

test('a second half that was late is waited for again, and a process that always stands still comes to an end', () => {
  const timer = new QuietTimer();
  const told = vi.fn();
  let heldUpMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + heldUpMs);
  timer.start(50, told);
  vi.advanceTimersByTime(49);
  heldUpMs = 10;
  vi.advanceTimersByTime(1);
  expect(told).not.toHaveBeenCalled();
  vi.advanceTimersByTime(25);
  expect(told).toHaveBeenCalledOnce();

  timer.start(50, told);
  for (let halves = 0; halves < 5; halves += 1) {
    expect(told).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(25);
    heldUpMs += 10;
  }
  vi.advanceTimersByTime(25);
  expect(told).toHaveBeenCalledTimes(2);
});
