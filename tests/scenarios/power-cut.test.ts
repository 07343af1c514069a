import { expect, test } from 'vitest';
import type { PowerCutSabotage } from '../../scripts/chaos/crash/words.ts';
import { powerCutTest, whyNoTrace } from '../../scripts/chaos/power-cut/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CUTS = 60;

const why = whyNoTrace();
if (why) console.warn(`Skipped, that a power cut loses nothing that was accepted: ${why}.`);

test.skipIf(why)(
  'whenever the power is cut, the disk holds all that was said to be accepted, its pages too, and opens',
  async () => {
    const report = await powerCutTest({ cuts: CUTS, seed: 1, folder: temporaryFolder() });
    const { broken, unsynced, accepted, pages, acts, cuts } = report;
    console.log(
      `${cuts} power cuts in ${acts} acts, ${unsynced} of them with unsynced writes, ` +
        `${accepted} cases accepted, ${pages} pages looked at`,
    );
    expect(broken).toEqual([]);
    expect(unsynced).toBeGreaterThan(cuts / 10);
  },
);

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
