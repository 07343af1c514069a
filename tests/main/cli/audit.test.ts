import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kioskctlHere } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test.each([
  ['no export', 'kept', 'does not begin as an exported record does'],
  ['an endless line', 'x'.repeat(1 << 20), 'does not begin as an exported record does'],
  ['a file that is missing', undefined, 'ENOENT'],
])('%s is told in one sentence with exit code 2, without a terminal at hand', async (_, text, sentence) => {
  const file = join(temporaryFolder(), 'audit.jsonl');
  if (text !== undefined) writeFileSync(file, text);
  const { exitCode, stdout, stderr } = await kioskctlHere(['audit', 'verify', file]);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('what is sealed is not shown without the running terminal, which has the key', async () => {
  const asked = ['audit', 'open', '1', '--terminal', join(temporaryFolder(), 'terminal.json'), '--json'];
  const { exitCode, stdout } = await kioskctlHere(asked);
  expect([exitCode, JSON.parse(stdout).error.code]).toEqual([2, 'no-terminal']);
});

test('a folder is no export', async () => {
  expect((await kioskctlHere(['audit', 'verify', temporaryFolder()])).stderr).toContain('is not a file');
});
