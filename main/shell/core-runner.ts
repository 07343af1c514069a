import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ToCoreLine, toShellLine } from '../contracts/shell.ts';

export interface CoreRunnerOptions {
  /** The Node program, and the core's script with its configuration. */
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
  /** An open file for what the core and its children write to standard error; the shell's own where absent. */
  readonly errorOutput?: WriteStream;
  /** A page address that works once: at the first start, after `askAddress`, and when a core came up on another port. */
  readonly onAddress: (address: string) => void;
  /** For the technician's console: what happened to the core, in a sentence. */
  readonly onNote: (note: string) => void;
}

const RESTART_MS = [100, 100, 500, 1_000, 2_000, 10_000] as const;
const STABLE_MS = 30_000;
const STOP_MS = 5_000;
/**
 * The core speaks every two seconds. Silence is counted in looks and not by the clock: after a pause of the whole machine
 * there is one look, and then the lines that waited.
 */
const LOOK_EVERY_MS = 2_000;
const SILENT_LOOKS_MAX = 5; // a failing disk can hold up a commit for seconds
/** Before its first word a core checks every page of its database, on a disk that may be slow: a minute in all. */
const STARTING_LOOKS = 25;

/**
 * Starts the core and starts it again when it dies or falls silent: the one thing a shell does besides showing its page. The
 * core of the next life gets the same port and the same ticket key, so that the page finds its way back without us.
 */
export class CoreRunner {
  readonly #options: CoreRunnerOptions;
  readonly #pageKey = randomBytes(32).toString('base64');
  #port = 0;
  #core: ChildProcess | undefined;
  #stopping = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #silentLooks = 0;
  #failures = 0;
  #addressWanted = false;

  constructor(options: CoreRunnerOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#core?.pid;
  }

  start(): void {
    const {
      command: [program, ...parameters],
      env = process.env,
      errorOutput = 'inherit',
    } = this.#options;
    const startedAt = performance.now();
    const core = spawn(program, parameters, {
      env,
      stdio: ['pipe', 'pipe', errorOutput],
      windowsHide: true,
      detached: ownGroup,
    });
    this.#core = core;
    this.#silentLooks = -STARTING_LOOKS;
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    core.stdin.on('error', () => undefined); // a core that died before it read; its exit says so
    createInterface({ input: core.stdout }).on('line', (line) => this.#onLine(line));
    const ended = (how: string): void => {
      if (this.#core !== core) return;
      this.#core = undefined;
      clearInterval(this.#looking);
      endGroup(core.pid);
      if (!this.#stopping) this.#restart(how, performance.now() - startedAt);
    };
    core.once('error', (error) => ended(error.message));
    core.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    this.#say({ type: 'start', pageKey: this.#pageKey, port: this.#port });
  }

  /** Another address, for a window that has to come in again; where the core is away just now, as soon as it is back. */
  askAddress(): void {
    this.#addressWanted = true;
    this.#say({ type: 'address' });
  }

  /** Ends the core: first by closing its input, then by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const core = this.#core;
    if (!core) return;
    const exited = new Promise<void>((resolve) => core.once('exit', () => resolve()));
    core.stdin?.end();
    const force = setTimeout(() => core.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(force);
  }

  #restart(how: string, lifeMs: number): void {
    this.#failures = lifeMs > STABLE_MS ? 0 : this.#failures;
    const retryInMs = RESTART_MS[Math.min(this.#failures, RESTART_MS.length - 1)]!;
    this.#failures += 1;
    this.#options.onNote(`The core ended (${how}); it starts again in ${retryInMs} ms.`);
    this.#timer = setTimeout(() => this.start(), retryInMs);
  }

  #say(line: ToCoreLine): void {
    this.#core?.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  #look(): void {
    this.#silentLooks += 1;
    if (this.#silentLooks <= SILENT_LOOKS_MAX) return;
    this.#options.onNote('The core has fallen silent; it is killed.');
    this.#core?.kill('SIGKILL');
  }

  #onLine(text: string): void {
    this.#silentLooks = 0;
    const line = parseLine(text);
    if (!line) {
      this.#options.onNote(`The core wrote a line that is not its protocol: ${text.slice(0, 200)}`);
    } else if (line.type === 'failed') {
      this.#options.onNote(`The core cannot start: ${line.message} (${line.code})`);
    } else if (line.type !== 'alive') {
      const wanted = this.#addressWanted || line.type === 'address' || line.port !== this.#port;
      if (line.type === 'listening') this.#port = line.port;
      this.#addressWanted = false;
      if (wanted) this.#options.onAddress(line.address);
    }
  }
}

/** Windows ends a process's children with it, and a group of its own would be a console of its own there. */
const ownGroup = process.platform !== 'win32';

/** A child that hangs outlives its core, and keeps the ports and printers that the next one needs. */
function endGroup(core: number | undefined): void {
  if (!ownGroup || core === undefined) return;
  try {
    process.kill(-core, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // nobody is left
  }
}

function parseLine(text: string): ReturnType<typeof toShellLine.parse> | undefined {
  try {
    return toShellLine.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
