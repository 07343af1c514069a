import { SqliteError } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { asStorageError, isOfTheRow, StorageError } from '../../../main/storage/errors.ts';

/** What whoever asked the store is told of what was thrown beneath. */
function toldOf(thrown: unknown): { code: string; message: string; cause: unknown } {
  const told = asStorageError(thrown);
  if (!(told instanceof StorageError)) throw told;
  return { code: told.code, message: told.message, cause: told.cause };
}

const fileError = (code: string) => Object.assign(new Error(`${code}: no`), { code, syscall: 'write' });

test.each([
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY_DBMOVED', 'read-only'],
  ['SQLITE_BUSY_RECOVERY', 'in-use'],
  ['SQLITE_LOCKED', 'in-use'],
  ['SQLITE_CORRUPT_INDEX', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'conflict'],
  ['SQLITE_IOERR_WRITE', 'unavailable'],
  ['SQLITE_CANTOPEN', 'unavailable'],
])('what the engine calls %s is "%s", and a technician reads both', (said, code) => {
  const cause = new SqliteError('no', said);
  expect(toldOf(cause)).toEqual({ code, message: `SQLite: ${said}`, cause });
});

test.each([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'read-only'],
  ['EIO', 'unavailable'],
])('what the file system calls %s is "%s", with the call that met it', (said, code) => {
  const cause = fileError(said);
  expect(toldOf(cause)).toEqual({ code, message: `write: ${said}`, cause });
});

test('of a row that is not as it was written it is told where, and nothing of what stands there', () => {
  const row = z.object({ person: z.object({ sex: z.enum(['女', '男']) }), revision: z.int() });
  const { error } = row.safeParse({ person: { sex: '林晓岚' }, revision: '230299197506180027' });
  expect(toldOf(error)).toEqual({
    ...{ code: 'corrupt', cause: undefined },
    message: 'a stored row is not as written: person.sex (invalid_value), revision (invalid_type)',
  });
});

test('a fault of ours stays what it is', () => {
  for (const fault of [new TypeError('no function'), new RangeError('too much'), 'a word', undefined]) {
    expect(asStorageError(fault)).toBe(fault);
  }
});

test('only damage says something of the row', () => {
  const told = [new SqliteError('', 'SQLITE_CORRUPT'), new SqliteError('', 'SQLITE_IOERR'), fileError('EIO')];
  expect(told.map((error) => isOfTheRow(asStorageError(error)))).toEqual([true, false, false]);
  expect(isOfTheRow(new StorageError('sealed-data-damaged', ''))).toBe(true);
  expect(isOfTheRow(new StorageError('suite-unavailable', ''))).toBe(false);
});
