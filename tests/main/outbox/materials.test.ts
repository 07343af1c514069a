import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { ZodError } from 'zod';
import type { DeliveryOutcome, MaterialUpload } from '../../../main/outbox/delivery.ts';
import { type OutboxTerminal, outboxTerminalForEach, pass, visitId } from '../../support/outbox-terminal.ts';
import { paper } from '../../support/papers.ts';

const MINUTE_MS = 60_000;
const busy: DeliveryOutcome = { outcome: 'retry', cause: 'platform-busy' };
let terminal: OutboxTerminal;
outboxTerminalForEach((started) => {
  terminal = started;
});

const blobsOf = () => readdirSync(join(dirname(terminal.file), 'blobs'));
const kinds = () => terminal.platform.received.map(({ kind }) => kind);
const uploads = () => terminal.platform.received.filter((item): item is MaterialUpload => item.kind === 'material');
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('a case names its papers, then they go one by one as they were stored, then its rating', async () => {
  const materials = [1, 2, 3].map(() => paper(terminal.store, visitId));
  const { caseId } = terminal.accept('A1', { answers: { years: 3 } }, { materials });
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  terminal.run();
  await pass(100, 20);
  const named = materials.map(({ blobId: _kept, ...name }) => name);
  expect(terminal.platform.bodies).toEqual([
    { answers: { years: 3 }, materials: named },
    ...named.map((name) => ({ caseId, caseNumber: 'A1', ...name })),
    { stars: 5 },
  ]);
  expect(kinds()).toEqual(['case', 'material', 'material', 'material', 'rating']);
  expect(uploads().map(({ content }) => content && hashOf(content))).toEqual(materials.map(({ sha256 }) => sha256));
  expect(uploads().map(({ idempotencyKey }) => idempotencyKey)).toEqual(materials.map(({ materialId }) => materialId));
});

test('a paper whose address at the platform does not open goes from its start, and is no dead letter', async () => {
  const materials = [paper(terminal.store, visitId)];
  terminal.accept('A1', {}, { materials });
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  raw.prepare("UPDATE jobs SET sealed_upload = x'00' WHERE kind = 'material'").run();
  raw.close();
  terminal.switchOn();
  terminal.run();
  await pass(50, 10);
  expect(uploads()).toMatchObject([{ location: undefined }]);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 2, rejected: 0 });
});

test('case, papers and deliveries are stored together or not at all', () => {
  const whole = paper(terminal.store, visitId);
  const conflict = expect.objectContaining({ code: 'conflict' });
  const gone = { ...paper(terminal.store, visitId), blobId: '0'.repeat(64) };
  const otherSize = { ...paper(terminal.store, visitId), sizeBytes: 701 };
  const twice = [whole, whole]; // one id for two papers
  for (const materials of [[whole, gone], [otherSize], twice]) {
    expect(() => terminal.accept('A1', {}, { materials })).toThrow(conflict);
  }
  terminal.unsealable = whole.materialId;
  expect(() => terminal.accept('A1', {}, { materials: [whole] })).toThrow('pulled out');
  terminal.unsealable = undefined;
  expect(terminal.outbox.stats().waiting).toBe(0);
  terminal.accept('A1', {}, { materials: [whole] });
  expect(terminal.outbox.stats().waiting).toBe(2);
});

test('papers that are not as agreed are refused', () => {
  const good = paper(terminal.store, visitId);
  const bad = [
    { ...good, label: '林晓岚的户口簿' },
    { ...good, sizeBytes: 33 * 1024 * 1024 },
    { ...good, sha256: 'short' },
    { ...good, blobId: '../../../etc/passwd' },
    { ...good, materialId: 'one' },
    { ...good, mediaType: 'text/html' as 'image/jpeg' },
  ];
  for (const material of bad) expect(() => terminal.accept('A1', {}, { materials: [material] })).toThrow(ZodError);
  const tooMany = Array.from({ length: 201 }, () => good);
  expect(() => terminal.accept('A1', {}, { materials: tooMany })).toThrow(ZodError);
});

test('accepting the same case with the same papers again changes nothing, with others it is refused', () => {
  const materials = [paper(terminal.store, visitId)];
  const item = terminal.accept('A1', {}, { materials });
  terminal.outbox.accept(item);
  expect(terminal.outbox.stats().waiting).toBe(2);
  const other = { ...item, materials: [paper(terminal.store, visitId)] };
  expect(() => terminal.outbox.accept(other)).toThrow(expect.objectContaining({ code: 'conflict' }));
});

test('two hundred pages of one case do not hold up another case', async () => {
  terminal.accept('A1', {}, { materials: Array.from({ length: 200 }, () => paper(terminal.store, visitId)) });
  terminal.accept('A2', { case: 'A2' });
  terminal.run();
  await pass(10);
  expect(kinds().slice(0, 2)).toEqual(['case', 'case']);
  await pass(1_000, 250);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 202, waiting: 0 });
  expect(uploads()).toHaveLength(200);
  expect(new Set(uploads().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(200);
});

test('when the line is back, the pages of one case put no other case off', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
  terminal.platform.stuck = () => true;
  terminal.accept('A1', {}, { materials: Array.from({ length: 50 }, () => paper(terminal.store, visitId)) });
  terminal.accept('A2', { case: 'A2' });
  terminal.run();
  await pass(25 * MINUTE_MS, 100); // both are due minutes apart from now
  terminal.platform.stuck = undefined;
  terminal.platform.received.length = 0;
  terminal.outbox.wake();
  await pass(5 * MINUTE_MS + 3_000, 303);
  expect(terminal.platform.received.filter(({ kind }) => kind === 'case')).toHaveLength(2);
});

test('a paper that the platform refuses is a dead letter, and everything else of its case goes', async () => {
  const materials = [1, 2].map(() => paper(terminal.store, visitId));
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, { outcome: 'rejected', reason: 'too-large' });
  const { caseId } = terminal.accept('A1', {}, { materials });
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  terminal.run();
  await pass(100, 20);
  expect(kinds()).toEqual(['case', 'material', 'material', 'rating']);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: 3, rejected: 1 });
  terminal.outbox.removeDelivered(caseId);
  terminal.store.visits.remove();
  terminal.store.wipe();
  expect(blobsOf()).toHaveLength(2); // for the clerk
});

test('a refused case holds back its papers', async () => {
  terminal.platform.script.push({ outcome: 'rejected', reason: 'no-record' });
  terminal.accept('A1', {}, { materials: [paper(terminal.store, visitId)] });
  terminal.run();
  await pass(MINUTE_MS, 20);
  expect(kinds()).toEqual(['case']);
});

test.each([
  ['damaged', false],
  ['gone', false],
  ['damaged', true],
  ['gone', true],
])('a paper whose file is %s is delivered or a dead letter as the platform has it or not: %s', async (how, isThere) => {
  const answer: DeliveryOutcome = isThere
    ? { outcome: 'delivered', result: {} }
    : { outcome: 'rejected', reason: 'unreadable' };
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, busy, answer);
  const materials = [1, 2].map(() => paper(terminal.store, visitId));
  terminal.accept('A1', {}, { materials });
  const path = join(dirname(terminal.file), 'blobs', materials[0]!.blobId);
  if (how === 'gone') rmSync(path);
  else writeFileSync(path, readFileSync(path).fill(0, 40));
  terminal.run();
  await pass(MINUTE_MS, 20);
  expect(uploads().map(({ content }) => content && hashOf(content))).toEqual([
    undefined,
    undefined,
    materials[1]!.sha256,
  ]);
  expect(terminal.outbox.stats()).toMatchObject({ delivered: isThere ? 3 : 2, rejected: isThere ? 0 : 1 });
});

test('an attempt goes on where the last one ended, also after a restart, and its address is not readable on the disk', async () => {
  const address = 'https://platform.example/v1/uploads/secret-place';
  terminal.accept('A1', {}, { materials: [paper(terminal.store, visitId)] });
  terminal.platform.onUpload = ({ save }) => {
    save({ location: address, uploadedBytes: 0 });
    save({ location: address, uploadedBytes: 300 });
  };
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, 'hang');
  terminal.run();
  await pass(100, 20);
  await terminal.switchOff();
  expect(readFileSync(terminal.file).includes('secret-place')).toBe(false);
  terminal.switchOn();
  terminal.platform.onUpload = () => undefined;
  terminal.run();
  await pass(100, 20);
  expect(uploads().map(({ location }) => location)).toEqual([undefined, address]);
  expect(terminal.outbox.stats().delivered).toBe(2);
});

test('an upload may take an hour while it moves, and is given up a minute after it stands still', async () => {
  terminal.accept('A1', {}, { materials: [paper(terminal.store, visitId)] });
  const saves: MaterialUpload['save'][] = [];
  const save: MaterialUpload['save'] = (state) => saves[0]?.(state);
  terminal.platform.onUpload = (upload) => saves.push(upload.save);
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, 'hang', 'hang');
  terminal.run();
  await pass(100, 20);
  for (let part = 1; part <= 72; part += 1) {
    await pass(50_000, 2);
    save({ location: 'https://platform.example/1', uploadedBytes: part });
  }
  expect(uploads()).toHaveLength(1);
  save({ location: 'https://platform.example/1', uploadedBytes: 72 }); // the same again is no progress
  await pass(59_000, 2);
  save({ location: 'https://platform.example/1', uploadedBytes: 72 });
  expect(uploads()).toHaveLength(1);
  await pass(5_000, 10);
  expect(uploads()).toHaveLength(2);
  const [first] = saves; // of an attempt that was given up, while the next is under way
  expect(() => first?.({ location: 'https://platform.example/1', uploadedBytes: 100 })).toThrow();
});

test('what moved is tried again soon; what begins anew each time is tried later and later', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
  terminal.accept('A1', {}, { materials: [paper(terminal.store, visitId)] });
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, ...Array.from({ length: 9 }, () => busy));
  let uploadedBytes = 0;
  terminal.platform.onUpload = ({ save }) => {
    uploadedBytes += 10;
    save({ location: 'https://platform.example/1', uploadedBytes });
  };
  terminal.run();
  await pass(8_100, 81);
  expect(uploads()).toHaveLength(5); // two seconds apart
  terminal.platform.onUpload = ({ save }) => {
    save({ location: undefined, uploadedBytes: 0 });
    save({ location: 'https://platform.example/2', uploadedBytes: 40 });
  };
  await pass(50_000, 100);
  expect(uploads()).toHaveLength(9); // after 2, 4, 8, 16 and 32 s
});

test('a disk that cannot keep the progress raises the alarm, and the upload goes again', async () => {
  terminal.accept('A1', {}, { materials: [paper(terminal.store, visitId)] });
  terminal.platform.onUpload = ({ save }) => save({ location: 'https://platform.example/1', uploadedBytes: 1 });
  terminal.unsealable = 'sealed_upload';
  terminal.run();
  await pass(100, 10);
  expect(terminal.outbox.alarm.value).toBe('storage-failing');
  terminal.unsealable = undefined;
  await pass(6_000, 6);
  expect(terminal.outbox.stats().delivered).toBe(2);
});

test('pages of a delivered case go with its last delivery, those that another case needs stay', async () => {
  const bytes = randomBytes(500);
  const shared = (materialId: string) =>
    ({ materialId, label: 'id-card', mediaType: 'image/png', ...terminal.store.blobs.put(bytes, visitId) }) as const;
  const first = terminal.accept('A1', {}, { materials: [shared('3f0c7c1e-8d5b-4a76-9d35-000000000001')] });
  terminal.accept('A2', {}, { materials: [shared('3f0c7c1e-8d5b-4a76-9d35-000000000002')] });
  terminal.platform.script.push({ outcome: 'delivered', result: {} }, { outcome: 'rejected', reason: 'no-record' });
  terminal.outbox.removeDelivered(first.caseId);
  terminal.store.visits.remove();
  terminal.store.wipe();
  expect(blobsOf()).toHaveLength(1);
  terminal.run();
  await pass(100, 20);
  expect(blobsOf()).toHaveLength(1);
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  expect(raw.prepare('SELECT count(*) FROM jobs WHERE blob_id IS NOT NULL').pluck().get()).toBe(1);
  raw.exec(`UPDATE jobs SET state = 'waiting'`);
  raw.close();
  terminal.switchOn();
  terminal.run();
  await pass(100, 20);
  expect(blobsOf()).toEqual([]);
});
