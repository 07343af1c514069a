import {
  type Channel,
  DeviceError,
  type SplitPipes,
  sleep,
  type Transport,
  Turnstile,
  type UsbBus,
  type UsbBusDevice,
  type UsbEndpoint,
  type UsbHandle,
  type UsbId,
  type UsbInterface,
  type UsbInterfaceClass,
  type UsbPlace,
  within,
} from '../core/index.ts';
import { nativeUsbBus } from './native-usb.ts';
import { writerInParts } from './write-in-parts.ts';

/** Listing, opening and claiming take milliseconds; a device that hangs there must not hold up its driver. */
const OPEN_MS = 2_000;
/** One transfer waits for so long. A transfer cannot be called off, so this is also how long closing may take. */
const READ_MS = 100;
/** A device polls out what it still holds within a few frames of 1 ms. */
const DRAIN_MS = 20;
const DRAIN_PACKETS = 64;
const PART_BYTES = 4096;
/** Longer than the deadline of a part, which says more. */
const WRITE_MS = 10_500;
/** A body that breaks off for so long is not going on; the vendor's driver gives up on the whole answer after 5 s. */
const BODY_QUIET_MS = 1_000;
const CLOSE_MS = 500;
const RESET_MS = 5_000;

/** Ids alone mean the first such device that nobody else has. `port` survives replugging and tells twins apart. */
export interface UsbAddress extends UsbId {
  readonly serialNumber?: string;
  /** See `UsbPlace`. */
  readonly port?: string;
}

export interface UsbOptions {
  /** Interface 0 by default. */
  readonly interface?: UsbInterfaceClass;
  /** Head and rest of every message in endpoints of their own; one `write` is then one message. */
  readonly split?: SplitPipes;
}

/** A USB device without a serial port of its own: bulk or interrupt endpoints, found in its descriptor. */
export function usbTransport(address: UsbAddress, options: UsbOptions = {}, bus: UsbBus = nativeUsbBus): Transport {
  const name = nameOf(address, options);
  /** Which of twins was opened last: the one to reset, as another may be at work for somebody else. */
  let ours: Pick<UsbAddress, 'port'> = {};
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const opening = open(name, address, options, bus, ({ port }) => {
        ours = { port };
      });
      try {
        return await within(OPEN_MS, `${name}: opening`, [signal], opening);
      } catch (error) {
        void opening.then(
          (channel) => channel.close(),
          () => undefined,
        );
        throw error;
      }
    },
    appeared: async (signal) => {
      signal.throwIfAborted();
      await comesBack(address, bus, signal);
    },
    reset: async (signal) => {
      signal.throwIfAborted();
      await within(RESET_MS, `${name}: resetting`, [signal], resetDevice(name, { ...address, ...ours }, bus));
    },
  };
}

function nameOf({ vendorId, productId, serialNumber, port }: UsbAddress, { split }: UsbOptions): string {
  const [at, number] = [port === undefined ? '' : `@${port}`, serialNumber === undefined ? '' : `#${serialNumber}`];
  return `usb:${usbIdText({ vendorId, productId })}${at}${number}${split ? ' (split pipes)' : ''}`;
}

/** `0400:c35a`, as every tool writes it. */
export function usbIdText({ vendorId, productId }: UsbId): string {
  return [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
}

function isAt(address: UsbAddress, place: UsbPlace): boolean {
  const sameIds = place.vendorId === address.vendorId && place.productId === address.productId;
  return sameIds && (address.port === undefined || address.port === place.port);
}

async function find(name: string, address: UsbAddress, bus: UsbBus): Promise<UsbBusDevice[]> {
  const { serialNumber } = address;
  const found = (await bus.list()).filter(
    (device) => isAt(address, device) && (serialNumber === undefined || device.serialNumber() === serialNumber),
  );
  if (found.length === 0) throw new DeviceError('not-connected', `${name}: no such device is plugged in`);
  return found;
}

/** Of twins, one that somebody else has is passed over. */
async function open(
  name: string,
  address: UsbAddress,
  options: UsbOptions,
  bus: UsbBus,
  onOpened: (place: UsbPlace) => void,
): Promise<Channel> {
  let failure: unknown;
  for (const device of await find(name, address, bus)) {
    try {
      const channel = await openDevice(name, device, options, bus);
      onOpened(device);
      return channel;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function openDevice(name: string, device: UsbBusDevice, options: UsbOptions, bus: UsbBus): Promise<Channel> {
  const handle = await device.open();
  try {
    const taken = interfaceOf(name, handle.interfaces, options.interface);
    const pipes = pipesOf(name, taken, options.split !== undefined);
    await handle.claim(taken.interfaceNumber);
    for (const input of pipes.inputs) await drain(handle, input);
    return channelOver(name, handle, pipes, options.split, device, bus);
  } catch (error) {
    await handle.close();
    const { code, message } = DeviceError.from(error);
    throw new DeviceError(code, message.startsWith(name) ? message : `${name}: ${message}`, { cause: error });
  }
}

function interfaceOf(name: string, all: readonly UsbInterface[], wanted: UsbInterfaceClass | undefined): UsbInterface {
  const found = wanted ? all.find((one) => isOf(wanted, one)) : undefined;
  const taken = found ?? all.find(({ interfaceNumber }) => interfaceNumber === 0);
  if (!taken) throw new DeviceError('unsupported', `${name}: the device has no interface 0`);
  return taken;
}

function isOf({ classCode, subclassCode, protocolCode }: UsbInterfaceClass, one: UsbInterface): boolean {
  const sameSubclass = subclassCode === undefined || subclassCode === one.subclassCode;
  return (
    classCode === one.classCode && sameSubclass && (protocolCode === undefined || protocolCode === one.protocolCode)
  );
}

interface Pipes {
  readonly outputs: readonly UsbEndpoint[];
  readonly inputs: readonly UsbEndpoint[];
}

/** The first endpoint of each direction, or the first two: addresses differ from device to device. */
function pipesOf(name: string, taken: UsbInterface, split: boolean): Pipes {
  const count = split ? 2 : 1;
  const carriesBytes = taken.endpoints.filter(({ type }) => type === 'bulk' || type === 'interrupt');
  const [outputs, inputs] = (['out', 'in'] as const).map((wanted) =>
    carriesBytes.filter(({ direction }) => direction === wanted).slice(0, count),
  );
  if (outputs?.length !== count || inputs?.length !== count) {
    const has = `${outputs?.length} out and ${inputs?.length} in`;
    throw new DeviceError('unsupported', `${name}: interface ${taken.interfaceNumber} has the endpoints ${has}`);
  }
  return { outputs, inputs };
}

/** What the device still held for whoever spoke to it before is nobody's now. */
async function drain(handle: UsbHandle, { endpointNumber, packetBytes }: UsbEndpoint): Promise<void> {
  for (let packet = 0; packet < DRAIN_PACKETS; packet += 1) {
    if (!(await handle.transferIn(endpointNumber, packetBytes, DRAIN_MS))) return;
  }
}

function channelOver(
  name: string,
  handle: UsbHandle,
  { outputs, inputs }: Pipes,
  split: SplitPipes | undefined,
  place: UsbPlace,
  bus: UsbBus,
): Channel {
  const lost = new AbortController();
  let open = true;
  let listener: (chunk: Uint8Array) => void = () => undefined;
  let reading: Promise<void> | undefined;
  const lose = (error: unknown): void => {
    open = false;
    unwatch();
    const { message } = DeviceError.from(error);
    lost.abort(new DeviceError('not-connected', `${name}: ${message}`, { cause: error }));
  };
  const unwatch = bus.watch((change, { port }) => {
    if (change === 'disconnected' && port === place.port) lose(new Error('unplugged'));
  });
  const source: Source = {
    isOpen: () => open,
    // One packet a time: of a longer transfer that times out, what had come would be lost.
    read: ({ endpointNumber, packetBytes }) => handle.transferIn(endpointNumber, packetBytes, READ_MS),
    deliver: (chunk) => {
      if (open && chunk.length > 0) listener(chunk);
    },
  };
  const writers = outputs.map(({ endpointNumber }) =>
    writerInParts(name, PART_BYTES, lost.signal, (part, done) => {
      handle.transferOut(endpointNumber, part, WRITE_MS).then(() => done(), done);
    }),
  );
  const turn = new Turnstile();
  const write = (bytes: Uint8Array): Promise<void> =>
    turn.run(async () => {
      if (!open) throw lost.signal.reason ?? new DeviceError('not-connected', `${name}: closed`);
      const headerBytes = split ? split.headerBytes : bytes.length;
      await writers[0]?.(bytes.subarray(0, headerBytes));
      await writers[1]?.(bytes.subarray(headerBytes));
    });
  return {
    write,
    onData: (next) => {
      listener = next;
      reading ??= (split ? readSplit(source, inputs, split) : readWhole(source, inputs)).catch(lose);
    },
    lost: lost.signal,
    close: async () => {
      open = false;
      unwatch();
      // A transfer that is under way keeps the interface, and whoever opens the device next would find it taken.
      const idle = Promise.all([reading, turn.run(async () => undefined)]);
      const enough = new AbortController();
      await Promise.race([idle, sleep(CLOSE_MS, enough.signal)]).catch(() => undefined);
      enough.abort();
      await handle.close();
    },
  };
}

/** Where bytes come from and go to while the channel is open. */
interface Source {
  isOpen(): boolean;
  read(input: UsbEndpoint): Promise<Uint8Array | undefined>;
  deliver(chunk: Uint8Array): void;
}

async function readWhole(source: Source, [input]: readonly UsbEndpoint[]): Promise<void> {
  while (input && source.isOpen()) {
    const chunk = await source.read(input);
    if (chunk) source.deliver(chunk);
  }
}

/**
 * Puts messages together again, in order: a head from the first endpoint, then as much as it announces from the second. What
 * is no head is passed on as it is, byte by byte, for the codec to skip.
 */
async function readSplit(source: Source, [head, body]: readonly UsbEndpoint[], split: SplitPipes): Promise<void> {
  let pending: Uint8Array = new Uint8Array();
  while (head && body && source.isOpen()) {
    const chunk = await source.read(head);
    if (chunk) pending = Buffer.concat([pending, chunk]);
    while (pending.length >= split.headerBytes) {
      const header = pending.subarray(0, split.headerBytes);
      const bodyBytes = split.bodyBytes(header);
      const taken = bodyBytes === undefined ? 1 : split.headerBytes;
      source.deliver(pending.slice(0, taken));
      pending = pending.subarray(taken);
      if (bodyBytes !== undefined) await readBody(source, body, bodyBytes);
    }
  }
}

async function readBody(source: Source, body: UsbEndpoint, bodyBytes: number): Promise<void> {
  let due = bodyBytes;
  for (let quietMs = 0; due > 0 && quietMs < BODY_QUIET_MS && source.isOpen(); ) {
    const chunk = await source.read(body);
    quietMs = chunk ? 0 : quietMs + READ_MS;
    if (!chunk) continue;
    source.deliver(chunk);
    due -= chunk.length;
  }
}

async function comesBack(address: UsbAddress, bus: UsbBus, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      unwatch();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    const unwatch = bus.watch((change, place) => {
      if (change === 'connected' && isAt(address, place)) end(resolve);
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function resetDevice(name: string, address: UsbAddress, bus: UsbBus): Promise<void> {
  const [device] = await find(name, address, bus);
  const handle = await device?.open();
  try {
    await handle?.reset();
  } finally {
    await handle?.close();
  }
}
