import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { modelsOf } from '../../drivers/catalog.ts';
import {
  type Channel,
  DeviceError,
  type DeviceModel,
  type Recognition,
  type SerialPortPlace,
  within,
} from '../../drivers/core/index.ts';
import { autoTransport, type Buses, Claims, discover } from '../../drivers/discovery.ts';
import { SamvDriver } from '../../drivers/id-card-reader/samv/driver.ts';
import '../../drivers/id-card-reader/samv/probe.ts'; // loaded on demand, which no faked clock waits for
import { SamvSimulator } from '../../drivers/id-card-reader/samv/simulator.ts';
import type { FarEnd } from '../../drivers/simulation/far-end.ts';
import { SimulatedHidBus, SimulatedHidDevice } from '../../drivers/simulation/hid-bus.ts';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import { SimulatedUsbBus, type SimulatedUsbDevice } from '../../drivers/simulation/usb-bus.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { Echo } from '../support/echo.ts';
import { readerIds, usbReader } from './id-card-reader/samv/usb-readers.ts';

const signal = new AbortController().signal;
const [samv] = modelsOf('id-card-reader');

/** Models as other folders have them, as far as discovery looks at them. */
function model(id: string, recognition: Recognition, transports: DeviceModel['transports'] = ['serial']): DeviceModel {
  const create = async (): Promise<never> => expect.unreachable();
  return { id, class: 'receipt-printer', title: id, transports, recognition, options: z.unknown(), create };
}

function answering(
  request: readonly number[],
  isAnswer: (bytes: Uint8Array) => boolean,
): NonNullable<Recognition['probe']> {
  return async (channel: Channel, at: AbortSignal) => {
    const answered = new Promise<true>((resolve) => {
      channel.onData((chunk) => {
        if (isAnswer(chunk)) resolve(true);
      });
    });
    await channel.write(Uint8Array.from(request));
    return await within(300, 'probe', [at, channel.lost], answered).catch(() => {
      at.throwIfAborted();
      return false;
    });
  };
}

// DLE EOT 1: fixed bits 0xx1xx10. The scanner's question is made up.
const printer = model('printer', {
  baudRates: [9_600, 19_200],
  probe: answering([0x10, 0x04, 0x01], ([byte = 0]) => (byte & 0x93) === 0x12),
});
const scanner = model(
  'scanner',
  {
    baudRates: [9_600, 115_200],
    probe: answering([0x7e, 0x3f], (bytes) => bytes[0] === 0x7e),
    hid: [{ usagePage: 0x8c, usage: 2 }],
    usb: [],
  },
  ['serial', 'hid'],
);

class Scanner extends Echo {
  override attach(send: (bytes: Uint8Array) => void) {
    return super.attach((bytes) => {
      if (bytes[0] === 0x7e) send(bytes);
    });
  }
}

/** Serial ports with something behind them that stands at a speed. */
class SerialWorld {
  readonly ports = new Map<
    string,
    { readonly farEnd: FarEnd; readonly speed: number; readonly place: SerialPortPlace }
  >();
  readonly lines = new Map<string, SimulatedLine>();
  /** Every opening, in order. */
  readonly opened: string[] = [];
  readonly names = new Map<string, string>();

  add(path: string, farEnd: FarEnd, speed: number, usb?: SerialPortPlace['usb']): void {
    this.ports.set(path, { farEnd, speed, place: usb ? { path, usb } : { path } });
  }

  openSerial: Buses['openSerial'] = (path, baudRate) => {
    const name = `serial:${path}@${baudRate}`;
    return {
      name,
      open: async (at) => {
        const port = this.ports.get(this.names.get(path) ?? path);
        if (!port) throw new DeviceError('not-connected', `${name}: no such file`);
        this.opened.push(name);
        const line = new SimulatedLine(port.farEnd);
        // At the wrong speed, bytes become others in both directions.
        const garbled = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
        if (baudRate !== port.speed) Object.assign(line, { toHost: garbled, toDevice: garbled });
        this.lines.set(path, line);
        return await line.open(at);
      },
    };
  };

  serial: Buses['serial'] = {
    list: async () => [...this.ports.values()].map(({ place }) => place),
    realPath: async (path) => this.names.get(path) ?? path,
  };

  get openChannels(): number {
    return [...this.lines.values()].reduce((sum, { openChannels }) => sum + openChannels, 0);
  }
}

let world: SerialWorld;
let usb: SimulatedUsbBus;
let hid: SimulatedHidBus;
let buses: Buses;

beforeEach(() => {
  vi.useFakeTimers();
  world = new SerialWorld();
  usb = new SimulatedUsbBus();
  hid = new SimulatedHidBus();
  buses = { usb, hid, serial: world.serial, openSerial: world.openSerial };
});
afterEach(() => {
  expect([vi.getTimerCount(), usb.watchers, hid.watchers, world.openChannels]).toEqual([0, 0, 0, 0]);
  vi.useRealTimers();
});

async function soon<T>(work: Promise<T>, ms = 15_000): Promise<T> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  watched.catch(() => undefined);
  for (let passedMs = 0; !over && passedMs < ms; passedMs += 10) await vi.advanceTimersByTimeAsync(10);
  if (!over) throw new Error(`not over after ${ms} ms`);
  return await watched;
}

function find(models: readonly (DeviceModel | undefined)[], claims = new Claims(), ms?: number) {
  const known = models.filter((one) => one !== undefined);
  return soon(discover(known, claims, buses, signal), ms);
}

function threePorts(): void {
  world.add('/dev/ttyS0', new EscposSimulator(), 19_200);
  world.add('/dev/ttyS1', new Scanner(), 9_600);
  world.add('/dev/ttyS2', new SamvSimulator(), 57_600);
}

describe('on serial ports', () => {
  test('reader, scanner and printer are each found at their port and speed', async () => {
    threePorts();
    const claims = new Claims();
    const found = await Promise.all([find([samv], claims), find([scanner], claims), find([printer], claims)]);
    expect(found.map(({ model: { id }, line }) => ({ id, ...line }))).toEqual([
      { id: 'samv', kind: 'serial', path: '/dev/ttyS2', baudRate: 57_600 },
      { id: 'scanner', kind: 'serial', path: '/dev/ttyS1', baudRate: 9_600 },
      { id: 'printer', kind: 'serial', path: '/dev/ttyS0', baudRate: 19_200 },
    ]);
  });

  test('the model is found out too', async () => {
    world.add('/dev/ttyS0', new Scanner(), 115_200);
    expect(await find([printer, scanner])).toMatchObject({ model: { id: 'scanner' }, line: { baudRate: 115_200 } });
  });

  test('two readers are given a port each, and a third is not there', async () => {
    world.add('/dev/ttyS0', new SamvSimulator(), 115_200);
    world.add('/dev/ttyS1', new SamvSimulator(), 115_200);
    const claims = new Claims();
    const both = await Promise.all([find([samv], claims), find([samv], claims)]);
    expect(both.map(({ line }) => line)).toMatchObject([{ path: '/dev/ttyS0' }, { path: '/dev/ttyS1' }]);
    await expect(find([samv], claims)).rejects.toMatchObject({ code: 'not-connected' });
    const [first] = both;
    if (first) claims.release(first.line);
    expect((await find([samv], claims)).line).toMatchObject({ path: '/dev/ttyS0' });
  });

  test('a port that the configuration names is never asked, whatever name it has there', async () => {
    threePorts();
    world.names.set('/dev/serial/by-path/pci-0-usb', '/dev/ttyS2');
    const claims = new Claims([{ kind: 'serial', path: '/dev/serial/by-path/pci-0-usb', baudRate: 9_600 }]);
    await expect(find([samv], claims)).rejects.toMatchObject({
      message: expect.stringContaining("/dev/ttyS2: another device's"),
    });
    expect(world.opened.filter((name) => name.includes('ttyS2'))).toEqual([]);
  });

  test('what was looked at is told when nothing is found', async () => {
    threePorts();
    world.ports.delete('/dev/ttyS2');
    const ports = world.serial.list;
    world.serial.list = async () => [...(await ports()), { path: '/dev/ttyS9' }];
    const failure: DeviceError = await find([samv]).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(failure.code).toBe('not-connected');
    for (const part of [
      'looking for samv',
      'USB 0400:c35a: not plugged in',
      '/dev/ttyS0: no answer at 115200, 57600, 38400, 19200, 9600',
      '/dev/ttyS1: no answer at 115200',
      '/dev/ttyS9@115200: no such file',
    ]) {
      expect(failure.message).toContain(part);
    }
  });

  test('a port without an answer is left alone for ten seconds, unless it comes anew', async () => {
    world.add('/dev/ttyUSB0', new Scanner(), 9_600);
    const claims = new Claims();
    await expect(find([samv], claims)).rejects.toThrow(/no answer at/);
    const before = world.opened.length;
    await expect(find([samv], claims)).rejects.toThrow(/no answer a moment ago/);
    expect(world.opened.length).toBe(before);
    world.ports.delete('/dev/ttyUSB0');
    await expect(find([samv], claims)).rejects.toThrow(/no port/);
    world.add('/dev/ttyUSB0', new SamvSimulator(), 115_200);
    expect((await find([samv], claims)).line).toMatchObject({ path: '/dev/ttyUSB0' });
  });

  test('a port without an answer is asked again after ten seconds', async () => {
    const reader = Object.assign(new SamvSimulator(), { silent: true });
    world.add('/dev/ttyS0', reader, 115_200);
    const claims = new Claims();
    await expect(find([samv], claims)).rejects.toThrow();
    reader.silent = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await find([samv], claims)).line).toMatchObject({ path: '/dev/ttyS0' });
  });

  test('many ports take no longer than the slowest of them', async () => {
    for (let port = 0; port < 32; port += 1) world.add(`/dev/ttyS${port}`, new Echo(), 1);
    await expect(find([samv], new Claims(), 2_000)).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('a port that hangs is given up in bounded time', async () => {
    world.openSerial = (path) => ({ name: path, open: () => new Promise(() => undefined) });
    buses = { ...buses, openSerial: world.openSerial };
    world.add('/dev/ttyS0', new Echo(), 1);
    await expect(find([samv])).rejects.toMatchObject({ code: 'timeout', message: /looking for samv/ });
  });

  test('an adapter whose ids tell the model is not asked', async () => {
    world.add('/dev/ttyS0', new Echo(), 9_600);
    world.add('/dev/ttyUSB3', new Echo(), 9_600, { vendorId: 0x1a86, productId: 0x7523 });
    const board = model('board', { serial: [{ vendorId: 0x1a86, productId: 0x7523 }], baudRates: [9_600] });
    expect((await find([board])).line).toEqual({ kind: 'serial', path: '/dev/ttyUSB3', baudRate: 9_600 });
    expect(world.opened).toEqual([]);
  });

  test('a caller who leaves is let go, and no port stays open or claimed', async () => {
    threePorts();
    const claims = new Claims();
    const leaving = new AbortController();
    const looking = discover([printer], claims, buses, leaving.signal);
    looking.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    leaving.abort(new Error('stopping'));
    await expect(looking).rejects.toThrow('stopping');
    await vi.advanceTimersByTimeAsync(400);
    expect((await find([printer], claims)).line).toMatchObject({ path: '/dev/ttyS0' });
  });
});

describe('on USB and HID', () => {
  test('two readers with the same ids get the ports that they hang on, and no serial port is asked', async () => {
    world.add('/dev/ttyS0', new SamvSimulator(), 115_200);
    usbReader(usb, new SamvSimulator(), { port: '1-2' });
    usbReader(usb, new SamvSimulator(), { port: '1-4.1' });
    const claims = new Claims();
    const both = [await find([samv], claims), await find([samv], claims)];
    expect(both.map(({ line }) => line)).toEqual([
      { kind: 'usb', ...readerIds, port: '1-2' },
      { kind: 'usb', ...readerIds, port: '1-4.1' },
    ]);
    expect(world.opened).toEqual([]);
  });

  test('a reader that the configuration names by its serial number is not given to another', async () => {
    usbReader(usb, new SamvSimulator(), { port: '1-2', serialNumber: 'A' });
    usbReader(usb, new SamvSimulator(), { port: '1-4', serialNumber: 'B' });
    const claims = new Claims([{ kind: 'usb', ...readerIds, serialNumber: 'A' }]);
    expect((await find([samv], claims)).line).toMatchObject({ port: '1-4' });
    await expect(find([samv], claims)).rejects.toThrow(/USB 0400:c35a: 2, taken/);
  });

  test('a reader that is named by its ids alone takes all with these ids', async () => {
    usbReader(usb, new SamvSimulator());
    await expect(find([samv], new Claims([{ kind: 'usb', ...readerIds }]))).rejects.toThrow(/1, taken/);
  });

  test('a scanner is known by its usage, and one in keyboard mode is not opened but told of', async () => {
    const ids = { vendorId: 0x0c2e, productId: 0x0b61 };
    const asKeyboard = { ...ids, usagePage: 1, usage: 6, path: '/dev/hidraw0' };
    const device = new SimulatedHidDevice(hid, { port: '1-5', collections: [asKeyboard], farEnd: new Echo() });
    await expect(find([scanner])).rejects.toThrow(/HID: 1 in keyboard mode/);
    const asScanner = { ...ids, usagePage: 0x8c, usage: 2, path: '/dev/hidraw1' };
    new SimulatedHidDevice(hid, { port: '1-6', collections: [asScanner], farEnd: new Echo() });
    expect((await find([scanner])).line).toEqual({ kind: 'hid', ...ids, usagePage: 0x8c, usage: 2, port: '1-6' });
    expect(device.opened).toEqual([]);
  });

  test('a bus that cannot be looked at is empty, and the technician is told why', async () => {
    usb.list = async () => Promise.reject(new DeviceError('unsupported', 'USB: the native module cannot be loaded'));
    world.serial.list = async () => Promise.reject(new DeviceError('unsupported', 'serial ports cannot be listed'));
    await expect(find([samv])).rejects.toThrow(
      /: USB: the native module cannot be loaded; serial ports cannot be listed$/,
    );
  });

  test('nothing is found for no model', async () => {
    await expect(find([])).rejects.toMatchObject({ code: 'not-connected' });
  });
});

describe('a reader whose line is `auto`', () => {
  async function run(work: (driver: SamvDriver, claims: Claims) => Promise<void>): Promise<void> {
    const claims = new Claims();
    const driver = new SamvDriver(autoTransport(samv ?? expect.unreachable(), claims, buses));
    const stop = new AbortController();
    const running = driver.run(stop.signal);
    try {
      await work(driver, claims);
    } finally {
      stop.abort();
      await soon(running);
    }
  }

  function reaches(driver: SamvDriver, state: string, ms: number): Promise<unknown> {
    return soon(
      driver.status.until((status) => status.state === state, signal),
      ms,
    );
  }

  test('is online over USB as soon as it is plugged in', async () => {
    await run(async (driver) => {
      await vi.advanceTimersByTimeAsync(60_000);
      expect(driver.status.value).toMatchObject({
        state: 'offline',
        detail: expect.stringContaining('not plugged in'),
      });
      usbReader(usb, new SamvSimulator());
      await reaches(driver, 'online', 500);
      expect(await soon(driver.check(signal))).toMatchObject({ line: 'usb:0400:c35a@1-2' });
    });
  });

  test('is found again on another port, and elsewhere than USB', async () => {
    await run(async (driver) => {
      const device = usbReader(usb, new SamvSimulator());
      await reaches(driver, 'online', 3_000);
      device.unplug();
      await reaches(driver, 'offline', 2_000);
      const other = usbReader(usb, new SamvSimulator(), { port: '3-1' });
      await reaches(driver, 'online', 3_000);
      expect(await soon(driver.check(signal))).toMatchObject({ line: 'usb:0400:c35a@3-1' });
      other.unplug();
      world.add('/dev/ttyUSB0', new SamvSimulator(), 9_600);
      await reaches(driver, 'offline', 2_000);
      await reaches(driver, 'online', 5_000);
      expect(await soon(driver.check(signal))).toMatchObject({ line: 'serial:/dev/ttyUSB0@9600' });
    });
  });

  test('holds what it has found: a second one looks elsewhere', async () => {
    const [first, second] = [usbReader(usb, new SamvSimulator()), usbReader(usb, new SamvSimulator(), { port: '1-7' })];
    await run(async (driver, claims) => {
      await reaches(driver, 'online', 3_000);
      expect((await find([samv], claims)).line).toMatchObject({ port: '1-7' });
      expect([first.openChannels, second.openChannels]).toEqual([1, 0]);
    });
  });

  test('that hangs on USB is reset through the bus', async () => {
    const device: SimulatedUsbDevice = usbReader(usb, new SamvSimulator());
    await run(async (driver) => {
      await reaches(driver, 'online', 3_000);
      await soon(driver.reset(signal));
      expect(device.resets).toBe(1);
    });
  });
});
