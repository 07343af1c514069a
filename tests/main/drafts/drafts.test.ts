import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DraftCourier } from '../../../main/drafts/draft-courier.ts';
import { DraftDesk } from '../../../main/drafts/draft-desk.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { type DraftPlatform, httpDraftPlatform } from '../../../main/sync/draft-platform.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import { CODE, codes } from '../../support/draft-codes.ts';
import { draftOf } from '../../support/drafts.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { caseOf, lin, standInPlatform, wei } from '../../support/stand-in-platform.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
let platform: Awaited<ReturnType<typeof standInPlatform>>;
let now: number;
const machines: Machine[] = [];

/** The part of a terminal that keeps saved applications: desk, courier, disk, and a line that can be cut. */
class Machine {
  readonly folder = temporaryFolder();
  readonly log = memoryLog();
  cut = false;
  /** Once, while the platform's next answer is on its way here. */
  meanwhile: () => void = () => undefined;
  store!: Store;
  desk!: DraftDesk;
  courier!: DraftCourier;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
    machines.push(this);
    this.switchOn();
  }

  switchOn(): void {
    this.store = openStore(join(this.folder, 'jiujin.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
    const there = httpDraftPlatform({ baseUrl: platform.url, terminalId: this.#id, token: platform.token });
    const line =
      <Asked extends unknown[], T>(ask: (...asked: Asked) => Promise<T>) =>
      async (...asked: Asked): Promise<T> => {
        if (this.cut) throw new SyncError('unreachable', 'the line is cut');
        return await ask(...asked).finally(() => this.#meanwhile());
      };
    const cutLine: DraftPlatform = {
      put: line(there.put),
      claim: line(there.claim),
      remove: line(there.remove),
      check: line(there.check),
    };
    const ports = { store: this.store, platform: cutLine, log: this.log, now: () => now };
    this.courier = new DraftCourier(ports);
    this.desk = new DraftDesk({ ...ports, ring: () => this.courier.ring() });
    this.#stop = new AbortController();
    this.#running = this.courier.run(this.#stop.signal);
  }

  async switchOff(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.store.close();
  }

  claim(changes: Partial<Parameters<DraftDesk['claim']>[0]> = {}) {
    return this.desk.claim({ claimId: randomUUID(), code: CODE, person: wei, visitId: 'visit', ...changes }, signal);
  }

  /** Resolves when the platform has everything that this machine keeps; the wall clock goes on meanwhile. */
  async isSent(): Promise<void> {
    await eventually(
      () => {
        now += 500;
        this.courier.ring();
        return this.store.drafts.nextDueAtMs();
      },
      (dueAtMs) => dueAtMs === undefined,
    );
  }

  #meanwhile(): void {
    const { meanwhile } = this;
    this.meanwhile = () => undefined;
    meanwhile();
  }

  get bytesOnDisk(): Buffer {
    return Buffer.concat(readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name))));
  }
}

beforeEach(async () => {
  now = Date.parse('2026-11-21T09:00:00Z');
  platform = await standInPlatform({ now: () => new Date(now) });
});

afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.switchOff();
});

test('saved at A with the line cut, taken up at A: whole, and by nobody else', async () => {
  const a = new Machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  expect(await a.claim({ person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(await a.claim({ person: lin })).toEqual({ outcome: 'unreachable' });
  const claimId = randomUUID();
  expect(await a.claim({ claimId })).toEqual({ outcome: 'claimed', draft: { ...draft, claimId } });
});

test('saved at A, sent when the line is back, taken up at B; A forgets it, to the byte', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
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
  const [a, b, c] = [new Machine('A'), new Machine('B'), new Machine('C')];
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  expect(await b.claim({ visitId: 'first' })).toMatchObject({ outcome: 'claimed' });
  expect(await c.claim()).toEqual({ outcome: 'in-use' });
  b.desk.release('first'); // the visit is still on
  expect(b.store.drafts.held()).toHaveLength(1);
  b.desk.release(undefined);
  await b.isSent();
  expect(await c.claim()).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
});

test('a machine that dies while it has it still has it, and puts it aside once it lives again', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
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
  const [a, b] = [new Machine('A'), new Machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  expect((await platform.post('/v1/cases', caseOf({ draftId: draft.draftId }))).status).toBe(201);
  const second = await platform.post('/v1/cases', caseOf({ caseNumber: 'A2', draftId: draft.draftId }));
  expect([second.status, second.text]).toEqual([422, expect.stringContaining('draft-used')]);
  a.cut = false;
  a.desk.release(undefined);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
  expect(await a.claim()).toEqual({ outcome: 'submitted' });
});

test('saving the same again after a crash is no news, saving anew is', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.desk.save(draft, CODE);
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'done' });
  const later = { ...draft, revision: 2, answers: { delivery: 'collect' } };
  a.desk.save(later, CODE);
  await a.isSent();
  expect(await new Machine('B').claim()).toMatchObject({ draft: { answers: { delivery: 'collect' } } });
});

test('five codes that come to nothing make the machine pause for everybody, and after a quarter of an hour it goes on', async () => {
  const a = new Machine('A');
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

test('guessing while the line is cut is counted too, and a code that was right is no guess', async () => {
  const a = new Machine('A');
  a.cut = true;
  a.desk.save(draftOf(), CODE);
  for (let turn = 0; turn < 8; turn += 1) {
    expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
    a.desk.release(undefined);
  }
  for (const code of codes.slice(10, 15)) await a.claim({ code });
  expect(await a.claim()).toEqual({ outcome: 'paused' });
});

test('after its day nobody has it, here or there, and nothing of it is on the disk', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  now = Date.parse(draft.keptUntil);
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  const b = new Machine('B');
  b.cut = true;
  now -= 1_000;
  b.desk.save(draftOf(), CODE);
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  b.desk.release(undefined);
  now += 1_000;
  expect(await b.claim()).toEqual({ outcome: 'unreachable' });
  a.courier.ring();
  await eventually(
    () => a.bytesOnDisk.includes(draft.draftId),
    (isThere) => !isThere,
  );
});

test('when the line is back after a moment nothing waits longer than two seconds', async () => {
  const a = new Machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 900_000, false);
  a.courier.wake();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - now,
    (inMs) => inMs <= 2_000,
  );
});

test.each([
  ['for some time', { status: 503, retryAfterS: 600 }, 600_000],
  ['as it does not know this terminal', { status: 401 }, 300_000],
])('a line that comes back does not hurry what the platform has put off %s', async (_, answer, leastMs) => {
  const a = new Machine('A');
  await platform.fail({ kind: 'status', ...answer });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await eventually(
    () => a.store.drafts.find(draft.draftId),
    (found) => found?.attempts === 1,
  );
  const other = draftOf();
  a.cut = true;
  a.desk.save(other, CODE);
  a.store.drafts.postpone(keyOf(a, other.draftId), now + 900_000, false);
  a.courier.wake();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - now,
    (inMs) => inMs <= 2_000,
  );
  a.store.drafts.remove(other.draftId);
  expect(a.store.drafts.nextDueAtMs()).toBeGreaterThanOrEqual(now + leastMs);
});

test('a clock that was set back by a year puts nothing off by a year', async () => {
  const a = new Machine('A');
  a.cut = true;
  const draft = draftOf();
  a.desk.save(draft, CODE);
  now -= 365 * 86_400_000;
  a.courier.ring();
  await eventually(
    () => (a.store.drafts.nextDueAtMs() ?? 0) - now,
    (inMs) => inMs <= 3_600_000,
  );
});

test('saved again with the line cut, it is the later one that goes on, whatever the platform still has', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, answers: { delivery: 'collect' } }, CODE);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 900_000, false);
  a.cut = false;
  expect(await a.claim()).toMatchObject({
    outcome: 'claimed',
    draft: { revision: 2, answers: { delivery: 'collect' } },
  });
});

test('saved again with the line cut, it goes on although the platform forgot the one before on its day', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, keptUntil: '2026-12-05T08:00:00.000Z' }, CODE);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 30 * 86_400_000, true);
  now = Date.parse(draft.keptUntil);
  a.cut = false;
  expect(await a.claim()).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
});

test('saved again with the line cut, it is not forgotten because another terminal has the one before', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2 }, CODE);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 900_000, true);
  expect(await b.claim()).toMatchObject({ outcome: 'claimed' });
  a.cut = false;
  expect(await a.claim()).toEqual({ outcome: 'in-use' });
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ revision: 2, upload: 'waiting' });
});

test('a copy that needs no card stays while the platform has only asked for one', async () => {
  const a = new Machine('A');
  a.cut = true;
  const { person: _, ...draft } = draftOf();
  a.desk.save(draft, CODE);
  a.store.drafts.confirm(keyOf(a, draft.draftId)); // and then it was removed at another terminal
  a.cut = false;
  expect(await a.claim({ person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(a.store.drafts.find(draft.draftId)).toBeDefined();
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  expect(a.store.drafts.find(draft.draftId)).toBeUndefined();
});

test('what could not be read back is not said to be saved', () => {
  const a = new Machine('A');
  expect(() => a.desk.save(draftOf({ question: 5_000 }), CODE)).toThrow();
  expect(a.store.drafts.nextDueAtMs()).toBeUndefined();
});

test('what was removed at another terminal is not gone on with from a copy', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
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
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  await a.claim();
  a.desk.discard(draft.draftId);
  expect(await a.claim()).toEqual({ outcome: 'unreachable' });
  expect(platform.inspect().drafts).toBe(1);
  a.cut = false;
  a.courier.wake();
  await a.isSent();
  expect([platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('what its owner does not want any more is not had again before the platform has heard of it', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  await a.claim();
  a.desk.discard(draft.draftId);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 900_000, false);
  a.cut = false;
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  a.courier.wake();
  await a.isSent();
  expect([platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('put aside first by nobody and again by somebody, it is had with the card alone, whatever the platform still has', async () => {
  const a = new Machine('A');
  const { person: _, ...draft } = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  a.cut = true;
  a.desk.save({ ...draft, revision: 2, person: wei }, CODE);
  a.store.drafts.postpone(keyOf(a, draft.draftId), now + 900_000, false);
  a.cut = false;
  const claimId = randomUUID();
  expect(await a.claim({ claimId, person: undefined })).toEqual({ outcome: 'needs-card' });
  expect(await a.claim({ claimId, person: lin })).toEqual({ outcome: 'not-found' });
  expect(await a.claim({ claimId })).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
});

test('one that the platform will not take can be continued where it was saved', async () => {
  const a = new Machine('A');
  await platform.fail({ kind: 'status', status: 422 });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'refused' });
  expect(await a.claim()).toMatchObject({ outcome: 'claimed' });
});

test('a refusal of what was sent does not touch what was saved while it was on its way', async () => {
  const a = new Machine('A');
  await platform.fail({ kind: 'status', status: 422 });
  const draft = draftOf();
  a.meanwhile = () => a.desk.save({ ...draft, revision: 2, answers: { delivery: 'collect' } }, CODE);
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ revision: 2, upload: 'done' });
});

test('a refusal of the saving does not keep from the platform that its owner does not want it any more', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await platform.fail({ kind: 'status', status: 422 });
  a.meanwhile = () => a.desk.discard(draft.draftId);
  a.desk.save({ ...draft, revision: 2 }, CODE);
  await a.isSent();
  expect([platform.inspect().drafts, a.store.drafts.find(draft.draftId)]).toEqual([0, undefined]);
});

test('what was saved while the platform said that the copy before it is elsewhere is kept and sent', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
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
  const a = new Machine('A');
  a.store.transaction(() => {
    for (let number = 0; number < 501; number += 1) {
      const { draftId, keptUntil, ...body } = draftOf();
      a.store.drafts.save({
        ...{ draftId, body, revision: 1, keptUntilMs: Date.parse(keptUntil), confirmed: true, dueAtMs: now },
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

test('what was saved while the platform said that nobody has the code is kept', async () => {
  const a = new Machine('A');
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  await httpDraftPlatform({ baseUrl: platform.url, terminalId: 'B', token: platform.token }).remove(
    draft.draftId,
    signal,
  );
  a.meanwhile = () => a.desk.save({ ...draft, revision: 2 }, CODE);
  expect(await a.claim()).toEqual({ outcome: 'not-found' });
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ revision: 2 });
});

test('a platform that does not know the address yet loses nothing', async () => {
  const a = new Machine('A');
  await platform.fail({ kind: 'status', status: 404 });
  const draft = draftOf();
  a.desk.save(draft, CODE);
  await a.isSent();
  expect(a.store.drafts.find(draft.draftId)).toMatchObject({ upload: 'done' });
});

test('an answer that is lost on the way back loses nothing and takes nothing up twice', async () => {
  const [a, b] = [new Machine('A'), new Machine('B')];
  await platform.fail({ kind: 'drop-answer' });
  a.desk.save(draftOf(), CODE);
  await a.isSent();
  await platform.fail({ kind: 'drop-answer', path: '/v1/drafts/claim' });
  const claimId = randomUUID();
  expect(await b.claim({ claimId })).toEqual({ outcome: 'unreachable' });
  expect(await b.claim({ claimId })).toMatchObject({ outcome: 'claimed' });
});

test('neither code nor person stands in a log or on the disk', async () => {
  const a = new Machine('A');
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

function keyOf({ store }: Machine, draftId: string): string {
  return store.drafts.find(draftId)?.idempotencyKey ?? '';
}
