import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
const [, section = ''] = readme.split('\n## What must hold\n');
const rows = section.split('\n').filter((line) => /^\| \d+ \|/.test(line));
/** `a/file` "a part of a test's name" */
const NAMED = /`([a-z./-]+)` "([^"]+)"/g;

test('every guarantee names tests that fail where it is broken', () => {
  expect(rows).toHaveLength(12);
  for (const row of rows) expect(row).toMatch(new RegExp(NAMED));
});

test.each(rows.flatMap((row) => [...row.matchAll(NAMED)].map(([, file = '', name = '']) => [file, name] as const)))(
  'the test that a guarantee names is there: %s, "%s"',
  (file, name) => {
    expect(readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8')).toContain(name);
  },
);
