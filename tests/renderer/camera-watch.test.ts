import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CameraState } from '../../renderer/camera/detect.ts';
import { CameraWatch } from '../../renderer/camera/watch.ts';

/** The browser's list of devices, as far as a camera is concerned. */
class FakeDevices extends EventTarget {
  plugged = true;
  async enumerateDevices(): Promise<{ kind: string }[]> {
    return this.plugged ? [{ kind: 'audioinput' }, { kind: 'videoinput' }] : [{ kind: 'audioinput' }];
  }
}

let devices: FakeDevices;
let said: CameraState[];
let tries: number;
let works: CameraState;
let watch: CameraWatch;
let stop: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  devices = new FakeDevices();
  said = [];
  tries = 0;
  works = 'failed';
  watch = new CameraWatch({
    devices: devices as unknown as MediaDevices, // only what FakeDevices has is used
    send: (state) => said.push(state),
    tryCamera: async () => {
      tries += 1;
      return works;
    },
  });
  stop = watch.start();
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a camera is told of at the start, when it is pulled and when it is plugged in again', async () => {
  for (const plugged of [false, true]) {
    devices.plugged = plugged;
    devices.dispatchEvent(new Event('devicechange'));
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(said).toEqual(['online', 'missing', 'online']);
});

test('one that works is left alone', async () => {
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([said, tries]).toEqual([['online'], 0]);
});

test('one that failed is tried every ten seconds, and the core hears only of a change', async () => {
  watch.report('failed');
  await vi.advanceTimersByTimeAsync(35_000);
  expect([said, tries]).toEqual([['online', 'failed'], 3]);
  works = 'online';
  await vi.advanceTimersByTimeAsync(60_000);
  expect([said, tries]).toEqual([['online', 'failed', 'online'], 4]);
});

test('what was seen through it meanwhile outweighs a try', async () => {
  let finish: (state: CameraState) => void = () => undefined;
  const slow = new Promise<CameraState>((resolve) => {
    finish = resolve;
  });
  stop();
  watch = new CameraWatch({ devices: undefined, send: (state) => said.push(state), tryCamera: () => slow });
  stop = watch.start();
  await vi.advanceTimersByTimeAsync(10_000);
  watch.report('online');
  finish('failed');
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(['online', 'missing', 'online']);
});

test('once stopped it says and tries nothing', async () => {
  watch.report('failed');
  stop();
  watch.report('denied');
  devices.dispatchEvent(new Event('devicechange'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect([said, tries]).toEqual([['online', 'failed'], 0]);
});
