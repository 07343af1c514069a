import { expect, test } from 'vitest';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import {
  isAtPrinter,
  type JobStateName,
  jobStates,
  mayFollow,
  outcomeOf,
  sheetFate,
  stateAfter,
} from '../../printers/spool/job-state.ts';

const notPrinted = (code: 'media-jammed' | 'paper-out'): PrintOutcome => ({ outcome: 'not-printed', code, detail: '' });
const unknown: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' };

/** All that may come after `state`, at once or later. */
function reachable(state: JobStateName, seen = new Set<JobStateName>()): Set<JobStateName> {
  for (const next of jobStates.filter((one) => mayFollow(state, one) && !seen.has(one)))
    reachable(next, seen.add(next));
  return seen;
}

test('a paper that may have been printed never comes back to where it would be printed unasked', () => {
  for (const state of ['sending', 'printing', 'presented', 'taken', 'failed', 'unknown'] as const) {
    for (const early of ['accepted', 'rendering', 'sending'] as const) expect(reachable(state)).not.toContain(early);
  }
  expect(jobStates.filter(isAtPrinter)).toEqual(['sending', 'printing']);
});

test('every state can be come to, and each way ends in a word that is known for good or that a person gives', () => {
  expect([...reachable('accepted')].sort()).toEqual(jobStates.filter((one) => one !== 'accepted').sort());
  const ends = jobStates.filter((state) => !jobStates.some((next) => mayFollow(state, next)));
  expect(ends).toEqual(['taken', 'failed']);
});

test('what is known of a job, and the state that it comes from, are each other’s', () => {
  for (const outcome of [{ outcome: 'printed' }, notPrinted('paper-out'), unknown] as const) {
    expect(outcomeOf(stateAfter(outcome))).toEqual(outcome);
  }
  expect(outcomeOf({ state: 'taken' })).toEqual({ outcome: 'printed' });
  for (const state of ['accepted', 'rendering', 'sending', 'printing'] as const) {
    expect(outcomeOf({ state })).toBeUndefined();
  }
});

test.each<[from: JobStateName, outcome: PrintOutcome, sheetUsed: boolean | undefined, fate: string]>([
  ['printing', { outcome: 'printed' }, undefined, 'printed'],
  ['sending', { outcome: 'printed' }, undefined, 'printed'],
  ['sending', unknown, undefined, 'uncertain'],
  ['printing', unknown, false, 'uncertain'],
  ['sending', notPrinted('paper-out'), undefined, 'in-tray'],
  ['sending', notPrinted('paper-out'), true, 'spoiled'],
  ['sending', notPrinted('media-jammed'), undefined, 'spoiled'],
  ['printing', notPrinted('media-jammed'), undefined, 'spoiled'],
  ['printing', notPrinted('media-jammed'), false, 'in-tray'], // a jam of the sheet before, which the printer knows
  ['printing', notPrinted('paper-out'), undefined, 'uncertain'],
  ['printing', notPrinted('paper-out'), false, 'in-tray'],
  ['printing', notPrinted('paper-out'), true, 'spoiled'],
])('a job that was %s and ended as %o, sheet used %s: its sheet is %s', (from, outcome, sheetUsed, fate) => {
  expect(sheetFate(from, outcome, sheetUsed)).toBe(fate);
});
