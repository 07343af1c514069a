import { type ChildProcess, fork } from 'node:child_process';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { backoffMs, Observable, sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import {
  connect,
  type EventListener,
  nothing,
  type Params,
  RemoteError,
  type Result,
  type RpcClient,
  type RpcContract,
} from './rpc.ts';

const PING_EVERY_MS = 2_000;
const STABLE_MS = 30_000; // after this long without a crash, the next one is a first one again

/** Silence of this long is a hung process: it does not come back by itself. A busy small machine pauses for a second. */
export const ping = { params: nothing, result: nothing, deadlineMs: 4_000 } as const;

/** Every child answers these two, whatever else it does. */
export interface ChildContract extends RpcContract {
  readonly methods: RpcContract['methods'] & {
    /** The first call: everything that the child must know. It is ready once this is answered. */
    readonly configure: RpcContract['methods'][string];
    readonly ping: typeof ping;
  };
}

export type ProcessState = { readonly state: 'starting' | 'running' | 'down' | 'stopped'; readonly pid?: number };

export interface SupervisedProcessOptions<C extends ChildContract> {
  readonly name: string;
  readonly entry: URL;
  readonly contract: C;
  readonly configuration: Params<C, 'configure'>;
  readonly onEvent: EventListener<C>;
  readonly log: Log;
  /** Node's options and variables for the child, on top of the core's own. */
  readonly launch?: { readonly execArgv: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

/**
 * A child process that is there again after it crashed or fell silent.
 *
 *   starting ──configured──► running ──exit, silence──► down ──back-off──► starting     any ──► stopped
 *                                    ──renewed────────► down ────────────► starting
 */
export class SupervisedProcess<C extends ChildContract> {
  readonly state = new Observable<ProcessState>({ state: 'starting' });
  readonly #options: SupervisedProcessOptions<C>;
  #client: RpcClient<C> | undefined;
  #configured: Result<C, 'configure'> | undefined;
  #end: ((reason: RemoteError) => void) | undefined;
  #isRenewed = false;
  #isConfigured = false;

  constructor(options: SupervisedProcessOptions<C>) {
    this.#options = options;
  }

  /** What the child last answered to its configuration; `undefined` before the first time. */
  get configured(): Result<C, 'configure'> | undefined {
    return this.#configured;
  }

  /** Rejects with RemoteError `process-down` at once while the child is not there, and when it dies in between. */
  async call<M extends keyof C['methods'] & string>(
    method: M,
    params: Params<C, M>,
    signal: AbortSignal,
  ): Promise<Result<C, M>> {
    if (!this.#client || this.state.value.state !== 'running') {
      throw new RemoteError('process-down', `the ${this.#options.name} process is not running`);
    }
    return await this.#client.call(method, params, signal);
  }

  /** Ends a running child and starts another at once. What is asked of it meanwhile fails `process-down`. */
  renew(): void {
    if (this.state.value.state !== 'running' || !this.#end) return;
    this.#isRenewed = true;
    this.#end(new RemoteError('process-down', `the ${this.#options.name} process is being renewed`));
  }

  /** Never rejects. The child is gone when it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, log } = this.#options;
    let refusal: string | undefined;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const startedAt = performance.now();
      try {
        await this.#live(signal);
      } catch (error) {
        if (signal.aborted) break;
        if (this.#isRenewed) {
          this.#isRenewed = false;
          failures = -1;
          continue;
        }
        if (performance.now() - startedAt > STABLE_MS) failures = 0;
        // The first time at once: a resident is waiting, and a process that crashed once is as a rule well again.
        const retryInMs = failures === 0 ? 0 : backoffMs(failures, 10_000);
        const reason = (error as Error).message;
        // A child that does not come up, for want of a file as a rule, says so every ten seconds: once is enough.
        const level = !this.#isConfigured && reason === refusal ? 'debug' : 'error';
        log[level]({ process: name, reason, retryInMs }, 'child process ended');
        refusal = this.#isConfigured ? undefined : reason;
        this.#setDown();
        await sleep(retryInMs, signal).catch(() => undefined);
      }
    }
    this.state.set({ state: 'stopped' });
  }

  /** One life of the child; always rejects. */
  async #live(signal: AbortSignal): Promise<never> {
    const { name, entry, contract, configuration, onEvent, log, launch } = this.#options;
    this.state.set({ state: 'starting' });
    this.#isConfigured = false;
    // The core's standard output is its line to the shell: what a vendor's library prints goes to standard error.
    const child = fork(entry, {
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
      execArgv: [...process.execArgv, ...(launch?.execArgv ?? [])],
      env: { ...process.env, ...launch?.env },
    });
    const gone = new AbortController();
    const exited = new Promise<void>((resolve) => {
      const end = (how: string): void => gone.abort(new RemoteError('process-down', `the ${name} process ${how}`));
      child.once('exit', (code, killedBy) => {
        end(killedBy ? `was killed by ${killedBy}` : `exited with ${code}`);
        resolve();
      });
      child.on('error', (error) => {
        end(`failed: ${error.message}`);
        if (child.pid === undefined) resolve(); // it never started, so it will not exit
      });
    });
    const wire = { reader: new IPCMessageReader(child), writer: new IPCMessageWriter(child) };
    const client = connect(contract, wire, onEvent, (what) => log.warn({ process: name, what }, 'a bad message'));
    const lose = (reason: RemoteError): void => {
      this.#client = undefined;
      if (!signal.aborted) this.#setDown(); // before anybody's call fails: what is asked from now on is not even sent
      client.dispose(reason);
    };
    gone.signal.addEventListener('abort', () => lose(gone.signal.reason), { once: true });
    this.#end = (reason) => gone.abort(reason);
    try {
      this.#configured = await client.call('configure', configuration, signal);
      this.#isConfigured = true;
      this.#client = client;
      this.state.set(child.pid === undefined ? { state: 'running' } : { state: 'running', pid: child.pid });
      for (;;) {
        await sleep(PING_EVERY_MS, signal, gone.signal);
        await client.call('ping', null as Params<C, 'ping'>, signal);
      }
    } finally {
      this.#end = undefined;
      lose(new RemoteError('process-down', `the ${name} process was ended`));
      await kill(child, exited);
    }
  }

  #setDown(): void {
    if (this.state.value.state !== 'down') this.state.set({ state: 'down' });
  }
}

/** The children hold no state that matters and may be hung, so there is nothing to ask them first. */
async function kill(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  await exited;
}
