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

interface TestFile {
  readonly path: readonly string[];
  readonly text: string;
}

function testFiles(pattern: string): TestFile[] {
  return globSync(pattern, { cwd: tests }).map((path) => ({
    path: path.split(sep),
    text: readFileSync(`${tests}${path}`, 'utf8'),
  }));
}

/** In the model's folder, or named after it. */
function isOf(id: string, { path }: TestFile): boolean {
  return path.includes(id) || path.at(-1)!.startsWith(`${id}-`);
}

const suites = testFiles('**/*conformance.test.ts').filter(({ text }) => text.includes('driverConformance('));
const decoders = testFiles('{drivers,printers}/**/*.test.ts').filter(({ text }) => /DecoderConformance\(/.test(text));

const all = [...driverModels, ...printerModels].flatMap(({ id, transports }) =>
  transports.map((transport) => ({ id, transport })),
);

test.each(all)('$id is held to the conformance suite over $transport', ({ id, transport }) => {
  const own = suites.filter((file) => isOf(id, file));
  const wanted = `a conformance.test.ts of ${id} with driverConformance( and ${seams[transport].source}`;
  expect(
    own.filter(({ text }) => seams[transport].test(text)).map(({ path }) => path.join('/')),
    wanted,
  ).not.toEqual([]);
});

test.each([...driverModels, ...printerModels])('what $id takes apart is held to the suite of decoders', ({ id }) => {
  expect(decoders.filter((file) => isOf(id, file)).map(({ path }) => path.join('/'))).not.toEqual([]);
});

test.each(printerModels.map(({ id }) => id))('%s is held to the printers’ conformance suite', (id) => {
  const own = suites.filter(
    ({ path, text }) => path.at(-1)?.startsWith(`${id}-`) && text.includes('printerConformance('),
  );
  expect(own.map(({ path }) => path.join('/'))).not.toEqual([]);
});
