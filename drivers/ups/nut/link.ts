import { type Channel, DeviceError, type DeviceFacts } from '../../core/index.ts';
import { LineLink } from '../../framing/line-link.ts';
import type { ReceivedLine } from '../../framing/lines.ts';
import type { UpsReading } from '../contract.ts';
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
  readonly #line: LineLink;
  readonly #options: NutOptions;
  #variables: Variables = new Map();

  constructor(channel: Channel, options: NutOptions) {
    this.#channel = channel;
    this.#line = new LineLink(channel, { end: LINE_END, maxBytes: MAX_LINE_BYTES });
    this.#options = options;
  }

  get ended(): AbortSignal {
    return this.#line.ended;
  }

  end(reason: unknown): void {
    this.#line.end(reason);
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

  #ask<Answer>(name: string, words: readonly string[], expected: Expected<Answer>): Promise<Answer> {
    const take = (line: ReceivedLine): Answer | undefined => {
      if (line.kind === 'too-long') throw new DeviceError('protocol', 'upsd: a line without end');
      const received = parseLine(line.bytes);
      const refusal = refusalOf(received, name);
      if (refusal) throw refusal;
      return expected.take(received);
    };
    return this.#line.ask({ name, bytes: encodeLine(words), deadlineMs: ANSWER_MS, take });
  }
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 64);
}
