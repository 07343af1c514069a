import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { draftContext, type NewDraft } from '../../../main/storage/drafts.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { migrate, migrations } from '../../../main/storage/migrations/index.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const whole = aesGcmCipher(Buffer.alloc(32, 7));
/** What the cipher fails with at a draft's content. */
let unopenable: StorageError | undefined;
const cipher: typeof whole = {
  ...whole,
  open: (sealed, context) => {
    if (unopenable && context.startsWith('drafts.')) throw unopenable;
    return whole.open(sealed, context);
  },
};
const CODE = 'ABCD2345';
let folder: string;
let store: Store;
const open = (): Store => openStore(join(folder, 'store.db'), { cipher });

beforeEach(() => {
  folder = temporaryFolder();
  unopenable = undefined;
  store = open();
  return () => store.close();
});

function draft(changes: Partial<NewDraft> = {}): NewDraft {
  return {
    draftId: randomUUID(),
    codeFingerprint: store.fingerprint(Buffer.from(CODE)),
    revision: 1,
    body: { person: { name: '林晓岚', idNumber: '230299197506180027' }, answers: { phone: '13800138000' } },
    keptUntilMs: 1_000,
    idempotencyKey: randomUUID(),
    dueAtMs: 0,
    ...changes,
  };
}

const onDisk = (): Buffer => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));

test('what was put aside is found by its code after the process died, as it was', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.close();
  store = open();
  const { draftId, body, idempotencyKey, codeFingerprint } = saved;
  const stored = { draftId, body, idempotencyKey, codeFingerprint, revision: 1, upload: 'waiting' };
  expect(store.drafts.findByCode(codeFingerprint)).toEqual([{ ...stored, attempts: 0, heldBy: undefined }]);
  expect(store.drafts.findByCode(store.fingerprint(Buffer.from('ABCD2346')))).toEqual([]);
});

test('neither code nor content is on the disk in the clear, and after its day not even sealed', () => {
  const saved = draft();
  store.drafts.save(saved);
  for (const text of [CODE, '林晓岚', '230299197506180027', '13800138000']) expect(onDisk().includes(text)).toBe(false);
  expect(onDisk().includes(saved.draftId)).toBe(true);
  expect([store.drafts.expire(999), store.drafts.expire(1_000)]).toEqual([0, 1]);
  store.wipe();
  expect(onDisk().includes(saved.draftId)).toBe(false);
});

test('saved again it takes the place of what was there, and is to be sent anew', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.drafts.confirm(saved.idempotencyKey);
  expect(store.drafts.nextDue(0)).toBeUndefined();
  store.drafts.save({ ...saved, revision: 2, body: { answers: {} }, idempotencyKey: randomUUID() });
  store.drafts.confirm(saved.idempotencyKey); // the answer to the first came late
  expect(store.drafts.nextDue(0)).toMatchObject({ revision: 2, body: { answers: {} } });
});

test.each<[string, (key: string) => void]>([
  ['a refusal', (key) => store.drafts.refuse(key)],
  ['a delay', (key) => store.drafts.postpone(key, 500, true)],
  ['that it is gone', (key) => void store.drafts.forget(key)],
])('an answer to what was sent before, %s, does not touch what was saved or discarded since', (_, answer) => {
  const [again, discarded] = [draft(), draft()];
  for (const saved of [again, discarded]) store.drafts.save(saved);
  store.drafts.save({ ...again, revision: 2, idempotencyKey: randomUUID() });
  store.drafts.discard(discarded.draftId, randomUUID(), 0);
  const before = [again, discarded].map(({ draftId }) => store.drafts.find(draftId));
  for (const { idempotencyKey } of [again, discarded]) answer(idempotencyKey);
  expect([again, discarded].map(({ draftId }) => store.drafts.find(draftId))).toEqual(before);
  expect(store.drafts.nextDueAtMs()).toBe(0);
});

test('what a visit continues is not sent, does not run out under its hands, and is no copy', () => {
  const saved = draft();
  store.drafts.save({ ...saved, heldBy: 'visit-1' });
  expect([store.drafts.nextDue(0), store.drafts.nextDueAtMs(), store.drafts.expire(5_000)]).toEqual([
    undefined,
    undefined,
    0,
  ]);
  expect(store.drafts.held()).toMatchObject([{ draftId: saved.draftId, heldBy: 'visit-1' }]);
  expect(store.drafts.copies()).toEqual([]);
  expect(store.drafts.expire(1_000 + 86_400_000)).toBe(1); // nor does one stay for ever whose row does not open any more
});

test('what was saved again, and has not arrived yet, is no copy of what the platform has', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.drafts.confirm(saved.idempotencyKey);
  expect(store.drafts.copies()).toMatchObject([{ draftId: saved.draftId }]);
  const again = { ...saved, revision: 2, idempotencyKey: randomUUID() };
  store.drafts.save(again);
  expect(store.drafts.copies()).toEqual([]);
  store.drafts.refuse(again.idempotencyKey); // and what the platform will not take, nobody else has
  expect(store.drafts.copies()).toEqual([]);
});

test('one that the platform refuses is not sent again, and is found here as before', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.drafts.refuse(saved.idempotencyKey);
  expect([store.drafts.nextDue(0), store.drafts.nextDueAtMs()]).toEqual([undefined, undefined]);
  expect(store.drafts.find(saved.draftId)).toMatchObject({ upload: 'refused', body: saved.body });
});

test('whether one was forgotten is told: once, and not of one that a visit continues', () => {
  const [lying, continued] = [draft(), draft({ heldBy: 'visit-1' })];
  for (const saved of [lying, continued]) store.drafts.save(saved);
  const forget = ({ idempotencyKey }: NewDraft): boolean => store.drafts.forget(idempotencyKey);
  expect([lying, lying, continued].map(forget)).toEqual([true, false, false]);
  expect([lying, continued].map(({ draftId }) => store.drafts.find(draftId)?.draftId)).toEqual([
    undefined,
    continued.draftId,
  ]);
});

test('one that is done with has no content, is found by no code, and waits to be told', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.drafts.discard(saved.draftId, randomUUID(), 0);
  expect(store.drafts.findByCode(saved.codeFingerprint)).toEqual([]);
  store.drafts.confirm(saved.idempotencyKey); // an answer to the saving that comes late confirms nothing
  expect(store.drafts.nextDue(0)).toMatchObject({ draftId: saved.draftId, body: undefined });
});

test('a row that was exchanged for another does not open, and does not hide the other', () => {
  const [one, other] = [draft(), draft()];
  store.drafts.save(one);
  store.drafts.save(other);
  store.close();
  const raw = new Database(join(folder, 'store.db'));
  raw
    .prepare('UPDATE drafts SET sealed_body = (SELECT sealed_body FROM drafts WHERE draft_id = ?) WHERE draft_id = ?')
    .run(one.draftId, other.draftId);
  raw.close();
  store = open();
  expect(store.drafts.findByCode(one.codeFingerprint).map(({ draftId }) => draftId)).toEqual([one.draftId]);
  expect(() => store.drafts.find(other.draftId)).toThrow(expect.objectContaining({ code: 'sealed-data-damaged' }));
  store.drafts.postpone(one.idempotencyKey, 10, false);
  expect(store.drafts.nextDue(0)).toEqual({
    draftId: other.draftId,
    idempotencyKey: other.idempotencyKey,
    unreadable: true,
  });
});

test('what the platform has put off is not hurried, what was saved anew since is', () => {
  const saved = draft();
  store.drafts.save(saved);
  store.drafts.postpone(saved.idempotencyKey, 900, true);
  store.drafts.hasten(10);
  expect(store.drafts.nextDueAtMs()).toBe(900);
  store.drafts.postpone(saved.idempotencyKey, 900, false);
  store.drafts.hasten(10);
  expect(store.drafts.nextDueAtMs()).toBe(10);
  for (const again of ['save', 'discard'] as const) {
    const key = store.drafts.find(saved.draftId)?.idempotencyKey ?? '';
    store.drafts.postpone(key, 900, true);
    if (again === 'save') store.drafts.save({ ...saved, revision: 2, idempotencyKey: randomUUID(), dueAtMs: 800 });
    else store.drafts.discard(saved.draftId, randomUUID(), 800);
    store.drafts.hasten(10);
    expect(store.drafts.nextDueAtMs(), again).toBe(10);
  }
});

test('a suite that is missing makes no row unreadable: it says nothing of it', () => {
  store.drafts.save(draft());
  unopenable = new StorageError('suite-unavailable', 'this Node has no SM4');
  for (const ask of [
    () => store.drafts.nextDue(0),
    () => store.drafts.findByCode(store.fingerprint(Buffer.from(CODE))),
  ]) {
    expect(ask).toThrow(unopenable);
  }
  unopenable = undefined;
  expect(store.drafts.nextDue(0)).toMatchObject({ revision: 1, attempts: 0 });
});

test('what was put aside before an update is there after it, and is or is not a copy as before', () => {
  const file = join(folder, 'before.db');
  const raw = new Database(file);
  migrate(
    raw,
    migrations.filter(({ version }) => version <= 7),
  );
  const rows = [draft(), draft()];
  const insert = raw.prepare(
    `INSERT INTO drafts (draft_id, code_fingerprint, revision, sealed_body, kept_until_ms, upload, confirmed,
       idempotency_key, due_at_ms) VALUES (?, ?, 1, ?, 1000, ?, 1, ?, 5)`,
  );
  const sealed = (draftId: string) => cipher.seal(Buffer.from('{"answers":{}}'), draftContext(draftId, 1));
  for (const [at, { draftId, codeFingerprint, idempotencyKey }] of rows.entries()) {
    insert.run(draftId, codeFingerprint, sealed(draftId), ['done', 'waiting'][at], idempotencyKey);
  }
  raw.close();
  const updated = openStore(file, { cipher });
  const [copy, waiting] = rows;
  expect(updated.drafts.copies()).toMatchObject([{ draftId: copy?.draftId }]);
  expect(updated.drafts.nextDue(5)).toMatchObject({ draftId: waiting?.draftId, body: { answers: {} } });
  updated.close();
});
