import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bareDraftCode,
  DRAFT_ALPHABET,
  draftCode,
  draftCodeOf,
  groupedDraftCode,
  isDraftCode,
} from '../../../main/contracts/draft-code.ts';

const place = fc.integer({ min: 0, max: DRAFT_ALPHABET.length - 1 });
const code = fc.array(place, { minLength: 7, maxLength: 7 }).map(draftCodeOf);

test('no two characters of the alphabet are taken for one another', () => {
  expect(new Set(DRAFT_ALPHABET).size).toBe(31);
  expect(DRAFT_ALPHABET).not.toMatch(/[0O1IL]|[a-z]/);
});

test('a code is eight characters, printed in two groups, and read back with or without the gap', () => {
  fc.assert(
    fc.property(code, (made) => {
      expect(made).toHaveLength(8);
      expect(draftCode.parse(made)).toBe(made);
      expect(groupedDraftCode(made)).toMatch(/^\S{4} \S{4}$/);
      for (const typed of [groupedDraftCode(made), groupedDraftCode(made).replace(' ', '-').toLowerCase()]) {
        expect(bareDraftCode(typed)).toBe(made);
      }
    }),
  );
});

test('every single wrong character is told at once, at every place', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 0, max: 7 }), place, (made, at, other) => {
      const wrong = made.slice(0, at) + DRAFT_ALPHABET.charAt(other) + made.slice(at + 1);
      expect(isDraftCode(wrong)).toBe(wrong === made);
    }),
    { numRuns: 2_000 },
  );
});

test('any two characters that changed places are told at once', () => {
  fc.assert(
    fc.property(code, fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }), (made, one, other) => {
      const characters = [...made];
      [characters[one], characters[other]] = [characters[other]!, characters[one]!];
      expect(isDraftCode(characters.join(''))).toBe(characters.join('') === made);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  '',
  'ABCD',
  'ABCDEFGHJ',
  '22222222 ',
  '2222222O',
  '林晓岚林晓岚林晓',
  '\u0000'.repeat(8),
  '2'.repeat(5_000),
])('what is no code is refused: %j', (text) => {
  expect([isDraftCode(text), draftCode.safeParse(text).success]).toEqual([false, false]);
});
