import { expect, test } from 'vitest';
import { spoolTest } from '../../scripts/chaos/spool/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('killed at every state of a paper, a terminal prints no licence twice and accounts for every numbered sheet', async () => {
  const { verdict, kills, sheets } = await spoolTest({ kills: 12, seed: 5, folder: temporaryFolder() });
  expect(verdict).toEqual({ twice: [], unaccounted: [], mixedUp: [], lost: [], wrong: [] });
  expect([kills, sheets.printed > 12]).toEqual([12, true]);
});
