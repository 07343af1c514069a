import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const readme = readFileSync('main/README.md', 'utf8');
const walks = readme.slice(readme.indexOf('## Three walks'), readme.indexOf('## Who may import whom'));
const steps = [...walks.matchAll(/^\| `([^`]+\.tsx?)` \| `([^`]+)` \|/gm)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

test('there are three walks', () => {
  expect(walks.match(/^### /gm)).toHaveLength(3);
  expect(steps.length).toBeGreaterThan(30);
});

test.each(steps)('$name is in $file', ({ file, name }) => {
  expect(existsSync(file), file).toBe(true);
  // Declared there: a function, a class, a member or a key, not only called.
  const declared = new RegExp(`(function|class|const|async|readonly) \\*?${name}\\b|^\\s*${name}(\\(|:)`, 'm');
  expect(readFileSync(file, 'utf8')).toMatch(declared);
});
