import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sourceFiles } from '../scripts/check-layers.ts';

/** What main/README.md, "One of each", says there is one of. */
const house = sourceFiles(fileURLToPath(new URL('..', import.meta.url))).filter(({ path }) =>
  /^(main|drivers|printers|models)\//.test(path),
);
const filesWith = (pattern: RegExp): string[] =>
  house
    .filter(({ text }) => pattern.test(text))
    .map(({ path }) => path)
    .sort();

const readme = readFileSync('main/README.md', 'utf8');

test('every error of ours has a word, and its row in the catalogue says whose it is and who catches it', () => {
  const classes = house.flatMap(({ path, text }) =>
    [...text.matchAll(/class (\w+)(?:<[^>{]*>)? extends (\w*Error)\b/g)].map(([, name = '', base = '']) => ({
      name,
      base,
      folder: dirname(path),
    })),
  );
  expect(classes.filter(({ base }) => base === 'Error').map(({ name }) => name)).toEqual(['CodedError']);
  const ours = classes.filter(({ name }) => name !== 'CodedError').map(({ name, folder }) => `${name} ${folder}`);
  const rows = [...readme.matchAll(/^\| `(\w+)` \| `([a-z/]+)` \| .+ \| .+ \|$/gm)];
  expect(rows.map(([, name, folder]) => `${name} ${folder}`).sort()).toEqual(ours.sort());
});

test('what time it is, is asked of the one clock, or of this machine where the README says why', () => {
  expect(filesWith(/new Date\(\)|\bDate\.now\b/)).toEqual([
    'drivers/core/timing.ts', // this machine's
    'main/devices/self-test.ts', // what a test slip shows
    'main/drafts/draft-courier.ts', // where nobody hands a clock in, as here and in the four below
    'main/drafts/draft-desk.ts',
    'main/outbox/outbox.ts',
    'main/storage/open.ts',
    'main/storage/recovery.ts',
    'main/storage/upkeep.ts',
    'main/sync/clock.ts', // the one
    'main/sync/retry-after.ts', // an answer that brings no instant of its own
    'printers/ipp/driver.ts', // measured against the spool's
  ]);
});

test('ids are made by one function, and so is the name by which a printer knows a job', () => {
  expect(filesWith(/\bcrypto\.(randomUUID|getRandomValues)/)).toEqual([]);
  expect(filesWith(/`job-\$\{/)).toEqual(['main/storage/spool.ts']);
});

test('programs and children are started where the README says', () => {
  expect(filesWith(/from 'node:child_process'/)).toEqual([
    'drivers/transport/pcsc.ts',
    'drivers/transport/program.ts',
    'main/processes/supervised-process.ts',
    'main/shell/core-runner.ts',
    'main/storage/key-sealer.ts',
  ]);
});

test('Node’s HTTP is not imported, which would load its WebSocket client too', () => {
  expect(filesWith(/^(?!import type).*\b(from|import\()\s*'(node:)?http'/m)).toEqual([
    'drivers/document-scanner/escl/simulator-server.ts',
    'printers/ipp/simulator-server.ts',
  ]);
});

test('nothing is said beside the log, but for kioskctl’s answers and lines to and of a shell', () => {
  const speaking = filesWith(/\bconsole\.|process\.std(out|err)\b/).filter((path) => !path.startsWith('main/cli/'));
  expect(speaking).toEqual([
    'main/core-process.ts',
    'main/log/log-file.ts',
    'main/log/log.ts',
    'main/shell/electron/main.ts',
  ]);
});

const TOP = ['drivers', 'main', 'models', 'printers', 'renderer', 'scripts', 'tests'];
const LONG = 400;

test('a file that is long is said to be so, with the reason, in the README nearest to it', () => {
  const written = TOP.flatMap((top) =>
    readdirSync(top, { recursive: true, withFileTypes: true })
      .filter(
        (entry) =>
          entry.isFile() && /\.(ts|tsx|css|json|html)$/.test(entry.name) && !/\bweights$/.test(entry.parentPath),
      )
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const long = written.filter((path) => readFileSync(path, 'utf8').split('\n').length - 1 > LONG);
  expect(long.length).toBeGreaterThan(0);
  expect(long.filter((path) => !isSaidToBeLong(path))).toEqual([]);
});

/** In the paragraph that speaks of 400 lines. */
function isSaidToBeLong(path: string): boolean {
  let folder = dirname(path);
  while (!existsSync(join(folder, 'README.md'))) folder = dirname(folder);
  const paragraphs = readFileSync(join(folder, 'README.md'), 'utf8').split(/\n(?=\n|- )/);
  return paragraphs.some((paragraph) => /[Oo]ver 400 lines/.test(paragraph) && paragraph.includes(basename(path)));
}

test('every package that we stand on has a line that says what for, and none has one that is not there', () => {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  const packages = { ...dependencies, ...optionalDependencies, ...peerDependencies, ...devDependencies };
  const [, table = ''] = readFileSync('README.md', 'utf8').split('\n## What it stands on\n');
  const rows = table.slice(0, table.indexOf('\n## ')).match(/^\| `.+$/gm) ?? [];
  const named = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const expected = Object.keys(packages).filter((name) => !name.startsWith('@types/'));
  expect(named.sort()).toEqual([...expected, '@types/*'].sort());
});
