import { appendFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inject, type RunnerTestCase, TestRunner, type TestTryOptions } from 'vitest';
import { entryLine, type Mark, type Trial, type Trials } from './trials.ts';

declare module 'vitest' {
  interface ProvidedContext {
    trials: Trials;
    journal: string;
  }
}

/** What Stryker's instrumented code looks at. */
interface Switches {
  activeMutant?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
}

const global = globalThis as { __stryker__?: Switches };
global.__stryker__ ??= {};
const switches = global.__stryker__;

/** A test that uses up what it is given passes once, and fails when it is run again, whatever the code does. */
const LOOKS_FIRST = 2;

/**
 * Runs each test once for every mutant that it has to try, in one process. After each that was noticed, and at the beginning,
 * the test runs without one: where that fails, a mutant has left something behind and nothing more is believed of this process.
 */
export default class TrialRunner extends TestRunner {
  readonly #trials = inject('trials');
  readonly #journal = inject('journal');
  readonly #noticed = new Set<string>();
  #left: Trial[] = [];
  #trial: Trial | undefined;
  /** So many runs without a mutant come first. */
  #looks = 0;
  /** The test ran without a mutant just before, and passed. */
  #clean = false;
  #suspect: { readonly trial: Trial; readonly mark: Mark } | undefined;
  #spoilt = false;
  #timedOut = false;

  constructor(...options: ConstructorParameters<typeof TestRunner>) {
    super(...options);
    writeFileSync(`${this.#journal}.pid`, String(process.pid));
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test);
    this.#left = (this.#trials[nameOf(test)] ?? []).filter(({ mutant }) => !this.#noticed.has(mutant));
    this.#looks = LOOKS_FIRST;
    this.#suspect = undefined;
    if (this.#spoilt || this.#left.length === 0) test.mode = 'skip';
    else test.repeats = 2 * this.#left.length + LOOKS_FIRST;
  }

  override onBeforeTryTask(test: RunnerTestCase, options: TestTryOptions): void {
    super.onBeforeTryTask(test, options);
    this.#timedOut = false;
    this.#trial = this.#spoilt || this.#looks > 0 ? undefined : this.#left.shift();
    if (this.#nothingToTry) test.context.skip();
    if (this.#trial) this.#write('begins', this.#trial.mutant, test);
    Object.assign(switches, {
      activeMutant: this.#trial?.mutant,
      hitCount: 0,
      hitLimit: this.#trial?.hitLimit ?? Number.POSITIVE_INFINITY,
    });
  }

  get #nothingToTry(): boolean {
    return this.#spoilt || (this.#looks === 0 && !this.#trial);
  }

  async runTask(test: RunnerTestCase): Promise<void> {
    try {
      await TestRunner.getTestFn(test)();
    } catch (error) {
      if ((error as { code?: unknown }).code === 'VITEST_PENDING') throw error;
      this.#timedOut = /^(Test|Hook) timed out/.test(String((error as Error).message));
      throw new Error('noticed'); // without what Vitest would spend on drawing a difference that nobody reads
    }
  }

  override async onAfterRetryTask(test: RunnerTestCase, options: TestTryOptions): Promise<void> {
    await super.onAfterRetryTask(test, options);
    switches.activeMutant = undefined;
    if (this.#nothingToTry) return; // what ends a test has run all the same, and may fail where none was begun
    if (test.result?.state !== 'pass' && test.result?.state !== 'fail') return;
    const failed = test.result.state === 'fail';
    test.result.errors = [];
    if (this.#trial) this.#judge(this.#trial, failed, test);
    else this.#look(failed, test);
  }

  #judge(trial: Trial, failed: boolean, test: RunnerTestCase): void {
    const mark = this.#timedOut ? 'timed-out' : 'killed';
    if (!failed) this.#write('survived', trial.mutant, test);
    else if (this.#clean) this.#settle(mark, trial, test);
    else this.#suspect = { trial, mark };
    this.#clean = false;
    this.#looks = failed ? 1 : 0;
  }

  #look(failed: boolean, test: RunnerTestCase): void {
    this.#spoilt = failed;
    if (failed) this.#write('spoilt', this.#suspect?.trial.mutant ?? '', test);
    if (this.#suspect && !failed) this.#settle(this.#suspect.mark, this.#suspect.trial, test);
    this.#suspect = undefined;
    this.#clean = !failed;
    this.#looks -= 1;
  }

  #settle(mark: Mark, trial: Trial, test: RunnerTestCase): void {
    this.#noticed.add(trial.mutant);
    this.#write(mark, trial.mutant, test);
  }

  #write(mark: Mark, mutant: string, test: RunnerTestCase): void {
    appendFileSync(this.#journal, entryLine({ mark, mutant, test: nameOf(test) }));
  }
}

/** As Stryker names it. */
function nameOf(test: RunnerTestCase): string {
  const names = [test.name];
  for (let { suite } = test; suite; suite = suite.suite) names.unshift(suite.name);
  return `${relative(process.cwd(), test.file.filepath)}#${names.join(' > ').trim()}`;
}
