import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from '../../../drivers/core/index.ts';
import { type Place, placeAfter } from './ledger.ts';
import { readSaying, type Saying, type TerminalOptions } from './words.ts';

/** Node and the store's modules load within it on a machine that does much else. */
const READY_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly place: Place;
}

export interface LifeOptions {
  /** Of the terminal under test. */
  readonly script: string;
  readonly options: TerminalOptions;
  /** A folder for compiled modules, the same for all lives of a run; NODE_COMPILE_CACHE goes before it where it is set. */
  readonly compiled: string;
  /** What runs the process in a place of its own, such as a small disk. */
  readonly command?: readonly string[];
}

/** One process of the terminal under test, from its start until it is killed or ends. */
export class Life {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #listeners = new Set<(saying: Saying) => void>();
  #place: Place = 'opening the store';

  /** Starts the process, in which nothing happens before `go`. */
  constructor({ script, options, compiled, command = [] }: LifeOptions) {
    const [program = '', ...parameters] = [...command, process.execPath, script, JSON.stringify(options)];
    // Its life is shorter than the compiling of its modules would be.
    const env = { ...process.env, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? compiled };
    this.#process = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#process.stdin?.on('error', () => undefined); // it was killed before it could be told to go
    this.#ready.promise.catch(() => undefined);
    this.ended = this.#follow();
    this.ended.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  onSaying(listener: (saying: Saying) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when it has loaded and been told to begin. Rejects where it never gets that far. */
  async go(): Promise<void> {
    await within(READY_MS, 'the terminal under test', [], this.#ready.promise);
    this.#process.stdin?.write('go\n');
  }

  /** Ends its input, on which it ends: for one that runs below a tracer, which a kill would reach in its place. */
  close(): void {
    this.#process.stdin?.end();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Resolves when it has gone and all that it said has been heard. Rejects on a word that no terminal says. */
  async #follow(): Promise<Ended> {
    const gone = new Promise<{ code: number | null; killed: boolean }>((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code, signal) => resolve({ code, killed: signal === 'SIGKILL' }));
    });
    let failure: unknown;
    const onLine = (text: string): void => {
      try {
        this.#hear(text);
      } catch (error) {
        failure ??= error;
        this.kill();
      }
    };
    if (this.#process.stdout) createInterface({ input: this.#process.stdout }).on('line', onLine);
    try {
      const ended = await gone;
      if (failure) throw failure;
      return { ...ended, place: this.#place };
    } finally {
      this.#ready.reject(new Error('The terminal under test ended before it was ready.'));
    }
  }

  #hear(text: string): void {
    const saying = readSaying(text);
    if (saying.word === 'ready') this.#ready.resolve();
    this.#place = placeAfter(saying.word) ?? this.#place;
    for (const listener of this.#listeners) listener(saying);
  }
}
