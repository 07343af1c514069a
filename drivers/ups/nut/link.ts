import { type Channel, DeviceError, type DeviceFacts, Turnstile, within } from '../../core/index.ts';
import type { UpsReading } from '../contract.ts';
import { LineDecoder, type ReceivedLine } from '../lines.ts';
import type { UpsLink } from '../polled-ups.ts';
import {
  type Expected,
  encodeLine,
  expectOk,
  expectVariables,
  LINE_END,
  MAX_LINE_BYTES,
  parseLine,
  readingOf,
  refusalOf,
  type Variables,
} from './codec.ts';
import type { NutOptions } from './options.ts';

/** upsd answers from memory; the rest is the network. */
const ANSWER_MS = 800;

/**
 * One connection to upsd. It answers in order, so an answer that does not come, or makes no sense, ends the connection: the
 * next one owes nothing.
 */
export class NutLink implements UpsLink {
  readonly #channel: Channel;
  readonly #options: NutOptions;
  readonly #turn = new Turnstile();
  readonly #decoder = new LineDecoder({ end: LINE_END, maxBytes: MAX_LINE_BYTES });
  readonly #ended = new AbortController();
  #onLine: (line: ReceivedLine) => void = () => undefined;
  #variables: Variables = new Map();

  constructor(channel: Channel, options: NutOptions) {
    this.#channel = channel;
    this.#options = options;
    channel.lost.addEventListener('abort', () => this.end(channel.lost.reason), { once: true });
    channel.onData((chunk) => {
      if (this.ended.aborted) return;
      for (const line of this.#decoder.push(chunk)) this.#onLine(line);
    });
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(reason: unknown): void {
    this.#ended.abort(reason);
    this.#decoder.discard();
  }

  /** Names of commands only: what follows may be a password. */
  async begin(): Promise<void> {
    const { ups, username, password } = this.#options;
    if (username === undefined || password === undefined) return;
    await this.#ask('USERNAME', ['USERNAME', username], expectOk());
    await this.#ask('PASSWORD', ['PASSWORD', password], expectOk());
    await this.#ask(`LOGIN ${ups}`, ['LOGIN', ups], expectOk());
  }

  async read(): Promise<UpsReading> {
    const { ups } = this.#options;
    this.#variables = await this.#ask(`LIST VAR ${ups}`, ['LIST', 'VAR', ups], expectVariables(ups));
    return readingOf(this.#variables);
  }

  facts(): DeviceFacts {
    const said = (name: string): string => this.#variables.get(name) ?? 'unknown';
    const facts = {
      ups: this.#options.ups,
      maker: said('device.mfr'),
      model: said('device.model'),
      status: said('ups.status'),
      driver: `${said('driver.name')} ${said('driver.version')}`,
    };
    return Object.fromEntries(Object.entries(facts).map(([name, text]) => [name, printable(text)]));
  }

  async goodbye(): Promise<void> {
    await this.#channel.write(encodeLine(['LOGOUT']));
  }

  #ask<Answer>(asked: string, words: readonly string[], expected: Expected<Answer>): Promise<Answer> {
    return this.#turn.run(() => this.#exchange(asked, words, expected), this.ended);
  }

  async #exchange<Answer>(asked: string, words: readonly string[], expected: Expected<Answer>): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#onLine = (line) => {
        try {
          if (line.kind === 'too-long') throw new DeviceError('protocol', 'upsd: a line without end');
          const received = parseLine(line.bytes);
          const refusal = refusalOf(received, asked);
          if (refusal) throw refusal;
          const whole = expected.take(received);
          if (whole !== undefined) resolve(whole);
        } catch (error) {
          reject(error);
        }
      };
    });
    try {
      const written = this.#channel.write(encodeLine(words));
      const [whole] = await within(ANSWER_MS, asked, [this.ended], Promise.all([answer, written]));
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

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 64);
}
