import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { brokenPromises, busiestWindow, histogram, type Observation } from '../../scripts/fleet/verdict.ts';

const main = join(import.meta.dirname, '../../scripts/fleet/main.ts');
const run = promisify(execFile);

test('a number of terminals that is none is refused with what is possible', async () => {
  const refused = run(process.execPath, [main, '--kiosks', 'many']);
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('a number from 1 to 9999') });
});

test('a run that cannot be made says so in JSON where JSON was asked for', async () => {
  const said = async (...words: string[]) => {
    const { code, stdout } = await run(process.execPath, [main, ...words, '--json']).then(
      () => ({ code: 0, stdout: '{}' }),
      (error: { code: number; stdout: string }) => error,
    );
    return [code, JSON.parse(stdout)];
  };
  expect(await said('--kiosks', 'many')).toMatchObject([2, { error: { code: 'bad-number' } }]);
  expect(await said('--kiosks', '1', '--folder', '/nowhere/at/all')).toMatchObject([1, { error: { code: 'failed' } }]);
});

const inspected = (caseNumber: string, deliveries = 1) => ({
  ...{ caseNumber, deliveries, serviceId: 'S10', terminalId: 'K0001', receivedAt: '2026-11-21T08:00:00Z' },
  materials: { wanted: 0, complete: 0, wrongHashes: 0, duplicates: 0 },
});
const traffic = {
  firstAtMs: new Map(Array.from({ length: 30 }, (_, index) => [`K${index}`, index * 10_000])),
  ...{ perSecond: new Map<number, number>(), requests: 9, toldToWait: 1, tooEarly: 0 },
};
const good: Observation = {
  ...{ kiosks: 30, caseNumbers: ['A1', 'A2'], ratings: 1, waiting: 0, rejected: 0, traffic },
  platform: { cases: [inspected('A1'), inspected('A2')], ratings: 1, duplicates: 0, outOfOrder: 0 },
};
const crowd = new Map(Array.from({ length: 30 }, (_, index) => [`K${index}`, index * 100]));
/** A city of which so many come back in the half minute after the first, and the others evenly over five minutes. */
const leaning = (early: number): Observation => {
  const times = Array.from({ length: 1_000 }, (_, index) => (index < early ? 30_000 + index : (index % 10) * 30_000));
  return {
    ...good,
    kiosks: 1_000,
    traffic: { ...traffic, firstAtMs: new Map(times.map((at, index) => [`K${index}`, at])) },
  };
};

test.each<[string, Observation, string[]]>([
  ['all is well', good, []],
  ['a case is lost', { ...good, caseNumbers: ['A1', 'A2', 'A3'] }, ['1 of 3 cases were lost']],
  ['a case is invented', { ...good, caseNumbers: ['A1'] }, ['the platform has cases that nobody accepted']],
  ['a case is done twice', { ...good, platform: { ...good.platform, duplicates: 1 } }, ['1 cases were done twice']],
  [
    'a case is sent again',
    { ...good, platform: { ...good.platform, cases: [inspected('A1', 2), inspected('A2')] } },
    ['1 cases were sent again although they had been answered'],
  ],
  [
    'a rating overtakes',
    { ...good, platform: { ...good.platform, outOfOrder: 2 } },
    ['2 ratings came before their case'],
  ],
  ['a rating is lost', { ...good, ratings: 3 }, ['1 of 3 ratings arrived']],
  ['something is stuck', { ...good, waiting: 4 }, ['4 deliveries are still waiting']],
  ['something is given up', { ...good, rejected: 1 }, ['1 deliveries were given up']],
  [
    'somebody is early',
    { ...good, traffic: { ...traffic, tooEarly: 5 } },
    ['5 deliveries came before Retry-After allowed'],
  ],
  [
    'nobody was asked to wait',
    { ...good, traffic: { ...traffic, toldToWait: 0 } },
    ['the platform never had to ask anybody to wait: nothing was shown of Retry-After'],
  ],
  [
    'all come at once',
    { ...good, traffic: { ...traffic, firstAtMs: crowd } },
    ['30 of 30 terminals came back within one half minute'],
  ],
  [
    'most are spread, and a third comes early',
    leaning(334),
    ['400 of 1000 terminals came back within one half minute'],
  ],
  ['a few more come early than would evenly', leaning(100), []],
])('the verdict when %s', (_name, observation, broken) => {
  expect(brokenPromises(observation)).toEqual(broken);
});

test('terminals are counted where they fall: the busiest ten seconds, and each half minute', () => {
  const firstAtMs = new Map([0, 9_000, 10_000, 19_000, 61_000].map((at, index) => [`K${index}`, at]));
  expect(busiestWindow({ firstAtMs })).toBe(3);
  expect(histogram({ firstAtMs }).map((line) => line.trim().split(/\s+/).slice(0, 3))).toEqual([
    ['0', 's', '4'],
    ['30', 's', '0'],
    ['60', 's', '1'],
  ]);
  expect(histogram({ firstAtMs: new Map() })).toEqual([]);
});
