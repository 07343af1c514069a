import { expect } from 'vitest';
import { HidPosDriver } from '../../../../drivers/barcode-scanner/hid-pos/driver.ts';
import { hidPosOptions } from '../../../../drivers/barcode-scanner/hid-pos/options.ts';
import { HidPosSimulator } from '../../../../drivers/barcode-scanner/hid-pos/simulator.ts';
import { SimulatedHidBus, SimulatedHidDevice } from '../../../../drivers/simulation/hid-bus.ts';
import { SimulatedUsbBus } from '../../../../drivers/simulation/usb-bus.ts';
import { makeTransport } from '../../../../drivers/transport/open.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { scanFor } from '../visit.ts';

for (const hotPlug of ['told', 'not told'] as const) {
  driverConformance(`a scanner in HID POS mode on a bus where coming and going is ${hotPlug}`, () => {
    const hid = new SimulatedHidBus();
    hid.tellsHotPlug = hotPlug === 'told';
    const scanner = new HidPosSimulator();
    scanner.lay(`first ${'1'.repeat(200)}`);
    const use = { usagePage: 0x8c, usage: 0x02 };
    const collections = [{ ...use, vendorId: 0x0c2e, productId: 0x0b61, path: '/dev/hidraw0' }];
    const line = new SimulatedHidDevice(hid, { port: '1-4', collections, farEnd: scanner });
    const openSerial = (): never => expect.unreachable();
    const transport = makeTransport({ kind: 'hid', ...use }, {}, { usb: new SimulatedUsbBus(), hid, openSerial });
    const driver = new HidPosDriver(transport, hidPosOptions.parse({}));
    return {
      driver,
      line,
      command: (signal) => scanFor(9_000, driver, signal),
      onlineWithinMs: 3_000,
      noticedWithinMs: 'never',
      silentWithinMs: 10_000,
    };
  });
}
