import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { modelsOf } from '../../../../drivers/catalog.ts';
import { encodeReply, encodeRequest, splitPipes } from '../../../../drivers/id-card-reader/samv/codec.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { answersAsSamv } from '../../../../drivers/id-card-reader/samv/probe.ts';
import { SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import type { FarEnd } from '../../../../drivers/simulation/far-end.ts';
import { SimulatedHidBus } from '../../../../drivers/simulation/hid-bus.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { SimulatedUsbBus, type SimulatedUsbDevice } from '../../../../drivers/simulation/usb-bus.ts';
import { makeTransport, type TransportSpec } from '../../../../drivers/transport/open.ts';
import { Echo } from '../../../support/echo.ts';
import { Noise } from '../../../support/noise.ts';
import { citizenCard, permitCard } from './cards.ts';
import { readerIds, usbReader } from './usb-readers.ts';
import { frame } from './vectors.ts';

const signal = new AbortController().signal;
const [samv] = modelsOf('id-card-reader');
let bus: SimulatedUsbBus;
let ends: (() => Promise<void>)[];

beforeEach(() => {
  vi.useFakeTimers();
  bus = new SimulatedUsbBus();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) await end();
  expect([vi.getTimerCount(), bus.watchers]).toEqual([0, 0]);
  vi.useRealTimers();
});

function start(spec: Partial<TransportSpec> = {}): SamvDriver {
  const buses = { usb: bus, hid: new SimulatedHidBus(), openSerial: (): never => expect.unreachable() };
  const driver = new SamvDriver(makeTransport({ kind: 'usb', ...readerIds, ...spec } as TransportSpec, samv, buses));
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await soon(running);
  });
  return driver;
}

async function soon<T>(work: Promise<T>, ms = 5_000): Promise<T> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  watched.catch(() => undefined);
  for (let passedMs = 0; !over && passedMs < ms; passedMs += 10) await vi.advanceTimersByTimeAsync(10);
  if (!over) throw new Error(`not over after ${ms} ms`);
  return await watched;
}

function reaches(driver: SamvDriver, state: string, ms: number): Promise<unknown> {
  return soon(
    driver.status.until((status) => status.state === state, signal),
    ms,
  );
}

describe.each(['whole', 'split'] as const)('a reader on USB, its pipes %s,', (pipes) => {
  let reader: SamvSimulator;
  let device: SimulatedUsbDevice;

  beforeEach(() => {
    reader = new SamvSimulator();
    device = usbReader(bus, reader, { pipes });
  });

  test('is online within three seconds, and says how it is spoken to', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    const line = pipes === 'split' ? 'usb:0400:c35a (split pipes)' : 'usb:0400:c35a';
    expect(await soon(driver.check(signal))).toEqual({ line, module: '05.03-20210315-0001234567-4294901761' });
  });

  test('reads a card, in pieces of any size and behind noise', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    Object.assign(reader, { chunkBytes: 13, chunkGapMs: 2, noise: Uint8Array.of(0xaa, 0xaa, 0x11) });
    reader.placeCard({ text: citizenCard() });
    expect((await soon(driver.readCard(signal))).card).toEqual(citizenCard());
  });

  test('unplugged it is offline at once, and plugged in again online at once', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    device.unplug();
    await vi.advanceTimersByTimeAsync(0);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected' });
    await vi.advanceTimersByTimeAsync(30_000);
    const pluggedAtMs = performance.now();
    device.plug();
    await reaches(driver, 'online', 500);
    expect(performance.now() - pluggedAtMs).toBeLessThan(100);
  });

  test('on a machine that tells nothing it is offline within two seconds, and online within three', async () => {
    bus.tellsHotPlug = false;
    const driver = start();
    await reaches(driver, 'online', 3_000);
    device.unplug();
    await reaches(driver, 'offline', 2_000);
    await vi.advanceTimersByTimeAsync(30_000);
    device.plug();
    await reaches(driver, 'online', 3_000);
  });

  test.each([1, 7, 8, 20, 300, 1_294])(
    'unplugged after %i bytes of a card it lets the resident go, and reads the next',
    async (after) => {
      const driver = start();
      await reaches(driver, 'online', 3_000);
      let left = after;
      device.toHost = (bytes) => {
        if (bytes.length < 1_000) return bytes;
        const passed = bytes.subarray(0, left);
        left = 0;
        setTimeout(() => device.unplug(), 30);
        return passed;
      };
      reader.placeCard({ text: citizenCard() });
      await expect(soon(driver.readCard(signal))).rejects.toMatchObject({ code: 'not-connected' });
      expect([driver.status.value.state, device.openChannels]).toEqual(['offline', 0]);
      device.toHost = (bytes) => bytes;
      device.plug();
      await reaches(driver, 'online', 3_000);
      reader.placeCard({ text: permitCard() });
      expect((await soon(driver.readCard(signal))).card).toEqual(permitCard());
    },
  );

  test('unplugged at any time it comes back, and nothing is left behind', async () => {
    const driver = start();
    const noise = new Noise(3);
    for (let pull = 0; pull < 30; pull += 1) {
      reader.placeCard({ text: citizenCard() });
      driver.readCard(signal).catch(() => undefined);
      await vi.advanceTimersByTimeAsync(noise.number(1_500));
      device.unplug();
      await vi.advanceTimersByTimeAsync(noise.number(800));
      device.plug();
    }
    await reaches(driver, 'online', 3_000);
    expect(device.openChannels).toBe(1);
  });

  test('what it says too late never reaches the next resident, though the device held it for a new connection', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    reader.placeCard({ text: citizenCard() });
    reader.readMs = 6_000; // later than the deadline of a read
    const leaving = new AbortController();
    const first = driver.readCard(leaving.signal);
    first.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(2_000);
    leaving.abort(new Error('the resident has left'));
    await expect(first).rejects.toThrow('the resident has left');
    // What was read is in the device when the line is opened anew.
    device.inject(frame('rsp-read-base-domestic'));
    reader.readMs = 0;
    reader.placeCard({ text: permitCard() });
    await soon(driver.reset(signal), 10_000);
    expect((await soon(driver.readCard(signal), 10_000)).card).toEqual(permitCard());
  });

  test('that stalls is opened anew', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    device.stalls = 1;
    await reaches(driver, 'offline', 2_000);
    await reaches(driver, 'online', 3_000);
  });

  test('is reset through the bus', async () => {
    const driver = start();
    await reaches(driver, 'online', 3_000);
    await soon(driver.reset(signal));
    expect([device.resets, device.openChannels]).toEqual([1, 1]);
  });
});

test('two readers with the same ids each read their own card, and only the one that is unplugged is offline', async () => {
  const [left, right] = [new SamvSimulator(), new SamvSimulator()];
  const device = usbReader(bus, left, { port: '1-2' });
  usbReader(bus, right, { port: '1-3', pipes: 'split' });
  const drivers = [start({ port: '1-2' } as Partial<TransportSpec>), start({ port: '1-3' } as Partial<TransportSpec>)];
  for (const driver of drivers) await reaches(driver, 'online', 3_000);
  left.placeCard({ text: citizenCard() });
  right.placeCard({ text: permitCard() });
  const cards = await soon(Promise.all(drivers.map((driver) => driver.readCard(signal))));
  expect(cards.map(({ card }) => card)).toEqual([citizenCard(), permitCard()]);
  device.unplug();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(drivers.map(({ status }) => status.value.state)).toEqual(['offline', 'online']);
});

test('a reader with four pipes that answers whole requests is not split', async () => {
  const reader = new SamvSimulator();
  const four = usbReader(new SimulatedUsbBus(), reader, { pipes: 'split' }).interfaces;
  usbReader(bus, reader, { interfaces: four });
  const driver = start();
  await reaches(driver, 'online', 3_000);
  expect(await soon(driver.check(signal))).toMatchObject({ line: 'usb:0400:c35a' });
});

describe('the head of a frame on split pipes', () => {
  test('says how much follows', () => {
    for (const id of ['req-find', 'rsp-sam-id', 'rsp-read-base-domestic', 'rsp-read-base-fp1024-domestic']) {
      const whole = frame(id);
      expect(splitPipes.bodyBytes(whole.subarray(0, 7))).toBe(whole.length - 7);
    }
  });

  test('of every frame that can be built fits its body, and other bytes are no head', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_300 }), fc.uint8Array({ minLength: 7, maxLength: 7 }), (data, other) => {
        for (const whole of [encodeReply(0x90, data), encodeRequest(0x30, 0x01, data)]) {
          expect(splitPipes.bodyBytes(whole.subarray(0, splitPipes.headerBytes))).toBe(whole.length - 7);
        }
        const due = splitPipes.bodyBytes(other);
        if (due !== undefined) expect([...other.subarray(0, 5)]).toEqual([0xaa, 0xaa, 0xaa, 0x96, 0x69]);
      }),
    );
    expect(splitPipes.bodyBytes(Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, 0xff, 0xff))).toBeUndefined();
    expect(splitPipes.bodyBytes(Uint8Array.of(0xaa))).toBeUndefined();
  });
});

describe('the question whether a SAM_V is there', () => {
  async function asked(farEnd: FarEnd, from: AbortSignal = signal): Promise<boolean> {
    const channel = await new SimulatedLine(farEnd).open(signal);
    return await soon(answersAsSamv(channel, from)).finally(() => channel.close());
  }

  test.each([
    {},
    { condition: 'self-test-failed' },
    { condition: 'not-authorised' },
    { delayMs: 250 },
    { chunkBytes: 1 },
  ])('is answered by a module that is %o', async (state) => {
    expect(await asked(Object.assign(new SamvSimulator(), state))).toBe(true);
  });

  test('is answered no by silence, by an echo and by noise, in 300 ms', async () => {
    expect(await asked(Object.assign(new SamvSimulator(), { silent: true }))).toBe(false);
    expect(await asked(new Echo())).toBe(false);
    const startedAtMs = performance.now();
    expect(await asked(Object.assign(new Echo(), { answers: false }))).toBe(false);
    expect(performance.now() - startedAtMs).toBe(300);
  });

  test('is left by a caller who leaves', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error('stopping')), 50);
    await expect(asked(Object.assign(new SamvSimulator(), { silent: true }), leaving.signal)).rejects.toThrow(
      'stopping',
    );
  });
});
