import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../../../drivers/core/index.ts';
import { type FromTerminal, fromTerminal, type Order, type ToTerminal } from './words.ts';

const ANSWER_MS = 60_000;

export type Done = Extract<FromTerminal, { word: 'done' }>;
export type Call = Extract<FromTerminal, { word: 'prepare' | 'run' | 'ask' | 'withdraw' }>;

export interface LifeOptions {
  /** Of the terminal under test. */
  readonly script: string;
  readonly folder: string;
  /** Where compiled modules are kept, as its life is shorter than their compiling; NODE_COMPILE_CACHE goes before it where it is set. */
  readonly compiled: string;
  /** A call that the terminal makes to its printer; also those that were still on the line when it was killed. */
  readonly onCall: (call: Call, life: Life) => void;
}

/** One process of the terminal under test, from its start until it is killed. */
export class Life {
  readonly #process: ChildProcess;
  readonly #gone: Promise<undefined>;
  #killed = false;
  readonly #ready = Promise.withResolvers<void>();
  #answer: ((answer: Done | Error) => void) | undefined;

  constructor({ script, folder, compiled, onCall }: LifeOptions) {
    const env = { ...process.env, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? compiled };
    this.#process = fork(script, [folder], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    // What it had said before it was killed is heard to the last word.
    this.#gone = Promise.all([once(this.#process, 'exit'), once(this.#process, 'disconnect')]).then(() => undefined);
    this.#process.on('message', (raw) => {
      const message = fromTerminal.parse(raw);
      if (message.word === 'ready') this.#ready.resolve();
      else if (message.word === 'done') this.#answer?.(message);
      else if (message.word === 'refused') this.#answer?.(new Error(`the terminal refused: ${message.message}`));
      else onCall(message, this);
    });
  }

  /** `undefined` where it was killed before. Rejects where it refuses. */
  async order(what: Order): Promise<Done | undefined> {
    const answer = new Promise<Done | Error>((resolve) => {
      this.#answer = resolve;
    });
    await Promise.race([this.#ready.promise, this.#gone]);
    this.tell(what);
    const told = await within(ANSWER_MS, `the terminal (${what.word})`, [], Promise.race([answer, this.#gone]));
    if (told instanceof Error) throw told;
    return told;
  }

  /** Nothing where it is no longer there. */
  tell(what: ToTerminal): void {
    if (this.#process.connected) this.#process.send(what, () => undefined);
  }

  kill(): void {
    this.#killed = true;
    this.#process.kill('SIGKILL');
  }

  /** Resolves when it has gone, and all that it said has been heard. Rejects where it was not killed. */
  async ended(): Promise<void> {
    await this.#gone;
    if (!this.#killed) throw new Error('the terminal under test ended by itself');
  }
}
