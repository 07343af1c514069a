import { expect, test } from 'vitest';
import type { FaceAdvice } from '../../../main/contracts/view.ts';
import { SteadyAdvice } from '../../../main/identity/steady-advice.ts';

/** What is shown after each frame, `everyMs` apart. */
function shown(advice: readonly FaceAdvice[], everyMs = 60): (FaceAdvice | undefined)[] {
  const steady = new SteadyAdvice();
  return advice.map((one, i) => steady.take(one, i * everyMs));
}
const times = (count: number, advice: FaceAdvice) => Array.from({ length: count }, () => advice);

test('advice is shown once three frames in a row give it', () => {
  expect(shown(times(4, 'come-closer'))).toEqual([undefined, undefined, 'come-closer', 'come-closer']);
});

test('advice is shown after half a second where frames come slowly', () => {
  expect(shown(times(2, 'come-closer'), 500)).toEqual([undefined, 'come-closer']);
  expect(shown(times(2, 'come-closer'), 499)).toEqual([undefined, undefined]);
});

test('a face on the edge of a limit does not make the page flicker', () => {
  const flicker = Array.from({ length: 100 }, (_, i): FaceAdvice => (i % 2 ? 'blurred' : 'hold-still'));
  expect(new Set(shown([...times(3, 'hold-still'), ...flicker]).slice(2))).toEqual(new Set(['hold-still']));
});

test('a sentence stays as long as it takes to read, also when the face is lost meanwhile', () => {
  const after = shown([...times(3, 'come-closer'), ...times(30, 'no-face')]);
  expect(after.indexOf('no-face')).toBe(2 + 1_200 / 60);
});

test('that all is well is said at once, and so is what is wrong after that', () => {
  const after = shown([...times(3, 'come-closer'), ...times(3, 'hold-still'), ...times(3, 'more-light')]);
  expect([after[4], after[5], after[7], after[8]]).toEqual(['come-closer', 'hold-still', 'hold-still', 'more-light']);
});
