import { randomBytes } from 'node:crypto';
import { existsSync, fchownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { keyBytes } from './cipher.ts';
import { writeDurably } from './durable-file.ts';
import { StorageError, storing } from './errors.ts';
import { fileSealer, type KeySealer } from './key-sealer.ts';

export interface KeyFile {
  /** Of the sealed key. */
  readonly path: string;
  /** Where any of these is there, no new key is made: the database, its copies, pages. None: one may be made all the same. */
  readonly sealedFiles: readonly string[];
  readonly sealer: KeySealer;
  /** A new key; 32 random bytes where left out. */
  readonly make?: () => Uint8Array;
}

/**
 * The 32 bytes of the key that is sealed at `path`, made there when neither key nor anything sealed exists. A database without
 * its key is `key-missing`: a new key would turn every stored case into noise and look like a healthy start. Throws a StorageError.
 */
export function sealedKey({ path, sealedFiles, sealer, make = () => randomBytes(keyBytes) }: KeyFile): Uint8Array {
  return storing(() => {
    if (existsSync(path)) return checked(sealer.unseal(readFileSync(path)));
    if (sealedFiles.some((file) => existsSync(file))) {
      throw new StorageError('key-missing', 'something is sealed here, and its key file is gone: restore the key file');
    }
    const key = make();
    putKey(path, key, sealer);
    return key;
  });
}

/** The same for a key in the clear: whoever can read this file can read the store. */
export function fileKey(path: string, ...sealedFiles: readonly string[]): Uint8Array {
  return sealedKey({ path, sealedFiles, sealer: fileSealer });
}

/** Seals `key`, sees that it opens again, and puts it at `path`. Throws a StorageError; what lay there lies there still then. */
export function putKey(path: string, key: Uint8Array, sealer: KeySealer): void {
  storing(() => {
    const sealed = sealer.seal(key);
    if (Buffer.compare(sealer.unseal(sealed), key) !== 0) {
      throw new StorageError('key-sealer-unavailable', `what ${sealer.kind} sealed does not open to the same key`);
    }
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeDurably(path, sealed, (file) => giveToOwnerOf(folder, file));
  });
}

function checked(key: Uint8Array): Uint8Array {
  if (key.length === keyBytes) return key;
  throw new StorageError('key-damaged', `the key has ${key.length} bytes, not ${keyBytes}`);
}

/** What root makes here is for the account that the terminal runs under. */
function giveToOwnerOf(folder: string, file: number): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  fchownSync(file, uid, gid);
}
