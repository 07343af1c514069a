import { expect, test } from 'vitest';
import { powerCutTest, whyNoTrace } from '../../scripts/chaos/power-cut/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CUTS = 30;

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
