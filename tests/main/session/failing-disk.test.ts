import { expect, test } from 'vitest';
import { type StandingTerminal, standingTerminalForEach } from '../../support/standing-terminal.ts';

let terminal: StandingTerminal;
standingTerminalForEach((standing) => {
  terminal = standing;
});

const start = { type: 'start' } as const;
const next = { type: 'next' } as const;
const leave = { type: 'leave' } as const;
const choose = { type: 'choose-service', serviceId: 'S10' } as const;
const answers = [
  { type: 'set-answer', field: 'delivery', value: 'post' },
  { type: 'set-answer', field: 'phone', value: '13800138000' },
] as const;
const toReview = [start, choose, ...answers, next, next];
const outOfService = { kind: 'out-of-service', problem: 'storage-failed' };

test('a step that cannot be kept is not shown: the page says that the terminal is out of service', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch({ type: 'edit' });
  expect(terminal.views.at(-1)?.screen).toEqual(outOfService);
  expect(terminal.views.at(-1)).not.toHaveProperty('timeLeft');
  expect(terminal.log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
  terminal.putDiskBack();
});

test('when the disk is back the visit goes on where it was, and nothing is lost', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch({ type: 'edit', field: 'phone' });
  await terminal.touch(leave, next, { type: 'back' }); // fingers of a page that is no longer there
  await terminal.pass(10_000);
  expect(terminal.screen).toEqual(outOfService);
  terminal.putDiskBack();
  await terminal.pass(2_000);
  expect(terminal.views.at(-1)?.screen).toMatchObject({
    kind: 'form',
    fields: [{ value: '13800138000' }],
  });
  expect(terminal.log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ value: '13800138000' }] });
});

test('a core that dies meanwhile takes the visit up at the last step that was kept', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch({ type: 'edit' });
  terminal.putDiskBack();
  await terminal.restart();
  expect(terminal.screen.kind).toBe('review');
});

test('a submission that cannot be kept does nothing to the world until it is, and then once', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch(next);
  await terminal.pass(60_000);
  expect([terminal.screen, terminal.delivered, terminal.printed]).toEqual([outOfService, [], []]);
  terminal.putDiskBack();
  await terminal.pass(2_000);
  await terminal.pass(6_000);
  expect(terminal.screen).toMatchObject({ kind: 'result', outcome: 'delivered', caseNumber: 'LS03-20261121-0001' });
  expect(terminal.delivered.map(({ kind }) => kind)).toEqual(['case']);
  expect(terminal.printed).toEqual(['受理回执']);
});

test('a resident who walks away from an out-of-service terminal is forgotten as soon as the disk allows', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch({ type: 'edit' });
  await terminal.pass(180_000); // the form's time
  expect(terminal.screen).toEqual(outOfService);
  terminal.putDiskBack();
  await terminal.pass(5_000);
  expect([terminal.screen.kind, terminal.store.visits.load()]).toEqual(['attract', undefined]);
});

test('an end that cannot be carried out keeps the terminal closed until it is', async () => {
  await terminal.touch(...toReview);
  terminal.pullDisk();
  await terminal.touch(leave);
  await terminal.pass(30_000);
  await terminal.touch(start);
  expect(terminal.screen).toEqual(outOfService);
  terminal.putDiskBack();
  await terminal.pass(5_000);
  expect([terminal.screen.kind, terminal.store.visits.load()]).toEqual(['attract', undefined]);
  await terminal.touch(start);
  expect(terminal.screen.kind).toBe('services');
});

test('a rating given before the disk failed is sent when it is back', async () => {
  await terminal.touch(...toReview, next);
  await terminal.pass(1_000);
  await terminal.touch({ type: 'rate', stars: 4 });
  terminal.pullDisk();
  await terminal.touch(next);
  expect(terminal.screen).toEqual(outOfService);
  terminal.putDiskBack();
  await terminal.pass(10_000);
  expect(terminal.screen.kind).toBe('attract');
  expect(terminal.delivered.map(({ kind, body }) => [kind, body['stars']])).toEqual([
    ['case', undefined],
    ['rating', 4],
  ]);
});

test('a rating for which there is no room keeps nobody’s data on the disk, and is sent later', async () => {
  await terminal.touch(...toReview, next);
  await terminal.pass(1_000);
  terminal.noRoomFor = 'jobs.';
  await terminal.touch({ type: 'rate', stars: 4 }, next);
  expect([terminal.screen, terminal.store.visits.load()]).toEqual([outOfService, undefined]);
  terminal.noRoomFor = undefined;
  await terminal.pass(10_000);
  expect([terminal.screen.kind, terminal.delivered.at(-1)?.kind]).toEqual(['attract', 'rating']);
});

test('somebody who wants one more service while there is no room for the rating is not on the disk any more', async () => {
  await terminal.touch(...toReview, next);
  await terminal.pass(1_000);
  terminal.noRoomFor = 'jobs.';
  await terminal.touch({ type: 'rate', stars: 4 }, { type: 'again' });
  expect([terminal.screen, terminal.store.visits.load()]).toEqual([outOfService, undefined]);
  await terminal.restart(); // whoever comes then is somebody else
  expect(terminal.screen.kind).toBe('attract');
});

test('a case for which there is no room is not accepted, and can be tried again', async () => {
  await terminal.touch(...toReview);
  terminal.noRoomFor = 'intake.';
  await terminal.touch(next);
  expect(terminal.screen).toMatchObject({ kind: 'submit', phase: 'not-saved' });
  await terminal.touch({ type: 'back' });
  expect(terminal.screen.kind).toBe('form');
  terminal.noRoomFor = undefined;
  await terminal.touch(next, next);
  await terminal.pass(1_000);
  expect([terminal.screen.kind, terminal.delivered.length]).toEqual(['result', 1]);
});

test('nobody is let into a visit that cannot be kept', async () => {
  terminal.pullDisk();
  await terminal.touch(start);
  expect(terminal.screen).toEqual(outOfService);
  terminal.putDiskBack();
  await terminal.pass(2_000);
  expect(terminal.screen.kind).toBe('services');
});

/** There is no room for the visit from the transition on after which its stored form has this. */
const noRoomOnceVisitHas = (sign: string) => (context: string, text: string) =>
  context.startsWith('visit.') && text.includes(sign);

test('a case whose number could not be kept with its visit is not accepted before it is: else it could come twice', async () => {
  await terminal.touch(...toReview);
  terminal.noRoomFor = noRoomOnceVisitHas('LS03-20261121-0001');
  await terminal.touch(next);
  await terminal.pass(60_000);
  expect(terminal.screen).toMatchObject({ kind: 'out-of-service' });
  expect([terminal.outbox.stats().waiting, terminal.delivered, terminal.printed]).toEqual([0, [], []]);
  terminal.noRoomFor = undefined;
  await terminal.pass(2_000);
  await terminal.pass(6_000);
  expect([terminal.screen.kind, terminal.delivered.length]).toEqual(['result', 1]);
});

test('nothing is printed before it is kept that the visit has come to its papers', async () => {
  await terminal.touch(...toReview);
  terminal.noRoomFor = noRoomOnceVisitHas('"state":"printing"');
  await terminal.touch(next);
  await terminal.pass(60_000);
  expect(terminal.screen).toMatchObject({ kind: 'out-of-service' });
  expect([terminal.delivered.length, terminal.printed]).toEqual([1, []]);
  terminal.noRoomFor = undefined;
  await terminal.pass(2_000);
  expect([terminal.screen.kind, terminal.printed]).toEqual(['result', ['受理回执']]);
});

test('a paper that came out is known to have come out, although the power went before the visit could keep that', async () => {
  await terminal.touch(...toReview);
  terminal.print = async () => {
    terminal.noRoomFor = 'visit.';
    return { outcome: 'printed' };
  };
  await terminal.touch(next);
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({ kind: 'out-of-service' });
  terminal.noRoomFor = undefined;
  await terminal.restart();
  expect([terminal.screen.kind, terminal.printed]).toEqual(['result', ['受理回执']]);
});
