import { expect, test } from 'vitest';
import { screen as screenSchema } from '../../../main/contracts/view.ts';
import { answerRows, composeScreen, maskNumber, type Surroundings } from '../../../main/flows/view.ts';
import type { VisitEvent } from '../../../main/flows/visit-machine.ts';
import {
  answer,
  CARD,
  catalogue,
  choose,
  claimed,
  contextOf,
  DELIVERED,
  linCard,
  MATCHED,
  plain,
  START,
  saved,
  service,
  startVisit,
  typed,
  type World,
} from '../../support/visit.ts';

const at = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;
const offline = { state: 'offline', cause: 'timeout', detail: '', retryInMs: 1, ...at } as const;
const full = new Error('the disk is full');
const NEXT = plain('NEXT');
const toForm = [START, choose('S01'), CARD, MATCHED];
const toSubmit = [...toForm, answer('years', 3), NEXT, NEXT];
/** A service that asks for so many acts. */
const choosing = (challenges: number): VisitEvent => {
  const { steps, ...others } = service('S01');
  const asking = steps.map((step) => (step.kind === 'verify-face' ? { ...step, challenges } : step));
  return { type: 'CHOOSE', service: { ...others, steps: asking } };
};
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
    moment: { reader: 'waiting', goodFrames: 0, actsSeen: 0 },
    ...changes,
  };
}

/** What the page draws after these events. */
async function drawn(events: readonly VisitEvent[], changes: Partial<Surroundings> = {}, world: World = {}) {
  const visit = startVisit(structuredClone(world));
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
    { moment: { reader: 'reading', goodFrames: 0, actsSeen: 0 } },
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
    { moment: { reader: 'waiting', advice: 'come-closer', goodFrames: 2, actsSeen: 0 } },
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
    { moment: { reader: 'waiting', challenge: 'turn-left', goodFrames: 5, actsSeen: 0 } },
    {},
    { kind: 'verify-face', phase: 'looking', challenge: 'turn-left', attemptsLeft: 3 },
  ],
  [
    'a known face before the first of three acts',
    [START, choosing(3), CARD],
    { moment: { reader: 'waiting', challenge: 'blink', goodFrames: 5, actsSeen: 0 } },
    {},
    { challenge: 'blink', act: { number: 1, of: 3 }, progress: 1 / 4 },
  ],
  [
    'the last of three acts',
    [START, choosing(3), CARD],
    { moment: { reader: 'waiting', challenge: 'turn-left', goodFrames: 5, actsSeen: 2 } },
    {},
    { challenge: 'turn-left', act: { number: 3, of: 3 }, progress: 3 / 4 },
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

/** S10 for whoever comes, without a card. */
const open: VisitEvent = { type: 'CHOOSE', service: { ...service('S10'), steps: service('S10').steps.slice(1) } };
/** S10 that knows everything already. */
const unasked: VisitEvent = {
  type: 'CHOOSE',
  service: { ...service('S10'), draft: 'no', steps: service('S10').steps.filter(({ kind }) => kind !== 'form') },
};
const keep = plain('SAVE_DRAFT');
const toCode = [START, plain('RESUME')];
const toCard = [...toCode, typed, plain('DRAFT_NEEDS_CARD')];
const slipDone = (outcome: object): VisitEvent => ({ type: 'SLIP_DONE', outcome }) as VisitEvent;

test('an application that is put aside shows its code once it is kept, and its slip once it is out', async () => {
  const shown = async (world: World, first = choose('S10')) => {
    const identified = first === open ? [] : [CARD];
    return (await drawn([START, first, ...identified, keep], {}, world)).screen;
  };
  const base = { kind: 'save-draft', needsCard: true };
  expect(await shown({ saving: [undefined] })).toEqual({ ...base, phase: 'saving' });
  expect(await shown({ saving: [{ type: 'DRAFT_NOT_SAVED' }] })).toEqual({ ...base, phase: 'not-saved' });
  const kept = { ...base, code: expect.stringMatching(/^\w{8}$/), keptUntil: expect.stringMatching(/Z$/) };
  expect(await shown({ slips: [undefined] })).toEqual({ ...kept, phase: 'printing' });
  expect(await shown({})).toEqual({ ...kept, phase: 'saved', slip: { state: 'printed' } });
  const problem = { device: 'receipt-printer', fault: 'paper-out' };
  const slip = { state: 'not-printed', problem };
  expect(await shown({ slips: [slipDone(noPaper)] })).toEqual({ ...kept, phase: 'saved', slip });
  expect(await shown({}, open)).toMatchObject({ phase: 'saved', needsCard: false });
});

test.each([
  ['a code', toCode, {}, { kind: 'resume', phase: 'code', scanner: true }],
  ['no scanner', toCode, { device: () => offline }, { kind: 'resume', phase: 'code', scanner: false }],
  ['a search', [...toCode, typed], {}, { kind: 'resume', phase: 'asking' }],
  [
    'a refusal',
    [...toCode, typed, { type: 'DRAFT_REFUSED', refusal: 'submitted' }],
    {},
    { kind: 'resume', phase: 'refused', refusal: 'submitted' },
  ],
  ['a card', toCard, {}, { kind: 'identify', reader: 'waiting' }],
  [
    'an expired card',
    [...toCard, { type: 'CARD_REFUSED', reason: 'expired' }],
    {},
    { kind: 'identify', reader: 'expired' },
  ],
  [
    'a refused card',
    [...toCard, { type: 'CARD_REFUSED', reason: 'refused' }],
    {},
    { kind: 'identify', reader: 'refused' },
  ],
  ['that it is being removed', [...toCard, CARD, claimed, plain('DISCARD')], {}, { kind: 'resume', phase: 'removing' }],
] as [string, VisitEvent[], Partial<Surroundings>, object][])(
  'who takes a saved application up sees %s, and no service yet',
  async (_, events, changes, expected) => {
    const { screen, visit } = await drawn(events, changes, { discarding: [undefined] });
    expect([screen, visit]).toEqual([expected, undefined]);
  },
);

test('what was found is shown with what has to be answered again, and is a visit once it goes on', async () => {
  const { title, plainTitle } = service('S10');
  const { savedAt, keptUntil } = saved;
  const found = { title, plainTitle, savedAt, keptUntil, changed: false, refill: [] };
  expect((await drawn([...toCard, CARD, claimed])).screen).toEqual({ kind: 'resume', phase: 'found', found });
  const answers = { delivery: 'post' };
  const later = { ...claimed, draft: { ...saved, answers }, service: { ...service('S10'), version: 2 } } as VisitEvent;
  const refill = [{ 'zh-CN': '手机号码', en: 'Mobile number' }];
  expect((await drawn([...toCard, CARD, later])).screen).toMatchObject({ found: { changed: true, refill } });
  const continued = await drawn([...toCard, CARD, claimed, NEXT]);
  expect(continued).toMatchObject({ screen: { kind: 'review' }, visit: { serviceId: 'S10', continued: true } });
  expect((await drawn([START, choose('S10'), CARD])).visit).not.toHaveProperty('continued');
});

test('a form asks one question, and says which of how many, and whether it can be put aside', async () => {
  const toPhone = [START, choose('S10'), CARD, answer('delivery', 'post'), NEXT];
  const second = await drawn([...toPhone, answer('phone', '138')]);
  expect(second.screen).toMatchObject({
    ...{ kind: 'form', position: { index: 1, count: 2 }, saving: 'offered' },
    fields: [{ name: 'phone', value: '138' }],
  });
  expect(second.screen).toHaveProperty('fields.length', 1);
  expect((await drawn(toForm)).screen).toMatchObject({ position: { index: 0, count: 1 }, saving: 'possible' });
  expect((await drawn([START, choose('S19'), CARD])).screen).not.toHaveProperty('saving');
});

test('with a network and paper enough a review speaks of neither', async () => {
  const paper = { device: () => ({ state: 'online', ...at, paper: 'full' }) as const };
  const { screen } = await drawn([...toForm, answer('years', 3), NEXT], paper);
  expect(screen).toMatchObject({ kind: 'review', willQueue: false, saving: 'possible' });
  expect(screen).not.toHaveProperty('paperLow');
});

test('a review of a service without a card, a form or a printer shows what there is', async () => {
  const sections = async (events: VisitEvent[], changes: Partial<Surroundings> = {}) => {
    const { screen } = await drawn(events, changes);
    if (screen.kind !== 'review') throw new Error('not a review');
    expect(screen).not.toHaveProperty('paperLow');
    return screen.sections.map(({ of }) => of);
  };
  const answers = [answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), NEXT];
  expect(await sections([START, open, ...answers], { device: () => undefined })).toEqual(['service', 'form']);
  expect(await sections([START, unasked, CARD])).toEqual(['service', 'person']);
});

test('where nothing is asked there is no form to go back to from the review', async () => {
  const visit = startVisit();
  await visit.send(START, unasked, CARD, plain('EDIT'));
  expect(visit.at).toBe('visit.review');
  await visit.send(plain('BACK'));
  expect(visit.at).toBe('services');
});

test('a result says whether a card lay on the reader', async () => {
  const answers = [answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), NEXT, NEXT, plain('CASE_SLOW')];
  expect((await drawn([START, open, ...answers])).screen).toMatchObject({ kind: 'result', cardWasUsed: false });
});

test('a case that has no number yet, or no rating, is shown without', async () => {
  expect((await drawn(toSubmit, {}, { numbering: [undefined] })).screen).toEqual({ kind: 'submit', phase: 'saving' });
  expect((await drawn([...toSubmit, DELIVERED])).screen).not.toHaveProperty('rating');
});

test('more good frames than are wanted fill the ring and no more', async () => {
  const moment = { reader: 'waiting', goodFrames: 9, actsSeen: 0 } as const;
  const { screen } = await drawn([START, choose('S01'), CARD], { moment });
  expect(screen).toEqual({ kind: 'verify-face', phase: 'looking', progress: 1, attemptsLeft: 3 });
});

test('while a visit ends its service is still named; while another is chosen it is not', async () => {
  const ending = await drawn([...toSubmit, DELIVERED, NEXT], {}, { ending: [undefined] });
  expect(ending).toMatchObject({ screen: { kind: 'ending' }, visit: { serviceId: 'S01' } });
  const again = await drawn([...toSubmit, DELIVERED, plain('AGAIN')], {}, { closing: [undefined] });
  expect([again.screen.kind, again.visit]).toEqual(['services', undefined]);
  expect((await drawn([])).visit).toBeUndefined();
});

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

test('an answer that is no longer offered is left out, a number without a unit stands alone', () => {
  const title = { 'zh-CN': '份数', en: 'Copies' };
  const context = contextOf('S10', { answers: { delivery: 'pigeon', phone: '13800138000', copies: 2 } });
  const steps = structuredClone(context.service!.steps);
  for (const step of steps) {
    if (step.kind !== 'form') continue;
    const { group: _, label: __, ...phone } = step.schema.properties['phone'] as { group?: number[]; label?: object };
    const copies = { type: 'integer', minimum: 1, maximum: 5, title };
    step.schema.properties = { ...step.schema.properties, phone, copies } as unknown as typeof step.schema.properties;
  }
  expect(answerRows({ ...context, service: { ...context.service!, steps } })).toEqual([
    {
      field: 'phone',
      label: { 'zh-CN': '您的手机号码', en: 'Your mobile number' },
      value: { 'zh-CN': '13800138000', en: '13800138000' },
    },
    { field: 'copies', label: title, value: { 'zh-CN': '2', en: '2' } },
  ]);
  expect(answerRows({ ...context, service: null })).toEqual([]);
  expect(answerRows(contextOf('S01', { answers: { years: 3 } }))[0]).toMatchObject({
    field: 'years',
    value: { 'zh-CN': '3 年', en: '3 yr' },
  });
});

test.each([
  ['230299197506180027', '230***********0027'],
  ['ABC123456789012', 'ABC********9012'],
  ['1234567', '1234567'],
])('%s is shown as %s', (number, shown) => {
  expect(maskNumber(number)).toBe(shown);
});
