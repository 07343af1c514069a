import { type Channel, DeviceError, Turnstile, within } from '../../core/index.ts';
import { FrameDecoder, MIN_REPLY_LENGTH, parseReply, type Reply } from './codec.ts';
import { type Command, commands, describe, isRefusal, sw3 } from './commands.ts';

/**
 * Questions and answers over one open channel. The module is strictly half-duplex and its replies do not name what they
 * answer, so a command keeps the line until its reply or its deadline, even when its caller has gone; and after a deadline
 * nothing is asked before the module has answered for its id: it answers in order, and that reply looks like no other.
 */
export class SamvLink {
  readonly #channel: Channel;
  readonly #turn = new Turnstile();
  readonly #decoder = new FrameDecoder(MIN_REPLY_LENGTH);
  readonly #ended = new AbortController();
  #onReply: (reply: Reply) => void = () => undefined;
  #unanswered = false;
  #answeredAtMs = performance.now();

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.lost.addEventListener('abort', () => this.end(channel.lost.reason), { once: true });
    channel.onData((chunk) => {
      for (const received of this.#decoder.push(chunk)) {
        if (received.kind === 'frame') this.#onReply(parseReply(received.body));
      }
    });
  }

  /** Aborts when the link is of no more use, with the DeviceError that says why. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Since the module last proved that it is alive. */
  get quietMs(): number {
    return performance.now() - this.#answeredAtMs;
  }

  /** Lets every waiting caller go. The channel stays its owner's to close. */
  end(reason: unknown): void {
    this.#ended.abort(reason);
  }

  /**
   * The module's answer, success or refusal. Rejects with the signal's reason, with `timeout`, with `unsupported`, or with
   * the reason of `ended`, which a module that is broken, not authorised or without an answer brings about.
   */
  command(command: Command, signal: AbortSignal): Promise<Reply> {
    return this.#turn.run(() => this.#answered(command), signal, this.ended);
  }

  async #answered(command: Command): Promise<Reply> {
    if (this.#unanswered) await this.#fence();
    const first = await this.#exchange(command);
    // The manual's advice for a request that was garbled on its way: once more, then it is a fault.
    const reply = isGarbled(first) ? await this.#exchange(command) : first;
    const failure = `${command.name}: ${describe(reply)}`;
    if (isGarbled(reply)) throw this.#failed(new DeviceError('protocol', failure));
    if (reply.sw3 === sw3.selfTestFailed) throw this.#failed(new DeviceError('hardware-error', failure));
    if (reply.sw3 === sw3.notAuthorised) throw this.#failed(new DeviceError('not-authorised', failure));
    if (reply.sw3 === sw3.wrongCommand) throw new DeviceError('unsupported', failure);
    return reply;
  }

  async #fence(): Promise<void> {
    // Refusals may belong to the command that was given up on: only the id itself will do.
    await this.#exchange({ ...commands.moduleId, refusable: false }).catch((cause: unknown) => {
      throw this.#failed(new DeviceError('not-connected', 'the module does not answer any more', { cause }));
    });
  }

  async #exchange(command: Command & { readonly refusable?: boolean }): Promise<Reply> {
    this.#unanswered = true;
    this.#decoder.discard(); // a reply that broke off would swallow the next one
    const reply = new Promise<Reply>((resolve) => {
      this.#onReply = (candidate) => {
        const refused = command.refusable !== false && isRefusal(candidate);
        if (refused || command.succeedsWith(candidate)) resolve(candidate);
      };
    });
    const written = this.#channel.write(command.request).catch((error: unknown) => {
      throw this.#failed(DeviceError.from(error));
    });
    const what = `${command.name} command`;
    const answer = await within(command.deadlineMs, what, [this.ended], Promise.all([reply, written]));
    this.#unanswered = false;
    this.#answeredAtMs = performance.now();
    return answer[0];
  }

  #failed(error: DeviceError): DeviceError {
    this.end(error);
    return error;
  }
}

function isGarbled(reply: Reply): boolean {
  return reply.sw3 === sw3.wrongCheck || reply.sw3 === sw3.wrongLength;
}
