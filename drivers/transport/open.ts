import { z } from 'zod';
import { DeviceError, type DeviceModel, type HidBus, type Transport, type UsbBus } from '../core/index.ts';
import { hidTransport } from './hid.ts';
import { nativeHidBus } from './native-hid.ts';
import { nativeUsbBus } from './native-usb.ts';
import { probingTransport } from './probing.ts';
import { serialTransport } from './serial.ts';
import { tcpTransport } from './tcp.ts';
import { usbTransport } from './usb.ts';

/** Hexadecimal as every tool writes ids, `"0400"`, or a number. */
const id16 = z.union([
  z.int().min(0).max(0xffff),
  z
    .string()
    .regex(/^[0-9a-fA-F]{4}$/)
    .transform((digits) => Number.parseInt(digits, 16)),
]);
const text = z.string().min(1).max(253);

/** Speeds of serial devices in bit/s; 2,400 is a UPS's. */
export const baudRates = [2_400, 9_600, 19_200, 38_400, 57_600, 115_200] as const;

/** How a device is connected, as a configuration file says it. */
export const transportSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('serial'),
    /** `/dev/ttyS1`, or better a name that survives replugging: `/dev/serial/by-path/…`; `COM3` on Windows. */
    path: z.string().regex(/^(\/dev\/\S+|COM\d+)$/),
    /** Left out, the device is asked at each speed that its model may have. */
    baudRate: z.union(baudRates.map((rate) => z.literal(rate))).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('tcp'), host: text, port: z.int().min(1).max(65_535) }),
  z.strictObject({
    kind: z.literal('usb'),
    vendorId: id16,
    productId: id16,
    serialNumber: text.exactOptional(),
    /** `1-2.3`, the path from bus to socket: what tells two of a kind apart. */
    port: text.exactOptional(),
  }),
  z
    .strictObject({
      kind: z.literal('hid'),
      vendorId: id16.exactOptional(),
      productId: id16.exactOptional(),
      usagePage: id16.exactOptional(),
      usage: id16.exactOptional(),
      serialNumber: text.exactOptional(),
      port: text.exactOptional(),
      path: text.exactOptional(),
    })
    .refine(
      ({ vendorId, productId, usagePage, path }) =>
        (vendorId !== undefined && productId !== undefined) || usagePage !== undefined || path !== undefined,
      'a HID device is named by vendorId and productId, by usagePage, or by path',
    ),
]);
export type TransportSpec = z.infer<typeof transportSchema>;

/** What of a model decides how its line is used. */
export type LineModel = Pick<DeviceModel, 'recognition' | 'usb'>;

/** What lines of a machine are opened on. Tests hand in simulated ones. */
export interface LineBuses {
  readonly usb: UsbBus;
  readonly hid: HidBus;
  readonly openSerial: (path: string, baudRate: number) => Transport;
}

export const nativeLineBuses: LineBuses = {
  usb: nativeUsbBus,
  hid: nativeHidBus,
  openSerial: (path, baudRate) => serialTransport({ path, baudRate }),
};

/**
 * Opens nothing: a transport is opened by the driver that runs on it. Throws `invalid-data` where `spec` leaves something open
 * that devices of `model` cannot be asked for.
 */
export function makeTransport(
  spec: TransportSpec,
  model: LineModel = {},
  buses: LineBuses = nativeLineBuses,
): Transport {
  switch (spec.kind) {
    case 'serial':
      return serialLine(spec, model, buses);
    case 'tcp':
      return tcpTransport(spec);
    case 'usb':
      return usbLine(spec, model, buses.usb);
    case 'hid':
      return hidTransport(spec, buses.hid);
  }
}

function serialLine(
  { path, baudRate }: Extract<TransportSpec, { kind: 'serial' }>,
  { recognition }: LineModel,
  { openSerial }: LineBuses,
): Transport {
  if (baudRate !== undefined) return openSerial(path, baudRate);
  const [first, ...others] = (recognition?.baudRates ?? []).map((rate) => openSerial(path, rate));
  if (!first || !recognition?.probe) {
    throw new DeviceError('invalid-data', `serial:${path}: baudRate is missing, and this model cannot be asked for it`);
  }
  return probingTransport(`serial:${path}`, [first, ...others], recognition.probe);
}

function usbLine(spec: Extract<TransportSpec, { kind: 'usb' }>, model: LineModel, bus: UsbBus): Transport {
  const { split, ...use } = model.usb ?? {};
  const whole = usbTransport(spec, use, bus);
  const probe = model.recognition?.probe;
  return split && probe
    ? probingTransport(whole.name, [whole, usbTransport(spec, { ...use, split }, bus)], probe)
    : whole;
}
