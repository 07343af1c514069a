import { expect } from 'vitest';
import { SimulatedHidBus } from '../../drivers/simulation/hid-bus.ts';
import { endpoint, SimulatedUsbBus, SimulatedUsbDevice, usbInterface } from '../../drivers/simulation/usb-bus.ts';
import { makeTransport } from '../../drivers/transport/open.ts';
import { receiptPrinterModels } from '../../printers/catalog.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { driverConformance } from '../conformance/driver-conformance.ts';
import { slip } from './receipts.ts';

driverConformance('an ESC/POS receipt printer on USB, whose printer interface is not the first,', () => {
  const usb = new SimulatedUsbBus();
  const ids = { vendorId: 0x04b8, productId: 0x0202 };
  const line = new SimulatedUsbDevice(usb, {
    ...ids,
    port: '2-1.4',
    farEnd: new EscposSimulator(),
    interfaces: [
      usbInterface(0, { classCode: 0xff }, [endpoint(0x03, 'bulk'), endpoint(0x83, 'bulk')]),
      usbInterface(1, { classCode: 0x07, subclassCode: 1, protocolCode: 2 }, [
        endpoint(0x82, 'bulk', 512),
        endpoint(0x01, 'bulk', 512),
      ]),
    ],
    interfaceNumber: 1,
  });
  const [model] = receiptPrinterModels;
  const openSerial = (): never => expect.unreachable();
  const transport = makeTransport({ kind: 'usb', ...ids }, model, { usb, hid: new SimulatedHidBus(), openSerial });
  const driver = new EscposDriver(transport, loadProfile('generic-80'));
  return {
    driver,
    line,
    command: (signal) => driver.print(slip('A001'), signal),
    onlineWithinMs: 3_000,
  };
});
