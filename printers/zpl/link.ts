import { type Channel, DeviceError, sleep, Turnstile, unlessAborted, within } from '../../drivers/core/index.ts';
import { type Answer, AnswerDecoder, type HostStatus, type Identity } from './answers.ts';
import { cancelEverything, errorStatusRequest, hostStatusRequest, identificationRequest } from './commands.ts';
import { type Condition, conditionFromErrors, conditionOf } from './status.ts';

/** `~HS` is answered within 100 to 200 ms; after this long the printer is asked in another way as well. */
const HOST_STATUS_MS = 450;
/** Then it is silent. A poll and this make less than the two seconds within which an unplugged cable must be on screen. */
const SILENT_MS = 450;
const IDENTITY_MS = 500;
/** Answers to a connection before this one may still be on their way; a serial line keeps them. */
const SETTLE_MS = 200;

/** What a look at the printer finds. `status` is missing where only `~HQES` has been answered. */
export interface Look extends Condition {
  readonly status: HostStatus | undefined;
}

/** One connection to a printer: one question at a time, writes in order. */
export class ZplLink {
  readonly #channel: Channel;
  readonly #name: string;
  readonly #gone = new AbortController();
  readonly #questions = new Turnstile();
  readonly #writes = new Turnstile();
  readonly #decoder = new AnswerDecoder();
  #onLook: (look: Look) => void = () => undefined;
  #onIdentity: (identity: Identity) => void = () => undefined;
  /** A question was given up on: its answer may still come, and must not be taken for another's. */
  #behind = true;
  #identity: Identity | undefined;

  constructor(channel: Channel, name: string) {
    this.#channel = channel;
    this.#name = name;
    channel.onData((chunk) => {
      for (const answer of this.#decoder.push(chunk)) this.#receive(answer);
    });
    if (channel.lost.aborted) this.#gone.abort(channel.lost.reason);
    else channel.lost.addEventListener('abort', () => this.#gone.abort(channel.lost.reason), { once: true });
  }

  /** Aborts with a DeviceError when the line is lost, or closed by us. */
  get lost(): AbortSignal {
    return this.#gone.signal;
  }

  /** Ends every wait with `reason`. The channel stays its owner's to close. */
  end(reason: DeviceError): void {
    this.#gone.abort(reason);
  }

  /** What the printer has said of itself on this connection; some clones say nothing. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  async settle(signal: AbortSignal): Promise<void> {
    await sleep(SETTLE_MS, signal, this.lost);
    this.#decoder.clear();
  }

  /** Whole commands only. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writes.run(async () => {
      this.lost.throwIfAborted();
      await this.#channel.write(bytes);
    });
  }

  /** Takes back everything that the printer has and has not begun to print. Resolves when it has been sent. */
  async cancel(): Promise<void> {
    await this.write(cancelEverything);
  }

  /**
   * Asks how the printer is. Some do not answer `~HS` while they wait with head open or without media or ribbon (ZPL II
   * guide, ~HS): those are asked for their errors. Rejects with a `timeout` where neither is answered.
   */
  async look(signal: AbortSignal): Promise<Look> {
    return await this.#questions.run(async () => {
      const heard = new Promise<Look>((resolve) => {
        this.#onLook = resolve;
      });
      await this.#sent(hostStatusRequest, signal);
      try {
        return await within(HOST_STATUS_MS, '~HS', [signal, this.lost], heard);
      } catch (error) {
        this.#behind = true;
        if (!isTimeout(error)) throw error;
      }
      await this.#sent(errorStatusRequest, signal);
      try {
        return await within(SILENT_MS, '~HQES', [signal, this.lost], heard);
      } catch (error) {
        if (!isTimeout(error)) throw error;
        const waited = HOST_STATUS_MS + SILENT_MS;
        throw new DeviceError('timeout', `${this.#name}: no answer to ~HS or ~HQES within ${waited} ms`, {
          cause: error,
        });
      }
    }, signal);
  }

  /** Rejects with a `timeout` where the printer does not say. */
  async identify(signal: AbortSignal): Promise<Identity> {
    return await this.#questions.run(async () => {
      const heard = new Promise<Identity>((resolve) => {
        this.#onIdentity = resolve;
      });
      await this.#sent(identificationRequest, signal);
      this.#identity = await within(IDENTITY_MS, `${this.#name}: ~HI`, [signal, this.lost], heard);
      return this.#identity;
    }, signal);
  }

  /**
   * Takes back whatever the printer still has of earlier jobs, and lets no answer to an earlier question count any more: they
   * come in the order of their questions, so the one to `~HI` is behind all that were late. A printer that does not know `~HI`
   * has had as long as that takes.
   */
  async startOver(signal: AbortSignal): Promise<void> {
    await this.cancel();
    if (!this.#behind) return;
    await this.identify(signal).catch((error: unknown) => {
      if (!isTimeout(error)) throw error;
    });
    this.#behind = false;
  }

  /** An answer that was given up on may still come. */
  get behind(): boolean {
    return this.#behind;
  }

  async #sent(request: Uint8Array, signal: AbortSignal): Promise<void> {
    // A full line is the transport's to give up on; the caller need not wait for that.
    await unlessAborted([signal, this.lost], this.write(request));
  }

  #receive(answer: Answer): void {
    if (answer.type === 'identity') this.#onIdentity(answer.identity);
    else if (answer.type === 'host-status') this.#onLook({ ...conditionOf(answer.status), status: answer.status });
    else {
      const condition = conditionFromErrors(answer.errors);
      if (condition) this.#onLook({ ...condition, status: undefined });
    }
  }
}

export function isTimeout(error: unknown): boolean {
  return error instanceof DeviceError && error.code === 'timeout';
}
