import { expect, test } from 'vitest';
import { type CrashTestOptions, crashTest } from '../../scripts/chaos/crash/run.ts';
import { tableOf } from '../../scripts/chaos/crash/table.ts';
import type { Verdict } from '../../scripts/chaos/crash/verdict.ts';
import { firstOf } from '../support/long-form.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KILLS = 20;

const run = (options: Pick<CrashTestOptions, 'kills' | 'seed' | 'sabotage' | 'until'>) =>
  crashTest({ ...options, folder: temporaryFolder() });

test('killed twenty times on a bad line, a terminal loses nothing, delivers nothing twice and keeps the order', async () => {
  const report = await run({ kills: KILLS, seed: 1 });
  console.log(tableOf(report));
  const kept: Verdict = {
    ...{ lost: [], duplicated: [], outOfOrder: [], unaskedFor: [], ratingsLost: [], ratingsTwice: [] },
    ...{ draftsLost: [], papersLost: [], papersWrong: [], papersTwice: [], wrong: [] },
  };
  expect(report.verdict).toEqual(kept);
  expect(report.ledger.refused.size).toBe(0);
  expect(report.faults.size).toBeGreaterThan(0);
});

const sabotages: readonly [sabotage: CrashTestOptions['sabotage'] & string, what: string, promise: keyof Verdict][] = [
  ['new-key-each-time', 'that makes a key for each attempt', 'duplicated'],
  ['rates-first', 'that sends a rating past its case', 'outOfOrder'],
  ['accepts-too-early', 'that says "accepted" before the disk has it', 'lost'],
];
test.each(firstOf(sabotages, 1))('the run finds a terminal %s: %s', async (sabotage, _what, promise) => {
  const { verdict } = await run({ kills: KILLS, seed: 1, sabotage, until: promise });
  expect(verdict[promise]).not.toEqual([]);
});
