import { expect, test } from 'vitest';
import { emptyVisit } from '../../../main/flows/visit-context.ts';
import type { VisitEvent } from '../../../main/flows/visit-machine.ts';
import {
  answer,
  CARD,
  certificate,
  choose,
  DELIVERED,
  licence,
  MATCHED,
  plain,
  START,
  service,
  startVisit,
  type Visit,
  type World,
} from '../../support/visit.ts';

const NEXT = plain('NEXT');
const RETRY = plain('RETRY');
const BACK = plain('BACK');
const full = Object.assign(new Error('the disk is full'), { code: 'full' });
const noPaper = { outcome: 'not-printed', code: 'paper-out', detail: 'no paper' } as const;
const unknown = { outcome: 'unknown', code: 'outcome-unknown', detail: 'the line died' } as const;

/** A visit that has come to the form of a service. */
async function atForm(id: string, world: World = {}): Promise<Visit> {
  const visit = startVisit(world);
  await visit.send(START, choose(id), CARD);
  if (visit.at === 'visit.verifyFace.looking') await visit.send(MATCHED);
  expect(visit.at).toBe('visit.form');
  return visit;
}

async function atSubmit(world: World = {}): Promise<Visit> {
  const visit = await atForm('S01', world);
  await visit.send(answer('years', 3), NEXT, NEXT);
  return visit;
}

test('S01 is walked from the first touch to the certificate and the receipt', async () => {
  const visit = startVisit({ prefill: { years: 2 } });
  const places: string[] = [];
  for (const event of [
    START,
    choose('S01'),
    CARD,
    MATCHED,
    NEXT,
    NEXT,
    DELIVERED,
    { type: 'RATE', stars: 5 } as const,
    NEXT,
  ]) {
    await visit.send(event);
    places.push(visit.at);
  }
  expect(places).toEqual([
    'services',
    'visit.identify.waiting',
    'visit.verifyFace.looking',
    'visit.form',
    'visit.review',
    'visit.submit.sending.soon',
    'visit.rate',
    'visit.rate',
    'attract',
  ]);
  expect(visit.printed).toEqual(['certificate 1', 'receipt 1']);
});

test('S10 needs no face, and goes on with a receipt when the platform is slow', async () => {
  const visit = await atForm('S10');
  await visit.send(answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), NEXT, NEXT);
  expect(visit.context.case).toMatchObject({ caseNumber: 'LS03-20261121-0001', delivered: false });
  await visit.send(plain('CASE_SLOW'));
  expect([visit.at, visit.printed]).toEqual(['visit.rate', ['receipt 1']]);
});

test('S19 gives a ticket without a review', async () => {
  const visit = await atForm('S19', { numbering: [{ caseNumber: 'LS03-20261121-0007', ticketNumber: 'B012' }] });
  await visit.send(answer('matter', 'housing'), NEXT, { type: 'CASE_DELIVERED' });
  expect(visit.context.case).toMatchObject({ ticketNumber: 'B012', delivered: true });
  expect([visit.at, visit.printed]).toEqual(['visit.rate', ['receipt 1']]);
});

test('with a service that cannot queue, the resident waits, or goes on without the certificate', async () => {
  const visit = await atSubmit();
  await visit.send(plain('CASE_SLOW'));
  expect(visit.at).toBe('visit.submit.sending.slow');
  await visit.send(plain('CASE_SLOW'));
  expect(visit.at).toBe('visit.submit.sending.slow');
  await visit.send(NEXT);
  expect([visit.at, visit.printed]).toEqual(['visit.print.attention', ['receipt 1']]);
  expect(visit.context.papers[0]).toMatchObject({ state: 'not-printed', problem: 'platform-offline' });
  await visit.send(RETRY);
  expect([visit.at, visit.printed]).toEqual(['visit.print.attention', ['receipt 1']]);
  await visit.send(NEXT);
  expect(visit.at).toBe('visit.rate');
});

test('what is waited for longer is still taken when it comes', async () => {
  const visit = await atSubmit();
  await visit.send(plain('CASE_SLOW'), DELIVERED);
  expect([visit.at, visit.context.case?.document]).toEqual(['visit.rate', certificate]);
});

test('a case that the platform refuses leads nowhere but out', async () => {
  const visit = await atSubmit();
  await visit.send({ type: 'CASE_REJECTED' }, RETRY, NEXT, BACK);
  expect(visit.at).toBe('visit.submit.rejected');
  await visit.send(plain('LEAVE'));
  expect(visit.at).toBe('attract');
});

test('one question follows another, each once it is answered right, and a wrong answer is named once it was tried', async () => {
  const visit = await atForm('S10');
  await visit.send(NEXT);
  expect([visit.context.question, visit.context.errors]).toMatchObject([0, { delivery: 'required' }]);
  await visit.send(answer('delivery', 'collect'));
  expect(visit.context.errors).not.toHaveProperty('delivery');
  await visit.send(NEXT);
  expect([visit.context.question, visit.context.errors]).toEqual([1, {}]);
  await visit.send(answer('phone', '1380'), NEXT);
  expect([visit.at, visit.context.errors]).toEqual(['visit.form', { phone: 'bad-format' }]);
  await visit.send(answer('phone', '13800138000'), NEXT);
  expect([visit.at, visit.context.errors]).toEqual(['visit.review', {}]);
});

test('one answer is changed from the review and leads back there; back without a change does too', async () => {
  const visit = await atForm('S10');
  await visit.send(answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), NEXT);
  await visit.send({ type: 'EDIT', field: 'delivery' });
  expect([visit.at, visit.context.question]).toEqual(['visit.form', 0]);
  await visit.send(answer('delivery', 'collect'), NEXT);
  expect([visit.at, visit.context.answers['delivery']]).toEqual(['visit.review', 'collect']);
  await visit.send({ type: 'EDIT', field: 'phone' }, BACK);
  expect(visit.at).toBe('visit.review');
  await visit.send({ type: 'EDIT', field: 'phone' }, answer('phone', null), NEXT);
  expect([visit.at, visit.context.question]).toEqual(['visit.form', 1]);
  await visit.send({ type: 'EDIT', field: 'colour' });
  expect(visit.at).toBe('visit.form');
});

test('an answer that is spoilt while it is passed by is asked for again before the review', async () => {
  const visit = await atForm('S10');
  await visit.send(answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), answer('delivery', null), NEXT);
  expect([visit.at, visit.context.question]).toEqual(['visit.form', 0]);
  expect(visit.context.errors).toEqual({ delivery: 'required' });
});

test.each([
  ['a field that there is not', answer('colour', 'red')],
  ['a name that every object has', answer('constructor', 'x')],
  ['another such name', answer('__proto__', 'x')],
  ['a choice that is not offered', answer('delivery', 'pigeon')],
  ['a number where a choice is wanted', answer('delivery', 1)],
  ['letters where digits are wanted', answer('phone', '138abc')],
  ['more digits than fit', answer('phone', '138001380001')],
])('%s is not taken as an answer', async (_, event) => {
  const visit = await atForm('S10');
  await visit.send(event);
  expect([visit.context.answers, visit.context.touched]).toEqual([{}, []]);
});

test('a first value is put in, and never over what the resident has touched, even to empty it', async () => {
  const kept = await atForm('S10', { prefill: { phone: '13900139000', delivery: 'pigeon' } });
  expect(kept.context.answers).toEqual({ phone: '13900139000' });
  await kept.send(answer('phone', null));
  expect(kept.context.answers).toEqual({});
  await kept.send(BACK, choose('S10'));
  expect([kept.at, kept.context.answers]).toEqual(['visit.form', {}]);
});

test('back and edit keep the answers of the same service; another service starts afresh', async () => {
  const visit = await atForm('S10');
  await visit.send(answer('delivery', 'post'), NEXT, answer('phone', '13800138000'), NEXT, plain('EDIT'));
  expect([visit.at, visit.context.question]).toEqual(['visit.form', 0]);
  await visit.send(NEXT, NEXT, BACK);
  expect([visit.at, visit.context.answers]).toEqual(['visit.form', { delivery: 'post', phone: '13800138000' }]);
  await visit.send(BACK, BACK, choose('S10'));
  expect([visit.context.question, visit.context.answers]).toMatchObject([0, { delivery: 'post' }]);
  await visit.send(BACK, choose('S19'));
  expect([visit.at, visit.context.answers]).toEqual(['visit.form', {}]);
});

test('a refused or expired card is said so, and the next card is read without a touch', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S10'), { type: 'CARD_REFUSED', reason: 'expired' });
  expect(visit.at).toBe('visit.identify.expired');
  await visit.send({ type: 'CARD_REFUSED', reason: 'refused' });
  expect(visit.at).toBe('visit.identify.refused');
  await visit.send({ type: 'CARD_REFUSED', reason: 'refused' });
  expect([visit.at, visit.started['readCard']]).toEqual(['visit.identify.refused', 4]);
  await visit.send(RETRY);
  expect(visit.at).toBe('visit.identify.waiting');
  await visit.send({ type: 'CARD_REFUSED', reason: 'refused' }, CARD);
  expect(visit.at).toBe('visit.form');
});

test('a wrong face has three attempts, and neither going back nor around gives more', async () => {
  const visit = startVisit();
  const refused = { type: 'FACE_REFUSED', attemptsLeft: 3 } as const;
  await visit.send(START, choose('S01'), CARD, refused);
  expect([visit.at, visit.context.faceAttemptsLeft]).toEqual(['visit.verifyFace.refused', 2]);
  await visit.send(RETRY, refused, RETRY, refused);
  expect(visit.context.faceAttemptsLeft).toBe(0);
  for (const way of [[RETRY], [plain('WITHOUT_FACE'), BACK], [BACK, choose('S01')]]) {
    await visit.send(...way);
    expect(visit.at).toBe('visit.verifyFace.refused');
  }
  expect(visit.started['checkFace']).toBe(3);
  await visit.send(plain('WITHOUT_FACE'));
  expect(visit.at).toBe('visit.withoutFace');
});

test('what was missing at the last attempt is known until the next one ends', async () => {
  const visit = startVisit();
  const refusals: unknown[] = [];
  const attempts = [{ attemptsLeft: 2, why: 'turn-left' }, { attemptsLeft: 1 }, { attemptsLeft: 0, why: 'not-live' }];
  await visit.send(START, choose('S01'), CARD);
  for (const attempt of attempts as { attemptsLeft: number; why?: 'turn-left' | 'not-live' }[]) {
    await visit.send({ type: 'FACE_REFUSED', ...attempt });
    refusals.push([visit.at, visit.context.faceRefusal, visit.context.faceAttemptsLeft]);
    await visit.send(RETRY);
  }
  expect(refusals).toEqual([
    ['visit.verifyFace.refused', 'turn-left', 2],
    ['visit.verifyFace.refused', null, 1],
    ['visit.verifyFace.refused', 'not-live', 0],
  ]);
});

test('a card that was refused in an earlier visit has only what is left of its attempts', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S01'), CARD, { type: 'FACE_REFUSED', attemptsLeft: 0 }, RETRY);
  expect([visit.at, visit.context.faceAttemptsLeft]).toEqual(['visit.verifyFace.refused', 0]);
});

test('a face that was verified with fewer acts than the next service asks for is looked at again', async () => {
  const demanding = { ...service('S01'), id: 'S99' };
  demanding.steps = demanding.steps.map((step) => (step.kind === 'verify-face' ? { ...step, challenges: 2 } : step));
  const visit = startVisit();
  const other: VisitEvent = { type: 'CHOOSE', service: demanding };
  await visit.send(START, choose('S01'), CARD, MATCHED, plain('BACK'), other);
  expect(visit.at).toBe('visit.verifyFace.looking');
  await visit.send({ type: 'FACE_MATCHED', challenges: 2 }, plain('BACK'), other);
  expect([visit.at, visit.started['checkFace']]).toEqual(['visit.form', 2]);
});

test('a card without a usable portrait leads to the way without a face', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S01'), CARD, { type: 'FACE_NOT_COMPARABLE' });
  expect([visit.at, visit.context.faceAttemptsLeft]).toEqual(['visit.verifyFace.notComparable', 3]);
  await visit.send(plain('WITHOUT_FACE'));
  expect(visit.at).toBe('visit.withoutFace');
});

test('"matched" stands long enough to be read, and the verified person is not looked at twice', async () => {
  const visit = startVisit({ pausing: [undefined] });
  await visit.send(START, choose('S01'), CARD, MATCHED);
  expect([visit.at, visit.context.faceVerified]).toEqual(['visit.verifyFace.matched', true]);
  await visit.send(BACK, choose('S01'));
  expect([visit.at, visit.started['checkFace']]).toEqual(['visit.form', 1]);
});

test.each([
  ['numbered', 'numbering'],
  ['accepted', 'accepting'],
])('a case that cannot be %s is said so, and tried again under the same id', async (_, work) => {
  const visit = await atSubmit({ [work]: [full] });
  const { caseId } = visit.context.case!;
  expect(visit.at).toBe('visit.submit.notSaved');
  await visit.send(RETRY);
  expect([visit.at, visit.context.case?.caseId]).toEqual(['visit.submit.sending.soon', caseId]);
});

test('from a case that was not saved a resident can go back to the form, and then it is another case', async () => {
  const visit = await atSubmit({ accepting: [full] });
  const { caseId } = visit.context.case!;
  await visit.send(BACK);
  expect([visit.at, visit.context.case]).toEqual(['visit.form', null]);
  await visit.send(answer('years', 5), NEXT, NEXT);
  expect(visit.context.case?.caseId).not.toBe(caseId);
});

test('a crash while numbering or accepting does not number or accept a second case', async () => {
  const visit = await atSubmit({ accepting: [undefined] });
  expect(visit.at).toBe('visit.submit.saving');
  const later = startVisit({}, JSON.parse(JSON.stringify(visit.actor.getPersistedSnapshot())));
  await later.send();
  await later.send(DELIVERED);
  expect(later.started['numberCase']).toBeUndefined();
  expect(later.context.case).toMatchObject({
    caseId: visit.context.case?.caseId,
    caseNumber: visit.context.case?.caseNumber,
  });
});

test('leaving and timing out are ignored while a case is numbered, saved, or on paper', async () => {
  const waits: World[] = [{ numbering: [undefined] }, { accepting: [undefined] }];
  for (const world of waits) {
    const visit = await atSubmit(world);
    const { at } = visit;
    await visit.send(plain('LEAVE'), plain('TIMEOUT'), BACK, NEXT);
    expect(visit.at).toBe(at);
  }
  const printing = await atSubmit({ printing: [undefined] });
  await printing.send(DELIVERED, plain('LEAVE'), plain('TIMEOUT'), NEXT);
  expect(printing.at).toBe('visit.print.printing');
});

test('paper that did not come out is tried again with a new attempt number, and the others are not printed again', async () => {
  const visit = await atSubmit({ printing: [noPaper] });
  await visit.send(DELIVERED);
  expect(visit.at).toBe('visit.print.attention');
  expect(visit.context.papers).toMatchObject([
    { state: 'not-printed', problem: { device: 'licence-printer', fault: 'paper-out' } },
    { state: 'printed' },
  ]);
  await visit.send(RETRY);
  expect([visit.at, visit.printed]).toEqual(['visit.rate', ['certificate 1', 'receipt 1', 'certificate 2']]);
});

test.each(['paper-out', 'not-connected', 'media-jammed', 'invalid-data'] as const)(
  'a receipt that failed with %s is shown so',
  async (code) => {
    const visit = await atSubmit({ printing: [{ outcome: 'printed' }, { ...noPaper, code }] });
    await visit.send(DELIVERED);
    expect(visit.context.papers[1]).toMatchObject({
      document: 'receipt',
      problem: { device: 'receipt-printer', fault: code },
    });
  },
);

test('paper nobody knows about is asked for: seen is printed, not seen is a new attempt', async () => {
  const seen = await atSubmit({ printing: [unknown] });
  await seen.send(DELIVERED, { type: 'PAPER_SEEN', document: 'receipt', seen: true });
  expect([seen.at, seen.context.papers[0]?.state]).toEqual(['visit.print.attention', 'unknown']);
  await seen.send(RETRY); // repeating could print twice
  expect(seen.context.papers[0]?.state).toBe('unknown');
  await seen.send({ type: 'PAPER_SEEN', document: 'certificate', seen: true });
  expect([seen.at, seen.printed]).toEqual(['visit.rate', ['certificate 1', 'receipt 1']]);

  const notSeen = await atSubmit({ printing: [new Error('the actor failed'), { outcome: 'printed' }, unknown] });
  await notSeen.send(DELIVERED, { type: 'PAPER_SEEN', document: 'certificate', seen: false });
  expect(notSeen.context.papers[0]).toMatchObject({ state: 'unknown', attempt: 2 });
  await notSeen.send({ type: 'PAPER_SEEN', document: 'certificate', seen: false });
  expect([notSeen.at, notSeen.printed]).toEqual([
    'visit.rate',
    ['certificate 1', 'receipt 1', 'certificate 2', 'certificate 3'],
  ]);
});

test('what a resident says of a paper while the next one is printed is heard: its question is on the page', async () => {
  const visit = await atSubmit({ printing: [unknown, undefined] });
  await visit.send(DELIVERED, { type: 'PAPER_SEEN', document: 'certificate', seen: true });
  expect([visit.at, visit.context.papers.map(({ state }) => state), visit.printed]).toEqual([
    'visit.print.printing',
    ['printed', 'printing'],
    ['certificate 1', 'receipt 1'],
  ]);
});

test('a certificate that the platform has a template for is printed as one', async () => {
  const visit = await atSubmit();
  await visit.send({ type: 'CASE_DELIVERED', document: { ...licence, template: 'tax-certificate' } });
  expect(visit.printed).toEqual(['certificate 1', 'receipt 1']);
});

/** Before the print step of S06, whose first paper is a licence. */
async function atLicence(world: World): Promise<Visit> {
  const visit = startVisit(world);
  await visit.send(START, choose('S06'), CARD, MATCHED, NEXT);
  await visit.send({ type: 'CASE_DELIVERED', document: licence });
  return visit;
}

test('a certificate is no licence: no numbered blank goes into it', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S06'), CARD, MATCHED, NEXT, DELIVERED);
  expect([visit.context.papers[0]?.problem, visit.printed]).toEqual(['platform-offline', ['receipt 1']]);
});

test('a licence that nobody saw come out waits for a clerk, as its blank may be used all the same', async () => {
  const visit = await atLicence({ printing: [unknown] });
  expect(visit.context.papers[0]).toMatchObject({ document: 'licence', state: 'unknown' });
  await visit.send({ type: 'PAPER_SEEN', document: 'licence', seen: false });
  expect([visit.at, visit.context.papers[0]]).toEqual([
    'visit.print.attention',
    { document: 'licence', copies: 1, attempt: 1, state: 'not-printed', problem: 'blanks-uncertain' },
  ]);
  await visit.send(RETRY); // the clerk has looked meanwhile
  expect([visit.at, visit.printed]).toEqual(['visit.rate', ['licence 1', 'receipt 1', 'licence 2']]);
});

test('a licence without a blank says why, and the receipt comes all the same', async () => {
  const visit = await atLicence({ printing: [{ outcome: 'no-blank', problem: 'no-blanks' }] });
  expect(visit.context.papers.map(({ state, problem }) => [state, problem])).toEqual([
    ['not-printed', 'no-blanks'],
    ['printed', undefined],
  ]);
});

test('a certificate in place of the licence that was asked for is not printed on its blank', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S06'), CARD, MATCHED, NEXT, DELIVERED);
  expect([visit.context.papers[0], visit.printed]).toMatchObject([
    { state: 'not-printed', problem: 'platform-offline' },
    ['receipt 1'],
  ]);
});

test.each([
  ['finished', plain('LEAVE'), true],
  ['went on to something else', plain('AGAIN'), true],
  ['was gone', plain('TIMEOUT'), undefined],
])('what was printed counts as taken by a resident who %s', async (_how, event, taken) => {
  const visit = await atSubmit({ ending: [new Error('the disk is full')], closing: [new Error('the disk is full')] });
  const closed: unknown[] = [];
  visit.actor.subscribe(({ context }) => closed.push(context.papers[0]?.taken));
  await visit.send(DELIVERED, event);
  expect(closed.includes(true)).toBe(taken === true);
});

test('a resident may go on without the paper', async () => {
  const visit = await atSubmit({ printing: [noPaper] });
  await visit.send(DELIVERED, NEXT);
  expect([visit.at, visit.context.papers[0]?.state]).toEqual(['visit.rate', 'not-printed']);
});

test('"again" keeps the person and forgets answers, case, papers and rating', async () => {
  const visit = await atSubmit();
  await visit.send(DELIVERED, { type: 'RATE', stars: 4 });
  expect(visit.context.rating).toEqual({ stars: 4, ratedAt: expect.stringMatching(/Z$/) });
  await visit.send(plain('AGAIN'));
  const { identity, faceVerified, answers, case: opened, papers, rating, service, touched } = visit.context;
  expect([visit.at, identity?.card.name, faceVerified]).toEqual(['services', '林晓岚', true]);
  expect({ answers, opened, papers, rating, service, touched }).toEqual({
    answers: {},
    opened: null,
    papers: [],
    rating: null,
    service: null,
    touched: [],
  });
  await visit.send(choose('S01'));
  expect(visit.at).toBe('visit.form');
});

test('when the end of a visit fails the terminal is out of service until it succeeds, with nothing of the person in memory', async () => {
  const visit = await atSubmit({ ending: [full], recovering: [undefined] });
  await visit.send(DELIVERED, { type: 'RATE', stars: 1 }, NEXT);
  expect(visit.at).toBe('outOfService');
  expect(visit.context).toMatchObject({ identity: null, answers: {}, rating: { stars: 1 }, case: { delivered: true } });
  await visit.send(START, plain('LEAVE'), RETRY);
  expect(visit.at).toBe('outOfService');
  const recovered = await atSubmit({ ending: [full] });
  await recovered.send(DELIVERED, NEXT);
  expect(recovered.at).toBe('attract');
});

test('when a service cannot be closed, no other is begun: the visit ends', async () => {
  const visit = await atSubmit({ closing: [full] });
  await visit.send(DELIVERED, plain('AGAIN'));
  expect([visit.at, visit.context.identity]).toEqual(['attract', null]);
});

test('a language or mode that is chosen at the start begins the visit, and ends with it', async () => {
  const visit = startVisit();
  await visit.send({ type: 'SET_LANGUAGE', language: 'en' });
  expect([visit.at, visit.context.language]).toEqual(['services', 'en']);
  await visit.send({ type: 'SET_MODE', mode: 'elderly' }, choose('S10'), CARD, {
    type: 'SET_LANGUAGE',
    language: 'zh-CN',
  });
  expect([visit.at, visit.context.mode, visit.context.language]).toEqual(['visit.form', 'elderly', 'zh-CN']);
  const { visitId } = visit.context;
  await visit.send(plain('LEAVE'));
  expect(visit.context).toEqual({ ...emptyVisit(), visitId: expect.not.stringMatching(visitId) });
});
