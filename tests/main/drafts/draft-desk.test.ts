import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { CODE, codes } from '../../support/draft-codes.ts';
import { draftTown } from '../../support/draft-town.ts';
import { draftOf } from '../../support/drafts.ts';
import { eventually } from '../../support/eventually.ts';
import { caseOf, lin, wei } from '../../support/stand-in-platform.ts';

const town = draftTown();

test('saved at A with the line cut, taken up at A: whole, and by nobody else', async () => {
  const a = town.machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  expect(await a.claim({ person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(await a.claim({ person: lin })).toEqual({ outcome: 'unreachable' });
  const claimId = randomUUID();
  expect(await a.claim({ claimId })).toEqual({ outcome: 'claimed', draft: { ...draft, claimId } });
});

test('saved at A, sent when the line is back, taken up at B; A forgets it, to the byte', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  expect(await b.claim()).toEqual({ outcome: 'not-found' });
  a.cut = false;
  a.courier.wake();
  await a.isSent();
  expect(await b.claim()).toMatchObject({ outcome: 'claimed', draft: { answers: draft.answers, question: 1 } });
  a.courier.wake();
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found === undefined,
  );
  expect(a.bytesOnDisk.includes(draft.draftId)).toBe(false);
  a.cut = true;
  expect(await a.claim()).toEqual({ outcome: 'unreachable' });
});

test('a visit that ends without submitting puts it aside again, where it can be taken up anywhere', async () => {
  const [a, b, c] = [town.machine('A'), town.machine('B'), town.machine('C')];
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  expect(await b.claim({ visitId: 'first' })).toMatchObject({ outcome: 'claimed' });
  expect(await c.claim()).toEqual({ outcome: 'in-use' });
  b.desk.release('first'); // the visit is still on
  expect(b.store.drafts.held()).toHaveLength(1);
  b.desk.release(undefined);
  await b.isSent();
  expect(await c.claim()).toMatchObject({ outcome: 'claimed', draft: { revision: 1 } });
});

test('a machine that dies while it has it still has it, and puts it aside once it lives again', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  const claimId = randomUUID();
  const first = await b.claim({ claimId });
  await b.switchOff();
  b.switchOn();
  expect(await b.claim({ claimId })).toEqual(first); // the visit went on
  b.desk.release(undefined); // and then was not taken up again
  b.cut = true;
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
});

test('who went on from a copy while the line was cut, and was not the first, is refused by the platform', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  expect((await town.platform.post('/v1/cases', caseOf({ draftId: draft.draftId }))).status).toBe(201);
  const second = await town.platform.post('/v1/cases', caseOf({ caseNumber: 'A2', draftId: draft.draftId }));
  expect([second.status, second.text]).toEqual([422, expect.stringContaining('draft-used')]);
  a.cut = false;
  a.desk.release(undefined);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
  expect(await a.claim()).toEqual({ outcome: 'submitted' });
});

test('five codes that come to nothing make the machine pause for everybody, and after a quarter of an hour it goes on', async () => {
  const a = town.machine('A');
  a.desk.save(draftOf(), CODE);
  const started = performance.now();
  for (const code of codes.slice(10, 15)) {
    const claimId = randomUUID();
    expect(await a.claim({ claimId, code, person: undefined })).toEqual({ outcome: 'needs-card' });
    expect(await a.claim({ claimId, code })).toEqual({ outcome: 'not-found' });
  }
  expect(await a.claim()).toEqual({ outcome: 'paused' });
  const real = performance.now;
  performance.now = () => started + 16 * 60_000;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
  performance.now = real;
});

test('a platform that has heard too many codes of this machine makes it pause too, where nothing here fits', async () => {
  const a = town.machine('A');
  for (const code of codes.slice(10, 15)) await a.claim({ code, person: undefined });
  await a.switchOff();
  a.switchOn(); // its own count is gone
  for (const code of codes.slice(15, 20)) await a.claim({ code, person: undefined });
  await a.switchOff();
  a.switchOn();
  expect(await a.claim({ code: codes[20] ?? '', person: undefined })).toEqual({ outcome: 'paused' });
  a.cut = true;
  a.desk.save(draftOf(), CODE);
  a.cut = false;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
});

test('guessing while the line is cut is counted too, and a code that was right is no guess', async () => {
  const a = town.machine('A');
  a.cut = true;
  a.desk.save(draftOf(), CODE);
  for (let turn = 0; turn < 8; turn += 1) {
    expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
    a.desk.release(undefined);
  }
  for (const code of codes.slice(10, 15)) await a.claim({ code });
  expect(await a.claim()).toEqual({ outcome: 'paused' });
});

test('a right code is no guess either while another terminal has it, or after it was handed in', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await b.claim();
  for (let turn = 0; turn < 5; turn += 1) expect(await a.claim()).toEqual({ outcome: 'in-use' });
  await town.platform.post('/v1/cases', caseOf({ draftId: draft.draftId }));
  for (let turn = 0; turn < 5; turn += 1) expect(await a.claim()).toEqual({ outcome: 'submitted' });
  for (const code of codes.slice(10, 15)) expect(await a.claim({ code })).toEqual({ outcome: 'not-found' });
  expect(await a.claim()).toEqual({ outcome: 'paused' });
});

test('after its day nobody has it, here or there, and nothing of it is on the disk', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  town.now = Date.parse(draft.keptUntil);
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  const b = town.machine('B');
  b.cut = true;
  town.now -= 1_000;
  b.desk.save(draftOf(), CODE);
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  b.desk.release(undefined);
  town.now += 1_000;
  expect(await b.claim()).toEqual({ outcome: 'unreachable' });
  a.courier.ring();
  await eventually(
    () => a.bytesOnDisk.includes(draft.draftId),
    (isThere) => !isThere,
  );
});

test('saved again with the line cut, it is the later one that goes on, whatever the platform still has', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, answers: { delivery: 'collect' } }, CODE);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 900_000, false);
  a.cut = false;
  expect(await a.claim()).toMatchObject({
    outcome: 'claimed',
    draft: { revision: 2, answers: { delivery: 'collect' } },
  });
});

test('saved again with the line cut, it goes on although the platform forgot the one before on its day', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, keptUntil: '2026-12-05T08:00:00.000Z' }, CODE);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 30 * 86_400_000, true);
  town.now = Date.parse(draft.keptUntil);
  a.cut = false;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
});

test('saved again with the line cut, it is not forgotten because another terminal has the one before', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2 }, CODE);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 900_000, true);
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  a.cut = false;
  expect(await a.claim()).toEqual({ outcome: 'in-use' });
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ revision: 2, upload: 'waiting' });
});

test('a copy that needs no card stays while the platform has only asked for one', async () => {
  const a = town.machine('A');
  a.cut = true;
  const { person: _, ...draft } = draftOf();
  a.desk.save(draft, CODE);
  a.store.drafts.confirm(a.keyOf(draft.draftId)); // and then it was removed at another terminal
  a.cut = false;
  expect(await a.claim({ person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(a.store.drafts.find(draft.draftId)).toBeDefined();
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
});

test('who only looked at a copy with the line cut does not stand before what is saved elsewhere', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  await a.claim();
  a.desk.release(undefined);
  const claimId = randomUUID();
  expect(await b.claim({ claimId })).toMatchObject({ outcome: 'claimed' });
  a.cut = false;
  a.courier.wake();
  await a.isSent();
  b.desk.save({ ...draft, claimId, revision: 2, answers: { delivery: 'collect' } }, CODE);
  await b.isSent();
  expect(await town.machine('C').claim()).toMatchObject({ draft: { answers: { delivery: 'collect' } } });
});

test('with the line cut nobody goes on with what was saved again elsewhere since', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  const claimId = randomUUID();
  await b.claim({ claimId });
  b.desk.save({ ...draft, claimId, revision: 2 }, CODE);
  await b.isSent();
  a.courier.wake();
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found === undefined,
  );
  a.cut = true;
  expect(await a.claim()).toEqual({ outcome: 'unreachable' });
});

test('what could not be read back is not said to be saved', () => {
  const a = town.machine('A');
  expect(() => a.desk.save(draftOf({ question: 5_000 }), CODE)).toThrow();
  expect(a.store.drafts.nextDueAtMs()).toBeUndefined();
});

test('what was removed at another terminal is not gone on with from a copy', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await b.claim();
  b.desk.discard(draft.draftId);
  await b.isSent();
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
});

test('what its owner does not want any more is gone here at once, and there when the line is back', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  await a.claim();
  a.desk.discard(draft.draftId);
  expect(await a.claim()).toEqual({ outcome: 'unreachable' });
  expect(town.platform.inspect().drafts).toBe(1);
  a.cut = false;
  a.courier.wake();
  await a.isSent();
  expect([town.platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('what its owner does not want any more is not had again before the platform has heard of it', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  await a.claim();
  a.desk.discard(draft.draftId);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 900_000, false);
  a.cut = false;
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  a.courier.wake();
  await a.isSent();
  expect([town.platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('put aside first by nobody and again by somebody, it is had with the card alone, whatever the platform still has', async () => {
  const a = town.machine('A');
  const { person: _, ...draft } = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, person: wei }, CODE);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 900_000, false);
  a.cut = false;
  const claimId = randomUUID();
  expect(await a.claim({ claimId, person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(await a.claim({ claimId, person: lin })).toEqual({ outcome: 'not-found' });
  expect(await a.claim({ claimId })).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
});

test('one that the platform will not take can be continued where it was saved', async () => {
  const a = town.machine('A');
  await town.platform.fail({ kind: 'status', status: 422 });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'refused' });
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
});

test('what turned out to be elsewhere while a claim waited in vain is not gone on with from the copy', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await town.platform.fail({ kind: 'status', status: 503, path: '/v1/drafts/claim' });
  const key = a.keyOf(draft.draftId);
  a.meanwhile = () => a.store.drafts.forget(key); // as the courier does
  expect(await a.claim()).toEqual({ outcome: 'unreachable' });
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
});

test('an answer that is lost on the way back loses nothing and takes nothing up twice', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  await town.platform.fail({ kind: 'drop-answer' });
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  await town.platform.fail({ kind: 'drop-answer', path: '/v1/drafts/claim' });
  const claimId = randomUUID();
  expect(await b.claim({ claimId })).toEqual({ outcome: 'unreachable' });
  expect(await b.claim({ claimId })).toMatchObject({ outcome: 'claimed' });
});

test('neither code nor person stands in a log or on the disk', async () => {
  const a = town.machine('A');
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  await a.claim({ code: codes[9]! });
  await a.claim();
  a.desk.release(undefined);
  await a.isSent();
  const told = JSON.stringify(a.log.entries);
  expect(a.log.entries.length).toBeGreaterThan(3);
  for (const text of [CODE, codes[9]!, wei.name, wei.idNumber, '13900000102']) {
    expect(told.includes(text), text).toBe(false);
    expect(a.bytesOnDisk.includes(text), text).toBe(false);
  }
});
