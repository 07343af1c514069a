import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyVisit, visitContext } from '../../../main/flows/visit-context.ts';
import type { VisitEvent } from '../../../main/flows/visit-machine.ts';
import {
  answer,
  CARD,
  choose,
  claimed,
  DELIVERED,
  MATCHED,
  personal,
  plain,
  START,
  settled,
  startVisit,
  typed,
  type Visit,
  type World,
} from '../../support/visit.ts';

const full = new Error('the disk is full');
const unknown = { outcome: 'unknown', code: 'outcome-unknown', detail: '' } as const;
const NEXT = plain('NEXT');
const toForm = [START, choose('S01'), CARD, MATCHED];
const toResume = [plain('RESUME'), typed];
const toSaved = [...toForm, answer('years', 3), plain('SAVE_DRAFT')];
const toSubmit = [...toForm, answer('years', 3), NEXT, NEXT];

/** A way to every place where a visit can stand still, and what the world does there. */
const places: Record<string, readonly [VisitEvent[], World?]> = {
  services: [[START]],
  'visit.identify.waiting': [[START, choose('S01')]],
  'visit.identify.refused': [[START, choose('S01'), { type: 'CARD_REFUSED', reason: 'refused' }]],
  'visit.identify.expired': [[START, choose('S01'), { type: 'CARD_REFUSED', reason: 'expired' }]],
  'visit.verifyFace.looking': [[START, choose('S01'), CARD]],
  'visit.verifyFace.matched': [toForm, { pausing: [undefined] }],
  'visit.verifyFace.refused': [[START, choose('S01'), CARD, { type: 'FACE_REFUSED', attemptsLeft: 2 }]],
  'visit.verifyFace.notComparable': [[START, choose('S01'), CARD, { type: 'FACE_NOT_COMPARABLE' }]],
  'visit.withoutFace': [[START, choose('S01'), CARD, plain('WITHOUT_FACE')]],
  'visit.form': [toForm],
  'visit.review': [[...toForm, answer('years', 3), NEXT]],
  'visit.saveDraft.saving': [toSaved, { saving: [undefined] }],
  'visit.saveDraft.notSaved': [toSaved, { saving: [{ type: 'DRAFT_NOT_SAVED' }] }],
  'visit.saveDraft.printing': [toSaved, { slips: [undefined] }],
  'visit.saveDraft.saved': [toSaved],
  'resume.code': [[START, plain('RESUME')]],
  'resume.asking': [toResume],
  'resume.card.waiting': [[...toResume, plain('DRAFT_NEEDS_CARD')]],
  'resume.card.refused': [[...toResume, plain('DRAFT_NEEDS_CARD'), { type: 'CARD_REFUSED', reason: 'refused' }]],
  'resume.card.expired': [[...toResume, plain('DRAFT_NEEDS_CARD'), { type: 'CARD_REFUSED', reason: 'expired' }]],
  'resume.refused': [[...toResume, { type: 'DRAFT_REFUSED', refusal: 'not-found' }]],
  'resume.found': [[...toResume, plain('DRAFT_NEEDS_CARD'), CARD, claimed]],
  'resume.removing': [
    [...toResume, plain('DRAFT_NEEDS_CARD'), CARD, claimed, plain('DISCARD')],
    { discarding: [undefined] },
  ],
  'visit.submit.numbering': [toSubmit, { numbering: [undefined] }],
  'visit.submit.saving': [toSubmit, { accepting: [undefined] }],
  'visit.submit.notSaved': [toSubmit, { accepting: [full] }],
  'visit.submit.sending.soon': [toSubmit],
  'visit.submit.sending.slow': [[...toSubmit, plain('CASE_SLOW')]],
  'visit.submit.rejected': [[...toSubmit, { type: 'CASE_REJECTED' }]],
  'visit.print.printing': [[...toSubmit, DELIVERED], { printing: [undefined] }],
  'visit.print.attention': [[...toSubmit, DELIVERED], { printing: [unknown] }],
  'visit.rate': [[...toSubmit, DELIVERED, { type: 'RATE', stars: 3 }]],
  outOfService: [[...toSubmit, DELIVERED, plain('LEAVE')], { ending: [full], recovering: [undefined] }],
};
const names = Object.keys(places);
const atWork = [
  'visit.saveDraft.saving',
  'visit.saveDraft.printing',
  'resume.removing',
  'visit.submit.numbering',
  'visit.submit.saving',
  'visit.print.printing',
  'outOfService',
];

async function goTo(place: string): Promise<Visit> {
  const [events, world = {}] = places[place]!;
  const visit = startVisit(structuredClone(world));
  await visit.send(...events);
  expect(visit.at).toBe(place);
  return visit;
}

/** The stored visit, as the next core reads it, in a world in which everything goes well. */
async function afterCrash(visit: Visit): Promise<Visit> {
  const stored: { context: unknown } = JSON.parse(JSON.stringify(visit.actor.getPersistedSnapshot()));
  visit.actor.stop();
  const later = startVisit({}, { ...stored, context: visitContext.parse(stored.context) });
  await settled();
  return later;
}

const forgotten = { ...emptyVisit(), visitId: expect.any(String) };

test.each(names.filter((name) => !atWork.includes(name)))(
  'leaving at %s ends at the first screen with nothing in memory',
  async (place) => {
    for (const way of ['LEAVE', 'TIMEOUT'] as const) {
      const visit = await goTo(place);
      await visit.send(plain(way));
      expect([visit.at, visit.context]).toEqual(['attract', forgotten]);
    }
  },
);

/** Where the next core finds itself by itself: work that was interrupted is done. */
const goesOnTo: Record<string, string> = {
  'visit.saveDraft.saving': 'visit.saveDraft.saved',
  'visit.saveDraft.printing': 'visit.saveDraft.saved',
  'resume.removing': 'attract',
  'visit.verifyFace.matched': 'visit.form',
  'visit.submit.numbering': 'visit.submit.sending.soon',
  'visit.submit.saving': 'visit.submit.sending.soon',
  'visit.print.printing': 'visit.rate',
  outOfService: 'attract',
};

test.each(names)('a visit that a crash interrupts at %s goes on there', async (place) => {
  const visit = await goTo(place);
  const { context } = visit;
  const later = await afterCrash(visit);
  expect(later.at).toBe(goesOnTo[place] ?? place);
  if (!(place in goesOnTo)) expect(later.context).toEqual(context);
  await later.send(plain('LEAVE'));
  expect([later.at, later.context]).toEqual(['attract', forgotten]);
});

test.each([
  ['visit.identify.waiting', CARD, 'visit.verifyFace.looking'],
  ['visit.verifyFace.looking', MATCHED, 'visit.form'],
  ['visit.form', answer('years', 2), 'visit.form'],
  ['resume.code', typed, 'resume.asking'],
  ['resume.asking', claimed, 'resume.found'],
  ['resume.card.waiting', CARD, 'resume.asking'],
  ['resume.refused', plain('RETRY'), 'resume.code'],
  ['resume.found', NEXT, 'visit.review'],
  ['visit.saveDraft.notSaved', plain('BACK'), 'visit.form'],
  ['visit.saveDraft.saved', NEXT, 'attract'],
  ['visit.review', NEXT, 'visit.submit.sending.soon'],
  ['visit.submit.sending.soon', DELIVERED, 'visit.rate'],
  ['visit.submit.sending.slow', DELIVERED, 'visit.rate'],
  ['visit.submit.notSaved', plain('RETRY'), 'visit.submit.sending.soon'],
  ['visit.print.attention', { type: 'PAPER_SEEN', document: 'certificate', seen: true }, 'visit.rate'],
] as const)('after a crash at %s the same finger leads on', async (place, event, then) => {
  const later = await afterCrash(await goTo(place));
  await later.send(event);
  expect(later.at).toBe(then);
});

test.each([
  ['visit.identify.waiting', 'readCard'],
  ['visit.verifyFace.looking', 'checkFace'],
  ['visit.submit.sending.soon', 'followCase'],
  ['resume.asking', 'claimDraft'],
  ['resume.card.waiting', 'readCard'],
  ['visit.saveDraft.saving', 'saveDraft'],
  ['visit.saveDraft.printing', 'printSlip'],
])('after a crash at %s its work is taken up again', async (place, actor) => {
  expect((await afterCrash(await goTo(place))).started[actor]).toBe(1);
});

test('after a crash while printing the same attempt is asked for again, so that its claim is found', async () => {
  const later = await afterCrash(await goTo('visit.print.printing'));
  expect(later.printed[0]).toBe('certificate 1');
});

const events: fc.Arbitrary<VisitEvent> = fc.oneof(
  fc.constantFrom<VisitEvent[]>(START, CARD, MATCHED, DELIVERED, choose('S01'), choose('S10'), choose('S19')),
  fc
    .constantFrom('NEXT', 'BACK', 'EDIT', 'RETRY', 'WITHOUT_FACE', 'AGAIN', 'LEAVE', 'TIMEOUT', 'CASE_SLOW')
    .map((type): VisitEvent => ({ type })),
  fc.constantFrom<VisitEvent[]>(
    { type: 'FACE_REFUSED', attemptsLeft: 2 },
    { type: 'FACE_NOT_COMPARABLE' },
    { type: 'CARD_REFUSED', reason: 'expired' },
    { type: 'CASE_DELIVERED' },
    { type: 'CASE_REJECTED' },
    { type: 'RATE', stars: 2 },
    { type: 'SET_LANGUAGE', language: 'en' },
    { type: 'SET_MODE', mode: 'elderly' },
    ...toResume,
    plain('DRAFT_NEEDS_CARD'),
    claimed,
    plain('DISCARD'),
    plain('SAVE_DRAFT'),
    { type: 'DRAFT_REFUSED', refusal: 'unreachable' },
  ),
  fc.record({
    type: fc.constant('PAPER_SEEN' as const),
    document: fc.constantFrom('receipt' as const, 'certificate' as const),
    seen: fc.boolean(),
  }),
  fc.constantFrom(
    answer('years', 3),
    answer('phone', '13800138000'),
    answer('delivery', 'post'),
    answer('matter', 'other'),
    answer('years', null),
  ),
);
/** What gets a resident on, between all that does not. */
const purposeful = fc.constantFrom<VisitEvent[][]>(
  [START, choose('S01'), CARD, MATCHED],
  [START, choose('S10'), CARD],
  [answer('years', 3), answer('phone', '13800138000'), answer('delivery', 'post'), NEXT, NEXT, NEXT],
  [plain('CASE_SLOW')],
  [plain('LEAVE'), ...toResume, plain('DRAFT_NEEDS_CARD'), CARD, claimed, NEXT],
  [DELIVERED],
);
const fingers = fc
  .array(fc.oneof({ weight: 1, arbitrary: events.map((event) => [event]) }, { weight: 1, arbitrary: purposeful }), {
    minLength: 1,
    maxLength: 24,
  })
  .map((parts) => parts.flat());
const world: fc.Arbitrary<World> = fc.record({
  numbering: fc.array(fc.constantFrom({ caseNumber: 'A1' }, full), { maxLength: 4 }),
  accepting: fc.array(fc.constantFrom('ok' as const, full), { maxLength: 4 }),
  printing: fc.array(
    fc.constantFrom(
      { outcome: 'printed' } as const,
      unknown,
      { ...unknown, outcome: 'not-printed', code: 'paper-out' } as const,
      full,
    ),
    { maxLength: 8 },
  ),
  saving: fc.array(fc.constantFrom<VisitEvent>(plain('DRAFT_SAVED'), { type: 'DRAFT_NOT_SAVED' }), { maxLength: 3 }),
  slips: fc.array(fc.constant<VisitEvent>({ type: 'SLIP_DONE', outcome: unknown }), { maxLength: 2 }),
  closing: fc.array(fc.constantFrom('ok' as const, full), { maxLength: 2 }),
  ending: fc.array(fc.constantFrom('ok' as const, full), { maxLength: 2 }),
});

test('whatever fingers and world do, the machine never fails, and nothing of a person is left at the first screen', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(world, fingers, fc.boolean(), async (script, touches, crash) => {
      let visit = startVisit(script);
      for (const event of touches) {
        await visit.send(event);
        seen.add(visit.at);
        expect(visit.actor.getSnapshot().status).toBe('active');
        visitContext.parse(JSON.parse(JSON.stringify(visit.context)));
        if (visit.at !== 'attract') continue;
        expect(visit.context).toEqual(forgotten);
        const kept = JSON.stringify(visit.actor.getPersistedSnapshot());
        expect(personal.filter((text) => kept.includes(text))).toEqual([]);
      }
      if (crash) visit = await afterCrash(visit);
      visit.actor.stop();
    }),
    { numRuns: 300, seed: 20_261_121 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'visit.saveDraft.saved',
      'visit.saveDraft.notSaved',
      'resume.found',
      'visit.submit.notSaved',
      'visit.print.attention',
      'visit.rate',
      'attract',
    ]),
  );
});
