import type { CrashReport } from './run.ts';
import { isKept } from './verdict.ts';

/** What a run found, for programs: how many of each. The first six stay; `kept`: whether every promise was. */
export function figuresOf(report: Pick<CrashReport, 'kills' | 'seed' | 'tookMs' | 'ledger' | 'platform' | 'verdict'>) {
  const { kills, seed, tookMs, ledger, platform, verdict } = report;
  const { lost, duplicated, outOfOrder, wrong, ...others } = verdict;
  const otherCounts = Object.fromEntries(Object.entries(others).map(([promise, numbers]) => [promise, numbers.length]));
  return {
    kills,
    accepted: ledger.accepted.size,
    delivered: platform.cases.size,
    lost: lost.length,
    duplicated: duplicated.length,
    outOfOrder: outOfOrder.length,
    ...otherCounts,
    wrong,
    kept: isKept(verdict),
    seed,
    seconds: tookMs / 1_000,
  };
}
