import { expect, test } from 'vitest';
import { type CrashTestOptions, crashTest } from '../../scripts/chaos/crash/run.ts';
import { tableOf } from '../../scripts/chaos/crash/table.ts';
import type { Verdict } from '../../scripts/chaos/crash/verdict.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = (options: Pick<CrashTestOptions, 'kills' | 'seed' | 'sabotage'>) =>
  crashTest({ ...options, folder: temporaryFolder() });

test('killed twenty times on a bad line, a terminal loses nothing, delivers nothing twice and keeps the order', async () => {
  const report = await run({ kills: 20, seed: 1 });
  console.log(tableOf(report));
  const kept: Verdict = {
    ...{ lost: [], duplicated: [], outOfOrder: [], unaskedFor: [], ratingsLost: [], ratingsTwice: [] },
    ...{ draftsLost: [], papersLost: [], papersWrong: [], papersTwice: [], wrong: [] },
  };
  expect(report.verdict).toEqual(kept);
  expect(report.ledger.refused.size).toBe(0);
  expect(report.faults.size).toBeGreaterThan(0);
});

test.each<[sabotage: CrashTestOptions['sabotage'] & string, what: string, promise: keyof Verdict]>([
  ['accepts-too-early', 'that says "accepted" before the disk has it', 'lost'],
  ['new-key-each-time', 'that makes a key for each attempt', 'duplicated'],
  ['rates-first', 'that sends a rating past its case', 'outOfOrder'],
])('the run finds a terminal %s: %s', async (sabotage, _what, promise) => {
  const { verdict } = await run({ kills: 10, seed: 1, sabotage });
  expect(verdict[promise]).not.toEqual([]);
});
