import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { Desk } from '../../../main/outbox/desk.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { type OutboxTerminal, outboxTerminalForEach, pass, visitId } from '../../support/outbox-terminal.ts';
import { paper } from '../../support/papers.ts';

const DAY_MS = 86_400_000;
const person = { person: { name: '林晓岚', idNumber: '230299197506180027' } };
let terminal: OutboxTerminal;
outboxTerminalForEach((started) => {
  terminal = started;
});

const log = memoryLog();
const desk = () => new Desk({ store: terminal.store, outbox: terminal.outbox, log });
const refused = { outcome: 'rejected', reason: 'no-record' } as const;
const rejects = (code: string) => expect.objectContaining({ code });

test('the list tells case, service, kind, state, tries, reason and age, and nothing of the resident', async () => {
  const materials = [paper(terminal.store, visitId, 1_000)];
  terminal.platform.script.push({ outcome: 'retry', cause: 'unreachable' }, refused);
  terminal.accept('A1', person, { deliverBy: '2026-11-24T08:00:00.000Z', materials });
  terminal.accept('A2', person);
  terminal.run();
  await pass(10);
  const listed = desk().list({ which: 'open', limit: 10 });
  expect(listed).toMatchObject([
    {
      jobId: 1,
      caseNumber: 'A1',
      serviceId: 'S10',
      kind: 'case',
      state: 'waiting',
      attempts: 1,
      deliverBy: '2026-11-24T08:00:00.000Z',
    },
    { jobId: 2, kind: 'material', state: 'waiting', attempts: 0, sizeBytes: 1_000, uploadedBytes: 0 },
    { jobId: 3, caseNumber: 'A2', state: 'rejected', reason: 'no-record', createdAt: '2026-11-21T08:00:00.000Z' },
  ]);
  expect(
    desk()
      .list({ which: 'dead', limit: 10 })
      .map(({ jobId }) => jobId),
  ).toEqual([3]);
  expect(desk().list({ which: 'open', limit: 2 })).toHaveLength(2);
  expect(JSON.stringify([listed, desk().report(), log.entries])).not.toMatch(/林|2302/);
});

test('an overdue case is counted, told once, and still tried until it is delivered', async () => {
  const stop = Array.from({ length: 500 }, () => ({ outcome: 'retry', cause: 'unreachable' }) as const);
  terminal.platform.script.push(...stop);
  terminal.accept('A1', person, { deliverBy: '2026-11-22T08:00:00.000Z' });
  terminal.accept('A2', person, { deliverBy: '2026-11-28T08:00:00.000Z' });
  terminal.run();
  await pass(0.99 * DAY_MS, 100);
  expect(desk().report()).toMatchObject({ overdue: 0, nextDeliverBy: '2026-11-22T08:00:00.000Z' });
  await pass(0.02 * DAY_MS, 20);
  expect(terminal.outbox.overdue.value).toBe(1);
  const told = terminal.log.entries.filter(({ level, message }) => level === 'error' && message.includes('by the day'));
  expect(told.map(({ fields }) => fields)).toEqual([{ overdue: 1 }]);
  expect(desk().report()).toMatchObject({ overdue: 1, nextDeliverBy: '2026-11-28T08:00:00.000Z', waiting: 2 });
  terminal.platform.script.length = 0;
  await pass(1_800_000, 30);
  expect(terminal.outbox.overdue.value).toBe(0);
  expect(desk().report()).toMatchObject({ overdue: 0, nextDeliverBy: undefined, delivered: 2 });
});

test('a dead letter that is requeued goes again under a new key, with the same body, and what it held back follows', async () => {
  terminal.platform.script.push(refused);
  const { caseId } = terminal.accept('A1', person);
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  terminal.run();
  await pass(10);
  expect(terminal.platform.received).toHaveLength(1);
  expect(desk().requeue('A1')).toEqual({ requeued: 1, unreadable: 0 });
  await pass(100, 5);
  const [first, second, rating] = terminal.platform.received;
  expect(second?.body).toEqual(first?.body);
  expect(second?.idempotencyKey).not.toBe(first?.idempotencyKey);
  expect(rating?.kind).toBe('rating');
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 2, rejected: 0 });
  expect(() => desk().requeue('A1')).toThrow(rejects('nothing-to-requeue'));
});

test('a closed paper is out of its case’s way: with the rest delivered, all of the case is emptied', async () => {
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, { outcome: 'rejected', reason: 'too-large' });
  const materials = [paper(terminal.store, visitId), paper(terminal.store, visitId)];
  const { caseId } = terminal.accept('A1', person, { materials });
  terminal.outbox.removeDelivered(caseId);
  terminal.store.visits.remove();
  terminal.run();
  await pass(50, 5);
  const blobs = join(dirname(terminal.file), 'blobs');
  expect([terminal.outbox.stats().delivered, readdirSync(blobs)]).toMatchObject([2, { length: 2 }]);
  const [dead] = desk().list({ which: 'dead', limit: 5 });
  expect(desk().close(String(dead?.jobId), 'handed-to-counter')).toEqual({ closed: 1 });
  await pass(50, 5);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'delivered', attempts: 1, result: undefined });
  expect(terminal.store.deliveries.open(caseId)).toEqual([
    { jobId: 1, kind: 'case', state: 'delivered', attempts: 1 },
    { jobId: 2, kind: 'material', state: 'closed', attempts: 1, reason: 'handed-to-counter' },
    { jobId: 3, kind: 'material', state: 'delivered', attempts: 1 },
  ]);
  expect(readdirSync(blobs)).toEqual([]);
  expect(desk().report()).toMatchObject({ delivered: 2, closed: 1, rejected: 0 });
});

test('of a closed case nothing more goes, whatever comes after it and however it is asked for', async () => {
  terminal.platform.script.push(refused);
  const item = terminal.accept('A1', person, { materials: [paper(terminal.store, visitId)] });
  const { caseId } = item;
  terminal.run();
  await pass(10);
  expect(desk().close('A1', 'withdrawn')).toEqual({ closed: 2 });
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 1 } });
  terminal.outbox.accept(item);
  expect(() => desk().requeue('A1')).toThrow(rejects('nothing-to-requeue'));
  expect(() => desk().close('A1', 'withdrawn')).toThrow(rejects('nothing-to-close'));
  terminal.outbox.wake();
  await pass(60_000, 10);
  expect(terminal.platform.received).toHaveLength(1);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'rejected', attempts: 1, reason: 'withdrawn' });
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 0, sending: 0, rejected: 0 });
});

test('what cannot be put on record is not closed', async () => {
  terminal.platform.script.push(refused);
  const { caseId } = terminal.accept('A1', person);
  terminal.run();
  await pass(10);
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  raw.exec("CREATE TRIGGER refusal BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END");
  raw.close();
  terminal.switchOn();
  expect(() => desk().close('A1', 'test')).toThrow(rejects('conflict'));
  expect(desk().list({ which: 'dead', limit: 5 })).toHaveLength(1);
  expect(terminal.store.deliveries.open(caseId)[0]).toHaveProperty('body');
});

test('what a technician does to a case is on record, and what had no effect is not', async () => {
  const kinds = () => terminal.store.audit.page(0, 50).map(({ entry }) => JSON.parse(entry).kind);
  terminal.platform.script.push(refused);
  terminal.accept('A1', person);
  terminal.run();
  await pass(10);
  expect(() => desk().requeue('A9')).toThrow(rejects('no-such-case'));
  desk().export('A1');
  desk().requeue('A1');
  expect(() => desk().requeue('A1')).toThrow(rejects('nothing-to-requeue'));
  expect(kinds()).toEqual(['case-accepted', 'dead-letter-made', 'case-exported', 'dead-letter-requeued']);
  terminal.platform.script.push(refused);
  await pass(10);
  desk().close('A1', 'made-anew');
  expect(() => desk().close('A1', 'made-anew')).toThrow(rejects('nothing-to-close'));
  expect(kinds().slice(4)).toEqual(['dead-letter-made', 'dead-letter-closed']);
  const { entry } = terminal.store.audit.page(5, 1)[0]!;
  expect(JSON.parse(entry).detail).toEqual({ what: 'A1', reason: 'made-anew', closed: 1 });
});

test('a requeued paper keeps its key: the platform knows it by that', async () => {
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, { outcome: 'rejected', reason: 'too-large' });
  const materials = [paper(terminal.store, visitId)];
  terminal.accept('A1', person, { materials });
  terminal.run();
  await pass(50, 5);
  const [dead] = desk().list({ which: 'dead', limit: 5 });
  expect(desk().requeue(String(dead?.jobId))).toEqual({ requeued: 1, unreadable: 0 });
  await pass(50, 5);
  const keys = terminal.platform.received.map(({ idempotencyKey }) => idempotencyKey);
  expect(keys.slice(1)).toEqual([materials[0]?.materialId, materials[0]?.materialId]);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 2, rejected: 0 });
});

test('what does not open stays a dead letter, as it is', async () => {
  const { caseId } = terminal.accept('A1', person);
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  const damaged = Buffer.from('not what was sealed');
  raw.prepare('UPDATE jobs SET sealed_body = ? WHERE case_id = ?').run(damaged, caseId);
  raw.close();
  terminal.switchOn();
  terminal.run();
  await pass(10);
  expect(desk().requeue('A1')).toEqual({ requeued: 0, unreadable: 1 });
  await pass(10);
  expect(terminal.outbox.status(caseId)).toMatchObject({ state: 'rejected', reason: 'unreadable' });
  expect(desk().export('A1').deliveries).toEqual([
    { jobId: 1, kind: 'case', state: 'rejected', attempts: 0, reason: 'unreadable' },
  ]);
});

test('an export holds the whole case and its papers; a damaged one says so', () => {
  const materials = [paper(terminal.store, visitId, 3_000), paper(terminal.store, visitId, 10, 'id-card')];
  terminal.accept('A1', person, { materials, deliverBy: '2026-11-24T08:00:00.000Z' });
  const exported = desk().export('A1');
  expect(exported).toMatchObject({ caseNumber: 'A1', serviceId: 'S10', deliverBy: '2026-11-24T08:00:00.000Z' });
  expect(exported.deliveries[0]?.body).toMatchObject(person);
  expect(exported.materials).toEqual(materials.map(({ blobId: _place, ...name }) => name));
  const { materialId, blobId } = materials[0]!;
  const whole = Buffer.from(terminal.store.blobs.read(blobId));
  const parts = [0, 1_000, 2_000, 3_000].map((offset) => desk().readPage('A1', materialId, offset, 1_000));
  expect(Buffer.concat(parts).equals(whole)).toBe(true);
  rmSync(join(dirname(terminal.file), 'blobs', blobId));
  expect(() => desk().readPage('A1', materialId, 0, 10)).toThrow(rejects('sealed-data-damaged'));
  expect(() => desk().readPage('A1', 'b2c0a1de-0000-4000-8000-000000000000', 0, 10)).toThrow(
    rejects('no-such-material'),
  );
  expect(() => desk().export('A2')).toThrow(rejects('no-such-case'));
});

test('each act of a technician is written down in one line, without what it was about', () => {
  terminal.accept('A1', person);
  log.entries.length = 0;
  desk().wake();
  desk().export('A1');
  expect(log.entries).toEqual([
    { level: 'warn', fields: {}, message: 'a technician wakes the queue' },
    { level: 'warn', fields: { kind: 'case-exported', what: 'A1' }, message: 'a technician acts on the queue' },
  ]);
});

test('a case that is closed while its paper is looked for has none; an answer is no paper', async () => {
  const materials = [paper(terminal.store, visitId)];
  terminal.platform.script.push(refused);
  terminal.accept('A1', person, { materials });
  terminal.run();
  await pass(10);
  desk().close('A1', 'withdrawn');
  const { materialId } = materials[0]!;
  expect(() => desk().readPage('A1', materialId, 0, 10)).toThrow(rejects('no-such-material'));
  const exported = desk().export('A1');
  expect(exported.materials).toEqual([]);
  for (const delivery of exported.deliveries) expect(delivery).not.toHaveProperty('body');
});

test('a technician who wakes the queue does not wait for a backoff', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
  terminal.platform.script.push(
    ...Array.from({ length: 4 }, () => ({ outcome: 'retry', cause: 'unreachable' }) as const),
  );
  terminal.accept('A1', person);
  terminal.run();
  await pass(15_000, 150); // the next attempt would be 15 s later
  expect(terminal.platform.received).toHaveLength(4);
  desk().wake();
  await pass(5_000, 50);
  expect(terminal.outbox.stats().delivered).toBe(1);
});

test('a delivery goes by its number, of twelve digits at most', () => {
  for (const what of ['1234567890123', '1a', 'a1', '']) {
    expect(() => desk().requeue(what)).toThrow(`no case of this terminal has the number ${what}`);
    expect(() => desk().close(what, 'test')).toThrow(rejects('no-such-case'));
  }
  expect(() => desk().requeue('123456789012')).toThrow('123456789012: there is no dead letter of it');
});
