import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

/** What a traced process did to the files of its store, and what it said, in its order. */
export type Act =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly sizeBytes: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'said'; readonly line: string };

/** What to put before a program so that strace writes into `file` what `readTrace` reads. */
export function tracing(file: string): string[] {
  const calls = 'pwrite64,write,ftruncate,fsync,fdatasync';
  return ['strace', '-f', '-y', '-xx', '-s', '1000000', '-e', `trace=${calls}`, '-o', file];
}

/**
 * Acts on files whose names stand in `names`, and what was said on standard output. Throws on a call on such a file that it
 * does not understand: a write that is left out would make a power cut look worse than it is, a sync better.
 */
export async function readTrace(traceFile: string, names: readonly string[]): Promise<Act[]> {
  const acts: Act[] = [];
  const begun = new Map<string, string>(); // a call that another thread's came in between, by thread
  for await (const line of createInterface({ input: createReadStream(traceFile) })) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*?) *<unfinished \.\.\.>$/.exec(text)?.[1];
    if (unfinished !== undefined) {
      begun.set(thread, unfinished);
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const call = rest === undefined ? text : (begun.get(thread) ?? '') + rest;
    const act = readCall(call, names);
    if (act) acts.push(act);
  }
  return acts;
}

function readCall(call: string, names: readonly string[]): Act | undefined {
  const said = /^write\(1<[^>]*>, "([^"]*)", \d+\) += \d+$/.exec(call)?.[1];
  if (said !== undefined) return { kind: 'said', line: unhex(said).toString('utf8').trimEnd() };
  const [, name = '', path = '', words = ''] = /^(\w+)\(\d+<([^>]*)>(.*)$/.exec(call) ?? [];
  const file = basename(unhex(path).toString('utf8'));
  if (!names.includes(file)) return undefined;
  if (/= -1 /.test(words)) return undefined; // refused: nothing was done
  if (name === 'fsync' || name === 'fdatasync') return { kind: 'sync', file };
  const size = /^, (\d+)\) += 0$/.exec(words)?.[1];
  if (name === 'ftruncate' && size !== undefined) return { kind: 'truncate', file, sizeBytes: Number(size) };
  const [, hex, offset, written] = /^, "([^"]*)", \d+, (\d+)\) += (\d+)$/.exec(words) ?? [];
  if (name !== 'pwrite64' || hex === undefined) throw new Error(`strace told of a ${name} that cannot be understood`);
  return { kind: 'write', file, offset: Number(offset), bytes: unhex(hex).subarray(0, Number(written)) };
}

/** `\x2f\x74`, as strace -xx writes every string. */
function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
