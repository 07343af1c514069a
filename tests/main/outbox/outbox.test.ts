import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import type { DeliveryOutcome } from '../../../main/outbox/delivery.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { type OutboxTerminal, outboxTerminalForEach, pass, visitId } from '../../support/outbox-terminal.ts';

const MINUTE_MS = 60_000;
let terminal: OutboxTerminal;
outboxTerminalForEach((started) => {
  terminal = started;
});

const lineDown: DeliveryOutcome = { outcome: 'retry', cause: 'unreachable' };
const busy: DeliveryOutcome = { outcome: 'retry', cause: 'platform-busy' };
const stateOf = (caseId: string) => terminal.outbox.status(caseId)?.state;
/** What the log has under `message`. */
const logged = (message: string): object[] =>
  terminal.log.entries.filter((entry) => entry.message === message).map(({ level, fields }) => ({ level, ...fields }));
/** The longest delay that jitter allows. */
const noLuck = () => vi.spyOn(Math, 'random').mockReturnValue(0.999_999);

test('an accepted case is delivered once, as it was accepted, and its answer can be read after a restart', async () => {
  const { caseId } = terminal.accept('A1', { person: '林晓岚', answers: { years: 3 } });
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'waiting', attempts: 0 });
  terminal.run();
  await pass(10);
  expect(terminal.platform.bodies).toEqual([{ person: '林晓岚', answers: { years: 3 } }]);
  await terminal.switchOff();
  terminal.switchOn();
  terminal.run();
  await pass(MINUTE_MS);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'delivered', attempts: 1, result: { received: 1 } });
  expect(terminal.platform.received).toHaveLength(1);
});

test('accepting the same case again after a crash changes nothing; with another content it is refused', async () => {
  const item = terminal.accept('A1');
  terminal.outbox.accept({ ...item });
  const conflict = expect.objectContaining({ code: 'conflict' });
  expect(() => terminal.outbox.accept({ ...item, body: { case: 'changed' } })).toThrow(conflict);
  expect(() => terminal.outbox.accept({ ...item, caseNumber: 'A2' })).toThrow(conflict);
  expect(() => terminal.accept('A1')).toThrow(conflict); // one number for two cases
  terminal.run();
  await pass(10);
  terminal.outbox.accept({ ...item });
  await pass(MINUTE_MS);
  expect(terminal.platform.bodies).toEqual([{ case: 'A1' }]);
});

test('a case that cannot be stored whole leaves nothing behind', () => {
  terminal.unsealable = 'sealed';
  expect(() => terminal.accept('A1')).toThrow('pulled out');
  terminal.unsealable = undefined;
  expect(terminal.outbox.stats().waiting).toBe(0);
  terminal.accept('A1'); // its number is free
});

test('a case that was put down and cannot be sealed as rows waits for them', () => {
  terminal.accept('A1');
  terminal.unsealable = 'sealed_body';
  for (const _ of [1, 2]) expect(() => terminal.outbox.stats()).toThrow('pulled out');
  terminal.unsealable = undefined;
  expect(terminal.outbox.stats().waiting).toBe(1);
});

test('every attempt carries the same key and the same bytes', async () => {
  terminal.platform.script.push(busy, 'throw', busy);
  terminal.accept('A1');
  terminal.run();
  await pass(MINUTE_MS, 200);
  const [first, ...others] = terminal.platform.received;
  expect(others).toHaveLength(3);
  for (const other of others) expect(other).toEqual(first);
  expect(first?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
});

test('a rating goes after its case, and other cases do not wait for either', async () => {
  noLuck();
  terminal.platform.script.push(busy);
  const { caseId } = terminal.accept('A1');
  terminal.outbox.add({ caseId, kind: 'rating', body: { rating: 'A1' } });
  terminal.run();
  await pass(10);
  terminal.accept('A2');
  await pass(10);
  expect(terminal.platform.bodies).toEqual([{ case: 'A1' }, { case: 'A2' }]);
  await pass(MINUTE_MS, 200);
  expect(terminal.platform.bodies.slice(2)).toEqual([{ case: 'A1' }, { rating: 'A1' }]);
});

test('a rating made again after a crash goes once, and one for no case is refused', async () => {
  const { caseId } = terminal.accept('A1');
  const rating = { caseId, kind: 'rating', body: { stars: 5 } } as const;
  terminal.outbox.add(rating);
  terminal.outbox.add(rating);
  const unknown = { ...rating, caseId: 'never accepted' };
  expect(() => terminal.outbox.add(unknown)).toThrow(expect.objectContaining({ code: 'conflict' }));
  terminal.run();
  await pass(100, 5);
  expect(terminal.platform.bodies).toEqual([{ case: 'A1' }, { stars: 5 }]);
});

test('four cases are under way at the same time, oldest first, and no more', async () => {
  terminal.platform.script.push('hang', 'hang', 'hang', 'hang');
  for (const name of ['A1', 'A2', 'A3', 'A4', 'A5', 'A6']) terminal.accept(name);
  terminal.run();
  await pass(1_000, 10);
  expect(terminal.platform.bodies).toEqual([{ case: 'A1' }, { case: 'A2' }, { case: 'A3' }, { case: 'A4' }]);
  expect(terminal.outbox.stats()).toMatchObject({
    sending: 4,
    waiting: 2,
    oldestWaitingAt: '2026-11-21T08:00:00.000Z',
  });
});

test('a case that is accepted while four are under way waits for one of them', async () => {
  terminal.platform.script.push('hang', 'hang', 'hang', 'hang');
  for (const name of ['A1', 'A2', 'A3', 'A4']) terminal.accept(name);
  terminal.run();
  await pass(10);
  terminal.accept('A5');
  await pass(1_000, 5);
  expect(terminal.platform.received).toHaveLength(4);
  expect(terminal.outbox.stats()).toMatchObject({ sending: 4, waiting: 1 });
});

test('a case is known from the moment that it is accepted, and none before', () => {
  expect(terminal.outbox.has('0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11')).toBe(false);
  const { caseId } = terminal.accept('A1');
  expect(terminal.outbox.has(caseId)).toBe(true);
});

test('what was delivered goes from the log within a second, though another delivery is under way for longer', async () => {
  terminal.platform.script.push('hang');
  terminal.accept('A1');
  const { caseId } = terminal.accept('A2');
  terminal.outbox.removeDelivered(caseId);
  terminal.run();
  const wipe = vi.spyOn(terminal.store, 'wipe');
  await pass(10);
  expect(stateOf(caseId)).toBe('delivered');
  wipe.mockClear();
  await pass(900, 3);
  expect(wipe).not.toHaveBeenCalled();
  await pass(200, 2);
  expect(wipe).toHaveBeenCalledTimes(1);
  await pass(5_000, 5);
  expect(wipe).toHaveBeenCalledTimes(1);
});

test('a delivery that never comes back is given up after a minute and tried again', async () => {
  terminal.platform.script.push('hang');
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(59_000, 10);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'sending', attempts: 1 });
  await pass(5_000, 50);
  expect(terminal.outbox.status(caseId)).toMatchObject({ state: 'delivered', attempts: 2 });
});

test('delays grow to a quarter of an hour and no further', async () => {
  noLuck();
  terminal.platform.script.push(...Array.from({ length: 14 }, () => busy));
  terminal.accept('A1');
  terminal.run();
  await pass(7_200_000, 7_200);
  const at = terminal.platform.receivedAtMs;
  const gaps = at.slice(1).map((time, index) => Math.round((time - at[index]!) / 1_000));
  expect(gaps.slice(0, 9)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512]);
  for (const gap of gaps.slice(9)) expect(gap).toBe(900);
});

test('jitter is full: a terminal may come back at once', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  terminal.platform.script.push(busy, busy);
  terminal.accept('A1');
  terminal.run();
  await pass(50, 10);
  expect(terminal.platform.received).toHaveLength(3);
});

test('when the line is back, what waited for it is brought forward; what the platform put off is not', async () => {
  noLuck();
  terminal.platform.script.push(...Array.from({ length: 11 }, () => lineDown));
  terminal.accept('A1');
  terminal.run();
  await pass(1_100_000, 1_100);
  expect(terminal.platform.received).toHaveLength(10);
  terminal.platform.script.length = 0;
  terminal.platform.script.push({ outcome: 'retry', cause: 'platform-busy', retryAfterMs: 10 * MINUTE_MS });
  terminal.accept('A2');
  await pass(100);
  terminal.outbox.wake();
  await pass(4.5 * MINUTE_MS, 300); // "no luck": a quarter of the 18 minutes that it has waited
  expect(terminal.platform.received).toHaveLength(11);
  await pass(0.2 * MINUTE_MS, 21);
  expect(terminal.platform.bodies.slice(10)).toEqual([{ case: 'A2' }, { case: 'A1' }]);
  await pass(5.1 * MINUTE_MS, 10);
  expect(terminal.platform.received).toHaveLength(12);
  await pass(1.2 * MINUTE_MS, 10);
  expect(terminal.platform.received).toHaveLength(13);
});

test('when the line is back after a moment, nobody waits for it', async () => {
  noLuck();
  terminal.platform.script.push(
    ...Array.from({ length: 3 }, (): DeliveryOutcome => ({ outcome: 'retry', cause: 'unreachable' })),
  );
  terminal.accept('A1');
  terminal.run();
  await pass(7_000, 70); // 2 s, then 4 s, then 8 s would be waited
  expect(terminal.platform.received).toHaveLength(3);
  terminal.outbox.wake();
  await pass(2_100, 21);
  expect(terminal.platform.received).toHaveLength(4);
});

test('what a dead letter holds back has not waited for the line: after a moment without it nobody waits', async () => {
  noLuck();
  terminal.platform.script.push({ outcome: 'rejected', reason: 'no-record' });
  const { caseId } = terminal.accept('A1');
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  terminal.run();
  await pass(60 * MINUTE_MS, 20);
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 1, rejected: 1, oldestWaitingAt: undefined });
  terminal.platform.script.push({ outcome: 'retry', cause: 'unreachable' });
  const acceptedAt = new Date().toISOString();
  terminal.accept('A2');
  await pass(10);
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 2, oldestWaitingAt: acceptedAt });
  terminal.platform.script.push(
    ...Array.from({ length: 3 }, (): DeliveryOutcome => ({ outcome: 'retry', cause: 'unreachable' })),
  );
  await pass(15_000, 150); // the next attempt would be 16 s later
  expect(terminal.platform.received).toHaveLength(5);
  terminal.outbox.wake();
  await pass(4_500, 45);
  expect(terminal.platform.received).toHaveLength(6);
});

test('what gathered while the line was down goes oldest first, a second apart, once the line is back', async () => {
  noLuck();
  const names = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'];
  for (const name of names) terminal.accept(name);
  terminal.platform.script.push(
    ...Array.from({ length: 60 }, (): DeliveryOutcome => ({ outcome: 'retry', cause: 'unreachable' })),
  );
  terminal.run();
  await pass(600_000, 300); // the next attempts would be more than seven minutes away
  const before = terminal.platform.received.length;
  terminal.platform.script.length = 0;
  terminal.outbox.wake();
  await pass(5.2 * MINUTE_MS, 600);
  expect(terminal.platform.bodies.slice(before)).toEqual(names.map((name) => ({ case: name })));
  const at = terminal.platform.receivedAtMs.slice(before);
  for (const [index, ms] of at.slice(1).entries()) expect(ms - at[index]!).toBeGreaterThanOrEqual(500);
});

test('after a long outage a terminal comes back in its own moment, though a backoff of one of its cases ends sooner', async () => {
  const dice = vi.spyOn(Math, 'random').mockReturnValue(0.1);
  terminal.platform.script.push(...Array.from({ length: 99 }, () => lineDown));
  for (const name of ['A1', 'A2', 'A3']) terminal.accept(name);
  terminal.run();
  await pass(20 * MINUTE_MS, 1_200); // each is tried every minute and a half
  const before = terminal.platform.received.length;
  terminal.accept('A4'); // for whom a resident is waiting
  await pass(100);
  terminal.platform.script.length = 0;
  dice.mockReturnValue(0.9);
  terminal.outbox.wake(20 * MINUTE_MS);
  await pass(4 * MINUTE_MS, 240);
  expect(terminal.platform.bodies.slice(before + 1)).toEqual([{ case: 'A4' }]);
  await pass(0.6 * MINUTE_MS, 36);
  expect(terminal.platform.bodies.slice(before + 2)).toEqual([{ case: 'A1' }, { case: 'A2' }, { case: 'A3' }]);
});

test.each([
  ['after a short outage', 60_000],
  ['when a technician wakes the queue', undefined],
])('%s nothing is put off', async (_when, outageMs) => {
  const dice = vi.spyOn(Math, 'random').mockReturnValue(0.1);
  terminal.platform.script.push(...Array.from({ length: 99 }, () => lineDown));
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(20 * MINUTE_MS, 1_200);
  terminal.platform.script.length = 0;
  dice.mockReturnValue(0.9);
  terminal.outbox.wake(outageMs);
  await pass(1.5 * MINUTE_MS, 90);
  expect(stateOf(caseId)).toBe('delivered');
});

test('the log tells what became of a delivery, and nothing of what it carries or was answered', async () => {
  const log = memoryLog();
  const { store, platform } = terminal;
  const outbox = new Outbox({ store, deliver: platform.deliver, log });
  platform.script.push({ outcome: 'delivered', result: { certificate: 'of 林晓岚' } });
  outbox.accept({ caseId: 'case-1', caseNumber: 'A1', serviceId: 'S10', visitId, body: { name: '林晓岚' } });
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  await pass(10);
  stop.abort();
  await running;
  expect(log.entries).toContainEqual(expect.objectContaining({ message: 'delivery attempt' }));
  expect(JSON.stringify(log.entries)).not.toContain('林晓岚');
});

test('each attempt is told with its case, kind, count and outcome', async () => {
  terminal.platform.script.push(busy, { outcome: 'unauthorised' }, { outcome: 'rejected', reason: 'no-record' });
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(16 * MINUTE_MS, 100);
  const attempt = { level: 'info', caseId, kind: 'case' };
  expect(logged('delivery attempt')).toEqual([
    { ...attempt, attempts: 1, outcome: 'retry', cause: 'platform-busy' },
    { ...attempt, attempts: 2, outcome: 'unauthorised' },
    { ...attempt, attempts: 3, outcome: 'rejected', reason: 'no-record' },
  ]);
});

test('a deliverer with a bug is told of and tried again; one that is stopped is not told of', async () => {
  terminal.platform.script.push('throw', 'hang');
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(3_000, 30);
  const unexpected = { level: 'error', caseId, error: expect.any(TypeError) };
  expect(logged('a delivery failed in an unexpected way')).toEqual([unexpected]);
  expect(logged('delivery attempt')).toMatchObject([{ outcome: 'retry', cause: 'unexpected' }]);
  await terminal.stop();
  expect(logged('a delivery failed in an unexpected way')).toHaveLength(1);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'waiting', attempts: 2 });
});

test('an attempt that was given up is told of with how long nothing moved', async () => {
  terminal.platform.script.push('hang');
  terminal.accept('A1');
  terminal.run();
  await pass(61_000, 10);
  const [{ error }] = logged('a delivery failed in an unexpected way') as [{ error: Error }];
  expect(error).toMatchObject({ code: 'timeout', message: 'delivery: nothing moved within 60000 ms' });
});

test('an attempt that has ended is told so, and no timer of it is left', async () => {
  const signals: AbortSignal[] = [];
  const { store, platform } = terminal;
  const outbox = new Outbox({
    store,
    deliver: (delivery, signal) => {
      signals.push(signal);
      return platform.deliver(delivery, signal);
    },
  });
  terminal.accept('A1');
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  await pass(10);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  stop.abort();
  await running;
  expect(vi.getTimerCount()).toBe(0);
});

test('a refused credential is over with an answer, be it a refusal of the case, and not with a failure of the line', async () => {
  const dice = vi.spyOn(Math, 'random').mockReturnValue(0);
  terminal.platform.script.push({ outcome: 'unauthorised' }, lineDown, { outcome: 'rejected', reason: 'no-record' });
  terminal.accept('A1');
  terminal.run();
  await pass(10);
  expect(terminal.outbox.alarm.value).toBe('unauthorised');
  dice.mockReturnValue(0.5);
  await pass(5 * MINUTE_MS, 10);
  expect([terminal.platform.received.length, terminal.outbox.alarm.value]).toEqual([2, 'unauthorised']);
  await pass(MINUTE_MS, 10);
  expect([terminal.platform.received.length, terminal.outbox.alarm.value]).toEqual([3, 'none']);
});

test('dead letters are counted', async () => {
  terminal.platform.script.push({ outcome: 'rejected', reason: 'no' }, { outcome: 'rejected', reason: 'no' });
  terminal.accept('A1');
  terminal.accept('A2');
  terminal.run();
  await pass(20, 2);
  expect(terminal.outbox.setAside.value).toBe(2);
});

test('waking a queue in which nothing waits does nothing', async () => {
  terminal.run();
  terminal.outbox.wake(MINUTE_MS);
  await pass(10);
  expect([terminal.outbox.alarm.value, terminal.log.entries]).toEqual(['none', []]);
  terminal.accept('A1');
  await pass(10);
  expect(terminal.platform.received).toHaveLength(1);
});

test('a terminal that the platform refuses says so, tries slowly, and recovers', async () => {
  terminal.platform.script.push({ outcome: 'unauthorised' });
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(10);
  expect(terminal.outbox.alarm.value).toBe('unauthorised');
  terminal.outbox.wake();
  await pass(4.9 * MINUTE_MS, 20);
  expect(terminal.platform.received).toHaveLength(1);
  await pass(10.2 * MINUTE_MS, 20);
  expect(stateOf(caseId)).toBe('delivered');
  expect(terminal.outbox.alarm.value).toBe('none');
});

test('a refused case becomes a dead letter that is kept and holds back its rating, and nothing else', async () => {
  terminal.platform.script.push({ outcome: 'rejected', reason: 'no-record' });
  const { caseId } = terminal.accept('A1');
  terminal.outbox.add({ caseId, kind: 'rating', body: { rating: 'A1' } });
  terminal.run();
  await pass(10);
  const other = terminal.accept('A2');
  await pass(60 * MINUTE_MS, 20);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'rejected', attempts: 1, reason: 'no-record' });
  expect(terminal.outbox.setAside.value).toBe(1);
  expect(stateOf(other.caseId)).toBe('delivered');
  expect(terminal.platform.bodies).toEqual([{ case: 'A1' }, { case: 'A2' }]);
  terminal.outbox.removeDelivered(caseId);
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  expect(
    raw.prepare('SELECT count(*) FROM jobs WHERE sealed_body IS NOT NULL AND case_id = ?').pluck().get(caseId),
  ).toBe(2);
  raw.close();
  terminal.switchOn();
});

test('a case that is accepted within a larger transaction is told of when that is on the disk, and not where it fails', () => {
  const told: unknown[] = [];
  terminal.outbox.onChange((caseId) => told.push(terminal.outbox.status(caseId)?.state));
  terminal.store.transaction(() => {
    terminal.accept('A1');
    expect(told).toEqual([]);
  });
  const failing = () =>
    terminal.store.transaction(() => {
      terminal.accept('A2');
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  expect(told).toEqual(['waiting']);
});

test('a suite that is missing sets no delivery aside: it says nothing of the row', () => {
  const { caseId } = terminal.accept('A1');
  const missing = new StorageError('suite-unavailable', 'this Node has no SM4');
  terminal.unopenable = missing;
  expect(() => terminal.store.jobs.lease('holder', Date.now(), 4)).toThrow(missing);
  terminal.unopenable = undefined;
  expect(terminal.outbox.status(caseId)).toMatchObject({ state: 'waiting', attempts: 0 });
});

test('a suite that is missing while a case becomes rows leaves it the case that it was', () => {
  const item = terminal.accept('A1');
  terminal.unopenable = new StorageError('suite-unavailable', 'this Node has no SM4');
  expect(() => terminal.outbox.stats()).toThrow(terminal.unopenable);
  terminal.unopenable = undefined;
  terminal.outbox.accept(item); // as the visit does when it is taken up again: no conflict
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 1 });
});

test('a stored delivery that was tampered with is set aside with its row, and the next one goes', async () => {
  const { caseId } = terminal.accept('A1');
  terminal.accept('A2');
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  const damaged = Buffer.from('not what was sealed');
  raw.prepare('UPDATE jobs SET sealed_body = ? WHERE case_id = ?').run(damaged, caseId);
  raw.close();
  terminal.switchOn();
  const changed: string[] = [];
  terminal.outbox.onChange((id) => changed.push(id));
  terminal.run();
  await pass(10);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'rejected', attempts: 0, reason: 'unreadable' });
  expect(changed).toContain(caseId);
  expect(logged('a stored delivery does not open and was set aside')).toEqual([{ level: 'error', caseId }]);
  expect(terminal.platform.bodies).toEqual([{ case: 'A2' }]);
  await terminal.switchOff();
  const after = new Database(terminal.file);
  expect(after.prepare('SELECT sealed_body FROM jobs WHERE case_id = ?').pluck().get(caseId)).toEqual(damaged);
  after.close();
  terminal.switchOn();
});

test('what was under way when the terminal stopped is sent again, and counts as tried', async () => {
  terminal.platform.script.push('hang');
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(10);
  await terminal.switchOff();
  // As a kill leaves it: leased by a process that is no more.
  const raw = new Database(terminal.file);
  raw.prepare(`UPDATE jobs SET state = 'sending', leased_by = 'another run'`).run();
  raw.close();
  terminal.switchOn();
  expect(stateOf(caseId)).toBe('sending');
  terminal.run();
  await pass(10);
  expect(terminal.outbox.status(caseId)).toMatchObject({ state: 'delivered', attempts: 2 });
  const taken = 'deliveries that were under way when the terminal stopped';
  expect(logged(taken)).toEqual([{ level: 'info', returned: 1 }]);
});

test('who does not hold a delivery any more, or has settled it, changes nothing of it', () => {
  const { caseId } = terminal.accept('A1');
  const { jobs } = terminal.store;
  const now = Date.now();
  const jobId = jobs.lease('the first', now, 1).jobs[0]!.jobId;
  expect(jobs.reclaim('the second', now)).toBe(1);
  jobs.lease('the second', now, 1);
  const changesBy = (holder: string): boolean[] => [
    jobs.saveUpload(jobId, holder, { uploadedBytes: 1 }),
    jobs.postpone(jobId, holder, now, false),
    jobs.reject(jobId, holder, 'refused', now),
    jobs.deliver(jobId, holder, {}, now),
  ];
  expect([changesBy('the first'), stateOf(caseId)]).toEqual([[false, false, false, false], 'sending']);
  expect(jobs.deliver(jobId, 'the second', {}, now)).toBe(true);
  expect([changesBy('the second'), stateOf(caseId)]).toEqual([[false, false, false, false], 'delivered']);
});

test('a clock set back by a year puts nothing off by more than an hour', async () => {
  noLuck();
  terminal.platform.script.push(busy);
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(10);
  vi.setSystemTime(new Date('2025-11-21T08:00:00Z'));
  await pass(62 * MINUTE_MS, 100);
  expect(stateOf(caseId)).toBe('delivered');
});

test('those who watch hear of every change, and one of them failing harms nobody', async () => {
  const seen: unknown[] = [];
  terminal.outbox.onChange(() => {
    throw new Error('a listener with a bug');
  });
  const stop = terminal.outbox.onChange((caseId) => seen.push(stateOf(caseId)));
  terminal.accept('A1');
  terminal.run();
  await pass(10);
  expect(seen).toEqual(['waiting', 'sending', 'delivered']);
  const failed = { level: 'error', error: expect.objectContaining({ message: 'a listener with a bug' }) };
  expect(logged('a listener of the outbox failed')).toEqual([failed, failed, failed]);
  stop();
  terminal.accept('A2');
  await pass(10);
  expect(seen).toHaveLength(3);
});

test('when the store fails over one delivery, those beside it are given up before it is asked again', async () => {
  terminal.platform.script.push('hang');
  const { caseId: beside } = terminal.accept('A1');
  terminal.accept('A2');
  terminal.unsealable = 'sealed_result';
  terminal.run();
  await pass(100, 5);
  expect([terminal.outbox.alarm.value, terminal.platform.underWay]).toEqual(['storage-failing', 0]);
  expect(stateOf(beside)).toBe('waiting');
  terminal.unsealable = undefined;
  await pass(6_000, 6);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 2, sending: 0 });
});

test('a store that fails while delivering raises the alarm, loses nothing, and is asked again', async () => {
  const { caseId } = terminal.accept('A1');
  terminal.unsealable = 'sealed_result';
  terminal.run();
  await pass(100, 5);
  expect(terminal.outbox.alarm.value).toBe('storage-failing');
  expect(logged('the outbox cannot use its store')).toMatchObject([{ level: 'error', error: expect.any(Error) }]);
  await pass(4_800, 6);
  expect(logged('the outbox cannot use its store')).toHaveLength(1); // every five seconds
  await pass(200, 2);
  expect(logged('the outbox cannot use its store')).toHaveLength(2);
  terminal.unsealable = undefined;
  await pass(6_000, 6);
  expect(stateOf(caseId)).toBe('delivered');
  expect(terminal.outbox.alarm.value).toBe('none');
  const [first, second] = terminal.platform.received;
  expect(second).toEqual(first);
});
