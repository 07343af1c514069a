import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writerInParts } from '../../../drivers/transport/write-in-parts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;

test('a slow line has all the time it needs, as long as it takes something', async () => {
  const write = writerInParts('slow', 10, never, (_, done) => void setTimeout(done, 9_000));
  const writing = write(new Uint8Array(100));
  await vi.advanceTimersByTimeAsync(90_000);
  await expect(writing).resolves.toBeUndefined();
});

test('a line that takes nothing is stuck after ten seconds, and says how far it came', async () => {
  let parts = 0;
  const write = writerInParts('stuck', 10, never, (_, done) => {
    parts += 1;
    if (parts <= 3) done();
  });
  const writing = expect(write(new Uint8Array(100))).rejects.toMatchObject({
    code: 'timeout',
    message: 'stuck: writing byte 30 of 100: no answer within 10000 ms',
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await writing;
  expect(vi.getTimerCount()).toBe(0);
});

test('a line that goes away ends a write at once', async () => {
  const lost = new AbortController();
  const write = writerInParts('gone', 10, lost.signal, () => undefined);
  const writing = expect(write(new Uint8Array(100))).rejects.toThrow('unplugged');
  lost.abort(new Error('unplugged'));
  await vi.advanceTimersByTimeAsync(0);
  await writing;
});

test('what the operating system refuses is a line that is gone', async () => {
  const write = writerInParts('serial:/dev/ttyS1@9600', 10, never, (_, done) => done(new Error('write EIO')));
  await expect(write(new Uint8Array(100))).rejects.toMatchObject({
    code: 'not-connected',
    message: 'serial:/dev/ttyS1@9600: write EIO',
  });
});
