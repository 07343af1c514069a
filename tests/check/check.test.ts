import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type Check, passAll } from '../../scripts/check/main.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let script: string;
beforeEach(() => {
  script = join(temporaryFolder(), 'check.cjs');
  writeFileSync(
    script,
    `const [, , word, how] = process.argv;
     console.log(word + ' one'); console.error(word + ' two');
     if (how === 'killed') process.kill(process.pid, 'SIGKILL');
     process.exitCode = Number(how ?? 0);`,
  );
});

async function saidOf(...all: string[][]): Promise<{ passed: boolean; said: string[] }> {
  const said: string[] = [];
  const passed = await passAll(
    all.map((words): Check => [script, ...words]),
    (words) => said.push(words),
  );
  return { passed, said };
}

test('all are passed where each is, and what each says stands together', async () => {
  const { passed, said } = await saidOf(['types'], ['lint']);
  expect(passed).toBe(true);
  expect(said.sort()).toEqual(['lint one\nlint two\n', 'types one\ntypes two\n']);
});

test.each(['1', '2', 'killed'])('one that ends with %s keeps all from being passed, and is named', async (how) => {
  const { passed, said } = await saidOf(['types'], ['lint', how]);
  expect(passed).toBe(false);
  expect(said).toContain(`Not passed: lint ${how}\n`);
});
