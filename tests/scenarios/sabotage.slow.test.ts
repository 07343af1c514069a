import { expect, test } from 'vitest';
import { type CrashTestOptions, crashTest } from '../../scripts/chaos/crash/run.ts';
import type { Verdict } from '../../scripts/chaos/crash/verdict.ts';
import type { PowerCutSabotage } from '../../scripts/chaos/crash/words.ts';
import { powerCutTest, whyNoTrace } from '../../scripts/chaos/power-cut/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KILLS = 20;
const CUTS = 60;

test.each<[sabotage: CrashTestOptions['sabotage'] & string, what: string, promise: keyof Verdict]>([
  ['new-key-each-time', 'that makes a key for each attempt', 'duplicated'],
  ['rates-first', 'that sends a rating past its case', 'outOfOrder'],
  ['accepts-too-early', 'that says "accepted" before the disk has it', 'lost'],
])('kills find a terminal %s: %s', async (sabotage, _what, promise) => {
  const { verdict } = await crashTest({
    ...{ kills: KILLS, seed: 1, folder: temporaryFolder(), sabotage, until: promise },
  });
  expect(verdict[promise]).not.toEqual([]);
});

const why = whyNoTrace();
if (why) console.warn(`Skipped, that a power cut finds a terminal that breaks its promises: ${why}.`);

test.skipIf(why).each<[sabotage: PowerCutSabotage, what: string, finding: RegExp]>([
  ['accepts-too-early', 'that says "accepted" before the disk has it', /: A\d+ is lost$/],
  ['syncs-no-commit', 'whose commits do not wait for the disk', /: A\d+ is lost$/],
  ['syncs-no-page', 'that does not flush a page before the row that names it', /: a page of A\d+ is lost$/],
  ['syncs-no-folder', 'that does not flush the name of a page', /: a page of A\d+ is lost$/],
])('a power cut finds a terminal %s: %s', async (sabotage, _what, finding) => {
  const { broken } = await powerCutTest({
    ...{ cuts: CUTS, seed: 1, folder: temporaryFolder(), sabotage, until: finding },
  });
  expect(broken).toContainEqual(expect.stringMatching(finding));
});
