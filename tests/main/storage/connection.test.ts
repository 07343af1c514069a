import type * as fs from 'node:fs';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database, { SqliteError } from 'better-sqlite3';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { Connection, type DiskTrouble } from '../../../main/storage/connection.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { applySettings } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Which disk the files are on, as the system numbers them: 0 is the real one. */
const disk = vi.hoisted(() => ({ further: 0n }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const statSync = (...given: Parameters<typeof real.statSync>): unknown => {
    const found = real.statSync(...given);
    return typeof found?.dev === 'bigint' ? Object.assign(found, { dev: found.dev + disk.further }) : found;
  };
  return { ...real, statSync };
});

const failing = (code: string) => expect.objectContaining({ name: 'StorageError', code });
let file: string;

beforeEach(() => {
  disk.further = 0n;
  file = join(temporaryFolder(), 'some.db');
});

/** A connection to a table `kept` of words that are not empty, and its engine. */
function connected(trouble?: DiskTrouble, isAlone = true) {
  const database = new Database(file, { timeout: 0 });
  if (isAlone) applySettings(database);
  else database.pragma('journal_mode = WAL');
  database.exec(`CREATE TABLE kept (word TEXT CHECK (word <> ''))`);
  onTestFinished(() => void database.close());
  const connection = new Connection(database, trouble);
  const insert = connection.prepare<[string]>('INSERT INTO kept VALUES (?)');
  const kept = (): unknown[] => database.prepare('SELECT word FROM kept').pluck().all();
  return { database, connection, keep: (word: string) => insert.run(word), kept };
}

/** What the engine says of a page that makes no sense. */
const damage = (): never => {
  throw new SqliteError('database disk image is malformed', 'SQLITE_CORRUPT');
};

test('what the engine says of a damaged page is told once, and fails whatever met it', () => {
  const onDamage = vi.fn();
  const { connection } = connected({ onDamage });
  for (let time = 0; time < 2; time += 1) expect(() => connection.write(damage)).toThrow(failing('corrupt'));
  expect(onDamage).toHaveBeenCalledOnce();
});

test('damage is an error also where nobody wants to be told', () => {
  expect(() => connected().connection.write(damage)).toThrow(failing('corrupt'));
});

test.each<[what: string, code: string, work: () => unknown]>([
  ['a row that a schema refuses', 'corrupt', () => z.string().parse(1)],
  [
    'a constraint',
    'conflict',
    () => {
      throw new SqliteError('a constraint', 'SQLITE_CONSTRAINT_CHECK');
    },
  ],
])('%s is no damage, and no want of room: it fails at once, and nobody is told', (_, code, work) => {
  const [onDamage, onFull, tried] = [vi.fn(), vi.fn(), vi.fn(work)];
  const { connection } = connected({ onDamage, onFull });
  expect(() => connection.write(tried)).toThrow(failing(code));
  expect([tried, onDamage, onFull].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 0]);
  expect(connection.wasFull).toBe(false);
});

test('a look at all pages passes where they are sound, and tells of the first that is not', () => {
  const onDamage = vi.fn();
  const { database, connection } = connected({ onDamage });
  connection.check();
  expect(onDamage).not.toHaveBeenCalled();
  database.exec(`PRAGMA ignore_check_constraints = ON; INSERT INTO kept VALUES ('')`);
  database.pragma('ignore_check_constraints = OFF');
  expect(() => connection.check()).toThrow(failing('corrupt'));
  expect(onDamage).toHaveBeenCalledOnce();
});

test('a copy that nobody wants any more is called off, and damage that is met in making one is told', async () => {
  const onDamage = vi.fn();
  const { database, connection, keep } = connected({ onDamage });
  keep('one');
  await expect(connection.copyTo(join(temporaryFolder(), 'copy.db'), () => false)).rejects.toThrow(failing('in-use'));
  expect(onDamage).not.toHaveBeenCalled();
  vi.spyOn(database, 'backup').mockImplementation(async () => damage());
  await expect(connection.copyTo(join(temporaryFolder(), 'copy.db'), () => true)).rejects.toThrow(failing('corrupt'));
  expect(onDamage).toHaveBeenCalledOnce();
});

test('for a write that finds no room the log is emptied before it is tried again', () => {
  const logs: number[] = [];
  const { connection, keep, kept } = connected();
  keep('first');
  connection.write(() => {
    logs.push(statSync(`${file}-wal`).size);
    if (logs.length === 1) throw new StorageError('full', 'no room');
    keep('second');
  });
  expect(kept()).toEqual(['first', 'second']);
  expect(logs).toEqual([expect.any(Number), 0]);
  expect(logs[0]).toBeGreaterThan(0);
});

test('a log that somebody reads is not emptied, and that is said', () => {
  const { connection, keep } = connected({}, false);
  keep('one');
  const other = new Database(file, { readonly: true });
  other.exec('BEGIN; SELECT * FROM kept');
  keep('two');
  expect(() => connection.checkpoint()).toThrow(failing('in-use'));
  other.close();
  connection.checkpoint();
});

test('what belongs together without a transaction around it is one of its own', () => {
  const { connection, keep, kept } = connected();
  const half = (): void => {
    keep('half');
    throw new Error('and no more');
  };
  expect(() => connection.joined(half)).toThrow('and no more');
  expect(kept()).toEqual([]);
  expect(connection.joined(() => connection.isInTransaction)).toBe(true);
  expect(connection.isInTransaction).toBe(false);
});

test('what was put off comes before the next question, once, and not into a transaction that is under way', () => {
  const { connection, keep, kept } = connected();
  const settle = vi.fn(() => void keep('put off'));
  connection.transaction(() => {
    connection.putOff(settle);
    connection.catchUp();
    expect(settle).not.toHaveBeenCalled();
  });
  keep('next');
  keep('last');
  expect(kept()).toEqual(['put off', 'next', 'last']);
});

test('files of the same number on another disk are not those that were opened', () => {
  const { connection, keep } = connected();
  connection.transaction(() => keep('here'));
  disk.further = 1n;
  expect(() => connection.transaction(() => keep('there'))).toThrow(failing('unavailable'));
});
