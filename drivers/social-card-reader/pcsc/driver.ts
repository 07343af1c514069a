import {
  type CardConnection,
  type CardService,
  type CardTerminal,
  type CardTerminals,
  Connection,
  DeviceError,
  type DeviceErrorCode,
  type DeviceFacts,
  type DeviceStatus,
  Observable,
  observed,
  sleep,
  startingStatus,
  Turnstile,
  unlessAborted,
  within,
} from '../../core/index.ts';
import type { SocialCard, SocialCardProgress, SocialCardReader } from '../contract.ts';
import { readSocialCard } from './read-card.ts';

/** The service tells when readers and cards come and go; a service that hangs tells nothing, and is asked. */
const POLL_MS = 900;
const LIST_MS = 800;
const CONNECT_MS = 5_000;
/** T=0 at 9,600 baud: a record takes some 60 ms, and a card may ask for more time for a second or so. */
const APDU_MS = 3_000;
/** Secure access modules have slots of their own, which residents cannot reach. */
const SAM_SLOT = /\bSAM\b/i;

/** A card that could not be read lies badly or is dirty: it must be taken out and put in again. */
const unreadable: readonly DeviceErrorCode[] = ['no-media', 'timeout', 'protocol', 'hardware-error'];

export interface PcscOptions {
  /** A part of the reader's name. Without it, every reader counts that is no slot of a secure access module. */
  readonly reader?: string;
}

/** A card that is being read. */
interface Reading {
  readonly terminal: string;
  /** Aborts as soon as the card is taken out. */
  readonly removed: AbortController;
}

/** Social security cards in any reader that PC/SC knows, with contacts or without. */
export class PcscDriver implements SocialCardReader {
  readonly status = new Observable<DeviceStatus>(startingStatus());
  readonly pollMs = POLL_MS;
  readonly #terminals: CardTerminals;
  readonly #options: PcscOptions;
  readonly #connection: Connection<CardService>;
  readonly #turn = new Turnstile();
  /** Our readers, as last seen; nothing while there are none. */
  readonly #seen = new Observable<readonly CardTerminal[]>([]);
  #service: CardService | undefined;
  /** Aborts when the service or our last reader has gone. */
  #life = new AbortController();
  #reading: Reading | undefined;
  /** Readers whose card was read or refused and is still in them. */
  readonly #spent = new Set<string>();
  /** A card that was left in the middle of a command keeps its reader until that is over. */
  #released: Promise<void> = Promise.resolve();

  constructor(terminals: CardTerminals, options: PcscOptions = {}) {
    this.#terminals = terminals;
    this.#options = options;
    this.#connection = new Connection<CardService>(terminals, {
      serve: (service, signal, connected) => this.#serve(service, signal, connected),
      ended: (failure, next) => {
        this.#letGo(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ state: 'stopped', ...observed('inferred') });
  }

  /** Takes the power off the card and speaks to the service anew. */
  async reset(signal: AbortSignal): Promise<void> {
    await this.#connection.reset(signal);
    this.#required();
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const service = this.#required();
    const ours = this.#ours(await this.#list(service, signal));
    if (ours.length === 0) throw this.#noReader();
    return {
      line: this.#terminals.name,
      reader: ours.map(({ name }) => name).join(', '),
      card: ours.map(({ card }) => card).join(', '),
    };
  }

  /** Ends only by rejecting. A service without a reader is kept: it tells when one comes. */
  async #serve(service: CardService, signal: AbortSignal, connected: () => void): Promise<never> {
    this.#released = Promise.resolve();
    service.onChange((terminals) => this.#see(service, terminals, 'event'));
    for (;;) {
      this.#see(service, await this.#list(service, signal), 'polled');
      connected();
      await sleep(POLL_MS, signal, service.lost);
    }
  }

  async #list(service: CardService, signal: AbortSignal): Promise<readonly CardTerminal[]> {
    const giveUp = new AbortController();
    try {
      const what = `${this.#terminals.name}: list of readers`;
      const list = service.list(giveUp.signal);
      return await within(LIST_MS, what, [signal, service.lost], list);
    } finally {
      giveUp.abort();
    }
  }

  /** A card that has gone is noticed here, and so is a reader, whoever waits for what. */
  #see(service: CardService, terminals: readonly CardTerminal[], source: DeviceStatus['source']): void {
    const ours = this.#ours(terminals);
    const holds = (name: string): boolean => ours.some((each) => each.name === name && each.card !== 'absent');
    for (const name of this.#spent) if (!holds(name)) this.#spent.delete(name);
    if (ours.length === 0) {
      this.#letGo(this.#noReader());
      this.#offline(this.#noReader(), POLL_MS);
      return;
    }
    if (this.#reading && !holds(this.#reading.terminal)) {
      this.#reading.removed.abort(new DeviceError('no-media', 'the card was taken out'));
    }
    if (!this.#service) {
      this.#life = new AbortController();
      this.#service = service;
    }
    this.#seen.set(ours);
    this.status.set({ state: 'online', ...observed(source) });
  }

  #letGo(failure: DeviceError): void {
    this.#service = undefined;
    this.#seen.set([]);
    this.#spent.clear();
    this.#life.abort(failure);
  }

  #ours(terminals: readonly CardTerminal[]): readonly CardTerminal[] {
    const { reader } = this.#options;
    return terminals.filter(({ name }) => (reader === undefined ? !SAM_SLOT.test(name) : name.includes(reader)));
  }

  readCard(
    signal: AbortSignal,
    onProgress: (progress: SocialCardProgress) => void = () => undefined,
  ): Promise<SocialCard> {
    return this.#turn.run(async () => {
      const service = this.#required();
      const signals = [signal, this.#life.signal] as const;
      onProgress('waiting');
      for (;;) {
        for (const each of signals) each.throwIfAborted();
        const terminal = await unlessAborted(signals, this.#cardToRead(signals, onProgress));
        onProgress('reading');
        try {
          const card = await this.#read(service, terminal, signals);
          this.#spent.add(terminal);
          return card;
        } catch (error) {
          for (const each of signals) each.throwIfAborted();
          const { code } = DeviceError.from(error);
          if (code !== 'no-media') this.#spent.add(terminal);
          if (!unreadable.includes(code)) throw error;
          onProgress('replace-card');
        }
      }
    }, signal);
  }

  /** The reader with a card that nobody has looked at yet. */
  async #cardToRead(
    signals: readonly [AbortSignal, AbortSignal],
    onProgress: (progress: SocialCardProgress) => void,
  ): Promise<string> {
    let mute = false;
    const seen = new AbortController();
    const stop = (): void => seen.abort();
    for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
    try {
      let name = '';
      await this.#seen.until((terminals) => {
        const isMute = terminals.some(({ card }) => card === 'mute');
        if (isMute && !mute) onProgress('replace-card');
        mute = isMute;
        name = terminals.find((each) => each.card === 'present' && !this.#spent.has(each.name))?.name ?? '';
        return name !== '';
      }, seen.signal);
      return name;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', stop);
    }
  }

  async #read(
    service: CardService,
    terminal: string,
    signals: readonly [AbortSignal, AbortSignal],
  ): Promise<SocialCard> {
    const reading = { terminal, removed: new AbortController() };
    this.#reading = reading;
    const all = [...signals, reading.removed.signal];
    const giveUp = new AbortController();
    let connection: CardConnection | undefined;
    try {
      await unlessAborted(all, this.#released);
      const what = `${terminal}: card`;
      const connecting = service.connect(terminal, giveUp.signal);
      connection = await within(CONNECT_MS, what, all, connecting).catch((error: unknown) => {
        void connecting.then((late) => late.disconnect()).catch(() => undefined); // it may yet come about
        throw silentCard(error);
      });
      const powered = connection;
      return await readSocialCard((command) => within(APDU_MS, what, all, powered.transmit(command, giveUp.signal)));
    } finally {
      giveUp.abort();
      this.#reading = undefined;
      if (connection) this.#released = connection.disconnect();
    }
  }

  #required(): CardService {
    if (!this.#service) throw this.#noReader();
    return this.#service;
  }

  #noReader(): DeviceError {
    const { reader } = this.#options;
    const wanted = reader === undefined ? 'no card reader' : `no card reader named ${reader}`;
    return new DeviceError('not-connected', `${this.#terminals.name}: ${wanted} is plugged in`);
  }

  #offline({ code, message }: DeviceError, retryInMs: number): void {
    const offline = { state: 'offline', cause: code, detail: message, retryInMs } as const;
    this.status.set({ ...offline, ...observed('inferred') });
  }
}

/** A card that does not answer is one the wrong way round, and no card of another kind. */
function silentCard(error: unknown): unknown {
  if (!(error instanceof DeviceError) || error.code !== 'invalid-media') return error;
  return new DeviceError('hardware-error', error.message, { cause: error });
}
