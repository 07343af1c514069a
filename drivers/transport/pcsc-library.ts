import type { Card, Client, Reader } from 'pcsc-mini';
import {
  type CardConnection,
  type CardService,
  type CardTerminal,
  type CardTerminals,
  DeviceError,
  type DeviceErrorCode,
  sleep,
} from '../core/index.ts';

type Library = typeof import('pcsc-mini');

/** The service tells of the readers that are there within milliseconds of being asked; where there are none, of nothing. */
const FIRST_READERS_MS = 300;
/** For a command that still runs when its card is let go; afterwards the service is left to itself. */
const DISCONNECT_MS = 2_000;

/** pcsc-mini's words for what `winscard.h` calls SCARD_W_REMOVED_CARD and so on. */
const codes: Readonly<Record<string, DeviceErrorCode>> = {
  RemovedCard: 'no-media',
  NoSmartCard: 'no-media',
  UnresponsiveCard: 'invalid-media',
  UnpoweredCard: 'invalid-media',
  UnsupportedCard: 'invalid-media',
  ProtoMismatch: 'invalid-media',
  SharingViolation: 'timeout',
  Timeout: 'timeout',
  UnknownReader: 'not-connected',
  ReaderUnavailable: 'not-connected',
  NoReadersAvailable: 'not-connected',
  NoService: 'not-connected',
  ServiceStopped: 'not-connected',
  InvalidHandle: 'not-connected',
  CommError: 'not-connected',
  ResetCard: 'hardware-error',
  SystemCancelled: 'canceled',
  CancelledByUser: 'canceled',
};

/**
 * 0.1.3 ends the process with an error that nobody can catch when a client is collected whose service has gone: none is ever
 * let go of.
 */
const kept: Client[] = [];

/**
 * The readers of smart cards that the operating system's PC/SC service knows, through a package that is optional and is loaded
 * at the first `open`. Not for a process that has other work: see `pcsc.ts`.
 */
export function libraryTerminals(load: () => Promise<Library> = () => import('pcsc-mini')): CardTerminals {
  const name = 'pcsc';
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const library = await load().catch((cause: unknown) => {
        throw notInstalled(name, cause);
      });
      signal.throwIfAborted();
      const service = new Service(name, library);
      try {
        await service.start(signal);
      } catch (error) {
        await service.close();
        throw error;
      }
      return service;
    },
  };
}

class Service implements CardService {
  readonly #name: string;
  readonly #library: Library;
  readonly #client: Client;
  readonly #lost = new AbortController();
  readonly #states = new Map<string, CardTerminal['card']>();
  readonly #connections = new Set<CardConnection>();
  #tell: (terminals: readonly CardTerminal[]) => void = () => undefined;
  #running = false;

  constructor(name: string, library: Library) {
    this.#name = name;
    this.#library = library;
    this.#client = new library.Client();
    kept.push(this.#client);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async start(signal: AbortSignal): Promise<void> {
    const first = new AbortController();
    this.#client.on('error', (error) => this.#lost.abort(failure(this.#name, error)));
    this.#client.on('reader', (reader) => {
      this.#watch(reader);
      setImmediate(() => first.abort()); // those that are there are told of in one go
    });
    try {
      this.#client.start();
    } catch (error) {
      throw failure(this.#name, error);
    }
    this.#running = true;
    await sleep(FIRST_READERS_MS, signal, first.signal).catch(() => signal.throwIfAborted());
  }

  async list(): Promise<readonly CardTerminal[]> {
    this.#lost.signal.throwIfAborted();
    return this.#terminals();
  }

  onChange(listener: (terminals: readonly CardTerminal[]) => void): void {
    this.#tell = listener;
  }

  async connect(terminal: string, signal: AbortSignal): Promise<CardConnection> {
    signal.throwIfAborted();
    const reader = this.#client.reader(terminal);
    if (!reader) throw new DeviceError('not-connected', `${this.#name}: ${terminal} is not there`);
    const { CardMode, CardDisposition } = this.#library;
    const card = await reader.connect(CardMode.EXCLUSIVE).catch((error: unknown) => {
      throw failure(`${this.#name}: ${terminal}`, error);
    });
    const connection = new Connected(terminal, card, CardDisposition.UNPOWER, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    return connection;
  }

  async close(): Promise<void> {
    this.#tell = () => undefined;
    for (const connection of [...this.#connections]) await connection.disconnect();
    if (!this.#running) return;
    this.#running = false;
    try {
      this.#client.stop();
    } catch (error) {
      this.#lost.abort(failure(this.#name, error)); // a service that has gone cannot be taken leave of
    }
  }

  #watch(reader: Reader): void {
    const { PRESENT, MUTE, IN_USE, EXCLUSIVE } = this.#library.ReaderStatus;
    const name = reader.name();
    this.#states.set(name, 'absent');
    reader.on('change', (status) => {
      const busy = status.hasAny(IN_USE, EXCLUSIVE) ? 'in-use' : 'present';
      const card = status.hasAny(MUTE) ? 'mute' : status.hasAny(PRESENT) ? busy : 'absent';
      this.#states.set(name, card);
      this.#tell(this.#terminals());
    });
    reader.on('disconnect', () => {
      this.#states.delete(name);
      this.#tell(this.#terminals());
    });
  }

  #terminals(): readonly CardTerminal[] {
    return [...this.#states].map(([name, card]) => ({ name, card }));
  }
}

class Connected implements CardConnection {
  readonly #terminal: string;
  readonly #card: Card;
  readonly #then: number;
  readonly #onEnd: () => void;
  #ending: Promise<void> | undefined;

  constructor(terminal: string, card: Card, then: number, onEnd: () => void) {
    this.#terminal = terminal;
    this.#card = card;
    this.#then = then;
    this.#onEnd = onEnd;
  }

  async transmit(command: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (this.#ending) throw new DeviceError('not-connected', `pcsc: ${this.#terminal}: the card was let go`);
    const response = await this.#card.transmit(command).catch((error: unknown) => {
      throw failure(`pcsc: ${this.#terminal}`, error);
    });
    return Uint8Array.from(response);
  }

  disconnect(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const over = new AbortController();
    const letGo = this.#card.disconnect(this.#then).catch(() => undefined); // a card that was taken out is let go already
    await Promise.race([letGo, sleep(DISCONNECT_MS, over.signal).catch(() => undefined)]);
    over.abort();
    this.#onEnd();
  }
}

function failure(what: string, error: unknown): DeviceError {
  const { code = '', message = String(error) } = error as Partial<{ code: string; message: string }>;
  const hint = code === 'NoService' ? ': the PC/SC service does not run (Debian: apt install pcscd)' : '';
  return new DeviceError(codes[code] ?? 'hardware-error', `${what}: ${code || message}${hint}`, { cause: error });
}

/** The package brings its native part as a package for each platform, which is linked against the service's library. */
function notInstalled(name: string, cause: unknown): DeviceError {
  const text = String(cause);
  const missing = /libpcsclite/.test(text)
    ? 'libpcsclite is not installed (Debian: apt install libpcsclite1)'
    : /addon dependency|Unsupported platform/.test(text)
      ? `pcsc-mini has no native part for ${process.platform}-${process.arch} here`
      : 'the package pcsc-mini is not installed (npm install pcsc-mini@0.1.3)';
  return new DeviceError('not-connected', `${name}: ${missing}`, { cause });
}
