import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FaceUpkeep } from '../../../main/identity/face-upkeep.ts';
import { RemoteError } from '../../../main/processes/rpc.ts';
import { memoryLog } from '../../support/memory-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LIMIT_MB = 500;

function upkeep({ rssMb, isIdle }: { rssMb: () => Promise<number>; isIdle: () => boolean }) {
  const renew = vi.fn();
  const stop = new AbortController();
  const face = { call: (async () => ({ rssMb: await rssMb() })) as never, renew };
  const running = new FaceUpkeep({ face, isIdle, log: memoryLog(), limitMb: LIMIT_MB }).run(stop.signal);
  return { renew, running, stop };
}

test('a process that has grown beyond the limit is renewed while nobody is there, and one that has not is not', async () => {
  const grown = upkeep({ rssMb: async () => LIMIT_MB + 1, isIdle: () => true });
  const small = upkeep({ rssMb: async () => LIMIT_MB, isIdle: () => true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect([grown.renew.mock.calls.length, small.renew.mock.calls.length]).toEqual([1, 0]);
});

test('in a visit nothing is asked and nothing renewed, also where it begins while the process answers', async () => {
  const rssMb = vi.fn(async () => LIMIT_MB + 1);
  const busy = upkeep({ rssMb, isIdle: () => false });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([rssMb.mock.calls.length, busy.renew.mock.calls.length]).toEqual([0, 0]);
  const begins = upkeep({ rssMb, isIdle: vi.fn(() => false).mockReturnValueOnce(true) });
  await vi.advanceTimersByTimeAsync(5_000);
  expect([rssMb.mock.calls.length, begins.renew.mock.calls.length]).toEqual([1, 0]);
});

test('a process that is away is asked again later, and the terminal’s end ends it', async () => {
  const rssMb = vi
    .fn()
    .mockRejectedValueOnce(new RemoteError('process-down', 'away'))
    .mockResolvedValue(LIMIT_MB + 1);
  const { renew, running, stop } = upkeep({ rssMb, isIdle: () => true });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(renew).toHaveBeenCalledOnce();
  stop.abort();
  await running;
  expect(vi.getTimerCount()).toBe(0);
});
