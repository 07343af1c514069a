import { expect, test } from 'vitest';
import { screen as screenSchema } from '../../../main/contracts/view.ts';
import { answerRows, composeScreen, maskNumber, type Surroundings } from '../../../main/flows/view.ts';
import type { VisitEvent } from '../../../main/flows/visit-machine.ts';
import {
  answer,
  CARD,
  catalogue,
  choose,
  contextOf,
  DELIVERED,
  linCard,
  MATCHED,
  plain,
  START,
  startVisit,
  type World,
} from '../../support/visit.ts';

const at = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;
const offline = { state: 'offline', cause: 'timeout', detail: '', retryInMs: 1, ...at } as const;
const full = new Error('the disk is full');
const NEXT = plain('NEXT');
const toForm = [START, choose('S01'), CARD, MATCHED];
const toSubmit = [...toForm, answer('years', 3), NEXT, NEXT];
const noPaper = { outcome: 'not-printed', code: 'paper-out', detail: '' } as const;

function around(changes: Partial<Surroundings> = {}): Surroundings {
  return {
    catalogue,
    network: 'online',
    faceCheckReady: true,
    powerFails: false,
    storageFull: false,
    blank: () => undefined,
    device: () => ({ state: 'online', ...at }),
    moment: { reader: 'waiting', goodFrames: 0 },
    ...changes,
  };
}

/** What the page draws after these events. */
async function drawn(events: readonly VisitEvent[], changes: Partial<Surroundings> = {}, world: World = {}) {
  const visit = startVisit(world);
  await visit.send(...events);
  const composed = composeScreen(visit.actor.getSnapshot(), around(changes));
  visit.actor.stop();
  expect(screenSchema.parse(composed.screen)).toEqual(composed.screen); // nothing that the contract does not have
  return composed;
}

test.each([
  ['attract', [], {}, {}, { kind: 'attract' }],
  ['identify', [START, choose('S10')], {}, {}, { kind: 'identify', reader: 'waiting' }],
  [
    'a card that is being read',
    [START, choose('S10')],
    { moment: { reader: 'reading', goodFrames: 0 } },
    {},
    { reader: 'reading' },
  ],
  ['a reader that is away', [START, choose('S10')], { device: () => offline }, {}, { reader: 'offline' }],
  [
    'an expired card',
    [START, choose('S10'), { type: 'CARD_REFUSED', reason: 'expired' }],
    {},
    {},
    { reader: 'expired' },
  ],
  [
    'a refused card',
    [START, choose('S10'), { type: 'CARD_REFUSED', reason: 'refused' }],
    { device: () => offline },
    {},
    { reader: 'refused' },
  ],
  [
    'a face',
    [START, choose('S01'), CARD],
    {},
    {},
    { kind: 'verify-face', phase: 'looking', progress: 0, attemptsLeft: 3 },
  ],
  [
    'two of five good frames',
    [START, choose('S01'), CARD],
    { moment: { reader: 'waiting', advice: 'come-closer', goodFrames: 2 } },
    {},
    { advice: 'come-closer', progress: 2 / 5 },
  ],
  ['no camera', [START, choose('S01'), CARD], { device: () => offline }, {}, { phase: 'camera-offline' }],
  ['no face process', [START, choose('S01'), CARD], { faceCheckReady: false }, {}, { phase: 'face-check-offline' }],
  [
    'a wrong face',
    [START, choose('S01'), CARD, { type: 'FACE_REFUSED', attemptsLeft: 2 }],
    {},
    {},
    { phase: 'refused', attemptsLeft: 2 },
  ],
  [
    'an act that was not seen',
    [START, choose('S01'), CARD, { type: 'FACE_REFUSED', attemptsLeft: 2, why: 'blink' }],
    {},
    {},
    { kind: 'verify-face', phase: 'refused', challenge: 'blink', progress: 0, attemptsLeft: 2 },
  ],
  [
    'what was taken for a picture',
    [START, choose('S01'), CARD, { type: 'FACE_REFUSED', attemptsLeft: 2, why: 'not-live' }],
    {},
    {},
    { kind: 'verify-face', phase: 'refused', advice: 'not-live', progress: 0, attemptsLeft: 2 },
  ],
  [
    'an act that is asked for',
    [START, choose('S01'), CARD],
    { moment: { reader: 'waiting', challenge: 'turn-left', goodFrames: 5 } },
    {},
    { kind: 'verify-face', phase: 'looking', challenge: 'turn-left', progress: 1, attemptsLeft: 3 },
  ],
  [
    'a portrait that cannot be used',
    [START, choose('S01'), CARD, { type: 'FACE_NOT_COMPARABLE' }],
    {},
    {},
    { phase: 'not-comparable' },
  ],
  ['a matched face', toForm, {}, { pausing: [undefined] }, { phase: 'matched', progress: 1 }],
  ['the way without a face', [START, choose('S01'), CARD, plain('WITHOUT_FACE')], {}, {}, { kind: 'without-face' }],
  ['a form', toForm, {}, {}, { kind: 'form', fields: [{ name: 'years', required: true }] }],
  ['a form with an error', [...toForm, NEXT], {}, {}, { fields: [{ error: 'required' }] }],
  [
    'a review without a network',
    [...toForm, answer('years', 3), NEXT],
    { network: 'offline' },
    {},
    { kind: 'review', willQueue: true },
  ],
  [
    'a review with hardly any paper for the receipt',
    [...toForm, answer('years', 3), NEXT],
    { device: (wanted) => ({ state: 'online', ...at, paper: wanted === 'receipt-printer' ? 'low' : 'full' }) },
    {},
    { kind: 'review', paperLow: 'receipt' },
  ],
  ['numbering', toSubmit, {}, { numbering: [undefined] }, { kind: 'submit', phase: 'saving' }],
  ['saving', toSubmit, {}, { accepting: [undefined] }, { phase: 'saving', caseNumber: 'LS03-20261121-0001' }],
  ['not saved', toSubmit, {}, { accepting: [full] }, { phase: 'not-saved' }],
  ['sending', toSubmit, {}, {}, { phase: 'sending' }],
  ['a slow platform', [...toSubmit, plain('CASE_SLOW')], {}, {}, { phase: 'slow' }],
  ['a refusal', [...toSubmit, { type: 'CASE_REJECTED' }], {}, {}, { phase: 'rejected' }],
  [
    'printing',
    [...toSubmit, DELIVERED],
    {},
    { printing: [undefined] },
    { kind: 'print', papers: [{ document: 'certificate', state: 'printing' }, { state: 'waiting' }] },
  ],
  [
    'no paper',
    [...toSubmit, DELIVERED],
    {},
    { printing: [noPaper] },
    {
      papers: [
        { state: 'not-printed', problem: { device: 'licence-printer', fault: 'paper-out' } },
        { state: 'printed' },
      ],
    },
  ],
  [
    'a result',
    [...toSubmit, DELIVERED],
    {},
    {},
    { kind: 'result', outcome: 'delivered', caseNumber: 'LS03-20261121-0001', cardWasUsed: true },
  ],
  ['a rated result', [...toSubmit, DELIVERED, { type: 'RATE', stars: 4 }], {}, {}, { rating: 4 }],
  [
    'out of service',
    [...toSubmit, DELIVERED, NEXT],
    {},
    { ending: [full], recovering: [undefined] },
    { kind: 'out-of-service', problem: 'storage-failed' },
  ],
] as [string, VisitEvent[], Partial<Surroundings>, World, object][])(
  'the page shows %s',
  async (_, events, changes, world, expected) => {
    expect((await drawn(events, changes, world)).screen).toMatchObject(expected);
  },
);

test('a queued case says so, with its ticket', async () => {
  const world = { numbering: [{ caseNumber: 'LS03-20261121-0009', ticketNumber: 'B012' }] };
  const { screen } = await drawn(
    [START, choose('S19'), CARD, answer('matter', 'housing'), NEXT, plain('CASE_SLOW')],
    {},
    world,
  );
  expect(screen).toMatchObject({ kind: 'result', outcome: 'queued', ticketNumber: 'B012' });
});

test('every service is on the list, greyed with its reason', async () => {
  const { screen, visit } = await drawn([START], { network: 'offline' });
  if (screen.kind !== 'services') throw new Error('not the list');
  expect(screen.services.map(({ id, available, worksOffline }) => [id, available.state, worksOffline])).toEqual([
    ['S01', 'no', false],
    ['S06', 'no', false],
    ['S10', 'queued-only', true],
    ['S19', 'queued-only', true],
  ]);
  expect(visit).toBeUndefined();
});

test('the steps of a service are marked done, current and to do', async () => {
  const { visit } = await drawn(toForm);
  expect(visit?.steps.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    'identify done',
    'verify-face done',
    'form current',
    'review todo',
    'submit todo',
    'print todo',
    'rate todo',
  ]);
});

test('a review shows service, person and answers, and of the number only its ends', async () => {
  const { screen } = await drawn([...toForm, answer('years', 3), NEXT]);
  if (screen.kind !== 'review') throw new Error('not a review');
  expect(screen.sections.map(({ of }) => of)).toEqual(['service', 'person', 'form']);
  expect(screen.sections.flatMap(({ rows }) => rows.map(({ value }) => value.en))).toEqual([
    'Social-insurance participation certificate',
    '林晓岚',
    '230***********0027',
    '3 yr',
  ]);
  expect(JSON.stringify(screen)).not.toContain(linCard.idNumber);
});

test('answers are read back as a person says them', () => {
  const rows = answerRows(contextOf('S10', { answers: { phone: '13800138000', delivery: 'collect' } }));
  expect(rows.map(({ value }) => value['zh-CN'])).toEqual(['自己去街道领', '138 0013 8000']);
  expect(answerRows(contextOf('S10', { answers: { phone: '138001' } })).map(({ value }) => value.en)).toEqual([
    '138 001',
  ]);
});

test.each([
  ['230299197506180027', '230***********0027'],
  ['ABC123456789012', 'ABC********9012'],
  ['1234567', '1234567'],
])('%s is shown as %s', (number, shown) => {
  expect(maskNumber(number)).toBe(shown);
});
