import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { keyBytes } from './cipher.ts';
import { StorageError, storing } from './errors.ts';

/**
 * The 32 bytes of the key at `path`, made there when neither key nor database exists. A database without its key is
 * `key-missing`: a new key would turn every stored case into noise and look like a healthy start.
 *
 * For machines without a sealing module: whoever can read this file can read the store.
 */
export function fileKey(path: string, databaseFile: string): Uint8Array {
  return storing(() => {
    if (existsSync(path)) return readKey(path);
    if (existsSync(databaseFile)) {
      throw new StorageError('key-missing', 'there is a database, and its key file is gone: restore the key file');
    }
    return createKey(path);
  });
}

function readKey(path: string): Uint8Array {
  const key = readFileSync(path);
  if (key.length !== keyBytes) {
    throw new StorageError('key-damaged', `the key file has ${key.length} bytes, not ${keyBytes}`);
  }
  return key;
}

/** Written aside and renamed, each step flushed: after a power cut there is a whole key or none. */
function createKey(path: string): Uint8Array {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = randomBytes(keyBytes);
  const aside = `${path}.new`;
  const file = openSync(aside, 'w', 0o600);
  try {
    fchmodSync(file, 0o600); // one left over from a power cut keeps the mode that it had
    writeSync(file, key);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  flushFolder(folder);
  return key;
}

/** A new name is durable once its folder is. Windows has no such call and flushes names with the file. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
