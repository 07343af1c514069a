import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Channel, SplitPipes, UsbInterface } from '../../../drivers/core/index.ts';
import {
  endpoint,
  SimulatedUsbBus,
  SimulatedUsbDevice,
  type SimulatedUsbOptions,
  usbInterface,
} from '../../../drivers/simulation/usb-bus.ts';
import { type UsbOptions, usbTransport } from '../../../drivers/transport/usb.ts';
import { Echo } from '../../support/echo.ts';

const ids = { vendorId: 0x1234, productId: 0x00ab };
const signal = new AbortController().signal;
let bus: SimulatedUsbBus;
let channels: Channel[];

beforeEach(() => {
  vi.useFakeTimers();
  bus = new SimulatedUsbBus();
  channels = [];
});
afterEach(async () => {
  for (const channel of channels) await ended(channel.close());
  expect([vi.getTimerCount(), bus.watchers]).toEqual([0, 0]);
  vi.useRealTimers();
});

function plugged(options: Partial<SimulatedUsbOptions> = {}): { device: SimulatedUsbDevice; echo: Echo } {
  const echo = new Echo();
  return { device: new SimulatedUsbDevice(bus, { ...ids, port: '1-2', farEnd: echo, ...options }), echo };
}

/** Lets the faked clock run until `work` has settled. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  watched.catch(() => undefined);
  for (let ms = 0; !over && ms < 30_000; ms += 10) await vi.advanceTimersByTimeAsync(10);
  return await watched;
}

async function opened(address: Parameters<typeof usbTransport>[0] = ids, options: UsbOptions = {}): Promise<Channel> {
  const channel = await ended(usbTransport(address, options, bus).open(signal));
  channels.push(channel);
  return channel;
}

function collect(channel: Channel): { readonly bytes: Buffer } {
  const chunks: Uint8Array[] = [];
  channel.onData((chunk) => chunks.push(chunk.slice()));
  return {
    get bytes() {
      return Buffer.concat(chunks);
    },
  };
}

describe('a USB line', () => {
  test('carries every byte value, in pieces of a packet and more', async () => {
    plugged();
    const channel = await opened();
    const got = collect(channel);
    const all = Buffer.from(Uint8Array.from({ length: 1_000 }, (_, at) => at & 0xff));
    await channel.write(all);
    await channel.write(Uint8Array.of(1));
    await vi.advanceTimersByTimeAsync(100);
    expect(got.bytes).toEqual(Buffer.concat([all, Uint8Array.of(1)]));
  });

  test('hands over what comes, however long nothing came before', async () => {
    const { echo } = plugged();
    const got = collect(await opened());
    await vi.advanceTimersByTimeAsync(12_345);
    echo.say(Uint8Array.of(7, 8));
    await vi.advanceTimersByTimeAsync(1);
    expect([...got.bytes]).toEqual([7, 8]);
  });

  const readers: UsbInterface[] = [
    usbInterface(0, { classCode: 3 }, [endpoint(0x81, 'interrupt', 8)]),
    usbInterface(1, { classCode: 0xff, subclassCode: 1 }, [endpoint(0x02, 'bulk'), endpoint(0x82, 'bulk')]),
    usbInterface(2, { classCode: 0xff }, [
      endpoint(0x05, 'isochronous'),
      endpoint(0x06, 'interrupt', 16),
      endpoint(0x86, 'interrupt', 16),
      endpoint(0x07, 'bulk'),
      endpoint(0x87, 'bulk'),
    ]),
  ];

  test('takes the interface of the class that is wanted, and its first endpoints that carry bytes', async () => {
    const { echo } = plugged({ interfaces: readers, interfaceNumber: 2 });
    const channel = await opened(ids, { interface: { classCode: 0xff, subclassCode: 0, protocolCode: 0 } });
    const got = collect(channel);
    await channel.write(Uint8Array.of(5));
    await vi.advanceTimersByTimeAsync(1);
    expect([[...got.bytes], echo.hosts]).toEqual([[5], 1]);
  });

  test('takes interface 0 where no class is wanted, or none of it is there', async () => {
    const interfaces = [usbInterface(0, { classCode: 2 }, [endpoint(0x01, 'bulk'), endpoint(0x81, 'bulk')])];
    const { echo } = plugged({ interfaces });
    await opened(ids, { interface: { classCode: 7 } });
    expect(echo.hosts).toBe(1);
  });

  test.each([
    ['no interface', []],
    ['no way in', [usbInterface(0, { classCode: 7 }, [endpoint(0x01, 'bulk')])]],
    ['no way out', [usbInterface(0, { classCode: 3 }, [endpoint(0x81, 'interrupt')])]],
  ])('of a device with %s cannot be used, and says so', async (_, interfaces) => {
    const { device } = plugged({ interfaces });
    await expect(opened()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^usb:1234:00ab: /),
    });
    expect(device.openChannels).toBe(0);
  });

  test('of a device that is not there, or that may not be opened, says so', async () => {
    await expect(opened()).rejects.toMatchObject({ code: 'not-connected', message: /no such device/ });
    plugged().device.denied = true;
    await expect(opened()).rejects.toMatchObject({ code: 'not-connected', message: /usb:1234:00ab: .*permission/ });
  });

  test('of a device that hangs is given up after two seconds', async () => {
    plugged().device.hangs = true;
    const opening = expect(opened()).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(2_000);
    await opening;
  });

  test('given up on while it opens is not left open', async () => {
    const { device } = plugged();
    const leaving = new AbortController();
    const opening = expect(usbTransport(ids, {}, bus).open(leaving.signal)).rejects.toThrow('stopping');
    leaving.abort(new Error('stopping'));
    await opening;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(device.openChannels).toBe(0);
    await expect(usbTransport(ids, {}, bus).open(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });

  test('does not hear what the device still held for whoever spoke to it before', async () => {
    const { device, echo } = plugged();
    device.inject(new Uint8Array(500).fill(9));
    const got = collect(await opened());
    echo.say(Uint8Array.of(1));
    await vi.advanceTimersByTimeAsync(100);
    expect([...got.bytes]).toEqual([1]);
  });

  test('opens in time on a device that never stops talking', async () => {
    const { device } = plugged();
    device.babbles = true;
    const startedAtMs = performance.now();
    await opened();
    expect(performance.now() - startedAtMs).toBeLessThan(200);
  });

  test.each([true, false])('shows as lost when its device is unplugged (the bus tells: %s)', async (tells) => {
    bus.tellsHotPlug = tells;
    const { device } = plugged();
    const channel = await opened();
    collect(channel);
    await vi.advanceTimersByTimeAsync(30);
    device.unplug();
    await vi.advanceTimersByTimeAsync(0);
    expect(channel.lost.reason).toMatchObject({ code: 'not-connected', message: /^usb:1234:00ab: / });
    await expect(channel.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
    await channel.close();
    await channel.close();
    expect(device.openChannels).toBe(0);
  });

  test('shows as lost when its device is unplugged before anybody listens to it', async () => {
    const { device } = plugged();
    const channel = await opened();
    device.unplug();
    expect(channel.lost.reason).toMatchObject({ code: 'not-connected', message: /unplugged/ });
  });

  test('can be opened again as soon as it is closed, though a transfer cannot be called off', async () => {
    const { device } = plugged();
    for (let round = 0; round < 3; round += 1) {
      const channel = await opened();
      collect(channel);
      await vi.advanceTimersByTimeAsync(130);
      await ended(channel.close());
      expect(device.openChannels).toBe(0);
    }
  });

  test('is not lost when another device of the kind is unplugged', async () => {
    plugged();
    const other = plugged({ port: '1-3' }).device;
    const channel = await opened({ ...ids, port: '1-2' });
    collect(channel);
    other.unplug();
    await vi.advanceTimersByTimeAsync(100);
    expect(channel.lost.aborted).toBe(false);
  });

  test('is lost when a transfer fails, in either direction', async () => {
    const { device } = plugged();
    const reading = await opened();
    device.stalls = 1;
    collect(reading);
    await vi.advanceTimersByTimeAsync(1);
    expect(reading.lost.reason).toMatchObject({ code: 'not-connected', message: /Stall/ });
    await ended(reading.close());
    const writing = await opened();
    device.stalls = 1;
    await expect(writing.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected', message: /Stall/ });
  });

  test('to a device that takes nothing more is stuck after ten seconds, and can be closed', async () => {
    const { device } = plugged();
    const channel = await opened();
    device.busy = true;
    const stuck = expect(channel.write(new Uint8Array(9_000))).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await stuck;
    const again = channel.write(Uint8Array.of(1));
    again.catch(() => undefined);
    await ended(channel.close());
    expect(device.openChannels).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
  });

  test('that is closed hears nothing more, and what is written to it is refused', async () => {
    const { device, echo } = plugged();
    const channel = await opened();
    const got = collect(channel);
    await ended(channel.close());
    device.inject(Uint8Array.of(1));
    await expect(channel.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
    expect([got.bytes.length, device.openChannels, echo.hosts]).toEqual([0, 0, 0]);
  });

  test('survives a flood with what a device can hold', async () => {
    const { device } = plugged();
    const channel = await opened();
    const got = collect(channel);
    for (let chunk = 0; chunk < 1_000; chunk += 1) device.inject(new Uint8Array(4_096));
    await vi.advanceTimersByTimeAsync(100);
    expect(device.heldBytes).toBe(0);
    expect(got.bytes.length).toBeLessThanOrEqual(64 * 1024 + 64); // and the packet that was waited for
    expect(channel.lost.aborted).toBe(false);
  });

  test('of twins without a port, resets the one that it had, not the one that another is using', async () => {
    const [others, own] = [plugged({ port: '1-2' }).device, plugged({ port: '1-3' }).device];
    await opened();
    const line = usbTransport(ids, {}, bus);
    const channel = await ended(line.open(signal));
    await ended(channel.close());
    await ended(line.reset?.(signal) ?? Promise.reject(new Error('no reset')));
    expect([others.resets, own.resets]).toEqual([0, 1]);
  });

  test('resets its device through the bus, and a device that is not there cannot be reset', async () => {
    const { device } = plugged();
    const line = usbTransport(ids, {}, bus);
    await ended(line.reset?.(signal) ?? Promise.reject(new Error('no reset')));
    expect([device.resets, device.openChannels]).toEqual([1, 0]);
    device.unplug();
    await expect(line.reset?.(signal)).rejects.toMatchObject({ code: 'not-connected' });
  });
});

describe('two devices of one kind', () => {
  test('are told apart by the port that they hang on', async () => {
    const [first, second] = [plugged({ port: '1-2' }), plugged({ port: '1-3.1' })];
    await opened({ ...ids, port: '1-3.1' });
    expect([first.echo.hosts, second.echo.hosts]).toEqual([0, 1]);
  });

  test('are told apart by their serial numbers', async () => {
    const [first, second] = [plugged({ serialNumber: 'A' }), plugged({ port: '1-3', serialNumber: 'B' })];
    await opened({ ...ids, serialNumber: 'B' });
    expect([first.echo.hosts, second.echo.hosts]).toEqual([0, 1]);
    await expect(opened({ ...ids, serialNumber: 'C' })).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('that nothing tells apart are opened one each', async () => {
    const [first, second] = [plugged({ port: '1-2' }), plugged({ port: '1-3' })];
    await opened();
    await opened();
    expect([first.echo.hosts, second.echo.hosts]).toEqual([1, 1]);
    await expect(opened()).rejects.toMatchObject({ code: 'not-connected', message: /busy/ });
  });
});

describe('a device that comes', () => {
  test('is told of at once, by its ids and port', async () => {
    const line = usbTransport({ ...ids, port: '1-2' }, {}, bus);
    const come = vi.fn();
    const waiting = line.appeared?.(signal).then(come);
    plugged({ port: '1-9' });
    new SimulatedUsbDevice(bus, { vendorId: 1, productId: 2, port: '1-2', farEnd: new Echo() });
    await vi.advanceTimersByTimeAsync(0);
    expect(come).not.toHaveBeenCalled();
    plugged({ port: '1-2' });
    await waiting;
    expect(come).toHaveBeenCalledOnce();
  });

  test('is no longer waited for by a caller who has left', async () => {
    const leaving = new AbortController();
    const waiting = expect(usbTransport(ids, {}, bus).appeared?.(leaving.signal)).rejects.toThrow('left');
    leaving.abort(new Error('left'));
    await waiting;
    expect(bus.watchers).toBe(0);
  });
});

describe('split pipes', () => {
  /** A head of two bytes, A5 and how many follow. */
  const split: SplitPipes = {
    headerBytes: 2,
    bodyBytes: ([mark, length]) => (mark === 0xa5 ? length : undefined),
  };
  const four = [
    usbInterface(0, { classCode: 0xff }, [
      endpoint(0x02, 'bulk'),
      endpoint(0x06, 'bulk'),
      endpoint(0x81, 'bulk'),
      endpoint(0x85, 'bulk'),
    ]),
  ];

  test('carry head and rest of a message in a pair of endpoints each, and put answers together in order', async () => {
    const { echo } = plugged({ interfaces: four, split });
    const channel = await opened(ids, { split });
    const got = collect(channel);
    await Promise.all([channel.write(Uint8Array.of(0xa5, 3, 1, 2, 3)), channel.write(Uint8Array.of(0xa5, 1, 9))]);
    await vi.advanceTimersByTimeAsync(100);
    expect(echo.heard.map((bytes) => [...bytes])).toEqual([
      [0xa5, 3, 1, 2, 3],
      [0xa5, 1, 9],
    ]);
    expect([...got.bytes]).toEqual([0xa5, 3, 1, 2, 3, 0xa5, 1, 9]);
  });

  test('are not answered when a message comes whole through the first endpoint', async () => {
    const { echo } = plugged({ interfaces: four, split });
    const channel = await opened();
    await channel.write(Uint8Array.of(0xa5, 3, 1, 2, 3));
    expect(echo.heard).toEqual([]);
  });

  test('need two endpoints each way', async () => {
    plugged();
    await expect(opened(ids, { split })).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('pass on what is no head, and find the next one behind it', async () => {
    const { echo } = plugged({ interfaces: four, split });
    const got = collect(await opened(ids, { split }));
    echo.say(Uint8Array.of(1, 2, 0xa5, 2, 7, 7));
    await vi.advanceTimersByTimeAsync(100);
    expect([...got.bytes]).toEqual([1, 2, 0xa5, 2, 7, 7]);
  });

  test('do not wait for ever for a body that broke off', async () => {
    const { device, echo } = plugged({ interfaces: four, split });
    const channel = await opened(ids, { split });
    const got = collect(channel);
    echo.say(Uint8Array.of(0xa5, 4, 1, 2));
    await vi.advanceTimersByTimeAsync(1_200);
    await channel.write(Uint8Array.of(0xa5, 1, 8));
    await vi.advanceTimersByTimeAsync(100);
    expect([[...got.bytes], device.openChannels]).toEqual([[0xa5, 4, 1, 2, 0xa5, 1, 8], 1]);
  });

  test('of a device unplugged between head and body are lost', async () => {
    bus.tellsHotPlug = false;
    const { device, echo } = plugged({ interfaces: four, split });
    const channel = await opened(ids, { split });
    collect(channel);
    echo.say(Uint8Array.of(0xa5, 9, 1));
    await vi.advanceTimersByTimeAsync(50);
    device.unplug();
    await vi.advanceTimersByTimeAsync(0);
    expect(channel.lost.reason).toMatchObject({ code: 'not-connected' });
  });

  test('carry any messages, noise between them included, unchanged and in order', async () => {
    vi.useRealTimers();
    const message = fc.uint8Array({ maxLength: 200 }).map((body) => Uint8Array.of(0xa5, body.length, ...body));
    const noise = fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes.map((byte) => byte & 0x7f));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(message, noise), { maxLength: 8 }), async (spoken) => {
        const own = new SimulatedUsbBus();
        const echo = new Echo();
        const device = new SimulatedUsbDevice(own, { ...ids, port: '1-2', farEnd: echo, interfaces: four, split });
        const channel = await usbTransport(ids, { split }, own).open(signal);
        const got = collect(channel);
        for (const bytes of spoken) echo.say(bytes);
        // A last message shows that all before it has come: noise shorter than a head waits in the device for more.
        echo.say(Uint8Array.of(0, 0xa5, 1, 0xee));
        await vi.waitUntil(() => got.bytes.at(-1) === 0xee && device.heldBytes === 0, { interval: 1 });
        expect(got.bytes).toEqual(Buffer.concat([...spoken, Uint8Array.of(0, 0xa5, 1, 0xee)]));
        await channel.close();
      }),
      { numRuns: 30 },
    );
    vi.useFakeTimers();
  });
});
