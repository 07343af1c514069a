import {
  type Channel,
  DeviceError,
  type HidBus,
  type HidCollection,
  type HidHandle,
  type Transport,
  type UsbId,
  type UsbPlace,
  within,
} from '../core/index.ts';
import { nativeHidBus } from './native-hid.ts';
import { usbIdText } from './usb.ts';
import { writerInParts } from './write-in-parts.ts';

const OPEN_MS = 2_000;
/** HID Usage Tables 1.5, generic desktop page: a keyboard. What it reads is meant for the focused window, from any hand. */
const KEYBOARD = { usagePage: 0x01, usage: 0x06 };

/** Each part that is given must fit; at least one is. */
export interface HidAddress extends Partial<UsbId> {
  readonly usagePage?: number;
  readonly usage?: number;
  readonly serialNumber?: string;
  /** Where it is plugged in, see `UsbPlace`; Linux only. Survives replugging and tells twins apart. */
  readonly port?: string;
  /** As the bus lists it: `/dev/hidraw0`. Another one after replugging. */
  readonly path?: string;
}

/** A HID device: each chunk is one input report, each write one output report, its id first. Never a keyboard. */
export function hidTransport(address: HidAddress, bus: HidBus = nativeHidBus): Transport {
  const name = nameOf(address);
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const opening = open(name, address, bus);
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
      await new Promise<void>((resolve, reject) => {
        const end = (settle: () => void): void => {
          unwatch();
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        const onAbort = (): void => end(() => reject(signal.reason));
        const unwatch = bus.watch((change, place) => {
          if (change === 'connected' && mayBe(address, place)) end(resolve);
        });
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}

function nameOf({ vendorId, productId, usagePage, usage, serialNumber, port, path }: HidAddress): string {
  const parts = [
    vendorId !== undefined && productId !== undefined ? usbIdText({ vendorId, productId }) : '',
    usagePage === undefined ? '' : `usage ${hex(usagePage)}/${usage === undefined ? '*' : hex(usage)}`,
    port === undefined ? '' : `@${port}`,
    serialNumber === undefined ? '' : `#${serialNumber}`,
    path ?? '',
  ];
  return `hid:${parts.filter((part) => part !== '').join(' ')}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function fits<T>(wanted: T | undefined, is: T | undefined): boolean {
  return wanted === undefined || wanted === is;
}

/** Usages are not known before the device is listed. */
function mayBe(address: HidAddress, { vendorId, productId, port }: UsbPlace): boolean {
  return fits(address.vendorId, vendorId) && fits(address.productId, productId) && fits(address.port, port);
}

function isDevice(address: HidAddress, collection: HidCollection): boolean {
  return (
    fits(address.vendorId, collection.vendorId) &&
    fits(address.productId, collection.productId) &&
    fits(address.serialNumber, collection.serialNumber) &&
    fits(address.port, collection.port) &&
    fits(address.path, collection.path)
  );
}

function isWanted(address: HidAddress, { usagePage, usage }: HidCollection): boolean {
  return fits(address.usagePage, usagePage) && fits(address.usage, usage);
}

function isKeyboard({ usagePage, usage }: Pick<HidCollection, 'usagePage' | 'usage'>): boolean {
  return usagePage === KEYBOARD.usagePage && usage === KEYBOARD.usage;
}

/** Those that may be opened: with a path, every collection behind it is opened, and none may be a keyboard. */
export function withoutKeyboards(all: readonly HidCollection[]): HidCollection[] {
  const keyboards = new Set(all.filter(isKeyboard).map(({ path }) => path));
  return all.filter(({ path }) => !keyboards.has(path));
}

/** Of twins, one that somebody else has is passed over. */
async function open(name: string, address: HidAddress, bus: HidBus): Promise<Channel> {
  const all = await bus.list();
  const devices = all.filter((collection) => isDevice(address, collection));
  const wanted = withoutKeyboards(all).filter((one) => isDevice(address, one) && isWanted(address, one));
  if (wanted.length === 0 && devices.some(isKeyboard)) {
    throw new DeviceError(
      'unsupported',
      `${name}: the device is in keyboard mode, and must be set to HID POS or serial`,
    );
  }
  let failure: unknown = new DeviceError('not-connected', `${name}: no such device is plugged in`);
  for (const collection of wanted) {
    try {
      return channelOver(name, await bus.open(collection.path), collection, bus);
    } catch (error) {
      const { code, message } = DeviceError.from(error);
      failure = new DeviceError(code, `${name}: ${message}`, { cause: error });
    }
  }
  throw failure;
}

function channelOver(name: string, handle: HidHandle, { port }: HidCollection, bus: HidBus): Channel {
  const lost = new AbortController();
  let open = true;
  const lose = (error: Error): void => {
    open = false;
    unwatch();
    lost.abort(new DeviceError('not-connected', `${name}: ${error.message}`, { cause: error }));
  };
  const unwatch = bus.watch((change, place) => {
    if (change === 'disconnected' && port !== undefined && port === place.port) lose(new Error('unplugged'));
  });
  handle.onFailure((error) => {
    if (open) lose(error);
  });
  const send = writerInParts(name, Number.MAX_SAFE_INTEGER, lost.signal, (report, done) => {
    handle.write(report).then(() => done(), done);
  });
  return {
    write: async (report) => {
      if (!open) throw lost.signal.reason ?? new DeviceError('not-connected', `${name}: closed`);
      await send(report);
    },
    onData: (listener) => {
      handle.onReport((report) => {
        if (open) listener(report);
      });
    },
    lost: lost.signal,
    close: async () => {
      open = false;
      unwatch();
      await handle.close();
    },
  };
}
