import { DeviceError, type HidBus, type HidCollection, type HidHandle, type UsbPlace } from '../core/index.ts';
import type { Attachment, FarEnd } from './far-end.ts';

/** A full-speed interrupt endpoint's packet, and an id. */
const REPORT_BYTES = 65;

type Listener = (change: 'connected' | 'disconnected', place: UsbPlace) => void;

/** A machine's HID devices. */
export class SimulatedHidBus implements HidBus {
  readonly #plugged = new Set<SimulatedHidDevice>();
  readonly #listeners = new Set<Listener>();
  tellsHotPlug = true;

  async list(): Promise<readonly HidCollection[]> {
    return [...this.#plugged].flatMap(({ collections }) => collections);
  }

  async open(path: string): Promise<HidHandle> {
    const device = [...this.#plugged].find(({ collections }) => collections.some((one) => one.path === path));
    if (!device) throw new DeviceError('not-connected', `HID: cannot open device with path ${path}`);
    return device.open(path);
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  plug(device: SimulatedHidDevice): void {
    this.#plugged.add(device);
    this.#tell('connected', device);
  }

  unplug(device: SimulatedHidDevice): void {
    this.#plugged.delete(device);
    this.#tell('disconnected', device);
  }

  #tell(change: 'connected' | 'disconnected', { collections, port }: SimulatedHidDevice): void {
    const [first] = collections;
    if (!this.tellsHotPlug || !first) return;
    const { vendorId, productId } = first;
    for (const listener of [...this.#listeners]) listener(change, { vendorId, productId, port });
  }
}

/**
 * A device on that bus, plugged in from the start. What its far end sends in one call is one input report, its id first, and
 * what the host writes is one output report.
 */
export class SimulatedHidDevice {
  readonly collections: readonly HidCollection[];
  readonly port: string;
  readonly #bus: SimulatedHidBus;
  readonly #farEnd: FarEnd;
  readonly #hosts = new Set<(error: Error) => void>();
  readonly #listeners = new Set<(report: Uint8Array) => void>();
  /** Rewrites a report that the device sends. */
  toHost: (report: Uint8Array) => Uint8Array | undefined = (report) => report;
  /** The paths that were ever opened. */
  readonly opened: string[] = [];

  constructor(
    bus: SimulatedHidBus,
    { port, collections, farEnd }: { port: string; collections: readonly HidCollection[]; farEnd: FarEnd },
  ) {
    this.#bus = bus;
    this.port = port;
    this.collections = collections.map((collection) => ({ ...collection, port }));
    this.#farEnd = farEnd;
    bus.plug(this);
  }

  get openChannels(): number {
    return this.#hosts.size;
  }

  plug(): void {
    this.#bus.plug(this);
  }

  unplug(): void {
    this.#bus.unplug(this);
    for (const fail of [...this.#hosts]) fail(new Error('could not read from HID device'));
  }

  /** Reports from nowhere: noise, or a flood. */
  inject(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += REPORT_BYTES) {
      for (const listener of [...this.#listeners]) listener(bytes.subarray(at, at + REPORT_BYTES));
    }
  }

  open(path: string): HidHandle {
    this.opened.push(path);
    let listener: (report: Uint8Array) => void = () => undefined;
    let onFailure: (error: Error) => void = () => undefined;
    let open = true;
    const deliver = (report: Uint8Array): void => {
      if (open) listener(report);
    };
    const attachment: Attachment = this.#farEnd.attach((report) => {
      const passed = this.toHost(report);
      if (passed) deliver(passed);
    });
    const close = (): void => {
      if (!open) return;
      open = false;
      this.#hosts.delete(fail);
      this.#listeners.delete(deliver);
      attachment.detach();
    };
    const fail = (error: Error): void => {
      close();
      onFailure(error);
    };
    this.#hosts.add(fail);
    this.#listeners.add(deliver);
    return {
      onReport: (next) => {
        listener = next;
      },
      onFailure: (next) => {
        onFailure = next;
      },
      write: async (report) => {
        if (!open) throw new DeviceError('not-connected', 'HID: cannot write to HID device');
        attachment.receive(report);
      },
      close: async () => close(),
    };
  }
}
