import { EsclDriver } from '../../../../drivers/document-scanner/escl/driver.ts';
import { EsclSimulator } from '../../../../drivers/document-scanner/escl/simulator.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { jpeg } from '../pictures.ts';
import { EsclLine } from './escl-line.ts';

driverConformance('an eSCL document scanner', () => {
  const scanner = new EsclSimulator();
  scanner.sheets = ['a', 'b', 'c'].map((mark) => ({ front: jpeg(mark) }));
  const line = new EsclLine(scanner.exchange);
  const driver = new EsclDriver({ url: 'http://192.0.2.20/eSCL', exchange: line.exchange });
  const settings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 300 } as const;
  return {
    driver,
    line,
    command: async (signal) => {
      const pages: Uint8Array[] = [];
      const outcome = await driver.scan(settings, ({ bytes }) => void pages.push(bytes), signal);
      return { outcome, pages };
    },
    idleChannels: 0,
    onlineWithinMs: 3_000,
    silentWithinMs: 90_000,
    letGoWithinMs: 5_000, // the scanner must first be told to forget the job
    nextMedium: () => {
      scanner.sheets = [{ front: jpeg('next') }];
      return { outcome: { outcome: 'complete', pages: 1 }, pages: [jpeg('next')] };
    },
  };
});
