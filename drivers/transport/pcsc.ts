import { type ChildProcess, fork } from 'node:child_process';
import {
  type CardConnection,
  type CardService,
  type CardTerminal,
  type CardTerminals,
  DeviceError,
  unlessAborted,
  within,
} from '../core/index.ts';
import type { Ask, Failure, FromHost } from './pcsc-messages.ts';

/** To start a process, load a library and find a service. */
const OPEN_MS = 5_000;
/** A process that found no service is asked again for so long. */
const IDLE_MS = 10_000;

/**
 * The readers of smart cards that the operating system's PC/SC service knows. The library speaks to the service in a process
 * of its own: where the service ends at a bad moment, pcsc-mini 0.1.3 was seen to hold its process up for a minute, and to
 * end it.
 */
export function pcscTerminals(start: () => ChildProcess = startHost): CardTerminals {
  const name = 'pcsc';
  let idle: Host | undefined;
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const host = idle?.take() ?? new Host(name, start());
      idle = undefined;
      try {
        await within(OPEN_MS, `${name}: open`, [signal], host.ask({ ask: 'open' }));
      } catch (error) {
        if (host.lost.aborted || signal.aborted || DeviceError.from(error).code === 'timeout') host.end();
        else idle = host.leave();
        throw error;
      }
      return new HostedService(host);
    },
  };
}

function startHost(): ChildProcess {
  const program = new URL('./pcsc-host.ts', import.meta.url);
  return fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
}

/** The other process, which does not keep this one from ending. */
class Host {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lost = new AbortController();
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: DeviceError) => void }>();
  #lastId = 0;
  #ending: ReturnType<typeof setTimeout> | undefined;
  onChange: (terminals: readonly CardTerminal[]) => void = () => undefined;

  constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    child.unref();
    child.channel?.unref();
    const gone = (): void => this.#lose({ code: 'not-connected', message: `${name}: the process for it has ended` });
    child.once('exit', gone).once('error', gone);
    child.on('message', (message) => this.#onMessage(message as FromHost)); // our own program's
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async ask(ask: Ask): Promise<unknown> {
    this.lost.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ ...ask, id }, (error) => {
        if (error) this.#lose({ code: 'not-connected', message: `${this.#name}: ${error.message}` });
      });
    });
  }

  /** For another try soon. */
  leave(): this {
    this.#ending = setTimeout(() => this.end(), IDLE_MS);
    this.#ending.unref();
    return this;
  }

  take(): this | undefined {
    clearTimeout(this.#ending);
    return this.lost.aborted ? undefined : this;
  }

  end(): void {
    clearTimeout(this.#ending);
    this.onChange = () => undefined;
    this.#child.kill('SIGKILL'); // it may be held up inside the library
    this.#lose({ code: 'not-connected', message: `${this.#name} was closed` });
  }

  #onMessage(message: FromHost): void {
    if ('event' in message) {
      if (message.event === 'change') this.onChange(message.terminals);
      else this.#lose(message.failure);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('failure' in message) waiting?.reject(errorOf(message.failure));
    else waiting?.resolve(message.value);
  }

  #lose(failure: Failure): void {
    const error = errorOf(failure);
    this.#lost.abort(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

class HostedService implements CardService {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  get lost(): AbortSignal {
    return this.#host.lost;
  }

  async list(signal: AbortSignal): Promise<readonly CardTerminal[]> {
    const list = this.#host.ask({ ask: 'list' }) as Promise<readonly CardTerminal[]>; // our own program's
    return await unlessAborted([signal], list);
  }

  onChange(listener: (terminals: readonly CardTerminal[]) => void): void {
    this.#host.onChange = listener;
  }

  async connect(terminal: string, signal: AbortSignal): Promise<CardConnection> {
    const host = this.#host;
    const connecting = host.ask({ ask: 'connect', terminal }) as Promise<number>; // our own program's
    const letGo = (connection: number): Promise<unknown> =>
      host.ask({ ask: 'disconnect', connection }).catch(() => undefined); // gone with its process
    const connection = await unlessAborted([signal], connecting).catch((error: unknown) => {
      connecting.then(letGo, () => undefined); // it may yet come about, and nobody would hold it
      throw error;
    });
    let ending: Promise<unknown> | undefined;
    return {
      transmit: async (command, from) => {
        const response = host.ask({ ask: 'transmit', connection, command }) as Promise<Uint8Array>; // our own program's
        return await unlessAborted([from], response);
      },
      disconnect: async () => {
        ending ??= letGo(connection);
        await ending;
      },
    };
  }

  async close(): Promise<void> {
    this.#host.end();
  }
}

function errorOf({ code, message }: Failure): DeviceError {
  return new DeviceError(code, message);
}
