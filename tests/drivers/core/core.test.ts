import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  backoffMs,
  DeviceError,
  defineModel,
  Observable,
  sleep,
  startingStatus,
  Turnstile,
  unlessAborted,
  within,
} from '../../../drivers/core/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const never = new AbortController().signal;

describe('the turnstile', () => {
  test('lets one through at a time, in call order, and a failure does not hold up the next', async () => {
    const turn = new Turnstile();
    const order: string[] = [];
    const task = (name: string, ms: number) => async () => {
      order.push(`${name} in`);
      await sleep(ms);
      order.push(`${name} out`);
      if (name === 'a') throw new Error('a failed');
      return name;
    };
    const [first, second] = [turn.run(task('a', 20)), turn.run(task('b', 1))];
    const failed = expect(first).rejects.toThrow('a failed');
    await vi.advanceTimersByTimeAsync(30);
    await failed;
    expect([await second, ...order]).toEqual(['b', 'a in', 'a out', 'b in', 'b out']);
  });

  test('lets a caller go who gives up waiting, and never starts the task', async () => {
    const turn = new Turnstile();
    const leaving = new AbortController();
    const before = turn.run(() => sleep(1_000));
    const task = vi.fn(async () => undefined);
    const gone = expect(turn.run(task, leaving.signal)).rejects.toThrow('enough');
    leaving.abort(new Error('enough'));
    await gone;
    await vi.advanceTimersByTimeAsync(1_000);
    await before;
    expect(task).not.toHaveBeenCalled();
  });

  test('keeps the turn for a task whose caller gave up half way', async () => {
    const turn = new Turnstile();
    const leaving = new AbortController();
    const order: string[] = [];
    const gone = expect(
      turn.run(async () => {
        await sleep(100);
        order.push('first');
      }, leaving.signal),
    ).rejects.toThrow('enough');
    const next = turn.run(async () => order.push('second'));
    await vi.advanceTimersByTimeAsync(50);
    leaving.abort(new Error('enough'));
    await gone;
    await vi.advanceTimersByTimeAsync(50);
    await next;
    expect(order).toEqual(['first', 'second']);
  });
});

describe('waiting', () => {
  test('sleep ends on time, or with the reason of the first signal', async () => {
    const slept = sleep(100, never);
    await vi.advanceTimersByTimeAsync(100);
    await expect(slept).resolves.toBeUndefined();
    const leaving = new AbortController();
    const woken = expect(sleep(100, never, leaving.signal)).rejects.toThrow('enough');
    leaving.abort(new Error('enough'));
    await woken;
    await expect(sleep(100, AbortSignal.abort(new Error('already')))).rejects.toThrow('already');
  });

  test('a deadline names what was waited for', async () => {
    const late = expect(within(250, 'status command', [never], new Promise(() => undefined))).rejects.toMatchObject({
      code: 'timeout',
      message: 'status command: no answer within 250 ms',
    });
    await vi.advanceTimersByTimeAsync(250);
    await late;
    await expect(within(250, 'status command', [never], Promise.resolve(1))).resolves.toBe(1);
  });

  test('a signal that outlives a thousand waits keeps no listener of theirs', async () => {
    const signal = new AbortController().signal;
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    for (let wait = 0; wait < 1_000; wait += 1) await unlessAborted([signal], Promise.resolve());
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([1_000, 1_000]);
  });

  test('backoff doubles to its cap and is never the same for a whole street of terminals', () => {
    for (const [failures, low, high] of [
      [0, 125, 250],
      [1, 250, 500],
      [3, 1_000, 2_000],
      [40, 15_000, 30_000],
    ] as const) {
      const waits = Array.from({ length: 200 }, () => backoffMs(failures));
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...waits)).toBeLessThanOrEqual(high);
      expect(new Set(waits).size).toBeGreaterThan(20);
    }
    expect(backoffMs(40, 2_000)).toBeLessThanOrEqual(2_000);
  });
});

describe('an observed value', () => {
  test('tells its listeners of changes only, until they leave', () => {
    const value = new Observable(1);
    const heard: number[] = [];
    const leave = value.subscribe((next) => heard.push(next));
    for (const next of [1, 2, 2, 3]) value.set(next);
    leave();
    value.set(4);
    expect([heard, value.value]).toEqual([[2, 3], 4]);
  });

  test('can be waited for, from the present value on, until the signal ends it', async () => {
    const value = new Observable('a');
    await expect(value.until((now) => now === 'a', never)).resolves.toBe('a');
    const later = value.until((now) => now === 'c', never);
    value.set('b');
    value.set('c');
    await expect(later).resolves.toBe('c');
    const leaving = new AbortController();
    const gone = expect(value.until((now) => now === 'z', leaving.signal)).rejects.toThrow('enough');
    leaving.abort(new Error('enough'));
    await gone;
  });

  test('a driver that has not run is starting', () => {
    expect(startingStatus()).toMatchObject({ state: 'starting', source: 'inferred' });
  });
});

describe('a device error', () => {
  test.each([
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'not-connected'],
    [Object.assign(new Error('gone'), { code: 'ENXIO' }), 'not-connected'],
    [new DOMException('stop', 'AbortError'), 'canceled'],
    [new DOMException('late', 'TimeoutError'), 'timeout'],
    [new Error('odd'), 'hardware-error'],
    ['a string', 'hardware-error'],
  ])('made from %o has the code %s and keeps its cause', (cause, code) => {
    expect(DeviceError.from(cause)).toMatchObject({ code, cause });
  });

  test('stays itself', () => {
    const error = new DeviceError('no-media', 'nothing there');
    expect(DeviceError.from(error)).toBe(error);
  });
});

test('a model loads its driver only when one is made, and after its options were checked', async () => {
  const load = vi.fn(async () => (_line: unknown, { speed }: { speed: number }) => ({
    status: new Observable(startingStatus()),
    pollMs: 1_000,
    run: async () => undefined,
    reset: async () => undefined,
    check: async () => ({}),
    speed,
  }));
  const model = defineModel({
    id: 'ic-100',
    class: 'id-card-reader',
    title: 'IC-100',
    transports: ['serial'],
    options: z.strictObject({ speed: z.number() }),
    load,
  });
  const line = { name: 'none', open: () => Promise.reject(new Error('never')) };
  await expect(model.create(line, { speed: 'fast' })).rejects.toBeInstanceOf(z.ZodError);
  expect(load).not.toHaveBeenCalled();
  expect(await model.create(line, { speed: 3 })).toMatchObject({ speed: 3 });
  expect(Object.keys(model).sort()).toEqual(['class', 'create', 'id', 'options', 'title', 'transports']);
});
