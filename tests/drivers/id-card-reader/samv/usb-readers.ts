import { splitPipes } from '../../../../drivers/id-card-reader/samv/codec.ts';
import type { FarEnd } from '../../../../drivers/simulation/far-end.ts';
import {
  endpoint,
  type SimulatedUsbBus,
  SimulatedUsbDevice,
  type SimulatedUsbOptions,
  usbInterface,
} from '../../../../drivers/simulation/usb-bus.ts';

export const readerIds = { vendorId: 0x0400, productId: 0xc35a };

/** A reader on that bus: with one endpoint each way, or with the four pipes of the manual, used as it says. */
export function usbReader(
  bus: SimulatedUsbBus,
  farEnd: FarEnd,
  { pipes = 'whole', ...options }: { pipes?: 'whole' | 'split' } & Partial<SimulatedUsbOptions> = {},
): SimulatedUsbDevice {
  const endpoints = [endpoint(0x02, 'bulk'), endpoint(0x06, 'bulk'), endpoint(0x81, 'bulk'), endpoint(0x85, 'bulk')];
  const used = pipes === 'split' ? endpoints : endpoints.filter((_, at) => at % 2 === 0);
  return new SimulatedUsbDevice(bus, {
    ...readerIds,
    port: '1-2',
    farEnd,
    interfaces: [usbInterface(0, { classCode: 0xff }, used)],
    ...(pipes === 'split' && { split: splitPipes }),
    ...options,
  });
}
