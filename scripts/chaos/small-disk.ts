import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { within } from '../../drivers/core/index.ts';

const run = promisify(execFile);
/** POSIX, ulimit: in units of 512 bytes. */
const ULIMIT_UNIT = 512;
const MOUNT_MS = 10_000;

/** A place where the room runs out. */
export interface SmallDisk {
  /** `tmpfs`: a file system of its own. `file-size-limit`: no file may grow beyond the size, on whatever disk. */
  readonly kind: 'tmpfs' | 'file-size-limit';
  /** Why it is only a limit; `undefined` for a file system. */
  readonly why: string | undefined;
  /** Where on the disk to write: for processes started by `command` alone. */
  readonly folder: string;
  /** What to put before a program and its words, so that it sees the disk. */
  readonly command: readonly string[];
  /** Room for `sizeBytes` in all, for the disk, or for the process that was started by `command`. */
  resize(sizeBytes: number, pid: number): Promise<void>;
  /** Copies all that is on it into a folder that has room. */
  copyOut(into: string): Promise<void>;
  /** The disk and what is on it are gone. */
  close(): Promise<void>;
}

/**
 * A disk of `sizeBytes`: a tmpfs in a mount namespace of its own, mounted on `folder`, which must exist, be empty, and be removed by the
 * caller. It lasts no longer than this process, whatever becomes of it. Where the system forbids it, a limit on the size of files.
 */
export async function smallDisk(folder: string, sizeBytes: number): Promise<SmallDisk> {
  const mounted = await mountTmpfs(folder, sizeBytes).catch((error: unknown) => String(error));
  return typeof mounted === 'string' ? fileSizeLimit(folder, sizeBytes, mounted) : mounted;
}

async function mountTmpfs(folder: string, sizeBytes: number): Promise<SmallDisk> {
  const asRoot = process.getuid?.() === 0;
  // The shell holds the namespace until its input ends; then the kernel takes the mount away with it.
  const script = `mount -t tmpfs -o size="$1" none "$2" && echo mounted && read -r _`;
  const space = asRoot ? ['--mount'] : ['--mount', '--user', '--map-root-user'];
  const keeper = spawn('unshare', [...space, 'sh', '-c', script, 'sh', String(sizeBytes), folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await untilMounted(keeper);
  const into = [
    'nsenter',
    '--target',
    String(keeper.pid),
    '--mount',
    ...(asRoot ? [] : ['--user', '--preserve-credentials']),
  ];
  // Not with the options that are in force: they name owners that the namespace of one who is not root does not know.
  const remount = ['mount', '--options-mode', 'ignore', '-o'];
  return {
    kind: 'tmpfs',
    why: undefined,
    folder,
    command: into,
    resize: async (bytes) => {
      await run(into[0] ?? '', [...into.slice(1), ...remount, `remount,size=${bytes}`, folder]);
    },
    copyOut: async (target) => {
      await run(into[0] ?? '', [...into.slice(1), 'cp', '-r', `${folder}/.`, target]);
    },
    close: async () => {
      const gone = once(keeper, 'close');
      keeper.stdin?.end();
      await gone;
    },
  };
}

/** Rejects with what the system said against it. */
async function untilMounted(keeper: ChildProcess): Promise<void> {
  let complaint = '';
  keeper.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  const gone = once(keeper, 'close').then(() => {
    throw new Error(complaint.trim() || 'unshare ended without a word');
  });
  gone.catch(() => undefined);
  const mounted = once(createInterface({ input: keeper.stdout! }), 'line');
  try {
    await within(MOUNT_MS, 'mounting a tmpfs', [], Promise.race([mounted, gone]));
  } catch (error) {
    keeper.kill('SIGKILL');
    throw error;
  }
}

/** The soft limit alone, so that it can be raised while the process runs. Node ignores the signal that comes with it. */
export function fileSizeLimit(folder: string, sizeBytes: number, why: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  return {
    kind: 'file-size-limit',
    why,
    folder,
    command: ['sh', '-c', 'ulimit -S -f "$1" && shift && exec "$@"', 'sh', String(Math.floor(sizeBytes / ULIMIT_UNIT))],
    resize: async (bytes, pid) => {
      await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
    },
    copyOut: (target) => cp(folder, target, { recursive: true }),
    close: async () => undefined,
  };
}
