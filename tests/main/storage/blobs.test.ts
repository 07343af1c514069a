import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { maxBlobBytes } from '../../../main/storage/blob-limits.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { migrate, migrations } from '../../../main/storage/migrations/index.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { canTrace, whyNotTraced } from '../../support/strace.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const page = Buffer.from('户口簿 第一页: 林晓岚 '.repeat(400));
const damaged = expect.objectContaining({ code: 'sealed-data-damaged' });
let folder: string;
let blobs: string;
let store: Store;

beforeEach(() => {
  folder = temporaryFolder();
  blobs = join(folder, 'blobs');
  reopen();
  store.visits.save('visit-1', {});
});

afterEach(() => {
  failingCalls.disarm();
  store.close();
});

function reopen(): void {
  store = openStore(join(folder, 'store.db'), { cipher });
}

test('a page is read back as it was stored, also after a restart, and tells its size and hash', () => {
  const stored = store.blobs.put(page, 'visit-1');
  expect(stored).toEqual({
    blobId: expect.stringMatching(/^[0-9a-f]{64}$/),
    sizeBytes: page.length,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  store.close();
  reopen();
  expect(Buffer.from(store.blobs.read(stored.blobId)).equals(page)).toBe(true);
  expect(store.blobs.sizeOf(stored.blobId)).toBe(page.length);
});

test('neither the file, its name nor the database tells what the page is', () => {
  const { blobId, sha256 } = store.blobs.put(page, 'visit-1');
  expect(blobId).not.toBe(sha256);
  const onDisk = Buffer.concat([blobs, folder].flatMap((place) => filesIn(place)).map((path) => readFileSync(path)));
  for (const trace of [page.subarray(0, 24), sha256, Buffer.from(sha256, 'hex')])
    expect(onDisk.includes(trace)).toBe(false);
  expect(statSync(join(blobs, blobId)).mode & 0o777).toBe(0o600);
  expect(statSync(blobs).mode & 0o777).toBe(0o700);
});

test.each(['openSync', 'writeSync'])(
  'a page for which there is no room is tried once more after room was made, and is then stored (%s)',
  (call) => {
    store.close();
    const onFull = vi.fn();
    store = openStore(join(folder, 'store.db'), { cipher, onFull });
    mkdirSync(blobs);
    failingCalls.arm(1, 'before', '', 'ENOSPC', (name) => name === call);
    const { blobId } = store.blobs.put(page, 'visit-1');
    expect([onFull.mock.calls.length, Buffer.from(store.blobs.read(blobId)).equals(page)]).toEqual([1, true]);
  },
);

test('the same page twice is one file', () => {
  const first = store.blobs.put(page, 'visit-1');
  const writtenAt = statSync(join(blobs, first.blobId), { bigint: true }).ino;
  expect(store.blobs.put(Buffer.from(page), 'visit-1')).toEqual(first);
  expect(readdirSync(blobs)).toEqual([first.blobId]);
  expect(statSync(join(blobs, first.blobId), { bigint: true }).ino).toBe(writtenAt);
});

test('a file that was changed, exchanged or taken away is not read as if nothing had happened', () => {
  const [one, two] = [page, Buffer.from('another page')].map((bytes) => store.blobs.put(bytes, 'visit-1').blobId);
  const path = join(blobs, one!);
  const sealed = readFileSync(path);
  sealed[100]! ^= 1;
  writeFileSync(path, sealed);
  expect(() => store.blobs.read(one!)).toThrow(damaged);
  writeFileSync(path, readFileSync(join(blobs, two!)));
  expect(() => store.blobs.read(one!)).toThrow(damaged);
  writeFileSync(path, sealed.subarray(0, 20));
  expect(() => store.blobs.read(one!)).toThrow(damaged);
  expect(() => store.blobs.read('f'.repeat(64))).toThrow(damaged);
});

test('a damaged page is whole again when the resident lays it down again', () => {
  const { blobId } = store.blobs.put(page, 'visit-1');
  writeFileSync(join(blobs, blobId), 'noise');
  store.blobs.put(page, 'visit-1');
  expect(Buffer.from(store.blobs.read(blobId)).equals(page)).toBe(true);
});

test('a page that the disk does not give at this moment is not called damaged, and not written over', () => {
  const { blobId } = store.blobs.put(page, 'visit-1');
  const file = statSync(join(blobs, blobId)).ino;
  for (const ask of [() => store.blobs.read(blobId), () => store.blobs.put(page, 'visit-1')]) {
    failingCalls.arm(1, 'before', '', 'EIO', (name) => name === 'readFileSync');
    expect(ask).toThrow(expect.objectContaining({ code: 'unavailable' }));
  }
  failingCalls.disarm();
  expect(statSync(join(blobs, blobId)).ino).toBe(file);
});

test('a page that no row names is written anew, whatever lies under its name', () => {
  expect(() => store.blobs.put(page, 'visit-0')).toThrow(); // its row is refused, and its file is left
  const [left = ''] = readdirSync(blobs);
  const before = statSync(join(blobs, left)).ino;
  expect(store.blobs.put(page, 'visit-1').blobId).toBe(left);
  expect(statSync(join(blobs, left)).ino).not.toBe(before);
});

test('whatever lies among the pages and is none goes with a wipe, a folder too', () => {
  const { blobId } = store.blobs.put(page, 'visit-1');
  mkdirSync(join(blobs, 'lost+found'));
  writeFileSync(join(blobs, 'lost+found', 'one'), '');
  store.wipe();
  expect(readdirSync(blobs)).toEqual([blobId]);
});

test('pages of a visit that ends without a case go at its end; until then a wipe spares them', () => {
  store.blobs.put(page, 'visit-1');
  store.wipe();
  expect(readdirSync(blobs)).toHaveLength(1);
  store.visits.remove();
  store.wipe();
  expect(readdirSync(blobs)).toEqual([]);
  expect(store.blobs.sizeOf(cipher.fingerprint(page))).toBeUndefined();
});

test('pages of a visit that a crash ended, and files that no row names, go with the first wipe of the next start', () => {
  const { blobId } = store.blobs.put(page, 'visit-1');
  for (const name of ['0'.repeat(64), `${'1'.repeat(64)}.new`]) writeFileSync(join(blobs, name), 'left behind');
  store.close();
  reopen();
  expect(readdirSync(blobs)).toHaveLength(3); // a store that opens may be a copy, which does not know the last pages
  store.wipe();
  expect(readdirSync(blobs)).toEqual([blobId]);
  store.visits.save('visit-2', {}); // takes the place of the first
  store.close();
  reopen();
  store.wipe();
  expect(readdirSync(blobs)).toEqual([]);
});

test('a page that two visits share lives until the second has ended', () => {
  store.blobs.put(page, 'visit-1');
  store.visits.save('visit-2', {});
  store.blobs.put(page, 'visit-2');
  store.wipe();
  expect(readdirSync(blobs)).toHaveLength(1);
  store.visits.remove();
  store.wipe();
  expect(readdirSync(blobs)).toEqual([]);
});

test('a page for a visit that is not in progress is refused, and leaves nothing', () => {
  expect(() => store.blobs.put(page, 'visit-0')).toThrow(expect.objectContaining({ code: 'conflict' }));
  expect(store.blobs.sizeOf(cipher.fingerprint(page))).toBeUndefined();
  store.wipe();
  expect(readdirSync(blobs)).toEqual([]);
});

whyNotTraced('that a page is on the disk, under its name, before the row that names it');
test.skipIf(!canTrace)('a page is on the disk, under its name, before the row that names it', () => {
  const calls = join(temporaryFolder(), 'calls');
  const script = join(import.meta.dirname, '../../support/put-and-say.ts');
  const strace = ['-f', '-y', '-e', 'trace=fdatasync,fsync,write,pwrite64,rename,renameat,renameat2', '-o', calls];
  const file = join(temporaryFolder(), 'store.db');
  execFileSync('strace', [...strace, process.execPath, script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acts = readFileSync(calls, 'utf8').split('\n').flatMap(actOf);
  const done = acts.slice(acts.indexOf('said ready') + 1, acts.indexOf('said stored'));
  expect(done.filter((act, index) => act !== done[index - 1])).toEqual([
    'folder above flushed',
    'page written aside',
    'page flushed',
    'page renamed',
    'folder flushed',
    'row written',
    'row flushed',
  ]);
});

/** A line of strace in a test's words. */
function actOf(line: string): string[] {
  const said = /write\(1<[^>]*>, "([a-z]+)\\n"/.exec(line)?.[1];
  if (said) return [`said ${said}`];
  const flushes = /sync\(/.test(line);
  if (/rename/.test(line)) return ['page renamed'];
  if (line.includes('.new>')) return [flushes ? 'page flushed' : 'page written aside'];
  if (line.includes('store.db-wal>')) return [flushes ? 'row flushed' : 'row written'];
  if (flushes && line.includes('/blobs>')) return ['folder flushed'];
  return flushes ? ['folder above flushed'] : [];
}

test('empty pages and those above the limit are refused before anything is written', () => {
  expect(() => store.blobs.put(new Uint8Array(), 'visit-1')).toThrow(RangeError);
  expect(() => store.blobs.put(new Uint8Array(maxBlobBytes + 1), 'visit-1')).toThrow(RangeError);
  expect(existsSync(blobs)).toBe(false);
});

test('a page of exactly the largest size is taken', () => {
  expect(store.blobs.put(new Uint8Array(maxBlobBytes), 'visit-1').sizeBytes).toBe(maxBlobBytes);
});

test('a folder that refuses says so, names no row, and leaves nothing aside', () => {
  writeFileSync(blobs, 'a file where the folder should be');
  expect(() => store.blobs.put(page, 'visit-1')).toThrow(expect.objectContaining({ name: 'StorageError' }));
  expect(store.blobs.sizeOf(cipher.fingerprint(page))).toBeUndefined();
  chmodSync(blobs, 0o600);
});

test('deliveries that were waiting before papers could be stored are all there after the migration', () => {
  const database = new Database(':memory:');
  migrate(database, migrations.slice(0, 3));
  database.exec(`
    INSERT INTO cases (case_id, case_number, service_id, visit_id, accepted_at) VALUES ('c', 'A1', 'S10', 'v', 't');
    INSERT INTO jobs (job_id, case_id, kind, idempotency_key, fingerprint, sealed_body, created_at, due_at_ms, attempts)
      VALUES (7, 'c', 'case', 'k', '${'0'.repeat(64)}', x'01', 't', 5, 3);
  `);
  const before = database.prepare('SELECT * FROM jobs').get();
  migrate(database);
  expect(database.prepare('SELECT * FROM jobs').get()).toEqual({
    ...(before as object),
    blob_id: null,
    sealed_upload: null,
    uploaded_bytes: 0,
  });
  expect(database.pragma('foreign_key_check')).toEqual([]);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
});

function filesIn(place: string): string[] {
  mkdirSync(place, { recursive: true });
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(place, entry.name));
}
