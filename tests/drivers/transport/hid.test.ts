import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Channel, HidCollection } from '../../../drivers/core/index.ts';
import { SimulatedHidBus, SimulatedHidDevice } from '../../../drivers/simulation/hid-bus.ts';
import { type HidAddress, hidTransport } from '../../../drivers/transport/hid.ts';
import { namesReportIds } from '../../../drivers/transport/native-hid.ts';
import { messageDecoderConformance } from '../../conformance/decoder-conformance.ts';
import { Echo } from '../../support/echo.ts';

const ids = { vendorId: 0x0c2e, productId: 0x0b61 };
const scanner = { ...ids, usagePage: 0x8c, usage: 0x02, path: '/dev/hidraw1' };
const keyboard = { ...ids, usagePage: 0x01, usage: 0x06, path: '/dev/hidraw0' };
const signal = new AbortController().signal;
let bus: SimulatedHidBus;
let channels: Channel[];

beforeEach(() => {
  bus = new SimulatedHidBus();
  channels = [];
});
afterEach(async () => {
  for (const channel of channels) await channel.close();
  expect(bus.watchers).toBe(0);
  vi.useRealTimers();
});

function plugged(collections: readonly HidCollection[] = [scanner], port = '1-4') {
  const echo = new Echo();
  return { echo, device: new SimulatedHidDevice(bus, { port, collections, farEnd: echo }) };
}

async function opened(address: HidAddress = ids): Promise<Channel> {
  const channel = await hidTransport(address, bus).open(signal);
  channels.push(channel);
  return channel;
}

describe('a HID line', () => {
  test('hands over each report as one chunk, and writes each as one report', async () => {
    const { echo } = plugged();
    const channel = await opened();
    const got: number[][] = [];
    channel.onData((report) => got.push([...report]));
    await Promise.all([channel.write(Uint8Array.of(2, 1, 1)), channel.write(Uint8Array.of(3, 2))]);
    expect(echo.heard.map((report) => [...report])).toEqual([
      [2, 1, 1],
      [3, 2],
    ]);
    expect(got).toEqual([
      [2, 1, 1],
      [3, 2],
    ]);
  });

  test.each<HidAddress>([
    ids,
    { usagePage: 0x8c, usage: 0x02 },
    { usagePage: 0x8c },
    { path: '/dev/hidraw1' },
    { ...ids, port: '1-4' },
    { ...ids, serialNumber: 'S1' },
  ])('is found by %o', async (address) => {
    plugged([{ ...keyboard, vendorId: 0x0001, path: '/dev/hidraw9' }], '1-1');
    const { echo } = plugged([{ ...scanner, serialNumber: 'S1' }]);
    await opened(address);
    expect(echo.hosts).toBe(1);
  });

  test.each<HidAddress>([
    { ...ids, productId: 1 },
    { usagePage: 0x8c, usage: 0x12 },
    { path: '/dev/hidraw2' },
    { ...ids, port: '1-5' },
  ])('is not found by %o', async (address) => {
    plugged();
    await expect(opened(address)).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringMatching(/^hid:/),
    });
  });

  test('is lost when its device is unplugged, whether the bus tells or the reading fails', async () => {
    for (const tells of [true, false]) {
      bus.tellsHotPlug = tells;
      const { device } = plugged();
      const channel = await opened();
      device.unplug();
      expect(channel.lost.reason).toMatchObject({ code: 'not-connected', message: /^hid:0c2e:0b61: / });
      await expect(channel.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
      await channel.close();
      await channel.close();
      expect(device.openChannels).toBe(0);
    }
  });

  test('that is closed hears nothing more', async () => {
    const { device } = plugged();
    const channel = await opened();
    const heard = vi.fn();
    channel.onData(heard);
    await channel.close();
    device.inject(Uint8Array.of(1));
    expect([heard.mock.calls, device.openChannels]).toEqual([[], 0]);
    await expect(channel.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('is told of at once when its device comes', async () => {
    const come = hidTransport({ ...ids, port: '1-4' }, bus).appeared?.(signal);
    plugged([scanner], '1-7');
    plugged();
    await come;
    const leaving = new AbortController();
    const waiting = expect(hidTransport(ids, bus).appeared?.(leaving.signal)).rejects.toThrow('left');
    leaving.abort(new Error('left'));
    await waiting;
  });

  test('given up on while it opens is not left open', async () => {
    const { device } = plugged();
    const leaving = new AbortController();
    const opening = expect(hidTransport(ids, bus).open(leaving.signal)).rejects.toThrow('stopping');
    leaving.abort(new Error('stopping'));
    await opening;
    await vi.waitFor(() => expect(device.openChannels).toBe(0));
  });
});

describe('a keyboard', () => {
  test.each<HidAddress>([
    ids,
    { ...ids, usagePage: 0x01, usage: 0x06 },
    { path: '/dev/hidraw0' },
    { ...ids, usagePage: 0x8c },
  ])('is never opened, and a scanner that is one is in keyboard mode (%o)', async (address) => {
    const { device } = plugged([keyboard]);
    await expect(opened(address)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('in keyboard mode'),
    });
    expect(device.opened).toEqual([]);
  });

  test('beside a scanner of its own path leaves the scanner usable', async () => {
    const { device } = plugged([keyboard, scanner]);
    await opened();
    expect(device.opened).toEqual(['/dev/hidraw1']);
  });

  test('behind the same path as a scanner keeps that path closed', async () => {
    const { device } = plugged([{ ...keyboard, path: '/dev/hidraw1' }, scanner]);
    await expect(opened()).rejects.toMatchObject({ code: 'unsupported' });
    expect(device.opened).toEqual([]);
  });
});

describe('a report descriptor', () => {
  const pos = Buffer.from('058C0902A10185020912A102150026FF00750895010501093B8102C0C0', 'hex');

  test('says whether reports begin with an id', () => {
    expect(namesReportIds(pos)).toBe(true);
    expect(namesReportIds(pos.subarray(8))).toBe(false);
    // 85 as the data of another item is no report id.
    expect(namesReportIds(Uint8Array.of(0x26, 0x85, 0x85, 0x75, 0x85))).toBe(false);
  });

  messageDecoderConformance('a report descriptor', namesReportIds, pos);
});
