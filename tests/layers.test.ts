import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { brokenRules, importsOf, packageHomes, ruleOf, rules, sourceFiles } from '../scripts/check-layers.ts';

const files = sourceFiles(fileURLToPath(new URL('..', import.meta.url)));
const planted = (path: string, text: string): string[] => brokenRules([{ path, text }]);

test('no import in this repository breaks the rules of its layers', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(brokenRules(files)).toEqual([]);
});

test.each([
  ['the page reaches into the core', 'renderer/api/x.ts', "import { Session } from '../../main/session/session.ts';"],
  ['the page uses Node', 'renderer/api/x.ts', "import { readFile } from 'node:fs/promises';"],
  ['a driver knows the core', 'drivers/camera/x/driver.ts', "import type { Log } from '../../../main/log/log.ts';"],
  ['a driver borrows from another model', 'drivers/camera/x/driver.ts', "import { a } from '../y/codec.ts';"],
  ['a driver opens its own port', 'drivers/camera/x/driver.ts', "import { serial } from '../../transport/serial.ts';"],
  [
    'a driver in service uses a simulator',
    'drivers/camera/x/driver.ts',
    "import { FarEnd } from '../../simulation/far-end.ts';",
  ],
  ['the bottom of the graph looks up', 'drivers/core/x.ts', "export * from '../catalog.ts';"],
  ['contracts do I/O', 'main/contracts/x.ts', "import { readFileSync } from 'node:fs';"],
  ['contracts reach into the core', 'main/contracts/x.ts', "import type { Store } from '../storage/open.ts';"],
  [
    'the core loads a driver',
    'main/session/x.ts',
    "const { SamvDriver } = await import('../../drivers/id-card-reader/samv/driver.ts');",
  ],
  ['the core reads a catalog', 'main/devices/x.ts', "export { driverModels } from '../../drivers/catalog.ts';"],
  [
    'a folder of the core uses a composition root',
    'main/session/x.ts',
    "import { startTerminal } from '../compose.ts';",
  ],
  ['a composition root uses a shell', 'main/compose.ts', "import { CoreRunner } from './shell/core-runner.ts';"],
  ['a composition root uses the page', 'main/core-process.ts', "import '../renderer/main.tsx';"],
  ['the product uses its scripts', 'main/cli/x.ts', "const name = await import('../../scripts/prepare/weights.ts');"],
  ['scripts use tests', 'scripts/demo/x.ts', "import { httpFarEnd } from '../../tests/support/http-far-end.ts';"],
  ['the shell reaches past the core', 'main/shell/x.ts', "import { DeviceError } from '../../drivers/core/index.ts';"],
  ['a printer knows the core', 'printers/escpos/x.ts', "type Log = import('../../main/log/log.ts').Log;"],
  ['electron outside its folder', 'main/shell/core-runner.ts', "import { app } from 'electron';"],
  ['a native module in the core', 'main/session/x.ts', "import sharp from 'sharp';"],
  [
    'serialport beside the transport',
    'drivers/id-card-reader/samv/driver.ts',
    "import type { SerialPort } from 'serialport';",
  ],
  ['onnxruntime beside the runtime', 'models/face/engine.ts', "const ort = require('onnxruntime-node');"],
  ['libvips beside the seal', 'printers/pdf/paint.ts', "const { default: sharp } = await import('sharp');"],
  ['pdfkit in another printer', 'printers/ipp/x.ts', "import PDFDocument from 'pdfkit';"],
  ['a subpath of a package', 'main/devices/x.ts', "import { IPCMessageReader } from 'vscode-jsonrpc/node';"],
  ['a name put together at run time', 'main/session/x.ts', "const part = await import('./' + name);"],
  ['a file that no rule knows', 'lib/x.ts', 'export const a = 1;'],
])('%s: that is caught', (_, path, text) => {
  expect(planted(path, text)).not.toEqual([]);
});

test.each([
  [
    'a driver and its class',
    'drivers/camera/x/driver.ts',
    "import { Camera } from '../contract.ts'; import { sleep } from '../../core/index.ts'; import { a } from './codec.ts';",
  ],
  [
    'a simulator and its line',
    'drivers/camera/x/simulator.ts',
    "import type { FarEnd } from '../../simulation/far-end.ts';",
  ],
  [
    'the contracts and the languages of a document',
    'main/contracts/x.ts',
    "import { language } from '../../printers/document/document.ts';",
  ],
  [
    'a composition root and a catalog',
    'main/device-process.ts',
    "import { driverModels } from '../drivers/catalog.ts';",
  ],
  ['the picture of a seal and libvips', 'printers/pdf/seal-picture.ts', "await import('sharp');"],
  ['scripts and whatever they stand in for', 'scripts/platform/x.ts', "import { fastify } from 'fastify';"],
])('%s: that is allowed', (_, path, text) => {
  expect(planted(path, text)).toEqual([]);
});

test('folders of main/ that import each other in a circle are told once', () => {
  const circle = [
    { path: 'main/session/a.ts', text: "import type { B } from '../outbox/b.ts';" },
    { path: 'main/outbox/b.ts', text: "export type { C } from '../sync/c.ts';" },
    { path: 'main/sync/c.ts', text: "import '../session/a.ts';" },
  ];
  expect(brokenRules(circle)).toEqual(['main/ has a circle of folders: outbox → sync → session → outbox']);
});

test('every form of import is seen, and what only looks like one is not', () => {
  const text = `
    import a, { type B } from './static.ts';
    import type { C } from './type.ts';
    import './effect.ts';
    export { d } from './export-from.ts';
    export * as e from './export-all.ts';
    import f = require('./import-equals.ts');
    const g = async () => [await import('./dynamic.ts'), await import(\`./template.ts\`), require('./require.ts')];
    type H = import('./type-import.ts').H;
    export const local = 1;
    // import x from './comment.ts';
    const text = "import x from './string.ts'";
    const pattern = /import '\\.\\/regex.ts'/;
  `;
  const seen = importsOf({ path: 'x.ts', text }).toSorted();
  const names = 'static type effect export-from export-all import-equals dynamic template require type-import';
  expect(seen).toEqual(
    names
      .split(' ')
      .map((name) => `./${name}.ts`)
      .sort(),
  );
  expect(
    importsOf({ path: 'x.tsx', text: "import y from './y.tsx'; export const z = <p>import './p.ts'</p>;" }),
  ).toEqual(['./y.tsx']);
});

test('every rule is the rule of a file that is there, and every package with a home is used', () => {
  const inUse = new Set(files.map(({ path }) => ruleOf(path)));
  expect(rules.filter((rule) => !inUse.has(rule))).toEqual([]);
  const used = files.flatMap(importsOf);
  const isUsed = (name: string): boolean => used.some((target) => target === name || target.startsWith(`${name}/`));
  expect(Object.keys(packageHomes).filter((name) => !isUsed(name))).toEqual([]);
});
