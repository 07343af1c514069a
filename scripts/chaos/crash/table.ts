import { cpus } from 'node:os';
import { places } from './ledger.ts';
import type { CrashReport } from './run.ts';
import { isKept } from './verdict.ts';

/** How many case numbers of a broken promise are named. */
const NAMED = 5;

/** What a run found, for people. No personal data: case numbers and counts. */
export function tableOf(report: CrashReport): string {
  const { ledger, platform, terminal, verdict, kills, platformKills, faults, seed, tookMs } = report;
  const papers = new Map([...platform.papers].map(([number, { complete }]) => [number, complete]));
  const ratings = [...platform.ratings.values()].reduce((sum, times) => sum + times, 0);
  const rows: (readonly [what: string, count: number, note?: string])[] = [
    ['kills of the terminal', kills, placesOf(report)],
    ['kills of the platform', platformKills],
    [
      'faults of the line',
      sum(faults),
      [...faults]
        .sort()
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', '),
    ],
    ['cases said to be accepted', ledger.accepted.size, `of ${ledger.begun.size} begun, ${ledger.refusals} refused`],
    ['cases at the platform', platform.cases.size],
    ['ratings at the platform', ratings, `${ledger.rated.size} said to be stored`],
    [
      'put aside, at the platform',
      platform.drafts.size,
      `${ledger.saved.size} said to be, ${platform.draftsUsed} used`,
    ],
    ['sent again, answered from memory', platform.replays],
    ['papers at the platform', sum(papers), `of ${platform.papers.size} cases`],
    ['lost', verdict.lost.length, named(verdict.lost)],
    ['duplicated', verdict.duplicated.length, named(verdict.duplicated)],
    ['out of order', verdict.outOfOrder.length, named(verdict.outOfOrder)],
    ['not asked for', verdict.unaskedFor.length, named(verdict.unaskedFor)],
    ['put aside and lost', verdict.draftsLost.length, named(verdict.draftsLost)],
    ['ratings lost', verdict.ratingsLost.length, named(verdict.ratingsLost)],
    ['ratings twice', verdict.ratingsTwice.length, named(verdict.ratingsTwice)],
    ['papers lost', verdict.papersLost.length, named(verdict.papersLost)],
    ['papers wrong', verdict.papersWrong.length, named(verdict.papersWrong)],
    ['papers twice', verdict.papersTwice.length, named(verdict.papersTwice)],
    ['dead letters', terminal.deadLetters],
    ['rows with personal data left', terminal.sealedRows],
  ];
  const lines = rows.map(([what, count, note = '']) =>
    `${what.padEnd(34)}${String(count).padStart(8)}   ${note}`.trimEnd(),
  );
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`;
  const wrong = verdict.wrong.map((sentence) => `WRONG: ${sentence}`);
  const end = isKept(verdict)
    ? 'Nothing lost, nothing twice.'
    : `A promise was broken. --seed ${seed} makes the run again.`;
  return [`${machine}; seed ${seed}; ${(tookMs / 1_000).toFixed(1)} s`, ...lines, ...wrong, end].join('\n');
}

function placesOf({ places: found }: CrashReport): string {
  return Object.values(places)
    .filter((place) => found.has(place))
    .map((place) => `${place} ${found.get(place)}`)
    .join('; ');
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function named(numbers: readonly string[]): string {
  return [...numbers.slice(0, NAMED), ...(numbers.length > NAMED ? ['…'] : [])].join(', ');
}
