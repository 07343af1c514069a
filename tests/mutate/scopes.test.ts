import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { callsOf, longWork, scopes } from '../../scripts/mutate/scopes.ts';

const sources = scopes.flatMap(({ tests }) => globSync([...tests])).map((file) => readFileSync(file, 'utf8'));

test.each(longWork)('a test that mutation leaves out is there, and its call is found: "%s"', (words) => {
  expect(sources.some((source) => callsOf([words]).test(source))).toBe(true);
});

test.each(scopes)('there is code in the scope $name, and there are tests', ({ code, tests }) => {
  for (const pattern of [...code, ...tests]) expect(globSync(pattern), pattern).not.toEqual([]);
});
