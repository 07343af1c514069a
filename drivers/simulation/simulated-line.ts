import { type Channel, DeviceError, type Transport } from '../core/index.ts';
import type { FarEnd } from './far-end.ts';

/** A cable between a driver and a simulator in the same process, with the faults that cables have. */
export class SimulatedLine implements Transport {
  readonly name: string;
  readonly #farEnd: FarEnd;
  #plugged = true;
  #hosts = new Set<(error: DeviceError) => void>();
  /** Rewrites what the device sends: drop, garble, delay by returning later chunks through `inject`. */
  toHost: (bytes: Uint8Array) => Uint8Array | undefined = (bytes) => bytes;
  /** Rewrites what the host sends. */
  toDevice: (bytes: Uint8Array) => Uint8Array | undefined = (bytes) => bytes;
  /** How many channels have been opened and not closed: a driver that leaks one shows here. */
  openChannels = 0;
  #inject: ((bytes: Uint8Array) => void) | undefined;

  constructor(farEnd: FarEnd) {
    this.#farEnd = farEnd;
    this.name = `simulated:${farEnd.name}`;
  }

  unplug(): void {
    this.#plugged = false;
    for (const lose of [...this.#hosts]) lose(new DeviceError('not-connected', `${this.name} was unplugged`));
  }

  plug(): void {
    this.#plugged = true;
  }

  /** Bytes that appear on the line from nowhere: noise, or a flood. */
  inject(bytes: Uint8Array): void {
    this.#inject?.(bytes);
  }

  async open(signal: AbortSignal): Promise<Channel> {
    signal.throwIfAborted();
    if (!this.#plugged) throw new DeviceError('not-connected', `${this.name}: nothing is plugged in`);
    const lost = new AbortController();
    let listener: (chunk: Uint8Array) => void = () => undefined;
    let open = true;
    const deliver = (bytes: Uint8Array): void => {
      if (open) listener(bytes);
    };
    const attachment = this.#farEnd.attach((bytes) => {
      const passed = this.toHost(bytes);
      if (passed) deliver(passed);
    });
    this.#inject = deliver;
    this.openChannels += 1;
    const close = (): void => {
      if (!open) return;
      open = false;
      this.openChannels -= 1;
      this.#hosts.delete(lose);
      attachment.detach();
    };
    const lose = (error: DeviceError): void => {
      close();
      lost.abort(error);
    };
    this.#hosts.add(lose);
    return {
      write: async (bytes) => {
        if (!open) throw new DeviceError('not-connected', `${this.name} is closed`);
        const passed = this.toDevice(bytes);
        if (passed) attachment.receive(passed);
      },
      onData: (next) => {
        listener = next;
      },
      lost: lost.signal,
      close: async () => close(),
    };
  }
}
