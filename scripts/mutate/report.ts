/** What became of one mutant, as Stryker tells it. */
export interface Outcome {
  readonly fileName: string;
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string | undefined;
  /** Lines and columns from 1. */
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

export interface Score {
  readonly killed: number;
  /** Of those killed: no test failed, but one did not end. On a busy machine that may be the machine. */
  readonly timedOut: number;
  /** Survivors, those that no test reaches included. */
  readonly survived: number;
}

export interface FileScore extends Score {
  readonly file: string;
}

/** Whether a test noticed: it failed, or never ended. */
const NOTICED = new Set(['Killed', 'Timeout']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

/** Per file, the worst first. Mutants that do not count (static ones, those that do not compile) are left out. */
export function scoreFiles(outcomes: readonly Outcome[]): FileScore[] {
  const files = Map.groupBy(outcomes, ({ fileName }) => fileName);
  return [...files]
    .map(([file, mutants]) => ({
      file,
      killed: mutants.filter(({ status }) => NOTICED.has(status)).length,
      timedOut: mutants.filter(({ status }) => status === 'Timeout').length,
      survived: mutants.filter(({ status }) => UNNOTICED.has(status)).length,
    }))
    .sort((a, b) => percent(a) - percent(b));
}

/** Share of mutants that a test noticed, 0 to 100; 100 where there are none. */
export function percent({ killed, survived }: Pick<Score, 'killed' | 'survived'>): number {
  const judged = killed + survived;
  return judged === 0 ? 100 : (100 * killed) / judged;
}

export function total(scores: readonly Score[]): Score {
  const sum = (count: (score: Score) => number): number => scores.reduce((all, score) => all + count(score), 0);
  return {
    killed: sum(({ killed }) => killed),
    timedOut: sum(({ timedOut }) => timedOut),
    survived: sum(({ survived }) => survived),
  };
}

/** One line per survivor, in the order of the code. */
export function survivors(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ status }) => UNNOTICED.has(status))
    .sort((a, b) => a.fileName.localeCompare(b.fileName) || a.location.start.line - b.location.start.line)
    .map(({ fileName, location, mutatorName, replacement = '', status }) => {
      const reach = status === 'NoCoverage' ? ' (no test comes here)' : '';
      return `${fileName}:${location.start.line}:${location.start.column} ${mutatorName}${reach}: ${oneLine(replacement)}`;
    });
}

const LONGEST = 100;

function oneLine(code: string): string {
  const line = code.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line;
}
