import { beforeAll } from 'vitest';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import { ZplDriver } from '../../printers/zpl/driver.ts';
import { zplOptions } from '../../printers/zpl/label.ts';
import { ZplSimulator } from '../../printers/zpl/simulator.ts';
import { driverConformance } from '../conformance/driver-conformance.ts';
import { printerConformance } from '../conformance/printer-conformance.ts';
import { shortCertificate } from './pdf-certificates.ts';

// Fonts and layout are loaded with the first certificate, and loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/zpl/raster.ts');
});

driverConformance('a ZPL licence printer', () => {
  const printer = new ZplSimulator();
  const line = new SimulatedLine(printer);
  const driver = new ZplDriver(line, zplOptions.parse({ media: '80x120' }));
  return {
    driver,
    line,
    command: (signal) => driver.print(shortCertificate, 1, signal),
    onlineWithinMs: 3_000,
    nextMedium: () => ({ outcome: 'printed' }),
  };
});

printerConformance('a ZPL licence printer', () => {
  const printer = new ZplSimulator();
  const line = new SimulatedLine(printer);
  const driver = new ZplDriver(line, zplOptions.parse({ media: '80x120' }));
  let came = '';
  line.toDevice = (bytes) => {
    came += Buffer.from(bytes).toString('latin1');
    return bytes;
  };
  return {
    driver,
    line,
    print: (signal, job) => driver.print(shortCertificate, 1, signal, job),
    hasJob: () => came.includes('^XA'),
    openCover: () => printer.set({ headOpen: true }),
    papersOut: () => printer.printedCount,
  };
});
