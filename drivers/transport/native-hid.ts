import { readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Device, HIDAsync } from 'node-hid';
import { DeviceError, type HidBus, type HidCollection, type HidHandle } from '../core/index.ts';
import { nativeUsbBus } from './native-usb.ts';

/* The only file that loads the package `node-hid`, and not before a bus is asked for. */

type NodeHid = typeof import('node-hid');

async function load(): Promise<NodeHid> {
  try {
    const { default: nodeHid } = await import('node-hid');
    // Its other Linux driver, over libusb, takes the device from the kernel and reads no usages.
    if (process.platform === 'linux') nodeHid.setDriverType('hidraw');
    return nodeHid;
  } catch (error) {
    throw cannotLoad(error);
  }
}

/** The package loads its binary only when it is first used: `libusb-1.0.so.0: cannot open shared object file`. */
function cannotLoad(error: unknown): DeviceError {
  const { message } = error as Error;
  const [, library] = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object/.exec(message) ?? [];
  const why = library ? `the system lacks the library ${library}` : `the native module cannot be loaded: ${message}`;
  return new DeviceError('unsupported', `HID: ${why}`, { cause: error });
}

async function list(): Promise<HidCollection[]> {
  const nodeHid = await load();
  let devices: readonly Device[];
  try {
    devices = await nodeHid.devicesAsync();
  } catch (error) {
    throw cannotLoad(error);
  }
  return await Promise.all(
    devices.flatMap((device) => (device.path === undefined ? [] : [collectionOf(device, device.path)])),
  );
}

async function collectionOf(device: Device, path: string): Promise<HidCollection> {
  const { vendorId, productId, usagePage = 0, usage = 0, serialNumber } = device;
  const port = await portOf(path);
  return {
    vendorId,
    productId,
    usagePage,
    usage,
    path,
    ...(serialNumber && { serialNumber }),
    ...(port !== undefined && { port }),
  };
}

/** `…/usb1/1-2/1-2:1.0/0003:0C2E:0B61.0001` is plugged into 1-2. */
async function portOf(path: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const device = await realpath(`/sys/class/hidraw/${basename(path)}/device`).catch(() => '');
  return /\/(\d+-[\d.]+):\d+\.\d+\//.exec(device)?.[1];
}

async function openPath(path: string): Promise<HidHandle> {
  const { HIDAsync } = await load();
  const numbered = await hasReportIds(path);
  let device: HIDAsync;
  try {
    device = await HIDAsync.open(path);
  } catch (error) {
    const hint = process.platform === 'linux' ? `; the rules for ${path} may not allow it` : '';
    throw new DeviceError('not-connected', `HID: ${(error as Error).message}${hint}`, { cause: error });
  }
  let onFailure: (error: Error) => void = () => undefined;
  // The package ends its reading at the first error, and tells of unplugging in no other way.
  device.on('error', (error: unknown) => onFailure(error instanceof Error ? error : new Error('reading failed')));
  return {
    onReport: (listener) => {
      const pass = (report: Uint8Array): void => listener(numbered ? report : Uint8Array.of(0, ...report));
      const others = device.listeners('data').filter((other) => other !== pass);
      device.on('data', pass);
      // The old ones go after the new one has come: without any the package stops reading.
      for (const other of others) device.removeListener('data', other as (report: Uint8Array) => void);
    },
    onFailure: (listener) => {
      onFailure = listener;
    },
    write: async (report) => {
      await device.write(Buffer.from(report));
    },
    close: async () => {
      await device.close().catch(() => undefined);
      device.on('error', () => undefined); // closing removed ours
    },
  };
}

/** hidapi hands over a report as it came, so whether its first byte is an id is for the descriptor to say. */
async function hasReportIds(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const descriptor = await readFile(`/sys/class/hidraw/${basename(path)}/device/report_descriptor`).catch(
    () => undefined,
  );
  return descriptor ? namesReportIds(descriptor) : true;
}

/** HID 1.11 section 6.2.2: items of a prefix and 0, 1, 2 or 4 bytes; 85 is Report ID. */
export function namesReportIds(descriptor: Uint8Array): boolean {
  for (let at = 0; at < descriptor.length; ) {
    const prefix = descriptor[at] ?? 0;
    if ((prefix & 0xfc) === 0x84) return true;
    const dataBytes = prefix === 0xfe ? 2 + (descriptor[at + 1] ?? 0) : ([0, 1, 2, 4][prefix & 0x03] ?? 0);
    at += 1 + dataBytes;
  }
  return false;
}

/** The HID devices of this machine. HID tells nothing of its own when one comes; the USB side does. */
export const nativeHidBus: HidBus = { list, open: openPath, watch: nativeUsbBus.watch };
