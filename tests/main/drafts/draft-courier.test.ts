import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CODE } from '../../support/draft-codes.ts';
import { draftTown } from '../../support/draft-town.ts';
import { draftOf } from '../../support/drafts.ts';
import { eventually } from '../../support/eventually.ts';

const town = draftTown();

test('saving the same again after a crash is no news, saving anew is', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.desk.save(draft, CODE);
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'done' });
  const later = { ...draft, revision: 2, answers: { delivery: 'collect' } };
  a.desk.save(later, CODE);
  await a.isSent();
  expect(await town.machine('B').claim()).toMatchObject({ draft: { answers: { delivery: 'collect' } } });
});

test('when the line is back after a moment nothing waits longer than two seconds', async () => {
  const a = town.machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  a.store.drafts.postpone(a.keyOf(draft.draftId), town.now + 900_000, false);
  a.courier.wake();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - town.now,
    (inMs) => inMs <= 2_000,
  );
});

test.each([
  ['for some time', { status: 503, retryAfterS: 600 }, 600_000],
  ['as it does not know this terminal', { status: 401 }, 300_000],
])('a line that comes back does not hurry what the platform has put off %s', async (_, answer, leastMs) => {
  const a = town.machine('A');
  await town.platform.fail({ kind: 'status', ...answer });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found?.attempts === 1,
  );
  const other = draftOf();
  a.cut = true;
  a.desk.save(other, CODE);
  a.store.drafts.postpone(a.keyOf(other.draftId), town.now + 900_000, false);
  a.courier.wake();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - town.now,
    (inMs) => inMs <= 2_000,
  );
  a.store.drafts.remove(other.draftId);
  expect(a.store.drafts.nextDueAtMs()).toBeGreaterThanOrEqual(town.now + leastMs);
});

test('nor does it hurry the question about copies', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0); // at once, if it is asked
  onTestFinished(() => random.mockRestore());
  const a = town.machine('A');
  await town.platform.fail({ kind: 'status', status: 503, retryAfterS: 600, path: '/v1/drafts/check' });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await eventually(
    () => a.log.entries,
    (entries) => entries.some(({ message }) => message === 'copies of saved applications were not checked'),
  );
  await town.machine('B').claim();
  a.courier.wake();
  for (const later of [draftOf(), draftOf()]) {
    a.desk.save(later, CODE);
    await a.isSent(); // the second one after all of the round of the first
  }
  expect(a.store.drafts.find(draft.draftId)).toBeDefined();
});

test('a clock that was set back by a year puts nothing off by a year', async () => {
  const a = town.machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  town.now -= 365 * 86_400_000;
  a.courier.ring();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - town.now,
    (inMs) => inMs <= 3_600_000,
  );
});

test('a clock that nobody has confirmed since the start removes nothing for a day, and then no longer keeps it', async () => {
  const a = town.machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  a.clockIsSure = false;
  const rightMs = town.now;
  town.now += 300 * 86_400_000; // a wrong year, typed in
  const isLookedAfter = async (): Promise<void> => {
    a.store.drafts.postpone(a.keyOf(draft.draftId), town.now, false);
    const before = a.log.entries.length;
    a.courier.ring();
    await eventually(
      () => a.log.entries.length,
      (now) => now > before,
    );
  };
  await isLookedAfter();
  expect(await a.claim()).toEqual({ outcome: 'unreachable' }); // nobody has it meanwhile
  [town.now, a.clockIsSure] = [rightMs, true];
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
  a.desk.release(undefined);
  [town.now, a.clockIsSure] = [rightMs + 300 * 86_400_000, false];
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => realNow() + 25 * 3_600_000);
  onTestFinished(() => void vi.restoreAllMocks());
  a.courier.ring();
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found === undefined,
  );
});

test('a refusal of what was sent does not touch what was saved while it was on its way', async () => {
  const a = town.machine('A');
  await town.platform.fail({ kind: 'status', status: 422 });
  const draft = draftOf();
  a.meanwhile = () => a.desk.save({ ...draft, revision: 2, answers: { delivery: 'collect' } }, CODE);
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ revision: 2, upload: 'done' });
});

test('a refusal of the saving does not keep from the platform that its owner does not want it any more', async () => {
  const a = town.machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await town.platform.fail({ kind: 'status', status: 422 });
  a.meanwhile = () => a.desk.discard(draft.draftId);
  a.desk.save({ ...draft, revision: 2 }, CODE);
  await a.isSent();
  expect([town.platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('what was saved while the platform said that the copy before it is elsewhere is kept and sent', async () => {
  const [a, b] = [town.machine('A'), town.machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await b.claim();
  a.meanwhile = () => a.desk.save({ ...draft, revision: 2, answers: { delivery: 'collect' } }, CODE);
  a.courier.wake();
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found?.revision !== 1,
  );
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ body: { answers: { delivery: 'collect' } } });
});

test('of more copies than one question holds none is left out', async () => {
  const a = town.machine('A');
  a.store.transaction(() => {
    for (let number = 0; number < 501; number += 1) {
      const { draftId, keptUntil, ...body } = draftOf();
      a.store.drafts.save({
        ...{ draftId, body, revision: 1, keptUntilMs: Date.parse(keptUntil), confirmed: true, dueAtMs: town.now },
        codeFingerprint: a.store.fingerprint(Buffer.from(draftId)),
        idempotencyKey: randomUUID(),
      });
    }
  });
  a.courier.wake();
  await eventually(
    () => a.store.drafts.copies().length,
    (left) => left === 0,
  );
});

test('a disk that fails at the platform’s answer is not taken for a line that fails', async () => {
  const a = town.machine('A');
  a.meanwhile = () => renameSync(join(a.folder, 'jiujin.db'), join(a.folder, 'away.db'));
  a.desk.save(draftOf(), CODE);
  await eventually(
    () => a.log.entries.map(({ message }) => message),
    (messages) => messages.includes('saved applications cannot be looked after'),
  );
  renameSync(join(a.folder, 'away.db'), join(a.folder, 'jiujin.db'));
  expect(a.log.entries.map(({ message }) => message)).not.toContain('a saved application was not sent');
});

test('a platform that does not know the address yet loses nothing', async () => {
  const a = town.machine('A');
  await town.platform.fail({ kind: 'status', status: 404 });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'done' });
});
