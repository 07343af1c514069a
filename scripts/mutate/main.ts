import { mkdir, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { readCommandLine } from '../command-line.ts';
import { percent, scoreFiles, survivors } from './report.ts';
import { readTarget, scopes } from './scopes.ts';

const GOAL = 80;
const REPORTS = '.data/mutation';
const USAGE = `npm run mutate -- SCOPE [--workers N]

Breaks the code of a scope in one place at a time, runs the tests that reach the place, and counts the mutants that no test
notices. Ends with 1 where less than ${GOAL} % are noticed. The survivors go to ${REPORTS}/SCOPE.txt.

SCOPE: ${scopes.map(({ name }) => name).join(', ')}, or a file of one, as main/outbox/outbox.ts
--workers N   how many mutants are tried at once, 1 to 16 (2)`;

const { values, positionals } = readCommandLine(USAGE, {
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' }, help: { type: 'boolean', default: false } },
});
const [word = ''] = positionals;
const scope = readTarget(word);
const workers = Number(values.workers);
if (values.help) console.log(USAGE);
else if (!scope || positionals.length > 1) refuse(`There is no scope "${positionals.join(' ')}".`);
else if (!Number.isInteger(workers) || workers < 1 || workers > 16) refuse('--workers wants a number from 1 to 16.');
else await mutate();

function refuse(reason: string): void {
  console.error(`${reason}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function mutate(): Promise<void> {
  process.env['MUTATE_TESTS'] = JSON.stringify(scope!.tests);
  const outcomes = await new Stryker({
    mutate: [...scope!.code],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'scripts/mutate/vitest.config.ts', pool: 'forks' },
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    concurrency: workers,
    dryRunTimeoutMinutes: 30,
    // Stryker rewrites the paths of a tsconfig.json through TypeScript's old programming interface; ours needs no rewriting.
    tsconfigFile: 'none.json',
    tempDirName: '.data/mutation/sandbox',
    ignorePatterns: ['.data', '.demo', 'dist'],
    reporters: ['progress-append-only'],
  }).runMutationTest();
  const told = outcomes.map((outcome) => ({ ...outcome, fileName: relative('.', outcome.fileName) }));

  const files = scoreFiles(told);
  for (const score of files) {
    const { file, killed, survived } = score;
    console.log(`${percent(score).toFixed(1).padStart(6)} %  ${killed} of ${killed + survived}  ${file}`);
  }
  const all = files.reduce(
    (sum, { killed, survived }) => ({ killed: sum.killed + killed, survived: sum.survived + survived }),
    {
      killed: 0,
      survived: 0,
    },
  );
  const report = `${REPORTS}/${word.replaceAll('/', '-')}.txt`;
  await mkdir(REPORTS, { recursive: true });
  await writeFile(report, survivors(told).join('\n').concat('\n'));
  console.log(
    `${word}: ${percent(all).toFixed(1)} % of ${all.killed + all.survived} mutants noticed (goal ${GOAL}); survivors in ${report}`,
  );
  if (percent(all) < GOAL) process.exitCode = 1;
}
