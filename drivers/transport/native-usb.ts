import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  DeviceError,
  Turnstile,
  type UsbBus,
  type UsbBusDevice,
  type UsbEndpoint,
  type UsbHandle,
  type UsbInterface,
  type UsbPlace,
} from '../core/index.ts';

/*
 * The only file that loads the package `usb` 3, and not before a bus is asked for. Its inner layer is used: of its two event
 * APIs the outer one lists devices without catching, which ends a process on a machine without USB.
 */

/** What is used of a device there; the package's own types lean on WebUSB's, which say less. */
interface NativeDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly bus: string;
  readonly ports: readonly number[];
  readonly handle: string;
  readonly serialNumber: string | null;
  readonly configuration: NativeConfiguration;
  open(): Promise<void>;
  close(): Promise<void>;
  reset(): Promise<void>;
  claimInterface(interfaceNumber: number): Promise<void>;
  releaseInterface(interfaceNumber: number): Promise<void>;
  detachKernelDriver(interfaceNumber: number): Promise<void>;
  clearHalt(direction: 'in' | 'out', endpointNumber: number): Promise<void>;
  nativeTransferIn(endpointNumber: number, timeoutMs: number, bytes: number): Promise<Uint8Array | null>;
  nativeTransferOut(endpointNumber: number, timeoutMs: number, bytes: Uint8Array): Promise<number>;
}

interface NativeConfiguration {
  readonly configurationValue: number;
  readonly interfaces: readonly {
    readonly interfaceNumber: number;
    readonly alternate: {
      readonly interfaceClass: number;
      readonly interfaceSubclass: number;
      readonly interfaceProtocol: number;
      readonly endpoints: readonly {
        readonly endpointNumber: number;
        readonly direction: string;
        readonly type: string;
        readonly packetSize: number;
      }[];
    };
  }[];
}

interface NativeEmitter {
  addAttach(listener: (device: NativeDevice) => void): Promise<void>;
  addDetach(listener: (handle: string) => void): Promise<void>;
  removeAttach(): Promise<void>;
  removeDetach(): Promise<void>;
}

interface NativeUsb {
  readonly Emitter: new () => NativeEmitter;
  nativeGetDevices(): Promise<readonly NativeDevice[]>;
}

async function load(): Promise<NativeUsb> {
  try {
    return (await import('usb/index.js')).default as unknown as NativeUsb;
  } catch (error) {
    throw new DeviceError('unsupported', `USB: the native module cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** How a machine without USB answers: there is no folder of devices. */
const NO_USB = /\/sys\/bus\/usb/;

async function listNative(): Promise<readonly NativeDevice[]> {
  const { nativeGetDevices } = await load();
  try {
    return await nativeGetDevices();
  } catch (error) {
    if (NO_USB.test((error as Error).message)) return [];
    throw failed(error);
  }
}

/** Its errors carry no code: the message is all there is. */
function failed(error: unknown): DeviceError {
  const { message } = error as Error;
  const hint = /denied|errno 13/i.test(message) ? ', which the rules for its device file must allow' : '';
  return new DeviceError('not-connected', `USB: ${message}${hint}`, { cause: error });
}

function placeOf({ vendorId, productId, bus, ports }: NativeDevice): UsbPlace {
  // Linux counts buses `001`, and calls the port `1-2.3`; Windows has names for them.
  const busName = /^\d+$/.test(bus) ? String(Number(bus)) : bus;
  return { vendorId, productId, port: ports.length > 0 ? `${busName}-${ports.join('.')}` : busName };
}

function deviceOf(device: NativeDevice): UsbBusDevice {
  return {
    ...placeOf(device),
    serialNumber: () => {
      try {
        return device.serialNumber ?? undefined;
      } catch {
        return undefined; // a device that may not be opened, or answers no string
      }
    },
    open: async () => {
      await device.open().catch((error: unknown) => Promise.reject(failed(error)));
      return handleOf(device);
    },
  };
}

function handleOf(device: NativeDevice): UsbHandle {
  const configuration = configurationOf(device);
  const claimed = new Set<number>();
  let open = true;
  return {
    interfaces: configuration.interfaces.map(interfaceOf),
    claim: async (interfaceNumber) => {
      try {
        if (await isHeldByKernel(placeOf(device).port, configuration.configurationValue, interfaceNumber)) {
          await device.detachKernelDriver(interfaceNumber);
        }
        await device.claimInterface(interfaceNumber);
      } catch (error) {
        throw failed(error);
      }
      claimed.add(interfaceNumber);
    },
    transferIn: async (endpointNumber, bytes, timeoutMs) => {
      try {
        return (await device.nativeTransferIn(endpointNumber, timeoutMs, bytes)) ?? undefined;
      } catch (error) {
        const { message } = error as Error;
        if (/cancel/i.test(message)) return undefined;
        // The endpoint stays halted across openings; the line is given up all the same, as what it carried is gone.
        if (/stall/i.test(message)) await device.clearHalt('in', endpointNumber).catch(() => undefined);
        throw failed(error);
      }
    },
    transferOut: async (endpointNumber, bytes, timeoutMs) => {
      try {
        await device.nativeTransferOut(endpointNumber, timeoutMs, bytes);
      } catch (error) {
        if (/stall/i.test((error as Error).message)) {
          await device.clearHalt('out', endpointNumber).catch(() => undefined);
        }
        throw failed(error);
      }
    },
    reset: async () => {
      await device.reset().catch((error: unknown) => Promise.reject(failed(error)));
    },
    close: async () => {
      if (!open) return;
      open = false;
      // `close` alone only forgets the device: each interface holds it open for itself.
      for (const number of claimed) await device.releaseInterface(number).catch(() => undefined);
      await device.close().catch(() => undefined);
    },
  };
}

function configurationOf(device: NativeDevice): NativeConfiguration {
  try {
    return device.configuration;
  } catch (error) {
    device.close().catch(() => undefined); // what went wrong is said below
    throw failed(error);
  }
}

function interfaceOf({ interfaceNumber, alternate }: NativeConfiguration['interfaces'][number]): UsbInterface {
  return {
    interfaceNumber,
    classCode: alternate.interfaceClass,
    subclassCode: alternate.interfaceSubclass,
    protocolCode: alternate.interfaceProtocol,
    endpoints: alternate.endpoints.flatMap(({ endpointNumber, direction, type, packetSize }): UsbEndpoint[] => {
      const known = (direction === 'in' || direction === 'out') && (type === 'bulk' || type === 'interrupt');
      return known && packetSize > 0 ? [{ endpointNumber, direction, type, packetBytes: packetSize }] : [];
    }),
  };
}

/** `usbfs` is another program's claim: detaching would take the device from under it. */
async function isHeldByKernel(port: string, configuration: number, interfaceNumber: number): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const driver = await readlink(`/sys/bus/usb/devices/${port}:${configuration}.${interfaceNumber}/driver`).catch(
    () => '',
  );
  return driver !== '' && basename(driver) !== 'usbfs';
}

type Listener = (change: 'connected' | 'disconnected', place: UsbPlace) => void;

/** Tells of what comes and goes; the native watcher keeps the process alive, so it runs only while somebody listens. */
function hotPlug(): (listener: Listener) => () => void {
  const listeners = new Set<Listener>();
  const places = new Map<string, UsbPlace>();
  const turn = new Turnstile();
  let emitter: NativeEmitter | undefined;
  const tell: Listener = (change, place) => {
    for (const listener of [...listeners]) listener(change, place);
  };
  const follow = (): void => {
    // Without events a device is still found by trying again, so nobody hears of a failure.
    void turn.run(adjust).catch(() => undefined);
  };
  const adjust = async (): Promise<void> => {
    if (listeners.size > 0 && !emitter) {
      const { Emitter } = await load();
      emitter = new Emitter();
      await emitter.addAttach((device) => {
        places.set(device.handle, placeOf(device));
        tell('connected', placeOf(device));
      });
      await emitter.addDetach((handle) => {
        const place = places.get(handle);
        places.delete(handle);
        if (place) tell('disconnected', place);
      });
      for (const device of await listNative()) places.set(device.handle, placeOf(device));
    } else if (listeners.size === 0 && emitter) {
      const ended = emitter;
      emitter = undefined;
      places.clear();
      await ended.removeAttach();
      await ended.removeDetach();
    }
  };
  return (listener) => {
    const own: Listener = (change, place) => listener(change, place);
    listeners.add(own);
    follow();
    return () => {
      if (listeners.delete(own)) follow();
    };
  };
}

/** The USB devices of this machine. */
export const nativeUsbBus: UsbBus = {
  list: async () => (await listNative()).map(deviceOf),
  watch: hotPlug(),
};
