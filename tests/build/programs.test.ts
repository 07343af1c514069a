import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { buildPrograms, type Release } from '../../scripts/build/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const sources = {
  'package.json': '{ "type": "module" }',
  'main/parent.ts': `
    import { fork } from 'node:child_process';
    import { Worker } from 'node:worker_threads';
    import { sayAs } from '../drivers/words.ts';
    sayAs('parent');
    fork(new URL('../drivers/child.ts', import.meta.url)).once('exit', () => {
      new Worker(new URL('../drivers/thread.ts', import.meta.url));
    });`,
  'drivers/child.ts': `
    import { sayAs } from './words.ts';
    sayAs('child' satisfies string);`,
  'drivers/thread.ts': `
    import { sayAs } from './words.ts';
    sayAs('thread');`,
  'drivers/words.ts': `
    import { readFileSync } from 'node:fs';
    const words = new URL('words/', import.meta.url);
    export function sayAs(name: string): void {
      console.log(name, readFileSync(new URL('hello.txt', words), 'utf8'));
    }`,
  'drivers/words/hello.txt': 'hello',
};
const programs = { parent: 'main/parent.ts', child: 'drivers/child.ts', thread: 'drivers/thread.ts' };

/** A release of three programs, with `changed` in the place of some of its sources. */
function releaseOf(changed: Readonly<Record<string, string>> = {}): Release {
  const root = join(temporaryFolder(), 'release');
  for (const [path, text] of Object.entries({ ...sources, ...changed })) write({ root }, path, text);
  return { root, programs };
}

function write({ root }: Pick<Release, 'root'>, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const builtOf = ({ root }: Release): string[] => readdirSync(join(root, 'dist'));

/** Whether something was built when the programs of this release were asked for. */
async function builds(release: Release): Promise<boolean> {
  const said: string[] = [];
  await buildPrograms((line) => said.push(line), release);
  return said.length > 0;
}

test('a program starts the others as they are built, and finds what lies beside its source, also in a release that was moved', async () => {
  const release = releaseOf();
  const built = await buildPrograms(undefined, release);
  const moved = join(temporaryFolder(), 'moved');
  renameSync(release.root, moved);
  for (const source of [...Object.values(programs), 'drivers/words.ts']) write({ root: moved }, source, 'no program');
  const { stdout } = await run(process.execPath, [join(moved, 'dist', basename(built), 'parent.js')]);
  expect(stdout).toBe('parent hello\nchild hello\nthread hello\n');
});

test('programs are built once, and again when a source of theirs is another; who runs those of before goes on', async () => {
  const release = releaseOf();
  const before = await buildPrograms(undefined, release);
  expect(await builds(release)).toBe(false);
  write(release, 'drivers/words.ts', "export const sayAs = (name: string): void => console.log('changed', name);");
  expect([await builds(release), await builds(release)]).toEqual([true, false]);
  const after = await buildPrograms(undefined, release);
  const says = async (folder: string): Promise<string> =>
    (await run(process.execPath, [join(folder, 'child.js')])).stdout;
  expect([await says(before), await says(after)]).toEqual(['child hello\n', 'changed child\n']);
});

test('programs that two ask for at once are whole, and leave the process that built them as it was', async () => {
  const release = releaseOf();
  const { env } = process;
  const before = { ...env };
  const [one, other] = await Promise.all([0, 1].map(() => buildPrograms(undefined, release)));
  expect([env, other]).toEqual([before, one]);
  expect(builtOf(release)).toEqual([basename(one!)]);
});

test('two processes that ask at once get the same, and nothing is left of the slower one', async () => {
  const release = releaseOf();
  const script = join(release.root, 'asks.ts');
  const module = join(import.meta.dirname, '../../scripts/build/programs.ts');
  const ask = `import { buildPrograms } from '${pathToFileURL(module)}';
    console.log(await buildPrograms(undefined, ${JSON.stringify(release)}));`;
  writeFileSync(script, ask);
  const said = await Promise.all([0, 1].map(() => run(process.execPath, [script])));
  const [one, other] = said.map(({ stdout }) => stdout.trim());
  expect([other, builtOf(release)]).toEqual([one, [basename(one!)]]);
});

test('what was built a week ago, or begun and never ended, goes with the next build', async () => {
  const release = releaseOf();
  const left = [await buildPrograms(undefined, release), join(release.root, 'dist', 'programs-0123-ended-early')];
  mkdirSync(left[1]!);
  const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
  for (const folder of left) utimesSync(folder, longAgo, longAgo);
  write(release, 'drivers/words.ts', 'export const sayAs = (): void => undefined;');
  expect(builtOf(release)).toHaveLength(2);
  expect(await builds(release)).toBe(true);
  expect(builtOf(release)).toHaveLength(1);
});

test.each([
  ['a source that cannot be read', { 'drivers/words.ts': 'export function sayAs( {' }, /words\.ts/],
  ['an import of what is not there', { 'drivers/child.ts': "import './gone.ts';" }, /gone\.ts/],
  [
    'a start of what is not built',
    { 'main/parent.ts': "console.log(new URL('./other.ts', import.meta.url));" },
    /main\/parent\.ts starts \.\/other\.ts, which is not one of the programs/,
  ],
  [
    'a place that is asked for',
    { 'drivers/child.ts': 'console.log(import.meta.dirname);' },
    /child\.ts asks for its place/,
  ],
  [
    'a package with files of its own',
    {
      'drivers/child.ts': "import 'with-a-font';",
      'node_modules/with-a-font/package.json': '{ "type": "module", "exports": "./index.js" }',
      'node_modules/with-a-font/index.js': 'console.log(import.meta.url);',
    },
    /with-a-font\/index\.js reads files beside itself/,
  ],
])('%s is told where programs are asked for, and those of before are not handed out', async (_what, changed, why) => {
  const release = releaseOf();
  const before = await buildPrograms(undefined, release);
  for (const [path, text] of Object.entries(changed)) write(release, path, text);
  await expect(buildPrograms(undefined, release)).rejects.toThrow(why);
  expect(builtOf(release)).toEqual([basename(before)]);
});

test('a trace names functions, and with source maps the file and the line that were written', async () => {
  const thrower =
    '\nexport const sayAs = (name: string): void => speak(name);\nfunction speak(name: string): never {\n';
  const release = releaseOf({ 'drivers/words.ts': `${thrower}  throw new Error(name);\n}` });
  const folder = await buildPrograms(undefined, release);
  const traceOf = async (...options: string[]): Promise<string> =>
    await run(process.execPath, [...options, join(folder, 'child.js')]).catch(({ stderr }) => stderr);
  expect(await traceOf()).toMatch(/Error: child\n +at speak \(.*\.js:/);
  expect(await traceOf('--enable-source-maps')).toMatch(/at speak \(.*drivers\/words\.ts:4:/);
});

/** What a core says first: it finds its release by its own script's place. */
async function firstWordOf(script: string): Promise<unknown> {
  const dataDir = temporaryFolder();
  const configuration = {
    terminal: {
      ...{ id: 't-1', code: 'LS03', helpNumber: '12345', timeZone: 'Asia/Shanghai' },
      ...{ place: { 'zh-CN': '大厅', en: 'Hall' }, machine: { 'zh-CN': '1 号机', en: 'Terminal 1' } },
      progressUrl: 'https://zwfw.example/p/',
    },
    ...{ dataDir, platform: { baseUrl: 'http://127.0.0.1:9', token: 'none' }, devices: [] },
  };
  writeFileSync(join(dataDir, 'terminal.json'), JSON.stringify(configuration));
  const core = spawn(process.execPath, [script, join(dataDir, 'terminal.json')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void core.kill('SIGKILL'));
  core.stdin.write(`${JSON.stringify({ type: 'start', pageKey: Buffer.alloc(32).toString('base64'), port: 0 })}\n`);
  const [line] = await once(createInterface({ input: core.stdout }), 'line');
  core.stdin.end();
  await once(core, 'exit');
  return JSON.parse(line).type;
}

test('a core runs from its sources', async () => {
  expect(await firstWordOf(join(import.meta.dirname, '../../main/core-process.ts'))).toBe('listening');
});

test('a core that was built runs in a release that was moved', async () => {
  const root = temporaryFolder();
  const ours = join(import.meta.dirname, '../..');
  cpSync(await buildPrograms(), join(root, 'dist', 'programs-moved'), { recursive: true });
  cpSync(join(ours, 'package.json'), join(root, 'package.json'));
  for (const name of ['main', 'printers', 'models', 'node_modules']) symlinkSync(join(ours, name), join(root, name));
  expect(await firstWordOf(join(root, 'dist', 'programs-moved', 'core-process.js'))).toBe('listening');
});
