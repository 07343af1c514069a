import { type Channel, DeviceError, sleep, Turnstile, within } from '../../drivers/core/index.ts';
import { type Command, clearAndResume, encode, realTimeStatusRequest, statusItems } from './commands.ts';
import type { EscposProfile } from './profile.ts';
import {
  type Condition,
  conditionFromAnswers,
  decodeAutomatic,
  decodePrinter,
  decodeStatus,
  withoutPaperEnd,
} from './status.ts';

/** A printer answers in real time; the rest is for USB adapters, serial servers, and machines that are busy. */
const REPLY_MS = 850;
/** Answers to a connection before this one may still be on their way; a serial line keeps them. */
const SETTLE_MS = 200;
/** Four bytes of one automatic status come together; after this long what is missing is lost. */
const AUTOMATIC_GAP_MS = 250;
/** To a printer with nothing to do. One that is still printing a job of a process that died takes longer, and is asked again. */
const READY_MS = 5_000;
/** What the printer would have answered, had it a reason to name. */
const NOTHING_TO_SAY = 0x12;

/** One connection to a printer: one question at a time, writes in order, and whatever the printer says unasked. */
export class PrinterLink {
  readonly #channel: Channel;
  readonly #name: string;
  readonly #profile: EscposProfile;
  readonly #gone = new AbortController();
  readonly #onAutomatic: (condition: Condition) => void;
  readonly #questions = new Turnstile();
  readonly #writes = new Turnstile();
  #rest: Uint8Array = new Uint8Array();
  #lastDataAtMs = 0;
  #onAnswer: (byte: number) => void = () => undefined;
  #onDone: () => void = () => undefined;
  #paused = false;
  #onResume: () => void = () => undefined;
  /** A printer may be slow to answer while it takes in a job: the job has a deadline of its own. */
  #jobUnderWay = false;

  constructor(channel: Channel, name: string, profile: EscposProfile, onAutomatic: (condition: Condition) => void) {
    this.#channel = channel;
    this.#name = name;
    this.#profile = profile;
    this.#onAutomatic = onAutomatic;
    channel.onData((chunk) => this.#receive(chunk));
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

  async settle(signal: AbortSignal): Promise<void> {
    await sleep(SETTLE_MS, signal, this.lost);
  }

  /** Asks in real time. The cause of an offline printer takes two more questions, of a model that answers them. */
  async readCondition(signal: AbortSignal): Promise<Condition> {
    const n1 = await this.#ask(1, signal);
    const n4 = await this.#ask(4, signal);
    if (!decodePrinter(n1).offline) return conditionFromAnswers(n1, n4);
    const n2 = await this.#askIfAnswered(2, signal);
    const cause = this.#profile.paperSensors.end === 'inverted' ? withoutPaperEnd(n2) : n2;
    return conditionFromAnswers(n1, n4, cause, await this.#askIfAnswered(3, signal));
  }

  async #askIfAnswered(n: 2 | 3, signal: AbortSignal): Promise<number> {
    return this.#profile.status.realTime.includes(n) ? await this.#ask(n, signal) : NOTHING_TO_SAY;
  }

  /** Throws away in real time what the printer holds and has not printed: an unfinished job must not come out later. */
  async clear(): Promise<void> {
    const recovery = this.#profile.recovery === 'dle-enq' ? clearAndResume() : [];
    const written = this.#write(Uint8Array.of(...recovery, ...encode({ type: 'initialise' })));
    await within(REPLY_MS, `${this.#name}: emptying the printer`, [this.lost], written);
  }

  /** Resolves when everything that the printer held is gone and its own status messages, if it has any, are switched on. */
  async prepare(first: readonly Command[], signal: AbortSignal): Promise<void> {
    await this.clear();
    const speakUp: Command = { type: 'automatic-status', items: statusItems.onlineErrorsPaper };
    const commands: Command[] = [
      ...first,
      ...(this.#profile.status.automatic ? [speakUp] : []),
      { type: 'report-when-done' },
    ];
    const bytes = Uint8Array.from(Buffer.concat(commands.map(encode)));
    await within(READY_MS, `${this.#name}: GS r`, [signal, this.lost], this.#confirmed(bytes));
  }

  /**
   * Sends a job whose last piece ends with `GS r`, and waits for the answer. `onFirstByte` is called before anything is
   * sent, `onLastByte` when all of it has been. `stop` ends it between two pieces.
   */
  async sendJob(
    pieces: readonly Uint8Array[],
    stop: AbortSignal,
    onFirstByte: () => void,
    onLastByte: () => void,
  ): Promise<void> {
    this.#jobUnderWay = true;
    this.#paused = false; // a stray XOFF before the job was not about the job
    stop.addEventListener('abort', () => {
      this.#jobUnderWay = false;
      this.#onResume();
    });
    for (const [at, piece] of pieces.entries()) {
      await this.#allowed(stop);
      onFirstByte();
      if (at < pieces.length - 1) await this.#write(piece);
      else await this.#confirmed(piece, onLastByte);
    }
  }

  /** Waits out XOFF. */
  async #allowed(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (!this.#paused) return;
    await new Promise<void>((resolve) => {
      this.#onResume = resolve;
    });
    stop.throwIfAborted();
  }

  async #confirmed(bytes: Uint8Array, onWritten: () => void = () => undefined): Promise<void> {
    const done = new Promise<void>((resolve) => {
      this.#onDone = resolve;
    });
    await this.#write(bytes);
    onWritten();
    await done;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#writes.run(async () => {
      this.lost.throwIfAborted();
      await this.#channel.write(bytes);
    });
  }

  /** An answer does not say what it answers: the question keeps its turn until it has come, even when its caller has gone. */
  async #ask(n: 1 | 2 | 3 | 4, signal: AbortSignal): Promise<number> {
    const asked = async (): Promise<number> => {
      const answer = new Promise<number>((resolve) => {
        this.#onAnswer = resolve;
      });
      const exchange = this.#write(realTimeStatusRequest(n)).then(() => answer);
      for (;;) {
        try {
          return await within(REPLY_MS, `DLE EOT ${n}`, [this.lost], exchange);
        } catch (error) {
          const silent = error instanceof DeviceError && error.code === 'timeout';
          if (!silent) throw error;
          if (this.#jobUnderWay) continue;
          const detail = `${this.#name} does not answer DLE EOT ${n} within ${REPLY_MS} ms: power, cable, baud rate?`;
          throw this.#failed(new DeviceError('not-connected', detail, { cause: error }));
        }
      }
    };
    return await this.#questions.run(asked, signal, this.lost);
  }

  /** The next connection first waits for what was late. */
  #failed(failure: DeviceError): DeviceError {
    this.end(failure);
    return failure;
  }

  #receive(chunk: Uint8Array): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastDataAtMs > AUTOMATIC_GAP_MS) this.#rest = new Uint8Array();
    this.#lastDataAtMs = nowMs;
    const { messages, rest } = decodeStatus(Uint8Array.from(Buffer.concat([this.#rest, chunk])));
    this.#rest = rest;
    for (const message of messages) {
      if (message.type === 'real-time') this.#onAnswer(message.byte);
      else if (message.type === 'done') this.#onDone();
      else if (message.type === 'automatic') this.#onAutomatic(decodeAutomatic(message.bytes));
      else if (message.type === 'flow') {
        this.#paused = message.sending === 'must-wait';
        if (!this.#paused) this.#onResume();
      }
    }
  }
}
