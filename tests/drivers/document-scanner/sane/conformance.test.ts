import { SaneDriver } from '../../../../drivers/document-scanner/sane/driver.ts';
import { SaneSimulator } from '../../../../drivers/document-scanner/sane/simulator.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { jpeg } from '../pictures.ts';
import { ProgramLine } from './program-line.ts';

driverConformance('a SANE document scanner', () => {
  const scanner = new SaneSimulator();
  scanner.sheets = [jpeg('a'), jpeg('b')];
  const line = new ProgramLine(scanner.run);
  const driver = new SaneDriver({ device: 'simulated', run: line.run, hotPlug: line });
  const settings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 300 } as const;
  return {
    driver,
    line,
    command: async (signal) => {
      const pages: Uint8Array[] = [];
      const outcome = await driver.scan(settings, ({ bytes }) => void pages.push(Uint8Array.from(bytes)), signal);
      return { outcome, pages };
    },
    idleChannels: 0,
    onlineWithinMs: 3_000,
    noticedWithinMs: 15_000, // a program that hangs; a cable that is pulled is told by the bus
    // Files are written and read while time is faked: the steps of it that this takes are not a measure.
    silentWithinMs: 120_000,
    letGoWithinMs: 20_000,
    nextMedium: () => {
      scanner.sheets = [jpeg('next')];
      return { outcome: { outcome: 'complete', pages: 1 }, pages: [jpeg('next')] };
    },
  };
});
