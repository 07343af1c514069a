import { expect, test } from 'vitest';
import { faceCheckedAct } from '../../../main/identity/face-record.ts';

const about = { visitId: 'f1b7c0de-3a52-4c1e-8d0f-5b6a7c8d9e01', attempt: 2, weights: '0123456789abcdef' };

test('a decision goes on record with its breaks in order and its scores, in thousandths, as a secret', () => {
  const act = faceCheckedAct(
    {
      ...{ verdict: 'refused', reason: 'broken-sequence', frames: 40, breaks: ['jumped', 'changed', 'frozen'] },
      ...{ challenges: 1, similarity: 0.41268, liveness: 0.9 },
    },
    about,
  );
  expect(act).toEqual({
    kind: 'face-checked',
    subject: { visitId: about.visitId },
    detail: {
      ...{ verdict: 'refused', reason: 'broken-sequence', attempt: 2, frames: 40, challenges: 1, how: 'challenged' },
      ...{ weights: about.weights, breaks: 'jumped changed frozen' },
    },
    secret: { similarity: 413, liveness: 900 },
  });
});

test('why a portrait could not be compared is on record', () => {
  const facts = { frames: 0, breaks: [], challenges: 0 } as const;
  const { detail } = faceCheckedAct(
    { verdict: 'not-comparable', reason: 'unusable-portrait', portrait: 'no-face', ...facts },
    about,
  );
  expect(detail).toMatchObject({ reason: 'unusable-portrait', portrait: 'no-face' });
});

test('what was not measured is not on record', () => {
  const outcome = { verdict: 'not-comparable', reason: 'no-portrait', frames: 0, breaks: [], challenges: 0 } as const;
  const { detail, secret } = faceCheckedAct(outcome, about);
  for (const absent of ['breaks', 'portrait']) expect(detail).not.toHaveProperty(absent);
  expect([detail?.['how'], secret]).toEqual(['passive', {}]);
});
