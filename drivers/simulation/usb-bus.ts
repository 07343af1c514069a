import {
  DeviceError,
  type SplitPipes,
  type UsbBus,
  type UsbBusDevice,
  type UsbEndpoint,
  type UsbHandle,
  type UsbInterface,
  type UsbInterfaceClass,
  type UsbPlace,
} from '../core/index.ts';
import type { Attachment, FarEnd } from './far-end.ts';

/** What a device holds back for a host that does not read; a real one holds a few packets. */
const HELD_BYTES = 64 * 1024;

type Listener = (change: 'connected' | 'disconnected', place: UsbPlace) => void;

/** A machine's USB sockets. */
export class SimulatedUsbBus implements UsbBus {
  readonly #plugged = new Set<SimulatedUsbDevice>();
  readonly #listeners = new Set<Listener>();
  /** Whether the machine tells of what comes and goes; one that does not shows it by silence and failed transfers. */
  tellsHotPlug = true;

  async list(): Promise<readonly UsbBusDevice[]> {
    return [...this.#plugged];
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many listen for what comes and goes: a transport that leaks one shows here. */
  get watchers(): number {
    return this.#listeners.size;
  }

  has(device: SimulatedUsbDevice): boolean {
    return this.#plugged.has(device);
  }

  plug(device: SimulatedUsbDevice): void {
    this.#plugged.add(device);
    this.#tell('connected', device);
  }

  unplug(device: SimulatedUsbDevice): void {
    this.#plugged.delete(device);
    this.#tell('disconnected', device);
  }

  #tell(change: 'connected' | 'disconnected', { vendorId, productId, port }: UsbPlace): void {
    if (!this.tellsHotPlug) return;
    for (const listener of [...this.#listeners]) listener(change, { vendorId, productId, port });
  }
}

export interface SimulatedUsbOptions extends UsbPlace {
  readonly serialNumber?: string;
  readonly farEnd: FarEnd;
  /** Default: a reader's, one vendor interface with a bulk endpoint of 64 bytes each way. */
  readonly interfaces?: readonly UsbInterface[];
  /** Which of them the far end is behind; default 0. */
  readonly interfaceNumber?: number;
  /** A device that takes messages apart, and answers nothing that comes whole through its first endpoint. */
  readonly split?: SplitPipes;
}

/** Endpoints as a descriptor lists them: `endpoint(0x81, 'bulk')` is the first one that comes in. */
export function endpoint(address: number, type: UsbEndpoint['type'], packetBytes = 64): UsbEndpoint {
  return { endpointNumber: address & 0x0f, direction: address & 0x80 ? 'in' : 'out', type, packetBytes };
}

export function usbInterface(
  interfaceNumber: number,
  { classCode, subclassCode = 0, protocolCode = 0 }: UsbInterfaceClass,
  endpoints: readonly UsbEndpoint[],
): UsbInterface {
  return { interfaceNumber, classCode, subclassCode, protocolCode, endpoints };
}

/** A device on that bus, plugged in from the start, with the faults of cables and firmware as fields and calls. */
export class SimulatedUsbDevice implements UsbBusDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly port: string;
  readonly interfaces: readonly UsbInterface[];
  readonly #bus: SimulatedUsbBus;
  readonly #options: SimulatedUsbOptions;
  readonly #inputs: readonly InputPipe[];
  readonly #handles = new Set<SimulatedHandle>();
  /** Rewrites what the device sends. */
  toHost: (bytes: Uint8Array) => Uint8Array | undefined = (bytes) => bytes;
  /** Takes no more bytes, as a printer without paper. */
  busy = false;
  /** The next transfer of either direction fails as a halted endpoint does. */
  stalls = 0;
  /** Says something in every transfer, without end. */
  babbles = false;
  /** The operating system does not let us open it. */
  denied = false;
  /** `open` and `claim` hang. */
  hangs = false;
  resets = 0;
  #owner: SimulatedHandle | undefined;
  #attachment: Attachment | undefined;
  #head: Uint8Array | undefined;
  #toSend: Uint8Array = new Uint8Array();
  #bodyDue = 0;

  constructor(bus: SimulatedUsbBus, options: SimulatedUsbOptions) {
    this.#bus = bus;
    this.#options = options;
    this.vendorId = options.vendorId;
    this.productId = options.productId;
    this.port = options.port;
    this.interfaces = options.interfaces ?? [
      usbInterface(0, { classCode: 0xff }, [endpoint(0x02, 'bulk'), endpoint(0x81, 'bulk')]),
    ];
    this.#inputs = this.#endpoints('in').map(({ packetBytes }) => new InputPipe(packetBytes));
    bus.plug(this);
  }

  get openChannels(): number {
    return this.#handles.size;
  }

  serialNumber(): string | undefined {
    return this.#options.serialNumber;
  }

  plug(): void {
    this.#bus.plug(this);
  }

  unplug(): void {
    this.#bus.unplug(this);
    for (const handle of [...this.#handles]) this.#letGo(handle);
    for (const input of this.#inputs) input.discard(new Error('Disconnected'));
    this.#head = undefined;
  }

  /** Bytes that come in through the first endpoint from nowhere: noise, a flood, what is left of another's conversation. */
  inject(bytes: Uint8Array): void {
    if (this.#bus.has(this)) this.#inputs[0]?.push(bytes);
  }

  /** How many bytes wait in the device. */
  get heldBytes(): number {
    return this.#inputs.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  async open(): Promise<UsbHandle> {
    if (this.hangs) await new Promise(() => undefined);
    this.#required();
    if (this.denied) throw new DeviceError('not-connected', 'USB: open error: permission denied');
    const handle = new SimulatedHandle(this);
    this.#handles.add(handle);
    return handle;
  }

  claim(handle: SimulatedHandle, interfaceNumber: number): void {
    this.#required(handle);
    if (this.#owner && this.#owner !== handle) throw new DeviceError('not-connected', 'USB: interface is busy');
    if (!this.interfaces.some((one) => one.interfaceNumber === interfaceNumber)) {
      throw new DeviceError('not-connected', `USB: no interface ${interfaceNumber}`);
    }
    this.#owner = handle;
    if (interfaceNumber !== (this.#options.interfaceNumber ?? 0)) return;
    this.#attachment = this.#options.farEnd.attach((bytes) => this.#say(bytes));
  }

  read(
    handle: SimulatedHandle,
    endpointNumber: number,
    bytes: number,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    this.#mayTransfer(handle);
    const input = this.#inputs[this.#indexOf('in', endpointNumber)];
    if (!input) throw new DeviceError('not-connected', 'USB: endpoint not found');
    return input.read(bytes, this.babbles ? Uint8Array.of(0x55) : undefined, timeoutMs);
  }

  async take(handle: SimulatedHandle, endpointNumber: number, bytes: Uint8Array): Promise<void> {
    this.#mayTransfer(handle);
    if (this.busy) return await new Promise(() => undefined);
    const output = this.#indexOf('out', endpointNumber);
    if (output < 0) throw new DeviceError('not-connected', 'USB: endpoint not found');
    this.#bodyDue = 0; // a new request ends what was being said
    const { split } = this.#options;
    if (!split) this.#attachment?.receive(bytes);
    else if (output === 0) this.#head = bytes.length === split.headerBytes ? bytes.slice() : undefined;
    else if (this.#head) this.#attachment?.receive(Buffer.concat([this.#head, bytes]));
  }

  reset(handle: SimulatedHandle): void {
    this.#required(handle);
    this.resets += 1;
    for (const other of [...this.#handles]) this.#letGo(other);
    for (const input of this.#inputs) input.discard(new Error('reset'));
  }

  /** As with nusb, a transfer that is under way keeps the device open, and the interface taken, until it ends. */
  close(handle: SimulatedHandle): void {
    const underWay = this.#inputs.flatMap(({ transfer }) => transfer ?? []);
    const letGo = (): void => {
      if (this.#handles.has(handle)) this.#letGo(handle);
    };
    if (this.#owner !== handle || underWay.length === 0) letGo();
    else void Promise.allSettled(underWay).then(letGo);
  }

  /** What the device holds stays there for the next host. */
  #letGo(handle: SimulatedHandle): void {
    this.#handles.delete(handle);
    if (this.#owner !== handle) return;
    this.#owner = undefined;
    this.#attachment?.detach();
    this.#attachment = undefined;
    this.#toSend = new Uint8Array();
    this.#bodyDue = 0;
    for (const input of this.#inputs) input.letGo(new Error('closed'));
  }

  #say(bytes: Uint8Array): void {
    const passed = this.toHost(bytes);
    const { split } = this.#options;
    if (!passed) return;
    if (split) this.#sayApart(passed, split);
    else this.#inputs[0]?.push(passed);
  }

  /** Heads through the first endpoint, and what is none; bodies through the second. */
  #sayApart(bytes: Uint8Array, split: SplitPipes): void {
    const [heads, bodies] = this.#inputs;
    this.#toSend = Buffer.concat([this.#toSend, bytes]);
    while (this.#toSend.length > 0) {
      if (this.#bodyDue > 0) {
        const part = this.#cut(Math.min(this.#bodyDue, this.#toSend.length));
        this.#bodyDue -= part.length;
        bodies?.push(part);
        continue;
      }
      if (this.#toSend.length < split.headerBytes) return;
      const due = split.bodyBytes(this.#toSend.subarray(0, split.headerBytes));
      heads?.push(this.#cut(due === undefined ? 1 : split.headerBytes));
      this.#bodyDue = due ?? 0;
    }
  }

  #cut(bytes: number): Uint8Array {
    const part = this.#toSend.slice(0, bytes);
    this.#toSend = this.#toSend.subarray(bytes);
    return part;
  }

  #mayTransfer(handle: SimulatedHandle): void {
    this.#required(handle);
    if (this.#owner !== handle) throw new DeviceError('not-connected', 'USB: endpoint not found');
    if (this.stalls === 0) return;
    this.stalls -= 1;
    throw new DeviceError('not-connected', 'USB: transfer error: Stall');
  }

  #required(handle?: SimulatedHandle): void {
    const gone = !this.#bus.has(this) || (handle && !this.#handles.has(handle));
    if (gone) throw new DeviceError('not-connected', 'USB: Disconnected');
  }

  #endpoints(direction: 'in' | 'out'): UsbEndpoint[] {
    const own = this.interfaces.find(({ interfaceNumber }) => interfaceNumber === (this.#options.interfaceNumber ?? 0));
    return (own?.endpoints ?? []).filter((one) => one.direction === direction && /bulk|interrupt/.test(one.type));
  }

  #indexOf(direction: 'in' | 'out', endpointNumber: number): number {
    return this.#endpoints(direction).findIndex((one) => one.endpointNumber === endpointNumber);
  }
}

class SimulatedHandle implements UsbHandle {
  readonly interfaces: readonly UsbInterface[];
  readonly #device: SimulatedUsbDevice;

  constructor(device: SimulatedUsbDevice) {
    this.#device = device;
    this.interfaces = device.interfaces;
  }

  async claim(interfaceNumber: number): Promise<void> {
    this.#device.claim(this, interfaceNumber);
  }

  async transferIn(endpointNumber: number, bytes: number, timeoutMs: number): Promise<Uint8Array | undefined> {
    return await this.#device.read(this, endpointNumber, bytes, timeoutMs);
  }

  async transferOut(endpointNumber: number, bytes: Uint8Array): Promise<void> {
    await this.#device.take(this, endpointNumber, bytes);
  }

  async reset(): Promise<void> {
    this.#device.reset(this);
  }

  async close(): Promise<void> {
    this.#device.close(this);
  }
}

/** What waits to be fetched by the host, packet by packet. */
class InputPipe {
  readonly #packetBytes: number;
  #packets: Uint8Array[] = [];
  #waiting: { resolve: (packet: Uint8Array | undefined) => void; reject: (error: Error) => void } | undefined;
  heldBytes = 0;
  /** The host's transfer that waits for something to come. */
  transfer: Promise<Uint8Array | undefined> | undefined;

  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += this.#packetBytes) {
      const packet = bytes.slice(at, at + this.#packetBytes);
      if (this.heldBytes + packet.length > HELD_BYTES) return;
      this.#packets.push(packet);
      this.heldBytes += packet.length;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(this.#next());
  }

  /** With `nonsense`, that is what comes, and after a frame of 1 ms. */
  async read(bytes: number, nonsense: Uint8Array | undefined, timeoutMs: number): Promise<Uint8Array | undefined> {
    if (bytes < this.#packetBytes) throw new Error('a host that asks for less than a packet gets an overflow');
    if (this.#waiting) throw new DeviceError('not-connected', 'USB: endpoint not found'); // as nusb: it is in use
    const ready = this.#next();
    if (ready) return ready;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const packet = new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      timer = setTimeout(
        () => {
          this.#waiting = undefined;
          resolve(nonsense);
        },
        nonsense ? 1 : timeoutMs,
      );
    }).finally(() => {
      clearTimeout(timer);
      this.transfer = undefined;
    });
    this.transfer = packet;
    return await packet;
  }

  /** The host has gone, and its transfer with it. */
  letGo(reason: Error): void {
    this.#waiting?.reject(new DeviceError('not-connected', `USB: ${reason.message}`));
    this.#waiting = undefined;
  }

  discard(reason: Error): void {
    this.letGo(reason);
    this.#packets = [];
    this.heldBytes = 0;
  }

  #next(): Uint8Array | undefined {
    const packet = this.#packets.shift();
    this.heldBytes -= packet?.length ?? 0;
    return packet;
  }
}
