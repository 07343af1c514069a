import { HidPosDriver } from '../../../../drivers/barcode-scanner/hid-pos/driver.ts';
import { hidPosOptions } from '../../../../drivers/barcode-scanner/hid-pos/options.ts';
import { HidPosSimulator } from '../../../../drivers/barcode-scanner/hid-pos/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { scanFor } from '../visit.ts';

driverConformance('a scanner in HID POS mode', () => {
  const scanner = new HidPosSimulator();
  scanner.lay(`first ${'1'.repeat(200)}`);
  const line = new SimulatedLine(scanner);
  const driver = new HidPosDriver(line, hidPosOptions.parse({}));
  return {
    driver,
    line,
    command: (signal) => scanFor(9_000, driver, signal),
    onlineWithinMs: 3_000,
    noticedWithinMs: 'never',
    silentWithinMs: 10_000,
    nextMedium: () => {
      const text = `second ${'2'.repeat(200)}`;
      scanner.lay(text);
      return { text, bytes: Uint8Array.from(Buffer.from(text)), aim: ']Q1', symbology: 'qr-code' };
    },
  };
});
