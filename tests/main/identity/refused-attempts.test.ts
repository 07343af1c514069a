import { beforeEach, expect, test } from 'vitest';
import { RefusedAttempts } from '../../../main/identity/refused-attempts.ts';

const [lin, wei] = ['230299197506180027', '11010119900307002X'];
let nowMs = 0;
let refused: RefusedAttempts;
beforeEach(() => {
  nowMs = 0;
  refused = new RefusedAttempts(3, () => nowMs);
});

test('each refusal of a card takes one attempt, and none of another card', () => {
  refused.count(lin);
  refused.count(lin);
  expect([refused.left(lin), refused.left(wei)]).toEqual([1, 3]);
  for (let i = 0; i < 3; i += 1) refused.count(lin);
  expect(refused.left(lin)).toBe(0);
});

test('a refusal counts for a quarter of an hour, each for itself', () => {
  refused.count(lin);
  nowMs = 10 * 60_000;
  refused.count(lin);
  nowMs = 15 * 60_000 - 1;
  expect(refused.left(lin)).toBe(1);
  nowMs += 1;
  expect(refused.left(lin)).toBe(2);
});

test('who was recognised has all attempts again', () => {
  refused.count(lin);
  refused.forgive(lin);
  expect(refused.left(lin)).toBe(3);
});

test('a thousand cards are remembered, and the one that was refused longest ago is forgotten first', () => {
  refused.count(lin);
  for (let i = 1; i < 1_000; i += 1) refused.count(`${i}`);
  expect(refused.left(lin)).toBe(2);
  refused.count('one more');
  expect([refused.left(lin), refused.left('1')]).toEqual([3, 2]);
  refused.count('1');
  refused.count('another one');
  expect([refused.left('1'), refused.left('2')]).toEqual([1, 3]);
});
