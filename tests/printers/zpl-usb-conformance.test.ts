import { beforeAll, expect } from 'vitest';
import { SimulatedHidBus } from '../../drivers/simulation/hid-bus.ts';
import { endpoint, SimulatedUsbBus, SimulatedUsbDevice, usbInterface } from '../../drivers/simulation/usb-bus.ts';
import { makeTransport } from '../../drivers/transport/open.ts';
import { licencePrinterModels } from '../../printers/catalog.ts';
import { ZplDriver } from '../../printers/zpl/driver.ts';
import { zplOptions } from '../../printers/zpl/label.ts';
import { ZplSimulator } from '../../printers/zpl/simulator.ts';
import { driverConformance } from '../conformance/driver-conformance.ts';
import { shortCertificate } from './pdf-certificates.ts';

// Fonts and layout are loaded with the first certificate, and loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/zpl/raster.ts');
});

driverConformance('a ZPL licence printer on USB', () => {
  const usb = new SimulatedUsbBus();
  const ids = { vendorId: 0x0a5f, productId: 0x0120 };
  const line = new SimulatedUsbDevice(usb, {
    ...ids,
    port: '1-3',
    farEnd: new ZplSimulator(),
    interfaces: [
      usbInterface(0, { classCode: 0x07, subclassCode: 1, protocolCode: 2 }, [
        endpoint(0x81, 'bulk'),
        endpoint(0x02, 'bulk'),
      ]),
    ],
  });
  const zpl = licencePrinterModels.find(({ id }) => id === 'zpl');
  const openSerial = (): never => expect.unreachable();
  const transport = makeTransport({ kind: 'usb', ...ids }, zpl, { usb, hid: new SimulatedHidBus(), openSerial });
  const driver = new ZplDriver(transport, zplOptions.parse({ media: '80x120' }));
  return {
    driver,
    line,
    command: (signal) => driver.print(shortCertificate, 1, signal),
    onlineWithinMs: 3_000,
    nextMedium: () => ({ outcome: 'printed' }),
  };
});
