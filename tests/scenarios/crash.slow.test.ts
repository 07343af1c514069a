import { expect, test } from 'vitest';
import { crashTest } from '../../scripts/chaos/crash/run.ts';
import { tableOf } from '../../scripts/chaos/crash/table.ts';
import type { Verdict } from '../../scripts/chaos/crash/verdict.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KILLS = 20;

test('killed twenty times on a bad line, a terminal loses nothing, delivers nothing twice and keeps the order', async () => {
  const report = await crashTest({ kills: KILLS, seed: 1, folder: temporaryFolder() });
  console.log(tableOf(report));
  const kept: Verdict = {
    ...{ lost: [], duplicated: [], outOfOrder: [], unaskedFor: [], ratingsLost: [], ratingsTwice: [] },
    ...{ draftsLost: [], papersLost: [], papersWrong: [], papersTwice: [], wrong: [] },
  };
  expect(report.verdict).toEqual(kept);
  expect(report.ledger.refused.size).toBe(0);
  expect(report.faults.size).toBeGreaterThan(0);
});
