import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PaperItem, Screen } from '../../../main/contracts/view.ts';
import { allowanceFor } from '../../../main/session/allowances.ts';
import { IdleClock } from '../../../main/session/idle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function clock() {
  const [onWarn, onEnd] = [vi.fn(), vi.fn()];
  return { idle: new IdleClock(onWarn, onEnd), onWarn, onEnd };
}

test('a page warns before its end, and ends once', () => {
  const { idle, onWarn, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  vi.advanceTimersByTime(64_999);
  expect([onWarn.mock.calls.length, idle.left()]).toEqual([0, { ms: 25_001, warning: false }]);
  vi.advanceTimersByTime(1);
  expect([onWarn.mock.calls.length, idle.left()]).toEqual([1, { ms: 25_000, warning: true }]);
  vi.advanceTimersByTime(24_999);
  expect(onEnd).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100_000);
  expect([onWarn.mock.calls.length, onEnd.mock.calls.length, idle.left()]).toEqual([1, 1, { ms: 0, warning: true }]);
});

test('a touch starts over, also after the warning', () => {
  const { idle, onWarn, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  vi.advanceTimersByTime(80_000);
  idle.touch();
  expect(idle.left()).toEqual({ ms: 90_000, warning: false });
  vi.advanceTimersByTime(89_999);
  expect([onWarn.mock.calls.length, onEnd.mock.calls.length]).toEqual([2, 0]);
});

test('touches extend a page ten times over, and a panel that is stuck does not keep it for ever', () => {
  const { idle, onWarn, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  for (let second = 1; second < 11 * 90; second += 1) {
    vi.advanceTimersByTime(1_000);
    idle.touch();
    if (second <= 10 * 90) expect(idle.left()).toEqual({ ms: 90_000, warning: false });
  }
  expect([onWarn.mock.calls.length > 0, onEnd.mock.calls.length, idle.left()]).toEqual([
    true,
    0,
    { ms: 1_000, warning: true },
  ]);
  vi.advanceTimersByTime(1_000);
  expect(onEnd).toHaveBeenCalledOnce();
});

test('a visit that goes on has all its time again', () => {
  const { idle, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  for (let minute = 0; minute < 60; minute += 1) {
    vi.advanceTimersByTime(60_000);
    idle.startOver();
  }
  expect([idle.left(), onEnd.mock.calls.length]).toEqual([{ ms: 90_000, warning: false }, 0]);
});

test('where nothing runs out there is nothing to count, and a touch begins nothing', () => {
  const { idle, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  idle.allow(undefined);
  idle.touch();
  expect([idle.left(), vi.getTimerCount()]).toEqual([undefined, 0]);
  vi.advanceTimersByTime(1_000_000);
  expect(onEnd).not.toHaveBeenCalled();
});

test('the platform setting the wall clock changes nothing', () => {
  const { idle, onEnd } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  vi.setSystemTime(Date.now() + 86_400_000);
  expect(idle.left()).toEqual({ ms: 90_000, warning: false });
  vi.advanceTimersByTime(10_000);
  expect([idle.left()?.ms, onEnd.mock.calls.length]).toEqual([80_000, 0]);
});

test('a stopped clock leaves no timer', () => {
  const { idle } = clock();
  idle.allow({ ms: 90_000, warnMs: 25_000 });
  vi.advanceTimersByTime(70_000);
  idle.stop();
  expect([vi.getTimerCount(), idle.left()]).toEqual([0, undefined]);
});

const papers = (state: PaperItem['state']): Screen => ({
  kind: 'print',
  papers: [{ document: 'receipt', copies: 1, state }],
});

test.each<[Screen, number | undefined]>([
  [{ kind: 'attract' }, undefined],
  [{ kind: 'services', services: [] }, 90_000],
  [{ kind: 'identify', reader: 'waiting' }, 90_000],
  [{ kind: 'form', fields: [] }, 180_000],
  [{ kind: 'submit', phase: 'saving' }, undefined],
  [{ kind: 'submit', phase: 'slow' }, 180_000],
  [papers('printing'), undefined],
  [papers('unknown'), 120_000],
  [{ kind: 'result', outcome: 'queued', caseNumber: 'x', papers: [], cardWasUsed: true }, 60_000],
  [{ kind: 'ending' }, undefined],
  [{ kind: 'out-of-service', problem: 'storage-full' }, undefined],
])('%j has %s ms', (screen, ms) => {
  expect(allowanceFor(screen, 'standard')?.ms).toBe(ms);
});

test('older hands get twice the time, and everybody at least 20 s to answer the warning (WCAG 2.2.1)', () => {
  const screen: Screen = { kind: 'form', fields: [] };
  expect(allowanceFor(screen, 'elderly')).toEqual({ ms: 360_000, warnMs: 50_000 });
  expect(allowanceFor(screen, 'low-reach')).toEqual(allowanceFor(screen, 'standard'));
  expect(allowanceFor(screen, 'standard')?.warnMs).toBeGreaterThanOrEqual(20_000);
});
