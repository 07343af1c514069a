import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Channel, DeviceError, type Transport, within } from '../../../drivers/core/index.ts';
import { SimulatedLine } from '../../../drivers/simulation/simulated-line.ts';
import { probingTransport } from '../../../drivers/transport/probing.ts';
import { Echo } from '../../support/echo.ts';

const signal = new AbortController().signal;
const RATES = [115_200, 57_600, 38_400] as const;
let device: Echo;
/** The only way in which the device answers. */
let right: number | undefined;
let lines: SimulatedLine[];
let asked: number[];
let line: Transport;

/** Asks with one byte, and takes any answer within 300 ms. */
async function probe(channel: Channel, signals: AbortSignal): Promise<boolean> {
  const answered = new Promise<true>((resolve) => {
    channel.onData(() => resolve(true));
  });
  await channel.write(Uint8Array.of(1));
  return await within(300, 'probe', [signals, channel.lost], answered).catch(() => {
    signals.throwIfAborted();
    return false;
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  device = new Echo();
  right = undefined;
  asked = [];
  lines = RATES.map((rate) => {
    const candidate = new SimulatedLine(device);
    Object.assign(candidate, { name: `line@${rate}` });
    candidate.toHost = (bytes) => (rate === right ? bytes : undefined);
    candidate.toDevice = (bytes) => {
      asked.push(rate);
      return bytes;
    };
    return candidate;
  });
  const [first, ...others] = lines;
  if (first) line = probingTransport('line', [first, ...others], probe);
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function openChannels(): number {
  return lines.reduce((sum, { openChannels: open }) => sum + open, 0);
}

async function open(at: AbortSignal = signal): Promise<Channel> {
  const opening = line.open(at);
  opening.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(2_000);
  return await opening;
}

test.each(RATES)('a device that answers only at %i is found, and the line is named after it', async (rate) => {
  right = rate;
  expect(line.name).toBe('line');
  const channel = await open();
  expect([line.name, openChannels()]).toEqual([`line@${rate}`, 1]);
  const heard = vi.fn();
  channel.onData(heard);
  await channel.write(Uint8Array.of(9));
  expect(heard).toHaveBeenCalledWith(Uint8Array.of(9));
  await channel.close();
});

test('what answered last is asked first the next time, and the others when it no longer does', async () => {
  right = 38_400;
  await (await open()).close();
  expect(asked).toEqual([115_200, 57_600, 38_400]);
  asked.length = 0;
  await (await open()).close();
  expect(asked).toEqual([38_400]);
  asked.length = 0;
  right = 57_600;
  await (await open()).close();
  expect(asked).toEqual([38_400, 115_200, 57_600]);
  expect(line.name).toBe('line@57600');
});

test('a device that answers in none of them is not connected, and the message names them all', async () => {
  await expect(open()).rejects.toMatchObject({
    code: 'not-connected',
    message: 'line: no answer on line@115200, line@57600, line@38400',
  });
  expect(openChannels()).toBe(0);
});

test('a line that cannot be opened says why', async () => {
  for (const one of lines) one.unplug();
  await expect(open()).rejects.toMatchObject({ code: 'not-connected', message: /nothing is plugged in/ });
});

test('one way that cannot be opened keeps no other from being tried', async () => {
  right = 57_600;
  lines[0]?.unplug();
  await (await open()).close();
  expect(line.name).toBe('line@57600');
});

test('a caller who leaves during a probe is let go, and nothing stays open', async () => {
  const leaving = new AbortController();
  const opening = line.open(leaving.signal);
  opening.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(100);
  leaving.abort(new Error('stopping'));
  await expect(opening).rejects.toThrow('stopping');
  await vi.advanceTimersByTimeAsync(0);
  expect([openChannels(), asked]).toEqual([0, [115_200]]);
});

test('a probe that fails closes what it was given', async () => {
  const [first] = lines;
  if (!first) return;
  const broken = probingTransport('line', [first], async () => {
    throw new DeviceError('protocol', 'nonsense');
  });
  await expect(broken.open(signal)).rejects.toMatchObject({ code: 'protocol' });
  expect(openChannels()).toBe(0);
});

test('hot-plug and reset are those of the way that answered, or of the first', async () => {
  const used: string[] = [];
  const withBus = (name: string): Transport => ({
    name,
    open: (at) => (lines[0] ?? expect.unreachable()).open(at),
    appeared: async () => void used.push(`${name} appeared`),
    reset: async () => void used.push(`${name} reset`),
  });
  const both = probingTransport('both', [withBus('one'), withBus('two')], async () => used.length > 0);
  await both.appeared?.(signal);
  await both.reset?.(signal);
  expect(used).toEqual(['one appeared', 'one reset']);
  expect(line.appeared).toBeUndefined();
});
