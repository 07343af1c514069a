import { expect, test } from 'vitest';
import {
  currentStep,
  fieldNames,
  papersOf,
  waitingAgain,
  withAnswer,
  withPaperSeen,
  withPrefill,
} from '../../../main/flows/visit-changes.ts';
import type { Paper } from '../../../main/flows/visit-context.ts';
import { certificate, contextOf, licence } from '../../support/visit.ts';

const opened = {
  caseId: '0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11',
  acceptedAt: '2026-11-21T16:30:00.000Z',
  delivered: true,
};
const paper = (changes: Partial<Paper>): Paper => ({
  ...{ document: 'receipt', copies: 1, attempt: 1, state: 'printed' },
  ...changes,
});

test('an answer that was emptied is no answer, and its error is gone', () => {
  const before = contextOf('S10', { answers: { phone: '138' }, errors: { phone: 'bad-format', delivery: 'required' } });
  const after = withAnswer(before, 'phone', '');
  expect([after.answers, after.touched, after.errors]).toEqual([{}, ['phone'], { delivery: 'required' }]);
  expect(withAnswer(after, 'phone', '1').touched).toEqual(['phone']);
});

test('a first value is not put over an answer, and not where there is no such question', () => {
  const answered = contextOf('S10', { answers: { phone: '13800138000' } });
  expect(withPrefill(answered, { phone: '13900139000', colour: 'red' }).answers).toEqual({ phone: '13800138000' });
  expect(withPrefill(contextOf('S10', { service: null }), { phone: '139' }).answers).toEqual({});
});

test('without a service there is no step, no question and no paper', () => {
  const none = contextOf('S10', { service: null });
  expect([currentStep(none), fieldNames(none), papersOf(none)]).toEqual([undefined, [], []]);
});

test('of papers that were asked for, what the platform did not issue cannot be printed today', () => {
  const states = (id: string, document?: typeof certificate | typeof licence) =>
    papersOf(contextOf(id, { case: { ...opened, ...(document && { document }) } })).map(({ state, problem }) => [
      state,
      problem,
    ]);
  const missing = ['not-printed', 'platform-offline'];
  const waiting = ['waiting', undefined];
  expect(states('S01')).toEqual([missing, waiting]);
  expect(states('S01', certificate)).toEqual([waiting, waiting]);
  expect(states('S06', certificate)).toEqual([missing, waiting]);
  expect(states('S06', licence)).toEqual([waiting, waiting]);
});

test('only a paper of which nobody knows is asked about', () => {
  const papers = [paper({ document: 'certificate' }), paper({ state: 'unknown' })];
  const context = contextOf('S01', { papers });
  expect(withPaperSeen(context, 'certificate', false).papers).toEqual(papers);
  expect(withPaperSeen(context, 'licence', true).papers).toEqual(papers);
  expect(withPaperSeen(context, 'receipt', true).papers[1]?.state).toBe('printed');
});

test('a paper that waits for the platform is not tried again, any other is', () => {
  const problem = 'platform-offline';
  const late = paper({ document: 'certificate', state: 'not-printed', problem });
  expect(waitingAgain(late)).toEqual(late);
  const jammed = paper({ state: 'not-printed', problem: { device: 'receipt-printer', fault: 'media-jammed' } });
  expect(waitingAgain(jammed)).toEqual(paper({ attempt: 2, state: 'waiting' }));
});
