import { beforeAll } from 'vitest';
import { IppDriver } from '../../printers/ipp/driver.ts';
import type { Operation } from '../../printers/ipp/operations.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { driverConformance } from '../conformance/driver-conformance.ts';
import { type PrinterSetup, printerConformance } from '../conformance/printer-conformance.ts';
import { ExchangeLine } from '../support/exchange-line.ts';
import { shortCertificate } from './pdf-certificates.ts';

// Fonts and layout are loaded with the first certificate, and loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/pdf/printable.ts');
});

driverConformance('an IPP licence printer', () => {
  const printer = new IppSimulator();
  const line = new ExchangeLine(printer.exchange);
  const driver = new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange: line.exchange });
  return {
    driver,
    line,
    command: (signal) => driver.print(shortCertificate, 1, signal),
    idleChannels: 0,
    onlineWithinMs: 3_000,
    silentWithinMs: 120_000,
    letGoWithinMs: 90_000, // a job whose fate is unknown is looked for, then withdrawn
  };
});

printerConformance('an IPP licence printer', () => printerInOrder());

printerConformance('an IPP licence printer without Create-Job', () => printerInOrder('create-job'));

function printerInOrder(missing?: Operation): PrinterSetup {
  const printer = new IppSimulator();
  printer.operations = printer.operations.filter((each) => each !== missing);
  const line = new ExchangeLine(printer.exchange);
  const driver = new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange: line.exchange });
  return {
    driver,
    line,
    print: (signal, job) => driver.print(shortCertificate, 1, signal, job),
    hasJob: () => printer.jobs().length > 0,
    openCover: () => {
      printer.coverOpen = true;
    },
    papersOut: () => printer.sheetsOut,
    givesUpWithinMs: 120_000, // a printer that is back within that time still knows
  };
}
