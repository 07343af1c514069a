import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { readCommandLine } from '../command-line.ts';
import { percent, type Score, scoreFiles, survivors, total } from './report.ts';
import { longWork, readTarget, type Scope, scopes } from './scopes.ts';

const GOAL = 80;
const REPORTS = '.data/mutation';
const USAGE = `npm run mutate -- SCOPE [--go-on]

Breaks the code of a scope in one place at a time, runs the tests that reach the place, and counts the mutants that no test
notices. Ends with 1 where less than ${GOAL} % are noticed. The survivors go to ${REPORTS}/SCOPE.txt, every trial to SCOPE.journal.

--go-on  takes up a run that was stopped, where code and tests are still the same

SCOPE: ${scopes.map(({ name }) => name).join(', ')}, or a file of one, as main/outbox/outbox.ts`;

const { values, positionals } = readCommandLine(USAGE, {
  allowPositionals: true,
  options: { help: { type: 'boolean', default: false }, 'go-on': { type: 'boolean', default: false } },
});
const [word = ''] = positionals;
const scope = readTarget(word);
if (values.help) console.log(USAGE);
else if (!scope || positionals.length > 1) refuse(`There is no scope "${positionals.join(' ')}".`);
else await mutate();

function refuse(reason: string): void {
  console.error(`${reason}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function mutate(): Promise<void> {
  console.log(
    `Left out, as each works for seconds and would for every mutant: tests named … ${longWork.join(' …, … ')} …`,
  );
  await mkdir(REPORTS, { recursive: true });
  const report = `${REPORTS}/${word.replaceAll('/', '-')}`;
  const journal = resolve(`${report}.journal`);
  process.env['MUTATE_JOURNAL'] = journal;
  const tried = `of\t\t${await fingerprintOf(scope!)}\n`;
  if (!values['go-on']) await writeFile(journal, tried);
  else if (!(await readFile(journal, 'utf8').catch(() => '')).startsWith(tried)) {
    return refuse(`There is no run of "${word}" to go on with, or its code or tests have changed since.`);
  }
  process.env['MUTATE_TESTS'] = JSON.stringify(scope!.tests);
  const outcomes = await new Stryker({
    mutate: [...scope!.code],
    testRunner: 'trials',
    plugins: ['@stryker-mutator/vitest-runner', resolve('scripts/mutate/stryker-plugin.ts')],
    vitest: { configFile: 'scripts/mutate/vitest.config.ts', pool: 'forks' },
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    concurrency: 1,
    disableBail: true,
    dryRunTimeoutMinutes: 30,
    // All are tried while the first is asked for.
    timeoutMS: 24 * 3_600_000,
    // Stryker rewrites the paths of a tsconfig.json through TypeScript's old programming interface; ours needs no rewriting.
    tsconfigFile: 'none.json',
    tempDirName: '.data/mutation/sandbox',
    ignorePatterns: ['.data', '.demo', 'dist'],
    reporters: ['progress-append-only'],
  }).runMutationTest();
  const told = outcomes.map((outcome) => ({ ...outcome, fileName: relative('.', outcome.fileName) }));

  const files = scoreFiles(told);
  for (const score of files) console.log(`${tell(score)}  ${score.file}`);
  await writeFile(`${report}.txt`, survivors(told).join('\n').concat('\n'));
  const all = total(files);
  console.log(`${tell(all)}  ${word} (goal ${GOAL} %); survivors in ${report}.txt`);
  if (percent(all) < GOAL) process.exitCode = 1;
}

/** Mutants are numbered in the order of the code. */
async function fingerprintOf({ code, tests }: Scope): Promise<string> {
  const hash = createHash('sha256');
  for (const file of globSync([...code, ...tests]).sort()) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}

function tell(score: Score): string {
  const { killed, timedOut, survived } = score;
  const share = percent(score).toFixed(1).padStart(6);
  return `${share} %  ${killed} of ${killed + survived} noticed, ${timedOut} of them by a test that did not end`;
}
