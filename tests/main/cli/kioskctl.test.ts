import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kioskctlHere } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const script = fileURLToPath(new URL('../../../main/cli/kioskctl.ts', import.meta.url));

function kioskctl(...parameters: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...parameters], { timeout: 60_000 }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test('help is no failure', async () => {
  const { exitCode, stdout } = await kioskctl('--help');
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('id-card')]);
});

test('with --json a mistake at the keyboard is one JSON object on standard output', async () => {
  const { exitCode, stdout } = await kioskctlHere(['polish-screen', '--json']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message: expect.stringContaining('polish-screen') } });
});

test('without --json it is a sentence on standard error, and nothing on standard output', async () => {
  const { exitCode, stdout, stderr } = await kioskctl('polish-screen');
  expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringContaining('polish-screen')]);
});

test.each([
  ['a command nearly right', ['fac', 'compare'], 'kioskctl: unknown command'],
  ['a file left out', ['id-card', 'decode'], 'kioskctl: missing required argument'],
  ['an unknown option', ['face', 'liveness', 'a', '--jso'], 'kioskctl: unknown option'],
])('%s is one line and exit code 2', async (_, parameters, beginning) => {
  const { exitCode, stdout, stderr } = await kioskctlHere(parameters);
  expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^[^\n\u{fffd}]+\n$/u)]);
  expect(stderr).toContain(beginning);
});

/** What a technician may name by mistake in place of a file. */
const mistakes: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ['a folder', (path) => mkdirSync(path)],
  ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path])],
  ['a file of 5 GB', (path) => [writeFileSync(path, ''), truncateSync(path, 5 * 1024 ** 3)]],
  ['a file that is not ours to read', (path) => [writeFileSync(path, ''), chmodSync(path, 0)]],
  ['nothing', () => undefined],
  ['a device without an end', () => undefined],
];

test.each(mistakes)('%s in place of a file is one line and exit code 2, in every command', async (what, make) => {
  const path = what === 'a device without an end' ? '/dev/zero' : join(temporaryFolder(), 'named');
  make(path);
  const commands = [
    ['id-card', 'decode', path],
    ['face', 'liveness', path],
    ['face', 'compare', path, path],
    ['receipt', 'render', path, '--out', `${path}.png`],
    ['licence', 'render', path, '--out', `${path}.pdf`],
  ];
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await kioskctlHere(command);
    expect([exitCode, stdout, stderr], command.join(' ')).toEqual([
      2,
      '',
      expect.stringMatching(/^kioskctl: [^\n]{5,300}\n$/),
    ]);
  }
});

test('a name that holds line ends and escape sequences neither breaks the line nor steers the terminal', async () => {
  const name = 'a\nb\u{1b}[2Jc\r';
  for (const command of [['face', 'liveness', name], ['id-card', 'decode', name], [name]]) {
    const { exitCode, stderr } = await kioskctlHere(command);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining('a\u{fffd}b\u{fffd}[2Jc')]);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
});

/** kioskctl with its standard output led to `stdout`; what it says and how it ends. */
async function ledTo(stdout: 'pipe' | number, ...parameters: string[]): Promise<[unknown, string]> {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', stdout, 'pipe'] });
  child.stdout?.destroy();
  const [said, [exitCode]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  return [exitCode, said];
}

test('output that nobody reads, or for which there is no room, is no stack trace', async () => {
  const full = 'kioskctl: the output cannot be written: ENOSPC\n';
  for (const command of [['--help'], ['id-card', 'decode', 'xyz', '--json']]) {
    expect(await ledTo('pipe', ...command)).toEqual([2, '']);
    expect(await ledTo(openSync('/dev/full', 'w'), ...command)).toEqual([2, full]);
  }
});
