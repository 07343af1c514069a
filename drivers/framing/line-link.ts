import { type Channel, DeviceError, Turnstile, within } from '../core/index.ts';
import { LineDecoder, type ReceivedLine } from './lines.ts';

interface Question<Answer> {
  /** For error texts: no secrets. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deadlineMs: number;
  /** Each line as it comes, until one makes the answer whole. What it throws is the failure of the question. */
  readonly take: (line: ReceivedLine) => Answer | undefined;
}

/**
 * Questions over one open channel, one at a time, answered in lines. An answer that does not come, or that `take` refuses, ends
 * the link. Over a socket the next one owes nothing; a serial line still brings what was late, and `take` must then tell answers
 * apart, or the driver ask first what has an answer of its own.
 */
export class LineLink {
  readonly #channel: Channel;
  readonly #turn = new Turnstile();
  readonly #decoder: LineDecoder;
  readonly #ended = new AbortController();
  #onLine: (line: ReceivedLine) => void = () => undefined;

  constructor(channel: Channel, framing: ConstructorParameters<typeof LineDecoder>[0]) {
    this.#channel = channel;
    this.#decoder = new LineDecoder(framing);
    channel.lost.addEventListener('abort', () => this.end(channel.lost.reason), { once: true });
    channel.onData((chunk) => {
      if (this.ended.aborted) return;
      for (const line of this.#decoder.push(chunk)) this.#onLine(line);
    });
  }

  /** Aborts when the link is of no more use, with what ended it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(reason: unknown): void {
    this.#ended.abort(reason);
    this.#decoder.discard();
  }

  ask<Answer>(question: Question<Answer>): Promise<Answer> {
    return this.#turn.run(() => this.#exchange(question), this.ended);
  }

  async #exchange<Answer>({ name, bytes, deadlineMs, take }: Question<Answer>): Promise<Answer> {
    this.#decoder.discard(); // what came unasked is nobody's answer
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#onLine = (line) => {
        try {
          const whole = take(line);
          if (whole !== undefined) resolve(whole);
        } catch (error) {
          reject(error);
        }
      };
    });
    try {
      const written = this.#channel.write(bytes);
      const [whole] = await within(deadlineMs, name, [this.ended], Promise.all([answer, written]));
      return whole;
    } catch (error) {
      const failure = this.ended.aborted ? error : DeviceError.from(error);
      this.end(failure);
      throw failure;
    } finally {
      this.#onLine = () => undefined;
    }
  }
}
