import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { toShellLine } from '../../main/contracts/shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = fileURLToPath(new URL('../../main/core-process.ts', import.meta.url));
const start = `${JSON.stringify({ type: 'start', pageKey: Buffer.alloc(32).toString('base64'), port: 0 })}\n`;

/** What a core answers to these lines of its shell, and how it ends. */
async function core(lines: string, configuration?: string) {
  const path = join(temporaryFolder(), 'terminal.json');
  if (configuration !== undefined) writeFileSync(path, configuration);
  const child = spawn(process.execPath, [script, path], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.end(lines);
  const [exitCode] = await once(child, 'exit');
  const [stdout, stderr] = await said;
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => toShellLine.parse(JSON.parse(line)));
  return { exitCode, answers, stderr };
}

test('a configuration that is no good is told to the shell, and the core ends', async () => {
  expect(await core(start, '{"terminal":{}}')).toMatchObject({
    exitCode: 1,
    answers: [{ type: 'failed', code: 'bad-configuration', message: expect.stringContaining('terminal.id') }],
    stderr: '',
  });
});

test('a configuration that is missing is told to the shell', async () => {
  expect((await core(start)).answers).toMatchObject([{ type: 'failed', message: expect.stringContaining('ENOENT') }]);
});

test.each([
  ['no JSON', 'start\n'],
  ['another word', '{"type":"begin"}\n'],
  ['a key that is no base64', '{"type":"start","pageKey":"***","port":0}\n'],
])('a line that is %s ends the core with a word to its shell, not with a stack', async (_, line) => {
  const { exitCode, answers, stderr } = await core(line);
  expect([exitCode, answers.length, answers[0]?.type, stderr]).toEqual([1, 1, 'failed', '']);
});

test('a shell that goes away before it said anything is followed', async () => {
  expect(await core('')).toEqual({ exitCode: 0, answers: [], stderr: '' });
});

test('asking for an address before the start is not answered', async () => {
  expect(await core('{"type":"address"}\n')).toEqual({ exitCode: 0, answers: [], stderr: '' });
});
