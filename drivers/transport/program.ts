import { type ChildProcess, spawn } from 'node:child_process';
import { DeviceError, type ForeignProgram, type ProgramRunner, sleep } from '../core/index.ts';

/** Asked to end with SIGTERM: scanimage tells the scanner to stop then, which some take a while to do. */
const STOP_MS = 2_000;
/** One that was killed and is still there waits for its device inside the kernel. */
const KILLED_MS = 2_000;
/** A process that it started may hold its pipes open. */
const PIPES_MS = 500;

/** On this machine, in a process group of its own, so that all of it can be ended. */
export const runProgram: ProgramRunner = async (program, signal) => {
  signal.throwIfAborted();
  const child = start(program);
  const ended = endOf(child, program);
  const given = Promise.withResolvers<never>();
  const onAbort = (): void => void stop(child, ended, program.stopMs).then(() => given.reject(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await Promise.race([ended, given.promise]);
    return signal.aborted ? await given.promise : exitCode;
  } finally {
    signal.removeEventListener('abort', onAbort);
    end(child, 'SIGKILL'); // what it left behind
  }
};

function start({ command, environment, input, onOutput, onComplaint }: ForeignProgram): ChildProcess {
  const [file, ...parameters] = command;
  const child = spawn(file, parameters, {
    env: { ...process.env, ...environment },
    stdio: [input ? 'pipe' : 'ignore', 'pipe', onComplaint ? 'pipe' : 'ignore'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  for (const pipe of child.stdio) pipe?.on('error', () => undefined); // one that breaks shows in the exit
  child.stdout?.on('data', onOutput);
  if (onComplaint) child.stderr?.on('data', onComplaint);
  child.stdin?.end(input);
  return child;
}

async function endOf(child: ChildProcess, program: ForeignProgram): Promise<number | undefined> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exitCode = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
    child.once('exit', (code) => resolve(code ?? undefined));
  });
  const waited = new AbortController();
  await Promise.race([closed, sleep(PIPES_MS, waited.signal).catch(() => undefined)]);
  waited.abort();
  // Where this process was busy for longer than that, what is there to be read comes after the timers.
  await new Promise<void>((resolve) => setImmediate(resolve));
  child.stdout?.destroy();
  child.stderr?.destroy();
  return exitCode;
}

function notStarted({ command: [file], installedBy }: ForeignProgram, error: NodeJS.ErrnoException): DeviceError {
  const from = installedBy === undefined ? '' : ` (${installedBy})`;
  const why = error.code === 'ENOENT' ? `is not installed${from}` : `cannot be started: ${error.code}`;
  return new DeviceError('not-connected', `${file} ${why}`, { cause: error });
}

/** Resolves once the program is gone, or cannot be got rid of. One that has no time to end is killed before this returns. */
async function stop(child: ChildProcess, ended: Promise<unknown>, stopMs = STOP_MS): Promise<void> {
  const waited = new AbortController();
  const over = (): void => waited.abort();
  ended.then(over, over);
  if (stopMs > 0) {
    end(child, 'SIGTERM');
    await sleep(stopMs, waited.signal).catch(() => undefined);
    if (waited.signal.aborted) return;
  }
  end(child, 'SIGKILL');
  await sleep(KILLED_MS, waited.signal).catch(() => undefined);
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
