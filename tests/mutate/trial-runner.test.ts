import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { createVitest } from 'vitest/node';
import { runOnce } from '../../scripts/mutate/run-once.ts';
import { readEntries } from '../../scripts/mutate/trials.ts';
import { atTestEnd } from '../support/test-end.ts';

/** As with clocks: what is put back behind a test must have been replaced before it. */
const source = `
  import { afterEach, beforeEach, expect, test } from 'vitest';
  let replaced = false;
  beforeEach(() => { replaced = true; });
  afterEach(() => {
    if (!replaced) throw new Error('nothing to put back');
    replaced = false;
  });
  test('one', () => { expect(globalThis.__stryker__.activeMutant).not.toBe('2'); });
  test('other', () => undefined);
`;

test('a test whose trials have been made spoils no process, though what ends it fails where nothing was begun', async () => {
  mkdirSync('.data', { recursive: true });
  const root = mkdtempSync(resolve('.data', 'trial-runner-')); // from where `vitest` is found
  atTestEnd(() => rmSync(root, { recursive: true, force: true }));
  const file = join(root, 'some.test.ts');
  writeFileSync(file, source);
  const vitest = await createVitest('test', {
    ...{ root, config: false, watch: false, reporters: [{}], include: ['*.test.ts'] },
    ...{ runner: resolve('scripts/mutate/trial-runner.ts'), pool: 'forks', maxWorkers: 1 },
  });
  atTestEnd(() => vitest.close());
  const trials = ['1', '2', '3'].map((mutant) => ({ mutant, hitLimit: 100 }));
  const name = (test: string): string => `${relative(process.cwd(), file)}#${test}`;
  const journal = await runOnce(vitest, file, { [name('one')]: trials, [name('other')]: trials }, String);
  const outcomes = readEntries(journal).filter(({ mark }) => mark !== 'begins');
  expect(outcomes.map(({ mark, mutant, test }) => [mark, mutant, test])).toEqual([
    ['survived', '1', name('one')],
    ['killed', '2', name('one')],
    ['survived', '3', name('one')],
    ['survived', '1', name('other')],
    ['survived', '3', name('other')],
  ]);
});
