import { createHash } from 'node:crypto';

/** One test with one mutant switched on. */
export interface Trial {
  readonly mutant: string;
  /** An instrumented place that is passed more often than this is in a loop without end. */
  readonly hitLimit: number;
}

/** Which trials each test still has to make; a test goes by its file, `#` and its full name. */
export type Trials = Readonly<Record<string, readonly Trial[]>>;

/** A test as it ran without a mutant, and what it reaches. */
export interface RunTest {
  readonly id: string;
  readonly timeSpentMs: number;
  readonly trials: readonly Trial[];
}

/** What the slower tests may take for one mutant: a hundred of half a second each would take a day for the survivors of a scope. */
export const SLOWER_MS = 5_000;

/**
 * The quicker half of the tests, which is enough for most mutants, then of the other as many as there is time for, by the hashes of
 * their names: next to each other in a file are tests that notice the same. What a further test would have noticed counts as survived.
 */
export function planTrials(tests: readonly RunTest[]): [quicker: Trials, slower: Trials] {
  const byTime = tests.toSorted((a, b) => a.timeSpentMs - b.timeSpentMs);
  const half = Math.ceil(byTime.length / 2);
  const spentMs = new Map<string, number>();
  const slower = byTime
    .slice(half)
    .toSorted((a, b) => (hashOf(a.id) < hashOf(b.id) ? -1 : 1))
    .map(({ id, timeSpentMs, trials }) => {
      const withTime = trials.filter(({ mutant }) => (spentMs.get(mutant) ?? 0) < SLOWER_MS);
      for (const { mutant } of withTime) spentMs.set(mutant, (spentMs.get(mutant) ?? 0) + timeSpentMs);
      return [id, withTime] as const;
    });
  return [Object.fromEntries(byTime.slice(0, half).map(({ id, trials }) => [id, trials])), Object.fromEntries(slower)];
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * What a worker writes down of a trial, before and after it. `spoilt`: the test failed without a mutant after this one, which
 * may have noticed a mutant before it; nothing more comes from this worker.
 */
export type Mark = 'begins' | 'survived' | 'killed' | 'timed-out' | 'spoilt';

export interface Entry {
  readonly mark: Mark;
  readonly mutant: string;
  readonly test: string;
}

export function entryLine({ mark, mutant, test }: Entry): string {
  return `${mark}\t${mutant}\t${test}\n`;
}

export function readEntries(journal: string): Entry[] {
  return journal
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [mark, mutant = '', test = ''] = line.split('\t');
      return { mark: mark as Mark, mutant, test };
    });
}

const OUTCOMES = new Set<Mark>(['survived', 'killed', 'timed-out']);

/** What is known of the mutants, and what is left to try. */
export class TrialBook {
  readonly #noticed = new Map<string, Entry>();
  readonly #made = new Set<string>();

  /** The journal of a run that came to no end: who died over what is not in it. */
  goOnFrom(entries: readonly Entry[]): void {
    for (const entry of entries) if (OUTCOMES.has(entry.mark)) this.#settle(entry);
  }

  /** The journal of one worker, from its start to its end or death. */
  add(entries: readonly Entry[]): void {
    this.goOnFrom(entries);
    const last = entries.at(-1);
    // A worker that died over a mutant has noticed it.
    if (last?.mark === 'begins') this.#settle({ ...last, mark: 'timed-out' });
  }

  #settle(entry: Entry): void {
    this.#made.add(`${entry.mutant}\t${entry.test}`);
    if (entry.mark !== 'survived' && !this.#noticed.has(entry.mutant)) this.#noticed.set(entry.mutant, entry);
  }

  /** By which test, and how. */
  noticed(mutant: string): Entry | undefined {
    return this.#noticed.get(mutant);
  }

  /** Those of `trials` that could still tell something. */
  left(trials: Trials): Trials {
    return Object.fromEntries(
      Object.entries(trials)
        .map(([test, all]) => {
          const open = all.filter(({ mutant }) => !this.#noticed.has(mutant) && !this.#made.has(`${mutant}\t${test}`));
          return [test, open] as const;
        })
        .filter(([, open]) => open.length > 0),
    );
  }
}
