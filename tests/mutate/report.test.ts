import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { percent, scoreFiles, survivors, total } from '../../scripts/mutate/report.ts';
import { readTarget, scopes } from '../../scripts/mutate/scopes.ts';

const outcome = (fileName: string, line: number, status: string, replacement = '') => ({
  fileName,
  status,
  mutatorName: 'BlockStatement',
  replacement,
  location: { start: { line, column: 3 } },
});

test('what a test noticed counts, the worst file first; mutants that say nothing do not count', () => {
  const files = scoreFiles([
    outcome('a.ts', 1, 'Killed'),
    outcome('a.ts', 2, 'Timeout'),
    outcome('a.ts', 3, 'Survived'),
    outcome('b.ts', 1, 'NoCoverage'),
    outcome('c.ts', 1, 'Ignored'),
    outcome('c.ts', 2, 'CompileError'),
  ]);
  expect(files).toEqual([
    { file: 'b.ts', killed: 0, timedOut: 0, survived: 1 },
    { file: 'a.ts', killed: 2, timedOut: 1, survived: 1 },
    { file: 'c.ts', killed: 0, timedOut: 0, survived: 0 },
  ]);
  expect(total(files)).toEqual({ killed: 2, timedOut: 1, survived: 2 });
  expect(files.map(percent).map(Math.round)).toEqual([0, 67, 100]);
});

test('survivors are told in the order of the code, one line each', () => {
  const told = survivors([
    outcome('b.ts', 1, 'NoCoverage', '{}'),
    outcome('a.ts', 10, 'Survived', `{\n  ${'x'.repeat(200)}\n}`),
    outcome('a.ts', 9, 'Survived', 'true'),
    outcome('a.ts', 1, 'Killed'),
  ]);
  expect(told).toEqual([
    'a.ts:9:3 BlockStatement: true',
    `a.ts:10:3 BlockStatement: { ${'x'.repeat(98)} …`,
    'b.ts:1:3 BlockStatement (no test comes here): {}',
  ]);
});

test.each(scopes)('scope $name has code, and tests that may notice', ({ code, tests }) => {
  for (const pattern of [...code, ...tests]) expect(globSync(pattern), pattern).not.toEqual([]);
});

test('a scope goes by its name, a file by its path; nothing else is either', () => {
  expect(readTarget('outbox')?.code).toEqual(['main/outbox/*.ts']);
  expect(readTarget('main/outbox/outbox.ts')).toMatchObject({ name: 'outbox', code: ['main/outbox/outbox.ts'] });
  expect(readTarget('main/session/session.ts')).toBeUndefined();
  expect(readTarget('')).toBeUndefined();
});
