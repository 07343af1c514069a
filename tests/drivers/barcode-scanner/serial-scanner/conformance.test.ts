import type { Terminator } from '../../../../drivers/barcode-scanner/serial-scanner/codec.ts';
import { SerialScannerDriver } from '../../../../drivers/barcode-scanner/serial-scanner/driver.ts';
import { type ProfileId, serialScannerOptions } from '../../../../drivers/barcode-scanner/serial-scanner/options.ts';
import { SerialScannerSimulator } from '../../../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { scanFor } from '../visit.ts';

const kinds: readonly (readonly [
  name: string,
  profile: ProfileId,
  terminator: Terminator,
  configured: ProfileId | 'auto',
])[] = [
  ['a scanner that only sends', 'generic', 'line', 'generic'],
  ['a scanner that only sends, without line ends', 'generic', 'gap', 'generic'],
  ['a Newland scanner', 'newland', 'line', 'newland'],
  ['a Newland scanner, without line ends', 'newland', 'gap', 'newland'],
  ['a Honeywell scanner', 'honeywell', 'crlf', 'honeywell'],
  ['a Honeywell scanner, without line ends', 'honeywell', 'gap', 'honeywell'],
  ['an OEM engine', 'oem-engine', 'line', 'oem-engine'],
  ['a scanner that is found by asking', 'honeywell', 'line', 'auto'],
];

for (const [name, profile, terminator, configured] of kinds) {
  driverConformance(name, () => {
    const scanner = new SerialScannerSimulator(profile);
    scanner.terminator = terminator;
    scanner.lay('https://example.gov.cn/v?id=1');
    const line = new SimulatedLine(scanner);
    const driver = new SerialScannerDriver(line, serialScannerOptions.parse({ profile: configured, terminator }));
    return {
      driver,
      line,
      command: (signal) => scanFor(9_000, driver, signal),
      onlineWithinMs: 3_000,
      ...(profile === 'generic' && { noticedWithinMs: 'never' }),
      silentWithinMs: 10_000,
      // Without a line end and without an answer between them, two codes in one piece cannot be told apart by anybody.
      ...((profile !== 'generic' || terminator !== 'gap') && {
        nextMedium: () => {
          const text = 'https://example.gov.cn/v?id=2';
          scanner.lay(text);
          return { text, bytes: Uint8Array.from(Buffer.from(text)) };
        },
      }),
    };
  });
}
