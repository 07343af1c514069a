import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { driverConformance } from '../conformance/driver-conformance.ts';
import { printerConformance } from '../conformance/printer-conformance.ts';
import { slip } from './receipts.ts';

driverConformance('an ESC/POS receipt printer', () => {
  const printer = new EscposSimulator();
  const line = new SimulatedLine(printer);
  const driver = new EscposDriver(line, loadProfile('generic-80'));
  return {
    driver,
    line,
    command: (signal) => driver.print(slip('A001'), signal),
    onlineWithinMs: 3_000,
  };
});

printerConformance('an ESC/POS receipt printer', () => {
  const printer = new EscposSimulator();
  const line = new SimulatedLine(printer);
  const driver = new EscposDriver(line, loadProfile('generic-80'));
  let came = '';
  line.toDevice = (bytes) => {
    came += Buffer.from(bytes).toString('latin1');
    return bytes;
  };
  return {
    driver,
    line,
    print: (signal, job) => driver.print(slip('A001'), signal, job),
    hasJob: () => came.includes('A001'),
    openCover: () => printer.set({ coverOpen: true }),
    papersOut: () => printer.receipts().length,
  };
});
