import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/**
 * Written aside and renamed, each step flushed, for this user alone: after a power cut the whole file is at `path`, or what
 * was there before. Throws Node's error, and leaves nothing aside: on a full disk it would be in the way. `prepare` gets the open
 * file before anything is in it.
 */
export function writeDurably(path: string, bytes: Uint8Array, prepare: (file: number) => void = () => undefined): void {
  const aside = `${path}.new`;
  try {
    writeFlushed(aside, bytes, prepare);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

function writeFlushed(path: string, bytes: Uint8Array, prepare: (file: number) => void): void {
  const file = openSync(path, 'w', 0o600);
  try {
    fchmodSync(file, 0o600); // one left over from a power cut keeps the mode that it had
    prepare(file);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A new name is durable once its folder is. Windows has no such call and flushes names with the file. */
export function flushFolder(folder: string): void {
  if (process.platform !== 'win32') flush(folder, 'r');
}

/** What was written to `path`, by whomever, is on the disk when this returns. */
export function flushFile(path: string): void {
  flush(path, 'r+');
}

function flush(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
