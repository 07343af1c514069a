import { expect, test } from 'vitest';
import { powerCutTest, whyNoTrace } from '../../scripts/chaos/power-cut/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const why = whyNoTrace();
if (why) console.warn(`Skipped, that a power cut loses nothing that was accepted: ${why}.`);

test.skipIf(why)('whenever the power is cut, the disk holds all that was said to be accepted, and opens', async () => {
  const report = await powerCutTest({ cuts: 150, seed: 1, folder: temporaryFolder() });
  const { broken, unsynced, accepted, acts, cuts } = report;
  console.log(
    `${cuts} power cuts in ${acts} acts, ${unsynced} of them with unsynced writes, ${accepted} cases accepted`,
  );
  expect(broken).toEqual([]);
  expect(unsynced).toBeGreaterThan(cuts / 10);
});

test.skipIf(why)('a power cut finds a terminal that says "accepted" before the disk has it', async () => {
  const { broken } = await powerCutTest({
    cuts: 60,
    seed: 1,
    folder: temporaryFolder(),
    sabotage: 'accepts-too-early',
  });
  expect(broken).toContainEqual(expect.stringMatching(/^cut \d+, after act \d+: A\d+ is lost$/));
});
