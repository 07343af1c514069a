import { createHash, randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** This program's folder in the user's cache: XDG base directories, or Windows' local application data. */
export function userCacheDir(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (process.platform === 'win32' && local) return join(local, 'jiujin', 'cache');
  return join(xdg || join(homedir(), '.cache'), 'jiujin');
}

/** Lower-case hex, or `undefined` where there is no such file. */
export async function sha256OfFile(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Copies `from` to `to`, by reference where the file system can. Whoever looks at `to` finds the old file or the whole new
 * one, and of two processes that do the same the later wins with the same bytes.
 */
export async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.${randomUUID()}.part`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
  }
}
