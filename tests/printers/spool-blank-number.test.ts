import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBlankNumber, parseBlankNumber, sizeOf, spansBetween } from '../../printers/spool/blank-number.ts';

test('a number is a prefix and its digits with their zeros', () => {
  expect(parseBlankNumber('A001')).toEqual({ prefix: 'A', width: 3, value: 1 });
  expect(parseBlankNumber('0000123')).toEqual({ prefix: '', width: 7, value: 123 });
  expect(parseBlankNumber('黑B2-000100')).toEqual({ prefix: '黑B2-', width: 6, value: 100 });
  expect(parseBlankNumber(`${'A'.repeat(19)}1`)).toMatchObject({ value: 1 }); // the longest
});

test.each([
  ['', 'nothing'],
  ['A', 'no digits'],
  ['A1B', 'no digits at the end'],
  ['1234567890123456', 'more digits than a double holds'],
  ['A 001', 'a space'],
  ['A001\n', 'a line break'],
  ['A-١٢٣', 'digits of another script'],
  ['../../etc/passwd1', 'a path'],
  [`${'A'.repeat(20)}1`, 'too long'],
  ['A'.repeat(1_000_000), 'a flood'],
])('%j is none: %s', (text) => {
  expect(parseBlankNumber(text)).toBeUndefined();
});

test('a text that is read and written again is the same text: two blanks never share one', () => {
  const texts = fc.string({ unit: fc.constantFrom(...'AZ09-黑'), maxLength: 22 });
  fc.assert(
    fc.property(texts, (text) => {
      const number = parseBlankNumber(text);
      return number === undefined || formatBlankNumber(number) === text;
    }),
  );
});

test('what is left of a span and what was taken of it are together the span', () => {
  const given = fc.uniqueArray(fc.integer({ min: 1, max: 30 })).map((values) => values.sort((a, b) => a - b));
  fc.assert(
    fc.property(given, (taken) => {
      const spans = spansBetween({ first: 1, last: 30 }, taken);
      const left = spans.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
      expect([...left, ...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
      expect(sizeOf(spans)).toBe(30 - taken.length);
      expect(spans.filter(({ first, last }) => last < first)).toEqual([]);
    }),
  );
});
