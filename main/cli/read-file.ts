import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** What became of reading a file that somebody named at the keyboard. `reason` is Node's code, or what it is instead of a file. */
export type ReadFile =
  | { readonly state: 'read'; readonly bytes: Buffer }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly reason: string }
  | { readonly state: 'too-large'; readonly sizeBytes: number };

const NO_SUCH_NAME: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE'];
/** A pipe without a writer would be waited for at its opening. Windows has no such flag, and no such pipes in folders. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The whole of a file of at most `maxBytes`. A pipe, a device or a folder is no file, whatever it would give. */
export async function readFileUpTo(path: string, maxBytes: number): Promise<ReadFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, READ);
    const stats = await file.stat();
    if (!stats.isFile()) return { state: 'unreadable', reason: stats.isDirectory() ? 'a folder' : 'not a file' };
    const wanted = Math.min(stats.size, maxBytes) + 1;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, 0);
    if (bytesRead > maxBytes) return { state: 'too-large', sizeBytes: Math.max(stats.size, bytesRead) };
    return { state: 'read', bytes: buffer.subarray(0, bytesRead) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return NO_SUCH_NAME.includes(code) ? { state: 'missing' } : { state: 'unreadable', reason: code ?? message };
  } finally {
    await file?.close();
  }
}
