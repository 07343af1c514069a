import { SqliteError } from 'better-sqlite3';
import { ZodError } from 'zod';
import { CodedError } from '../../drivers/core/index.ts';

/** What can go wrong between this terminal and its disk. README.md says for each what the terminal and a technician do. */
export const storageErrorCodes = [
  'unavailable', // the file or its folder cannot be opened, read or written, or was taken away
  'in-use', // another process holds the database
  'full',
  'read-only',
  'corrupt', // the file is not a sound database, or a row says something impossible
  'newer-version', // written by a later release
  'engine-unsafe', // this SQLite has the WAL-reset bug, or refuses a setting that durability rests on
  'key-missing', // a database without its key
  'key-damaged', // a key file that holds no key, or a sealed key that does not open on this machine
  'key-sealer-unavailable', // what keeps the key cannot be asked: no TPM, no credential, no program
  'key-wrong', // a key, but not this database's
  'suite-unavailable', // this build of Node lacks an algorithm of the suite
  'sealed-data-damaged', // authenticated decryption refused
  'conflict', // contradicts what is stored: the same case with another content, a number used twice
] as const;
export type StorageErrorCode = (typeof storageErrorCodes)[number];

/** The store does not open, or does not do what it was asked to. */
export class StorageError extends CodedError<StorageErrorCode> {
  override readonly name = 'StorageError';
}

const codesOfSqlite: readonly (readonly [prefix: string, code: StorageErrorCode])[] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_BUSY', 'in-use'],
  ['SQLITE_LOCKED', 'in-use'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_CONSTRAINT', 'conflict'],
];
const codesOfNode: Readonly<Record<string, StorageErrorCode>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read-only',
};

/** What SQLite, the file system or a row's schema threw, as a StorageError. Anything else is a bug and stays what it is. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof SqliteError) {
    const code = codesOfSqlite.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 'unavailable';
    return new StorageError(code, `SQLite: ${error.code}`, { cause: error });
  }
  if (error instanceof ZodError) {
    // Only paths and rules: a message of zod's may quote the value.
    const where = error.issues.map(({ path, code }) => `${path.join('.')} (${code})`).join(', ');
    return new StorageError('corrupt', `a stored row is not as written: ${where}`);
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    const code = codesOfNode[String(error.code)] ?? 'unavailable';
    return new StorageError(code, `${String(error.syscall)}: ${String(error.code)}`, { cause: error });
  }
  return error;
}

/** Whether it is the row that makes no sense. A suite that is missing, or a disk that refuses, says nothing of it. */
export function isOfTheRow(error: unknown): boolean {
  return error instanceof StorageError && (error.code === 'sealed-data-damaged' || error.code === 'corrupt');
}

/** Runs `work` and turns what the disk throws into a StorageError. */
export function storing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error);
  }
}
