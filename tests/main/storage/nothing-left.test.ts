import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { fileLog } from '../../../main/log/log.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher, type Cipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { copiesOf } from '../../../main/storage/places.ts';
import { Upkeep } from '../../../main/storage/upkeep.ts';
import { claimPaper } from '../../support/claim-paper.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { needlesOf } from '../../support/traces.ts';
import { linCard } from '../../support/visit.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;
const person = { name: linCard.name, idNumber: linCard.idNumber, address: '龙沙区文化大街12号', phone: '13800138000' };
const portrait = Buffer.from(Array.from({ length: 6_000 }, (_, index) => (index * 7 + (index >> 3)) & 0xff));
const needles = needlesOf({ ...person, pictures: [portrait, portrait.subarray(1_000)] });

/** A cipher, and a piece of everything that it has sealed: sealed or not, what was deleted must be gone. */
function rememberingCipher(): { cipher: Cipher; sealed: Buffer[] } {
  const inner = aesGcmCipher(Buffer.alloc(32, 7));
  const sealed: Buffer[] = [];
  const seal: Cipher['seal'] = (plain, context) => {
    const bytes = Buffer.from(inner.seal(plain, context));
    // From the front and from the middle, as a long one lies in several pages.
    if (plain.length > 100)
      sealed.push(bytes.subarray(20, 68), bytes.subarray(bytes.length / 2, bytes.length / 2 + 48));
    return bytes;
  };
  return { cipher: { ...inner, seal }, sealed };
}

/** Every file below `folder` with the needles that are in it. */
function found(folder: string, wanted: readonly [string, Buffer][]): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const bytes = readFileSync(join(parentPath, name));
    return wanted.filter(([, needle]) => bytes.includes(needle)).map(([what]) => `${name}: ${what}`);
  });
}

const caseId = '3f0d3c52-5f5c-4c39-9f6b-6c0d2b8f1e11';

/**
 * A resident's visit, from card to rating, with a crash in its midst: an application put aside and taken up again, two papers,
 * a case that waits a while and is then delivered.
 */
async function visit(store: Store, log: ReturnType<typeof fileLog>, file: string, cipher: Cipher): Promise<void> {
  const outbox = new Outbox({
    store,
    log,
    deliver: async () => ({
      outcome: 'delivered',
      result: { document: { ...person, portrait: portrait.toString('base64') } },
    }),
  });
  const upkeep = new Upkeep({
    store,
    file,
    cipher,
    log,
    keepDays: 90,
    idle: () => true,
    roomy: () => true,
    now: Date.now,
  });
  for (const page of ['identify', 'form', 'review']) {
    store.visits.save('visit-1', { page, card: { ...linCard, ...person }, portrait: portrait.toString('base64') });
  }
  const caseNumber = `A${store.counters.nextNumber('case-20261121')}`;
  const body = { caseNumber, person, answers: { phone: person.phone }, filler: portrait.toString('base64') };
  putAside(store);
  const materials = [portrait, Buffer.from(JSON.stringify(person).padEnd(900))].map((page, index) => ({
    materialId: randomUUID(),
    label: `paper-${index}`,
    mediaType: 'image/jpeg' as const,
    ...store.blobs.put(page, 'visit-1'),
  }));
  outbox.accept({ caseId, caseNumber, serviceId: 'S10', visitId: 'visit-1', body, materials });
  claimPaper(store, `${caseId}:0:1`);
  await upkeep.look(never); // a copy that holds all of it, sealed
  store.drafts.discard('draft-1', randomUUID(), 0);
  outbox.add({ caseId, kind: 'rating', body: { stars: 5, person } });
  outbox.removeDelivered(caseId);
  store.visits.remove();
  store.wipe();
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  while (outbox.stats().delivered < 4) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await running;
}

function putAside(store: Store): void {
  const draft = {
    draftId: 'draft-1',
    codeFingerprint: store.fingerprint(Buffer.from('a code')),
    keptUntilMs: Date.now() + DAY_MS,
  };
  const body = { person, answers: { phone: person.phone }, filler: portrait.toString('base64') };
  store.drafts.save({ ...draft, revision: 1, body, idempotencyKey: randomUUID(), dueAtMs: 0, heldBy: 'visit-1' });
}

/** The tables of a database in which some row names `what`. */
function tablesWith(database: string, what: string): unknown[] {
  const raw = new Database(database, { readonly: true });
  const tables = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const naming = tables.filter((table) => JSON.stringify(raw.prepare(`SELECT * FROM ${table}`).all()).includes(what));
  raw.close();
  return naming;
}

test('after delivery and two copies no byte of the person is left in the data folder, in the clear or sealed', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'jiujin.db');
  mkdirSync(join(folder, 'logs'));
  const log = fileLog(join(folder, 'logs', 'core.log'));
  const { cipher, sealed } = rememberingCipher();
  const store = openStore(file, { cipher });
  await visit(store, log, file, cipher);
  expect(readdirSync(join(folder, 'blobs'))).toEqual([]);
  const sealedNeedles = sealed.map((bytes, index): [string, Buffer] => [`sealed ${index}`, bytes]);

  expect(found(folder, needles)).toEqual([]);
  expect(found(folder, sealedNeedles)).toContainEqual(expect.stringMatching(/^last\.db: sealed/)); // or nothing is shown below
  expect(found(folder, sealedNeedles).filter((where) => !where.startsWith('last.db'))).toEqual([]);

  // Two hours later both generations of copies have been made anew. The quarantine would not have been: it is a technician's.
  for (let hour = 1; hour <= 2; hour += 1) {
    const made = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(copiesOf(file).good[0], made, made);
    const options = { store, file, cipher, log, keepDays: 90, idle: () => true, roomy: () => true, now: Date.now };
    await new Upkeep(options).look(never);
  }
  expect(readdirSync(join(folder, 'backup')).sort()).toEqual(['before.db', 'last.db']);
  expect(found(folder, [...needles, ...sealedNeedles])).toEqual([]);
  expect(store.cases.find(caseId)).toBeDefined();

  // And after ninety days and a while nothing says that there was such a case, but for the record of acts.
  const later = Date.now() + 91 * DAY_MS;
  const clocks = { now: () => later, wall: () => later };
  const options = { store, file, cipher, log, keepDays: 90, idle: () => true, roomy: () => true, ...clocks };
  for (let hour = 1; hour <= 2; hour += 1) await new Upkeep(options).look(never);
  store.close();
  expect([tablesWith(file, caseId), tablesWith(copiesOf(file).good[1], caseId)]).toEqual([['audit'], ['audit']]);
  expect(found(folder, [...needles, ...sealedNeedles])).toEqual([]);
});

test('what is looked for would be found: in each encoding, in a column that is not sealed, and where nothing is overwritten', () => {
  const folder = temporaryFolder();
  const raw = new Database(join(folder, 'careless.db'));
  raw.pragma('secure_delete = OFF');
  raw.exec('CREATE TABLE careless (text TEXT, bytes BLOB)');
  for (const [, needle] of needles) raw.prepare('INSERT INTO careless VALUES (?, ?)').run(null, needle);
  raw.prepare('INSERT INTO careless VALUES (?, NULL)').run(JSON.stringify(person));
  raw.exec('DELETE FROM careless');
  raw.close();
  expect(new Set(found(folder, needles)).size).toBe(new Set(needles.map(([what]) => what)).size);
});
