import { expect, test, vi } from 'vitest';
import { FrameBox } from '../../../main/session/frame-box.ts';

const frame = (value: number): Uint8Array => Uint8Array.of(value);
const forever = new AbortController().signal;

test('a frame is asked for when it is wanted, and the next one that comes is it', async () => {
  const box = new FrameBox();
  const ask = vi.fn();
  box.onWanted(ask);
  box.put(frame(1)); // nobody waits: dropped
  const wanted = box.next(forever);
  expect(ask).toHaveBeenCalledOnce();
  box.put(frame(2));
  box.put(frame(3));
  expect(await wanted).toEqual(frame(2));
  const later = box.next(forever);
  box.put(frame(4));
  expect(await later).toEqual(frame(4));
  expect(ask).toHaveBeenCalledTimes(2);
});

test('a page that came later hears that a frame is waited for, and only then', async () => {
  const box = new FrameBox();
  const ask = vi.fn();
  const wanted = box.next(forever);
  box.onWanted(ask);
  expect(ask).toHaveBeenCalledOnce();
  box.askAgain();
  expect(ask).toHaveBeenCalledTimes(2);
  box.put(frame(1));
  await wanted;
  box.askAgain();
  expect(ask).toHaveBeenCalledTimes(2);
});

test('who gives up waiting gets the reason, and takes no frame from the next', async () => {
  const box = new FrameBox();
  const [first, reason] = [new AbortController(), new Error('left')];
  const given = box.next(first.signal);
  const taken = box.next(forever);
  first.abort(reason);
  await expect(given).rejects.toBe(reason);
  box.put(frame(7));
  expect(await taken).toEqual(frame(7));
  await expect(box.next(first.signal)).rejects.toBe(reason);
});
