import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { relative, sep } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What a traced process did in its folder, and what it said, in its order. `file`: a path below the folder, `''` for the folder
 * itself.
 */
export type Act =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  /** Goes on where the last one ended, from the start of a file that has just been made. */
  | { readonly kind: 'append'; readonly file: string; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly sizeBytes: number }
  /** Of a file: its content. Of a folder: the names in it. */
  | { readonly kind: 'sync'; readonly file: string }
  /** A file begins, unless there is one of the name; with `emptied` it is empty afterwards. */
  | { readonly kind: 'make'; readonly file: string; readonly emptied: boolean }
  | { readonly kind: 'make-folder'; readonly file: string }
  | { readonly kind: 'rename'; readonly file: string; readonly to: string }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'said'; readonly line: string };

const NAMING = ['rename', 'unlink', 'rmdir', 'mkdir'] as const;
const CONTENT = ['pwrite64', 'write', 'ftruncate', 'fsync', 'fdatasync'] as const;
/** What changes files, too, and is not understood here: a trace with one of them on a file that counts is refused. */
const NOT_READ = [
  ...(['writev', 'pwritev', 'pwritev2', 'truncate', 'fallocate', 'copy_file_range', 'sendfile'] as const),
  ...(['renameat', 'renameat2', 'unlinkat', 'mkdirat', 'link', 'linkat', 'symlink', 'symlinkat'] as const),
];

const UNFINISHED = '<unfinished ...>';

/** What to put before a program so that strace writes into `file` what `readTrace` reads. */
export function tracing(file: string): string[] {
  const calls = ['openat', ...NAMING, ...CONTENT, ...NOT_READ].join(',');
  return ['strace', '-f', ...fewerStops(), '-y', '-xx', '-s', '1000000', '-e', `trace=${calls}`, '-o', file];
}

/** The kernel stops the process at the calls that are asked for and no others: half the work. Since strace 5.3. */
function fewerStops(): string[] {
  const stops = ['--seccomp-bpf'];
  return spawnSync('strace', ['-f', ...stops, '-o', '/dev/null', 'true']).status === 0 ? stops : [];
}

/**
 * Acts on files below `folder` of which `counts` says yes, and what was said on standard output. Throws on a call on such a file
 * that it does not understand: a write that is left out would make a power cut look worse than it is, a sync better.
 */
export async function readTrace(
  traceFile: string,
  folder: string,
  counts: (file: string) => boolean = () => true,
): Promise<Act[]> {
  const acts: Act[] = [];
  const begun = new Map<string, string>(); // a call that another thread's came in between, by thread
  const fileAt = (path: string): string | undefined => {
    const file = relative(folder, path);
    return file !== '..' && !file.startsWith(`..${sep}`) && counts(file) ? file : undefined;
  };
  for await (const line of createInterface({ input: createReadStream(traceFile) })) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith(UNFINISHED)) {
      begun.set(thread, text.slice(0, -UNFINISHED.length).trimEnd());
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const call = rest === undefined ? text : (begun.get(thread) ?? '') + rest;
    const act = readCall(call, fileAt);
    if (act) acts.push(act);
  }
  return acts;
}

type FileAt = (path: string) => string | undefined;

function readCall(call: string, fileAt: FileAt): Act | undefined {
  const said = /^write\(1<[^>]*>, "([^"]*)", \d+\) += \d+$/.exec(call)?.[1];
  if (said !== undefined) return { kind: 'said', line: unhex(said).toString('utf8').trimEnd() };
  if (/= -1 /.test(call)) return undefined; // refused: nothing was done
  const [, name = '', words = ''] = /^(\w+)\((.*)$/.exec(call) ?? [];
  return readOpened(name, words, fileAt) ?? readNamed(name, words, fileAt);
}

/** A call on a file that is open: `7</data/log>, …`. One that has lost its name is nobody's any more. */
function readOpened(name: string, words: string, fileAt: FileAt): Act | undefined {
  const [, path = '', rest = ''] = /^\d+<([^>]*)>(.*)$/.exec(words) ?? [];
  const file = path === '' ? undefined : fileAt(unhex(path).toString('utf8'));
  if (file === undefined || rest.startsWith('(deleted)')) return undefined;
  if (name === 'fsync' || name === 'fdatasync') return { kind: 'sync', file };
  const size = /^, (\d+)\) += 0$/.exec(rest)?.[1];
  if (name === 'ftruncate' && size !== undefined) return { kind: 'truncate', file, sizeBytes: Number(size) };
  const [, hex, offset, written] = /^, "([^"]*)", \d+(?:, (\d+))?\) += (\d+)$/.exec(rest) ?? [];
  const bytes = unhex(hex ?? '').subarray(0, Number(written));
  if (name === 'pwrite64' && offset !== undefined) return { kind: 'write', file, offset: Number(offset), bytes };
  if (name === 'write' && hex !== undefined && offset === undefined) return { kind: 'append', file, bytes };
  throw new Error(`strace told of a ${name} that cannot be understood`);
}

/** A call on names: `"/data/log", "/data/log.1"`. */
function readNamed(name: string, words: string, fileAt: FileAt): Act | undefined {
  const paths = [...words.matchAll(/"([^"]*)"/g)].map(([, path = '']) => fileAt(unhex(path).toString('utf8')));
  const [file, to] = paths;
  if (file === undefined && to === undefined) return undefined;
  if (name === 'openat' && file !== undefined) {
    return words.includes('O_CREAT') ? { kind: 'make', file, emptied: words.includes('O_TRUNC') } : undefined;
  }
  if (name === 'mkdir' && file !== undefined) return { kind: 'make-folder', file };
  if (name === 'rename' && file !== undefined && to !== undefined) return { kind: 'rename', file, to };
  if ((name === 'unlink' || name === 'rmdir') && file !== undefined) return { kind: 'remove', file };
  throw new Error(`strace told of a ${name} that cannot be understood`);
}

/** `\x2f\x74`, as strace -xx writes every string. */
function unhex(text: string): Buffer {
  if (text.length % 4 !== 0) throw new Error('strace wrote a string in another way than asked for.');
  const bytes = Buffer.allocUnsafe(text.length / 4);
  // Most of a trace is pages of the database: byte by byte is less work than a string without the `\x` first.
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = digit(text, 4 * at + 2) * 16 + digit(text, 4 * at + 3);
  return bytes;
}

/** strace writes them in lower case. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
