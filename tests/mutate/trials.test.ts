import { expect, test } from 'vitest';
import { entryLine, planTrials, readEntries, SLOWER_MS, TrialBook } from '../../scripts/mutate/trials.ts';

const trial = (mutant: string) => ({ mutant, hitLimit: 100 });
const trials = { 'a.test.ts#one': [trial('1'), trial('2')], 'a.test.ts#two': [trial('2'), trial('3')] };

test('a mutant that one test has noticed is not tried with another; one that it has not noticed is', () => {
  const book = new TrialBook();
  book.add([
    { mark: 'begins', mutant: '1', test: 'a.test.ts#one' },
    { mark: 'survived', mutant: '1', test: 'a.test.ts#one' },
    { mark: 'begins', mutant: '2', test: 'a.test.ts#one' },
    { mark: 'killed', mutant: '2', test: 'a.test.ts#one' },
  ]);
  expect(book.left(trials)).toEqual({ 'a.test.ts#two': [trial('3')] });
  expect(book.noticed('1')).toBeUndefined();
  expect(book.noticed('2')).toMatchObject({ mark: 'killed', test: 'a.test.ts#one' });
  book.add([{ mark: 'survived', mutant: '3', test: 'a.test.ts#two' }]);
  expect(book.left(trials)).toEqual({});
});

test('a failure that was not confirmed is tried again', () => {
  const book = new TrialBook();
  book.add([
    { mark: 'begins', mutant: '1', test: 'a.test.ts#one' },
    { mark: 'begins', mutant: '2', test: 'a.test.ts#one' },
    { mark: 'survived', mutant: '2', test: 'a.test.ts#one' },
  ]);
  expect(book.left(trials)).toMatchObject({ 'a.test.ts#one': [trial('1')] });
});

test('a worker that died over a mutant has noticed it; one that a mutant spoilt has not said which', () => {
  const begins = { mark: 'begins', mutant: '3', test: 'a.test.ts#two' } as const;
  const died = new TrialBook();
  died.add([begins]);
  expect(died.noticed('3')?.mark).toBe('timed-out');
  const spoilt = new TrialBook();
  spoilt.add([begins, { ...begins, mark: 'spoilt' }]);
  expect(spoilt.noticed('3')).toBeUndefined();
  expect(spoilt.left(trials)).toEqual(trials);
});

test('a run that was stopped is gone on with where it was, what was being tried then again', () => {
  const book = new TrialBook();
  const journal = [
    'of\t\tcode and tests',
    'begins\t1\ta.test.ts#one',
    'survived\t1\ta.test.ts#one',
    'let-be\t\ta.test.ts#three',
    'begins\t2\ta.test.ts#one',
    'killed\t2\ta.test.ts#one',
    'begins\t3\ta.test.ts#two',
  ];
  book.goOnFrom(readEntries(`${journal.join('\n')}\n`));
  expect(book.left(trials)).toEqual({ 'a.test.ts#two': [trial('3')] });
  expect(book.noticed('3')).toBeUndefined();
});

test('a journal is read as it was written, a last line that is cut off is not', () => {
  const entries = [
    { mark: 'begins', mutant: '7', test: 'a.test.ts#a group > one' },
    { mark: 'timed-out', mutant: '7', test: 'a.test.ts#a group > one' },
  ] as const;
  const journal = entries.map(entryLine).join('');
  expect(readEntries(journal)).toEqual(entries);
  expect(readEntries(`${journal}begins\t8`)).toEqual(entries);
  expect(readEntries('')).toEqual([]);
});

test('the quicker half of the tests tries all that it reaches, and each mutant gets as many of the slower as it has time for', () => {
  const quick = [1, 2, 3].map((ms) => ({
    id: `a.test.ts#quick ${ms}`,
    timeSpentMs: ms,
    trials: [trial('1'), trial('2')],
  }));
  const slow = [1, 2, 3].map((n) => ({
    ...{ id: `a.test.ts#slow ${n}`, timeSpentMs: SLOWER_MS / 2 },
    trials: [trial('1'), ...(n === 1 ? [trial('3')] : [])],
  }));
  const [quicker, slower] = planTrials([...slow, ...quick]);
  expect(quicker).toEqual(Object.fromEntries(quick.map(({ id, trials: all }) => [id, all])));
  expect(Object.keys(slower).sort()).toEqual(slow.map(({ id }) => id));
  const tried = Object.values(slower).flat();
  expect(tried.filter(({ mutant }) => mutant === '1')).toHaveLength(2);
  expect(tried.filter(({ mutant }) => mutant === '3')).toHaveLength(1);
});
