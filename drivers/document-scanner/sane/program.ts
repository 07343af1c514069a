import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { DeviceError, sleep } from '../../core/index.ts';

export interface Program {
  /** The program and what comes before its arguments; no shell. */
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  /** On top of this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Told each line of the program's standard output as it is written. */
  readonly onLine?: (line: string) => void;
  /** Told whenever the program writes anything. */
  readonly onAlive?: () => void;
}

export interface ProgramEnd {
  /** Absent where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Standard output, from its beginning, in lines. */
  readonly output: string;
  /** The last of what it wrote to standard error, without progress. */
  readonly complaint: string;
}

/**
 * Runs a program to its end. Rejects with a DeviceError where it cannot be started, and with the signal's reason once the
 * program and all that it started are gone.
 */
export type RunProgram = (program: Program, signal: AbortSignal) => Promise<ProgramEnd>;

/** All options of the largest backends are below 30 kB. */
const MAX_OUTPUT = 256 * 1024;
const MAX_LINE = 4 * 1024;
const MAX_COMPLAINT = 300;
/** scanimage answers SIGTERM by telling the scanner to stop, which some take a while to do. */
const STOP_MS = 2_000;
/** A process that it started may hold its pipes open. */
const PIPES_MS = 500;

export const runProgram: RunProgram = async (program, signal) => {
  signal.throwIfAborted();
  const [file, ...before] = program.command;
  const child = spawn(file, [...before, ...program.args], {
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32', // a process group of its own, so that all of it can be ended
    windowsHide: true,
  });
  const ended = endOf(child, file);
  let output = '';
  const { onLine = () => undefined, onAlive = () => undefined } = program;
  eachLine(child.stdout, (line) => {
    onAlive();
    onLine(line);
    if (output.length + line.length < MAX_OUTPUT) output += `${line}\n`;
  });
  let complaint = '';
  eachLine(child.stderr, (line) => {
    onAlive();
    if (line !== '' && !/^(Progress:|Scann(ing|ed) |Batch terminated|Output format is not set)/.test(line))
      complaint = line;
  });
  const given = Promise.withResolvers<never>();
  const onAbort = (): void => void stop(child, ended).then(() => given.reject(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await Promise.race([ended, given.promise]);
    if (signal.aborted) return await given.promise;
    return { exitCode, output, complaint: complaint.slice(0, MAX_COMPLAINT) };
  } finally {
    signal.removeEventListener('abort', onAbort);
    end(child, 'SIGKILL'); // what it left behind
  }
};

async function endOf(child: ChildProcess, file: string): Promise<number | undefined> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exitCode = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(file, error)));
    child.once('exit', (code) => resolve(code ?? undefined));
  });
  const waited = new AbortController();
  await Promise.race([closed, sleep(PIPES_MS, waited.signal).catch(() => undefined)]);
  waited.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  return exitCode;
}

function notStarted(file: string, error: NodeJS.ErrnoException): DeviceError {
  const hint = error.code === 'ENOENT' ? 'is not installed (Debian: sane-utils)' : `cannot be started: ${error.code}`;
  return new DeviceError('not-connected', `${file} ${hint}`, { cause: error });
}

/** Resolves once the program is gone, or cannot be got rid of: one that waits for its device inside the kernel. */
async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const waited = new AbortController();
  const over = (): void => waited.abort();
  ended.then(over, over);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (waited.signal.aborted) return;
    end(child, signal);
    await sleep(STOP_MS, waited.signal).catch(() => undefined);
  }
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // Node documents it for process.kill
    if (code !== 'ESRCH') throw error;
  }
}

/** Lines end with LF, or with CR where they overwrite each other. A line that never ends is given in pieces. */
function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.slice(0, MAX_LINE));
    if (rest.length < MAX_LINE) return;
    onLine(rest.slice(0, MAX_LINE));
    rest = '';
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
  stream.on('error', () => undefined); // a pipe that breaks shows in the exit
}
