import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../main/cli/kioskctl.ts', import.meta.url));

function kioskctl(...parameters: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...parameters], (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test('help is no failure', async () => {
  const { exitCode, stdout } = await kioskctl('--help');
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('id-card')]);
});

test('with --json a mistake at the keyboard is one JSON object on standard output', async () => {
  const { exitCode, stdout } = await kioskctl('polish-screen', '--json');
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message: expect.stringContaining('polish-screen') } });
});

test('without --json it is a sentence on standard error, and nothing on standard output', async () => {
  const { exitCode, stdout, stderr } = await kioskctl('polish-screen');
  expect([exitCode, stdout, stderr]).toEqual([2, '', expect.stringContaining('polish-screen')]);
});
