import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../main/cli/kioskctl.ts', import.meta.url));

/** The technician's command as a process of its own. */
export function kioskctl(
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, ...parameters],
      { timeout: 20_000, env: { ...process.env, LANG: 'C', ...env } },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

let before: Promise<unknown> = Promise.resolve();
let runs = 0;

/**
 * The same in this process, one at a time, without the time that a process takes to load: for tests of what a command does, not
 * of how a process ends.
 */
export function kioskctlHere(parameters: readonly string[], lang = 'C'): ReturnType<typeof kioskctl> {
  const run = before.then(() => runHere(parameters, lang));
  before = run.catch(() => undefined);
  return run;
}

async function runHere(parameters: readonly string[], lang: string): ReturnType<typeof kioskctl> {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        said[name] += chunk.toString();
        done();
      },
    });
  const itsOwn = {
    argv: [process.execPath, script, ...parameters],
    env: { ...process.env, LANG: lang },
    stdout: into('stdout'),
    stderr: into('stderr'),
  };
  const ours = Object.keys(itsOwn).map((name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const);
  for (const [name, value] of Object.entries(itsOwn)) {
    Object.defineProperty(process, name, { value, writable: true, configurable: true });
  }
  const { exitCode } = process;
  process.exitCode = 0;
  try {
    runs += 1;
    const anew = `${script}?run=${runs}`; // as by each person who types it; what it loads is kept
    await import(/* @vite-ignore */ anew);
    return { exitCode: Number(process.exitCode), ...said };
  } finally {
    process.exitCode = exitCode;
    for (const [name, descriptor] of ours) Object.defineProperty(process, name, descriptor);
  }
}

/** The same while it runs, line by line; whoever starts it ends it. */
export function watching(...parameters: string[]): {
  child: ChildProcessByStdio<null, Readable, Readable>;
  lines: AsyncIterator<string>;
} {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}
