import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { driverModels } from '../../drivers/catalog.ts';
import type { TransportKind } from '../../drivers/core/index.ts';
import { printerModels } from '../../printers/catalog.ts';

const tests = fileURLToPath(new URL('../', import.meta.url));

/** What stands for each transport where a model is held to the suite. Serial ports and sockets are one byte seam. */
const seams: Readonly<Record<TransportKind, RegExp>> = {
  serial: /new SimulatedLine\(/,
  tcp: /new SimulatedLine\(/,
  usb: /new SimulatedUsbBus\(/,
  hid: /new SimulatedHidBus\(/,
  http: /new (Escl|Exchange)Line\(/,
  pcsc: /new CardLine\(/,
  program: /new ProgramLine\(/,
};

const suites = globSync('**/*conformance.test.ts', { cwd: tests })
  .map((path) => ({ path: path.split(sep), text: readFileSync(`${tests}${path}`, 'utf8') }))
  .filter(({ text }) => text.includes('driverConformance('));

const all = [...driverModels, ...printerModels].flatMap(({ id, transports }) =>
  transports.map((transport) => ({ id, transport })),
);

test.each(all)('$id is held to the conformance suite over $transport', ({ id, transport }) => {
  const own = suites.filter(({ path }) => path.includes(id) || path.at(-1)?.startsWith(`${id}-`));
  expect(own.filter(({ text }) => seams[transport].test(text)).map(({ path }) => path.join('/'))).not.toEqual([]);
});

test.each(printerModels.map(({ id }) => id))('%s is held to the printers’ conformance suite', (id) => {
  const own = suites.filter(
    ({ path, text }) => path.at(-1)?.startsWith(`${id}-`) && text.includes('printerConformance('),
  );
  expect(own.map(({ path }) => path.join('/'))).not.toEqual([]);
});
