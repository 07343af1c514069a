import { type Channel, DeviceError, sleep, Turnstile, within } from '../../core/index.ts';
import { QuietTimer } from '../quiet-timer.ts';
import type { Received } from '../visitors.ts';
import { CodeStream, type Heard, type Reply, type Terminator } from './codec.ts';
import type { Command } from './command.ts';
import type { Profile } from './profiles.ts';

/** UNCONFIRMED: no manual at hand promises a time. Three times this and a poll are still below two seconds. */
const REPLY_MS = 350;
/** An answer waits behind a code that is being sent: 4 KB at 9,600 bit/s, and somewhat more. */
const BEHIND_A_CODE_MS = 6_000;
/** A scanner sends a code in one go; one that stops this long inside has lost the rest. */
const HALF_CODE_MS = 500;
/** And the rest may come within this time, but not later. */
const LATE_REST_MS = 1_000;
/** Nothing is asked while a code comes in, or its late rest may; no longer, as on a line full of noise something always does. */
const CODE_PATIENCE_MS = 1_600;
/** Of an engine that cannot be asked: what comes so soon was presented before. Nobody answers a screen that fast. */
const TOO_SOON_MS = 100;

export interface LinkSettings {
  readonly profile: Profile;
  readonly terminator: Terminator;
  /** The AIM identifier in front included. */
  readonly maxCodeBytes: number;
  readonly gapMs: number;
  /** The next of the profile's questions, also after a line that was lost. */
  readonly nextQuestion: () => Command;
  /** What came in one piece. */
  readonly onReceived: (received: readonly Received[]) => void;
}

/**
 * Codes and conversation over one open channel. The engine says one thing after the other, so what stands on the line before
 * the answer to a question is older than the question. One command at a time; it keeps the line until its answer or its
 * deadline, even when its caller has gone.
 */
export class ScannerLink {
  readonly profile: Profile;
  readonly #channel: Channel;
  readonly #settings: LinkSettings;
  readonly #stream: CodeStream;
  readonly #pause = new QuietTimer();
  readonly #turn = new Turnstile();
  readonly #ended = new AbortController();
  #onReply: (reply: Reply) => void = () => undefined;
  #onIdle: () => void = () => undefined;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(channel: Channel, settings: LinkSettings) {
    const { profile } = settings;
    this.profile = profile;
    this.#channel = channel;
    this.#settings = settings;
    this.#stream = new CodeStream({ ...settings, readReply: profile.readReply, heartbeat: profile.heartbeat });
    channel.lost.addEventListener('abort', () => this.end(channel.lost.reason), { once: true });
    channel.onData((chunk) => {
      if (this.ended.aborted) return;
      this.#heardAtMs = performance.now();
      this.#hear(this.#stream.push(chunk));
      this.#waitForMore(settings.gapMs, () => this.#onGap());
    });
    if (channel.lost.aborted) this.end(channel.lost.reason);
  }

  /** Aborts when the link is of no more use, with the DeviceError that says why. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Lets every waiting caller go. The channel stays its owner's to close. */
  end(reason: unknown): void {
    this.#pause.stop();
    this.#ended.abort(reason);
  }

  /**
   * From here on, whatever begins was presented after the call. Rejects with the signal's reason, or with the reason of
   * `ended`, which an engine that does not answer brings about.
   */
  async fence(signal: AbortSignal): Promise<void> {
    if (this.profile.questions.length > 0) await this.ask(signal);
    else await sleep(TOO_SOON_MS, signal, this.ended);
    this.#stream.disown();
  }

  /** Makes sure that the engine is there; where it says nothing twice, the link ends. */
  ask(signal: AbortSignal): Promise<Reply> {
    const asked = async (): Promise<Reply> => {
      await this.#untilNoCodeComes();
      const first = await this.#unlessSilent(this.#settings.nextQuestion());
      if (first) return first;
      const second = await this.#unlessSilent(this.#settings.nextQuestion());
      if (second) return second;
      throw this.#failed(new DeviceError('not-connected', `the engine (${this.profile.id}) does not answer`));
    };
    return this.#turn.run(asked, signal, this.ended);
  }

  /** The engine's answer, whatever it is, or `undefined` where there is none in time. */
  tell(command: Command, signal: AbortSignal): Promise<Reply | undefined> {
    return this.#turn.run(() => this.#unlessSilent(command), signal, this.ended);
  }

  /** Rejects `unsupported` or `timeout` where the engine does not obey. */
  async order(command: Command, signal: AbortSignal): Promise<void> {
    const reply = await this.#turn.run(() => this.#exchange(command), signal, this.ended);
    if (!reply || reply.status === 'done') return;
    const code = reply.status === 'garbled' ? 'protocol' : 'unsupported';
    throw new DeviceError(code, `${command.name}: the engine (${this.profile.id}) answers "${reply.status}"`);
  }

  async #unlessSilent(command: Command): Promise<Reply | undefined> {
    return await this.#exchange(command).catch((error: unknown) => {
      if (error instanceof DeviceError && error.code === 'timeout' && !this.ended.aborted) return undefined;
      throw error;
    });
  }

  async #exchange(command: Command): Promise<Reply | undefined> {
    const { answeredBy } = command;
    const answer = Promise.withResolvers<Reply>();
    const accepts = (reply: Reply): boolean => answeredBy?.(reply) ?? false;
    if (answeredBy) this.#stream.awaited = accepts;
    this.#onReply = (reply) => {
      if (accepts(reply)) answer.resolve(reply);
    };
    try {
      await this.#channel.write(command.request).catch((error: unknown) => {
        throw this.#failed(DeviceError.from(error));
      });
      return answeredBy ? await this.#inTime(command, answer.promise) : undefined;
    } finally {
      this.#stream.awaited = undefined;
      this.#onReply = () => undefined;
    }
  }

  /** The deadline counts from the last byte heard: an engine that is sending a code answers behind it. */
  async #inTime(command: Command, answer: Promise<Reply>): Promise<Reply> {
    const what = `${command.name} (${this.profile.id})`;
    const askedAtMs = performance.now();
    for (let waitMs = REPLY_MS; ; ) {
      try {
        return await within(Math.ceil(waitMs), what, [this.ended], answer);
      } catch (error) {
        const nowMs = performance.now();
        waitMs = Math.min(this.#heardAtMs + REPLY_MS, askedAtMs + BEHIND_A_CODE_MS) - nowMs;
        const isTimeout = error instanceof DeviceError && error.code === 'timeout' && !this.ended.aborted;
        if (!isTimeout || waitMs <= 0) throw error;
      }
    }
  }

  #hear(heard: readonly Heard[]): void {
    const received: Received[] = [];
    for (const each of heard) {
      if (each.kind === 'reply') this.#onReply(each.reply);
      else received.push(each);
    }
    if (received.length > 0) this.#settings.onReceived(received);
  }

  #onGap(): void {
    this.#hear(this.#stream.quiet());
    this.#waitForMore(HALF_CODE_MS, () => {
      this.#hear(this.#stream.giveUp());
      this.#waitForMore(LATE_REST_MS, () => {
        this.#stream.startAnew();
        this.#onIdle();
      });
    });
  }

  #waitForMore(ms: number, onQuiet: () => void): void {
    this.#pause.stop();
    if (this.#stream.isUnderWay) this.#pause.start(ms, onQuiet);
    else this.#onIdle();
  }

  /** An answer in the middle of a code could be told from it, and still nobody should have to. */
  async #untilNoCodeComes(): Promise<void> {
    if (!this.#stream.isUnderWay) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await within(CODE_PATIENCE_MS, 'end of a code', [this.ended], idle).catch(() => this.ended.throwIfAborted());
  }

  #failed(error: DeviceError): DeviceError {
    this.end(error);
    return error;
  }
}
