import {
  Connection,
  DeviceError,
  type DeviceFacts,
  type DeviceStatus,
  Observable,
  observed,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  within,
} from '../../core/index.ts';
import type { IdCardReader, IdCardReading, ManagementNumber, ReadProgress } from '../contract.ts';
import { decodeAppendedAddress, decodeManagementNumber, numbersOfReplies } from './card-extras.ts';
import type { Reply } from './codec.ts';
import { type Command, commands, describe, sw3 } from './commands.ts';
import { SamvLink } from './link.ts';
import { formatModuleId } from './module-id.ts';
import { splitReadReply } from './read-reply.ts';
import { decodeText } from './text.ts';

/** An unplugged cable often raises no event, only silence, and must be on screen within two seconds: this and a deadline. */
const POLL_MS = 1_000;
/** The module takes no more than three find commands a second. */
const FIND_EVERY_MS = 350;
/** After a failed read: time to lift the card and lay it down again, and no loop of reads over one that lies badly. */
const REPLACE_MS = 1_000;
/** A card laid down badly may be refused once or twice. */
const MAX_REFUSALS = 3;

/** What one look at the reader came to. */
type Attempt =
  | { readonly found: 'card'; readonly reading: IdCardReading }
  | { readonly found: 'nothing' | 'unreadable' }
  | { readonly found: 'refused'; readonly reply: Reply };

/** What is read beside text and portrait. Each costs the resident its deadline where the module does not answer. */
export interface SamvOptions {
  readonly appendedAddress?: boolean;
  readonly managementNumber?: boolean;
}

/** Readers with the security module SAM_V behind a serial line or a bridge that passes its frames on unchanged. */
export class SamvDriver implements IdCardReader {
  readonly status = new Observable<DeviceStatus>(startingStatus());
  /** As on the module's label; it stays known while the reader is away. */
  readonly moduleId = new Observable<string | undefined>(undefined);
  readonly pollMs = POLL_MS;
  readonly #options: SamvOptions;
  readonly #connection: Connection;
  readonly #readTurn = new Turnstile();
  #link: SamvLink | undefined;
  #lastFindAtMs = Number.NEGATIVE_INFINITY;

  constructor(transport: Transport, options: SamvOptions = {}) {
    this.#options = options;
    let link: SamvLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        link = new SamvLink(channel);
        await this.#connect(link, signal);
        connected();
        return await this.#watch(link, signal);
      },
      ended: (failure, next) => {
        this.#link = undefined;
        link?.end(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ state: 'stopped', ...observed('inferred') });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const link = this.#required();
    await this.#demand(link, commands.status, signal);
    const { data } = await this.#demand(link, commands.moduleId, signal);
    return { line: this.#connection.name, module: formatModuleId(data) };
  }

  /** The id comes last: it keeps what the module still owed an earlier connection from the first caller. */
  async #connect(link: SamvLink, signal: AbortSignal): Promise<void> {
    await this.#demand(link, commands.reset, signal);
    await this.#demand(link, commands.status, signal);
    const { data } = await this.#demand(link, commands.moduleId, signal);
    this.moduleId.set(formatModuleId(data));
    this.#link = link;
  }

  /** Ends only by rejecting. A running `readCard` asks often enough to be proof of life itself. */
  async #watch(link: SamvLink, signal: AbortSignal): Promise<never> {
    for (;;) {
      this.status.set({ state: 'online', ...observed('polled') });
      await sleep(Math.max(0, POLL_MS - link.quietMs), signal, link.ended);
      if (link.quietMs >= POLL_MS) await this.#demand(link, commands.status, signal);
    }
  }

  #required(): SamvLink {
    if (!this.#link) throw new DeviceError('not-connected', `${this.#connection.name}: no reader is connected`);
    return this.#link;
  }

  async #demand(link: SamvLink, command: Command, signal: AbortSignal): Promise<Reply> {
    const reply = await link.command(command, signal);
    if (!command.succeedsWith(reply)) throw new DeviceError('protocol', `${command.name}: ${describe(reply)}`);
    return reply;
  }

  #offline(failure: DeviceError, retryInMs: number): void {
    const saidSo = failure.code === 'hardware-error' || failure.code === 'not-authorised';
    this.status.set({
      state: 'offline',
      cause: failure.code,
      detail: `${this.#connection.name}: ${failure.message}`,
      retryInMs,
      ...observed(saidSo ? 'polled' : 'inferred'),
    });
  }

  async readCard(
    signal: AbortSignal,
    onProgress: (progress: ReadProgress) => void = () => undefined,
  ): Promise<IdCardReading> {
    return await this.#readTurn.run(async () => {
      const link = this.#required();
      onProgress('waiting');
      for (let refusals = 0; ; ) {
        const attempt = await this.#attempt(link, signal, onProgress);
        if (attempt.found === 'card') return attempt.reading;
        if (attempt.found === 'nothing') continue;
        refusals = attempt.found === 'refused' ? refusals + 1 : 0;
        if (attempt.found === 'refused' && refusals === MAX_REFUSALS) {
          throw new DeviceError('media-not-genuine', `refused ${refusals} times in a row: ${describe(attempt.reply)}`);
        }
        onProgress('replace-card');
        await sleep(REPLACE_MS, signal, link.ended);
      }
    }, signal);
  }

  async #attempt(link: SamvLink, signal: AbortSignal, onProgress: (progress: ReadProgress) => void): Promise<Attempt> {
    const waitMs = this.#lastFindAtMs + FIND_EVERY_MS - performance.now();
    if (waitMs > 0) await sleep(waitMs, signal, link.ended);
    this.#lastFindAtMs = performance.now();
    const found = await inTime(link.command(commands.find, signal));
    if (found?.sw3 !== sw3.found) return { found: 'nothing' };
    const selected = await inTime(link.command(commands.select, signal));
    if (selected?.sw3 !== sw3.done) return { found: 'nothing' };
    onProgress('reading');
    const reply = await inTime(link.command(commands.read, signal));
    switch (reply?.sw3) {
      case sw3.done: {
        const { text, wlt } = splitReadReply(reply.data);
        const card = decodeText(text);
        const numbers = numbersOfReplies(found.data, selected.data);
        return { found: 'card', reading: { card, wlt, ...(await this.#extras(link, numbers, signal)) } };
      }
      case sw3.moduleRefused:
      case sw3.cardRefused:
      case sw3.notVerified:
        return { found: 'refused', reply };
      case sw3.notPermitted:
      case sw3.unrecognised:
        return { found: 'nothing' };
      default:
        return { found: 'unreadable' };
    }
  }

  /** The card has been read: whatever goes wrong with the rest of it does not take that from the resident. */
  async #extras(
    link: SamvLink,
    numbers: ManagementNumber | undefined,
    signal: AbortSignal,
  ): Promise<Pick<IdCardReading, 'appendedAddress' | 'managementNumber'>> {
    const wanted = this.#options;
    const address = wanted.appendedAddress ? await askedOnce(link, commands.appendedAddress, signal) : 'not-asked';
    // A module that has left one question unanswered is not asked another: it would first have to be fenced.
    const asks = wanted.managementNumber && address !== 'no-answer';
    const number = asks ? await askedOnce(link, commands.managementNumber, signal) : 'not-asked';
    const appendedAddress = typeof address === 'string' ? undefined : decodeAppendedAddress(address);
    const managementNumber = typeof number === 'string' ? numbers : decodeManagementNumber(number);
    return {
      ...(appendedAddress !== undefined && { appendedAddress }),
      ...(wanted.managementNumber && managementNumber && { managementNumber }),
    };
  }
}

/** Data of a success, within the command's deadline however the line is used meanwhile. Rejects only with the signal's reason. */
async function askedOnce(
  link: SamvLink,
  command: Command,
  signal: AbortSignal,
): Promise<Uint8Array | 'refused' | 'no-answer'> {
  try {
    const reply = await within(command.deadlineMs, command.name, [signal], link.command(command, signal));
    return command.succeedsWith(reply) ? reply.data : 'refused';
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof DeviceError && error.code === 'unsupported' ? 'refused' : 'no-answer';
  }
}

/** A card taken away or a garbled reply costs one command, not the reading: the link knows whether the reader is gone. */
async function inTime(reply: Promise<Reply>): Promise<Reply | undefined> {
  return await reply.catch((error: unknown) => {
    if (error instanceof DeviceError && error.code === 'timeout') return undefined;
    throw error;
  });
}
