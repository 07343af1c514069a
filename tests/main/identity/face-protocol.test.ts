import { expect, test } from 'vitest';
import { faceContract } from '../../../main/identity/face-protocol.ts';
import { face } from './judged-frames.ts';

const { assess, embedPortrait } = faceContract.methods;

test.each([
  ['a number that is none', face(0.8).with(7, Number.NaN)],
  ['a number without end', face(0.8).with(7, Number.POSITIVE_INFINITY)],
  ['nothing but zeros', new Float32Array(512)],
  ['no number', new Float32Array(0)],
  ['more numbers than any network gives', new Float32Array(2_000).fill(1)],
])('an embedding with %s is no answer, of a frame or a portrait', (_, embedding) => {
  const judged = { advice: 'hold-still', good: true, liveness: 0.9 };
  expect(assess.result.safeParse({ ...judged, embedding: face(0.8) }).success).toBe(true);
  expect(assess.result.safeParse({ ...judged, embedding }).success).toBe(false);
  expect(embedPortrait.result.safeParse({ embedding }).success).toBe(false);
});

test('the answer to a portrait is its embedding or what is the matter with it', () => {
  expect(embedPortrait.result.safeParse({ notComparable: 'blurred' }).success).toBe(true);
  for (const answer of [{}, { notComparable: 'ugly' }])
    expect(embedPortrait.result.safeParse(answer).success).toBe(false);
});
