import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { isSafeEngine, PAGE_CHECK, settings } from '../../../main/storage/engine.ts';
import { storageErrorCodes } from '../../../main/storage/errors.ts';
import { selectDueSql, selectNextDueSql } from '../../../main/storage/jobs.ts';
import { migrate } from '../../../main/storage/migrations/index.ts';
import { openStore } from '../../../main/storage/open.ts';
import { fileSizeLimit } from '../../../scripts/chaos/small-disk.ts';
import { canTrace, whyNotTraced } from '../../support/strace.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });

whyNotTraced('that every write is followed by a sync'); // the settings are pinned without it

function newFile(): string {
  return join(temporaryFolder(), 'data', 'store.db');
}

test('database and log can be read by the terminal alone, and the log is gone after a clean stop', () => {
  const file = newFile();
  const store = openStore(file, { cipher });
  store.counters.nextNumber('case');
  for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700);
  store.close();
  store.close();
  expect(statSync(`${file}-wal`, { throwIfNoEntry: false })).toBeUndefined();
});

test('a database restored from a copy that anybody could read is closed to others', () => {
  const file = newFile();
  openStore(file, { cipher }).close();
  chmodSync(file, 0o644);
  openStore(file, { cipher }).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ['3.44.5', false],
  ['3.44.6', true],
  ['3.44.10', true],
  ['3.50.4', false],
  ['3.50.7', true],
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.52.0', false],
  ['3.53.0', true],
  ['3.54.1', true],
  ['4.0.0', true],
  ['10.0.0', true],
  ['2.60.0', false],
  ['SQLite 3.53.0', false],
  ['3.9.9', false],
  ['', false],
])('an engine that may lose commits is refused: %s is safe: %s', (version, safe) => {
  expect(isSafeEngine(version)).toBe(safe);
});

test.each<[pragma: string, answer: string | number, why: string]>([
  [
    'synchronous',
    2,
    'a commit waits for the disk: with NORMAL (1) a power cut forgets cases that a screen called accepted',
  ],
  ['journal_mode', 'wal', 'what FULL promises above, it promises of this journal'],
  ['locking_mode', 'exclusive', 'nobody reads beside us, so that emptying the log can always be done'],
  ['secure_delete', 1, 'what is deleted is overwritten'],
  ['temp_store', 2, 'nothing personal in a temporary file'],
  ['foreign_keys', 1, 'no delivery without its case'],
])('the engine answers %s = %s at every start, or the store stays shut: %s', (pragma, answer) => {
  expect(settings.filter(([name]) => name === pragma).map(([, , expected]) => expected)).toEqual([answer]);
});

/** Lets every connection be of another build, which answers `pragma` in its own way; `undefined`: as this one does. */
function otherEngine(answers: (database: Database.Database, pragma: string) => unknown): void {
  const { pragma } = Database.prototype;
  vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (this: Database.Database, source, options) {
    return answers(this, source) ?? pragma.call(this, source, options);
  });
  onTestFinished(() => void vi.restoreAllMocks());
}

test('a store stays shut on an engine that may lose commits, whatever the package says that it carries', () => {
  const file = newFile();
  otherEngine((database) => void database.function('sqlite_version', () => '3.51.2'));
  expect(() => openStore(file, { cipher })).toThrow(failing('engine-unsafe'));
});

test.each(settings.map(([name]) => name))('a store stays shut on an engine that does not take %s', (name) => {
  const file = newFile();
  otherEngine((_, pragma) => (pragma === name ? 'something else' : undefined));
  expect(() => openStore(file, { cipher })).toThrow(failing('engine-unsafe'));
});

test.skipIf(!canTrace)(
  'whatever is written is on the disk when the call returns: each is followed by a sync of the log',
  () => {
    const file = newFile();
    const calls = join(temporaryFolder(), 'calls');
    const script = join(import.meta.dirname, '../../support/write-and-say.ts');
    const strace = ['-f', '-y', '-e', 'trace=fdatasync,fsync,write,pwrite64', '-o', calls];
    execFileSync('strace', [...strace, process.execPath, script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    // What the process did, in its order: `w` into the log, `s` the log to the disk, and what it said on its output.
    const done = readFileSync(calls, 'utf8')
      .split('\n')
      .map((line) => {
        const said = / write\(1<[^>]*>, "([a-z ]+)\\n"/.exec(line)?.[1];
        if (said) return `[${said}]`;
        if (!line.includes('store.db-wal>')) return '';
        return /sync\(/.test(line) ? 's' : 'w';
      })
      .join('')
      .replace(/w+/g, 'w');
    for (const said of ['accepted', 'visit saved', 'paper claimed', 'numbered', 'accepted again']) {
      expect(done, said).toMatch(new RegExp(`ws\\[${said}\\]`));
    }
  },
);

test('nobody else opens the database while the terminal runs', () => {
  const file = newFile();
  const store = openStore(file, { cipher });
  expect(() => openStore(file, { cipher })).toThrow(failing('in-use'));
  store.close();
  openStore(file, { cipher }).close();
});

test.each([
  ['lacks a column', 'ALTER TABLE cases DROP COLUMN service_id', 'the tables are not as they were made'],
  ['has lost its key check', `UPDATE meta SET name = 'kei-check' WHERE name = 'key-check'`, 'the key check is gone'],
])('a database that %s is damaged, and no key is made for it', (_, sql, words) => {
  const file = newFile();
  openStore(file, { cipher }).close();
  const raw = new Database(file);
  raw.exec(sql);
  raw.close();
  expect(() => openStore(file, { cipher })).toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(words) }),
  );
});

test('a store that is asked to look at its pages does so', () => {
  const onDamage = vi.fn();
  const store = openStore(newFile(), { cipher, onDamage });
  store.check();
  expect(onDamage).not.toHaveBeenCalled();
  otherEngine((_, pragma) => (pragma === PAGE_CHECK ? 'row 3 missing from index jobs_due' : undefined));
  expect(() => store.check()).toThrow(failing('corrupt'));
  expect(onDamage).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
  store.close();
});

test('another key is noticed at start', () => {
  const file = newFile();
  openStore(file, { cipher }).close();
  expect(() => openStore(file, { cipher: aesGcmCipher(Buffer.alloc(32, 8)) })).toThrow(failing('key-wrong'));
});

test('a database of a later release is left alone', () => {
  const file = newFile();
  openStore(file, { cipher }).close();
  const later = new Database(file);
  later.pragma('user_version = 999');
  later.close();
  const before = readFileSync(file);
  expect(() => openStore(file, { cipher })).toThrow(failing('newer-version'));
  expect(Buffer.compare(readFileSync(file), before)).toBe(0);
});

test('a migration that fails half way leaves the version before it', () => {
  const database = new Database(':memory:');
  const steps = [
    { version: 1, sql: 'CREATE TABLE first (a)' },
    { version: 2, sql: 'CREATE TABLE second (a); INSERT INTO nowhere VALUES (1)' },
  ];
  expect(() => migrate(database, steps)).toThrow('nowhere');
  expect(database.pragma('user_version', { simple: true })).toBe(1);
  expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['first']);
  database.close();
});

test('a damaged page, a cut file and a file of something else are all "corrupt"', () => {
  const page = newFile();
  const store = openStore(page, { cipher });
  for (let visit = 0; visit < 20; visit += 1) store.visits.save('v', 'x'.repeat(20_000));
  store.close();
  const handle = openSync(page, 'r+');
  for (const pageNumber of [1, 2, 3, 4]) writeSync(handle, Buffer.alloc(2_000, 0xa5), 0, 2_000, 4_096 * pageNumber + 8);
  closeSync(handle);
  expect(() => openStore(page, { cipher })).toThrow(failing('corrupt'));

  const cut = newFile();
  openStore(cut, { cipher }).close();
  writeFileSync(cut, readFileSync(cut).subarray(0, 9_000));
  expect(() => openStore(cut, { cipher })).toThrow(failing('corrupt'));

  const other = newFile();
  openStore(other, { cipher }).close();
  writeFileSync(other, 'PK\u0003\u0004 not a database at all'.repeat(200));
  expect(() => openStore(other, { cipher })).toThrow(failing('corrupt'));
});

test('a folder that cannot be made is "unavailable"', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => openStore(join(folder, 'file', 'store.db'), { cipher })).toThrow(failing('unavailable'));
});

test.each(['', '-wal'])('nothing is said to be stored once store.db%s was deleted underneath', (suffix) => {
  const file = newFile();
  const store = openStore(file, { cipher });
  store.counters.nextNumber('case');
  rmSync(file + suffix);
  expect(() => store.counters.nextNumber('case')).toThrow(failing('unavailable'));
  store.close();
});

/** What came of filling the store where no file grows beyond the size; node ignores the signal that comes with it. */
function fill(file: string, sizeBytes: number): { refusedWith: string; last: number } {
  const script = join(import.meta.dirname, '../../support/fill-disk.ts');
  const [program = '', ...words] = fileSizeLimit(
    dirname(file),
    sizeBytes,
    'it fails in the same way on every system',
  ).command;
  return JSON.parse(execFileSync(program, [...words, process.execPath, script, file], { encoding: 'utf8' }));
}

test('a full disk refuses the write and keeps what was there', () => {
  const file = newFile();
  const { refusedWith, last } = fill(file, 600 * 1024);
  expect(['full', 'unavailable']).toContain(refusedWith);
  const store = openStore(file, { cipher });
  expect(store.visits.load()?.visitId).toBe(`visit-${last}`);
  store.close();
});

test('a terminal that starts on a full disk opens its store, and is refused the write', () => {
  const file = newFile();
  openStore(file, { cipher }).close();
  expect(fill(file, 4_096)).toEqual({ refusedWith: expect.stringMatching(/^(full|unavailable)$/), last: 0 });
});

test('picking the next delivery reads the index of due times, and sorts nothing', () => {
  const database = new Database(':memory:');
  migrate(database);
  const planOf = (sql: string, ...parameters: number[]): string =>
    database
      .prepare<number[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail)
      .join('\n');
  for (const plan of [planOf(selectDueSql, 0, 4), planOf(selectNextDueSql)]) {
    expect(plan).toContain('jobs_due');
    expect(plan.match(/jobs_of_case \(case_id=\? AND state=\? AND job_id<\?\)/g)).toHaveLength(3);
    expect(plan).not.toContain('TEMP B-TREE');
  }
  database.close();
});

test('every error code has its row in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../main/storage/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual([...storageErrorCodes].sort());
});
