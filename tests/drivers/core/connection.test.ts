import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Channel, Connection, DeviceError, sleep } from '../../../drivers/core/index.ts';

/** A line that records what is done to it; opening and resetting take as long as a test says. */
class RecordedLine {
  readonly name = 'recorded';
  readonly done: string[] = [];
  openMs = 0;
  resetMs = 0;
  #lost = new AbortController();

  lose(): void {
    this.#lost.abort(new DeviceError('not-connected', 'pulled'));
  }

  async open(): Promise<Channel> {
    await new Promise((resolve) => setTimeout(resolve, this.openMs));
    this.done.push('open');
    this.#lost = new AbortController();
    const close = async (): Promise<void> => void this.done.push('close');
    return { write: async () => undefined, onData: () => undefined, lost: this.#lost.signal, close };
  }

  async reset(): Promise<void> {
    this.done.push('reset');
    await new Promise((resolve) => setTimeout(resolve, this.resetMs));
  }
}

let line: RecordedLine;
let connection: Connection;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  line = new RecordedLine();
  stop = new AbortController();
  connection = new Connection(line, {
    serve: async (channel, signal, connected) => {
      connected();
      await sleep(3_600_000, signal, channel.lost);
      throw new Error('nobody waits for an hour');
    },
    ended: () => undefined,
  });
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  await running;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a reset that is asked for while the line is being opened is done before it is reported', async () => {
  line.openMs = 100;
  running = connection.run(stop.signal);
  const reset = connection.reset(stop.signal).then(() => line.done.push('reported'));
  await vi.advanceTimersByTimeAsync(300);
  await reset;
  expect(line.done).toEqual(['open', 'close', 'reset', 'open', 'reported']);
});

test('two resets at once reset the device once, and it is left alone when its line is lost later', async () => {
  line.resetMs = 100;
  running = connection.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
  const first = connection.reset(stop.signal);
  await vi.advanceTimersByTimeAsync(50);
  const second = connection.reset(stop.signal);
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all([first, second]);
  line.lose();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(line.done.filter((what) => what === 'reset')).toHaveLength(1);
});

test('a reset of a driver that was stopped is not waited for', async () => {
  running = connection.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
  stop.abort();
  await running;
  await expect(connection.reset(new AbortController().signal)).rejects.toMatchObject({ code: 'canceled' });
});
