import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner';
import { createVitest, type Vitest } from 'vitest/node';
import { runOnce } from './run-once.ts';
import { planTrials, readEntries, type Trial, TrialBook, type Trials } from './trials.ts';

type VitestPlugin = (typeof vitestPlugins)[number];
type Runner = ReturnType<VitestPlugin['factory']>;
type DryRunOptions = Parameters<Runner['dryRun']>[0];
type DryRunResult = Awaited<ReturnType<Runner['dryRun']>>;
type MutantOptions = Parameters<Runner['mutantRun']>[0];
type MutantResult = Awaited<ReturnType<Runner['mutantRun']>>;

/** As Stryker has it: a test of properties tries a failing case many times over. */
const HIT_LIMIT_FACTOR = 100;

/**
 * A test runner for Stryker that has tried all mutants when it is asked for the first: a test runs for one after the other in
 * one process, where Stryker's own starts a process for each, which takes as long as a hundred tests.
 */
class TrialsRunner {
  readonly #vitest: Runner;
  #trials: Trials[] = [];
  #book: Promise<TrialBook> | undefined;

  constructor(vitest: Runner) {
    this.#vitest = vitest;
  }

  capabilities(): ReturnType<Runner['capabilities']> {
    return this.#vitest.capabilities();
  }

  async init(): Promise<void> {
    await this.#vitest.init?.();
  }

  async dispose(): Promise<void> {
    await this.#vitest.dispose?.();
  }

  async dryRun(options: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#vitest.dryRun(options);
    if ('tests' in result) this.#trials = trialsOf(result);
    return result;
  }

  async mutantRun({ activeMutant: { id } }: MutantOptions): Promise<MutantResult> {
    this.#book ??= tryAll(this.#trials);
    const noticed = (await this.#book).noticed(id);
    if (!noticed) return { status: 'survived', nrOfTests: 1 } as MutantResult;
    if (noticed.mark === 'timed-out') return { status: 'timeout' } as MutantResult;
    return { status: 'killed', killedBy: [noticed.test], nrOfTests: 1, failureMessage: '' } as unknown as MutantResult;
  }
}

function trialsOf({ tests, mutantCoverage }: Extract<DryRunResult, { tests: unknown }>): Trials[] {
  return planTrials(
    tests.map(({ id, timeSpentMs }) => ({
      id,
      timeSpentMs,
      trials: trialsOfTest(mutantCoverage?.perTest?.[id] ?? {}),
    })),
  );
}

function trialsOfTest(hits: Readonly<Record<string, number>>): Trial[] {
  return Object.entries(hits).map(([mutant, count]) => ({ mutant, hitLimit: count * HIT_LIMIT_FACTOR }));
}

async function tryAll(passes: readonly Trials[]): Promise<TrialBook> {
  process.once('disconnect', () => process.exit(1)); // who asked was stopped, and would not hear the answer
  const book = new TrialBook();
  book.goOnFrom(readEntries(readFileSync(process.env['MUTATE_JOURNAL']!, 'utf8')));
  const vitest = await createVitest('test', {
    config: 'scripts/mutate/vitest.config.ts',
    runner: resolve('scripts/mutate/trial-runner.ts'),
    pool: 'forks',
    maxWorkers: 1,
    watch: false,
    reporters: [{}],
    onConsoleLog: () => false,
  });
  for (const trials of passes) {
    const files = new Set(Object.keys(trials).map((test) => test.slice(0, test.indexOf('#'))));
    for (const file of files) {
      const ofFile = Object.fromEntries(Object.entries(trials).filter(([test]) => test.startsWith(`${file}#`)));
      await tryFile(vitest, file, ofFile, book);
    }
  }
  await vitest.close();
  return book;
}

/** In as many processes as it takes: each ends with a mutant that leaves something behind. A test that fails by itself is let be. */
async function tryFile(vitest: Vitest, file: string, trials: Trials, book: TrialBook): Promise<void> {
  let left = book.left(trials);
  while (Object.keys(left).length > 0) {
    const journal = await runOnce(vitest, file, left, tell);
    appendFileSync(process.env['MUTATE_JOURNAL']!, journal);
    const entries = readEntries(journal);
    book.add(entries);
    const before = countOf(left);
    left = book.left(trials);
    if (countOf(left) < before) continue;
    const stuck = entries.at(-1)?.test ?? Object.keys(left)[0];
    appendFileSync(process.env['MUTATE_JOURNAL']!, `let-be\t\t${stuck}\n`);
    return await tryFile(
      vitest,
      file,
      Object.fromEntries(Object.entries(left).filter(([test]) => test !== stuck)),
      book,
    );
  }
}

/** Stryker keeps what its workers say to itself unless they crash, so it goes into the journal too. */
function tell(line: string): void {
  console.error(line);
  appendFileSync(process.env['MUTATE_JOURNAL']!, `failed\t\t${line}\n`);
}

function countOf(trials: Trials): number {
  return Object.values(trials).reduce((sum, all) => sum + all.length, 0);
}

const vitestPlugin = vitestPlugins[0]!;
const trialsRunner = (injector: NonNullable<Parameters<VitestPlugin['factory']>[0]>): Runner =>
  new TrialsRunner(vitestPlugin.factory(injector));

export const strykerPlugins = [
  { ...vitestPlugin, name: 'trials', factory: Object.assign(trialsRunner, { inject: ['$injector'] }) },
];
