import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { doubtsOfFullDisk, doubtsOfKills, doubtsOfReserve, killsMiss } from '../../scripts/chaos/crash/doubts.ts';
import { figuresOf } from '../../scripts/chaos/crash/figures.ts';
import { Ledger, type Place } from '../../scripts/chaos/crash/ledger.ts';
import type { PlatformRecords, TerminalRecords } from '../../scripts/chaos/crash/records.ts';
import { draftIdOf } from '../../scripts/chaos/crash/resident.ts';
import { isKept, judge, type Verdict, withDoubts } from '../../scripts/chaos/crash/verdict.ts';
import { readSaying } from '../../scripts/chaos/crash/words.ts';

const drained: TerminalRecords = {
  ...{ deadLetters: 0, undelivered: 0, sealedRows: 0, papersLeft: 0, integrity: 'ok' },
  ...{ copies: 2, damagedCopies: 0, quarantined: 0 },
};

function ledgerOf(...lines: string[]): Ledger {
  const ledger = new Ledger();
  for (const line of lines) ledger.note(readSaying(line));
  return ledger;
}

function platformWith(changes: Partial<PlatformRecords> = {}): PlatformRecords {
  const cases = new Set(['A1', 'A2']);
  const ratings = new Map([['A1', 1]]);
  const papers = new Map([['A4', { complete: 1, wrong: 0, again: 0 }]]);
  const drafts = new Set([draftIdOf('A1')]);
  return {
    drafts,
    draftsUsed: 1,
    cases,
    ratings,
    papers,
    duplicates: [],
    outOfOrder: [],
    replays: 0,
    integrity: 'ok',
    ...changes,
  };
}

const said = ['ready', 'opened', 'begun A1', 'accepted A1', 'rated A1', 'ended A1', 'begun A2', 'accepted A2'];

/** What was found, without what was not. */
function found(verdict: Verdict): Partial<Verdict> {
  return Object.fromEntries(Object.entries(verdict).filter(([, numbers]) => numbers.length > 0));
}

test('what was said and no more is kept; so is what the last breath did not get to say', () => {
  expect(isKept(judge(ledgerOf(...said), platformWith(), drained))).toBe(true);
  const unsaid = said.filter((line) => line !== 'accepted A2' && line !== 'rated A1');
  expect(isKept(judge(ledgerOf(...unsaid), platformWith(), drained))).toBe(true);
});

test.each<[fact: string, lines: string[], changes: Partial<PlatformRecords>, Partial<Verdict>]>([
  ['an accepted case that never came is lost', said, { cases: new Set(['A1']) }, { lost: ['A2'] }],
  ['a case under two keys came twice', said, { duplicates: ['A2'] }, { duplicated: ['A2'] }],
  ['a rating before its case is out of order', said, { outOfOrder: ['A1'] }, { outOfOrder: ['A1'] }],
  ['a case that nobody began was not asked for', said, { cases: new Set(['A1', 'A2', 'A3']) }, { unaskedFor: ['A3'] }],
  [
    'a case that was refused and came all the same was not asked for',
    [...said, 'begun A3', 'refused A3'],
    { cases: new Set(['A1', 'A2', 'A3']) },
    { unaskedFor: ['A3'] },
  ],
  [
    'an application that was put aside and is nowhere is lost',
    [...said, 'saved A1', 'saved A2'],
    {},
    { draftsLost: ['A2'] },
  ],
  ['a stored rating that never came is lost', said, { ratings: new Map() }, { ratingsLost: ['A1'] }],
  ['a rating that counts twice is found', said, { ratings: new Map([['A1', 2]]) }, { ratingsTwice: ['A1'] }],
  [
    'a paper of an accepted case that never came is lost',
    [...said, 'begun A6', 'accepted A6'],
    { cases: new Set(['A1', 'A2', 'A6']), papers: new Map([['A6', { complete: 1, wrong: 0, again: 0 }]]) },
    { papersLost: ['A6'] },
  ],
  [
    'a paper that came wrong, or again, is found',
    said,
    { papers: new Map([['A1', { complete: 1, wrong: 1, again: 1 }]]) },
    { papersWrong: ['A1'], papersTwice: ['A1'] },
  ],
  [
    'a damaged database is found',
    said,
    { integrity: 'row 3 missing from index' },
    { wrong: ["the platform's database: row 3 missing from index"] },
  ],
])('%s', (_fact, lines, changes, expected) => {
  const verdict = judge(ledgerOf(...lines), platformWith(changes), drained);
  expect(found(verdict)).toEqual(expected);
  expect(isKept(verdict)).toBe(false);
});

test('dead letters, deliveries left, personal data left and a damaged database of the terminal are wrong', () => {
  const terminal = {
    ...{ deadLetters: 1, undelivered: 2, sealedRows: 3, papersLeft: 4, integrity: 'malformed' },
    ...{ copies: 2, damagedCopies: 1, quarantined: 2 },
  };
  expect(judge(ledgerOf(...said), platformWith(), terminal).wrong).toEqual([
    '4 files of papers left after the drain',
    '1 dead letters',
    '2 deliveries left after the drain',
    '3 delivered rows that still hold personal data',
    '1 copies that are damaged',
    '2 databases put aside as damaged by kills',
    "the terminal's database: malformed",
  ]);
});

/** `times` of each thing that a run of kills must meet; `none` of one of them. */
function metBy(kills: number, times: number, none?: 'accepted' | 'places' | 'replays' | 'papers' | 'draftsUsed') {
  const numbers = (what: typeof none) => [...Array(what === none ? 0 : times).keys()].map((index) => `A${index}`);
  const whole = { complete: 1, wrong: 0, again: 0 };
  return {
    kills,
    ledger: { accepted: new Set(numbers('accepted')) },
    places: new Map<Place, number>(
      none === 'places'
        ? [['accepting', times]]
        : [
            ['accepting', times],
            ['copying', times],
          ],
    ),
    platform: {
      replays: none === 'replays' ? 0 : times,
      draftsUsed: none === 'draftsUsed' ? 0 : times,
      papers: new Map(numbers('papers').map((number) => [number, whole])),
    },
  };
}

test.each([1, 10, 99, 2_000])(
  'a run of %i kills that met too little has shown nothing, however short it was',
  (kills) => {
    const enough = Math.max(1, Math.floor(kills / 20));
    expect(doubtsOfKills(metBy(kills, enough))).toEqual([]);
    expect(doubtsOfKills(metBy(kills, enough - 1))).toHaveLength(6);
    for (const none of ['accepted', 'places', 'replays', 'papers', 'draftsUsed'] as const) {
      expect(doubtsOfKills(metBy(kills, enough, none))).toEqual([expect.stringContaining('has shown nothing')]);
    }
  },
);

test('kills that have not met an accept, a copy and a case made of what was put aside yet go on', () => {
  const miss = (kills: number, accepting: number, copying: number, continued: number): boolean => {
    const cases = new Set(Array.from({ length: continued }, (_, index) => `C-${index}`));
    const places = new Map<Place, number>([
      ['accepting', accepting],
      ['copying', copying],
    ]);
    return killsMiss({ kills, places, ledger: { accepted: cases, continued: cases } });
  };
  expect([miss(20, 0, 0, 0), miss(20, 0, 3, 3), miss(20, 3, 0, 3), miss(20, 3, 3, 0)]).not.toContain(false);
  expect([miss(20, 1, 1, 1), miss(200, 9, 10, 10), miss(200, 10, 10, 10)]).toEqual([false, true, false]);
  // Taken up again, and its terminal killed before it was accepted.
  const ledger = { accepted: new Set(['C-1']), continued: new Set(['C-2']) };
  expect(
    killsMiss({
      kills: 20,
      places: new Map([
        ['accepting', 9],
        ['copying', 9],
      ]),
      ledger,
    }),
  ).toBe(true);
});

test('on a full disk something must have been accepted, answered, held up and told no, or nothing is shown', () => {
  const seen = { acceptedBefore: 1, answeredWhileFull: 1, held: 1, refusals: 1 };
  expect(doubtsOfFullDisk(seen)).toEqual([]);
  expect(doubtsOfFullDisk({ ...seen, refusals: undefined })).toEqual([]);
  for (const nothing of Object.keys(seen)) expect(doubtsOfFullDisk({ ...seen, [nothing]: 0 })).toHaveLength(1);
  expect([doubtsOfReserve(2, 2), doubtsOfReserve(2, 1).length, doubtsOfReserve(0, 0).length]).toEqual([[], 1, 1]);
});

test('a verdict with a doubt is no promise kept', () => {
  expect(isKept(withDoubts(judge(ledgerOf(...said), platformWith(), drained), ['nothing was met']))).toBe(false);
});

test.each(['', 'nonsense A1', 'begun A1 A2', 'accepted 林', `begun ${'A'.repeat(300)}`, 'BEGUN A1'])(
  'a line that no terminal says is refused, and not repeated: %j',
  (line) => {
    expect(() => readSaying(line)).toThrow(/^The terminal under test said something that is no word of its own\.$/);
  },
);

test('for programs a run is counts under names that stay', () => {
  const ledger = ledgerOf(...said);
  const platform = platformWith({ cases: new Set(['A1']), duplicates: ['A1'] });
  const verdict = withDoubts(judge(ledger, platform, drained), ['nothing was met']);
  const figures = figuresOf({ kills: 20, seed: 7, tookMs: 1_500, ledger, platform, verdict });
  expect(figures).toMatchObject({
    ...{ kills: 20, accepted: 2, delivered: 1, lost: 1, duplicated: 1, outOfOrder: 0, ratingsLost: 0 },
    ...{ wrong: ['nothing was met'], kept: false, seed: 7, seconds: 1.5 },
  });
});

test.each([
  ['--kills', 'many'],
  ['--power-cuts', '0'],
])('a crash test of %s %s is refused in JSON where JSON was asked for', async (...words) => {
  const main = join(import.meta.dirname, '../../scripts/chaos/crash/main.ts');
  const refused = await promisify(execFile)(process.execPath, [main, ...words, '--json']).catch((error) => error);
  expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([2, { error: { code: 'bad-option' } }]);
});
