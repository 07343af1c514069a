import { type Channel, DeviceError, type DeviceFacts, type Transport, within } from '../../core/index.ts';
import { LineLink } from '../../framing/line-link.ts';
import type { ReceivedLine } from '../../framing/lines.ts';
import type { UpsReading } from '../contract.ts';
import { PolledUps, type UpsLink } from '../polled-ups.ts';
import { LINE_END, MAX_LINE_BYTES, parseQ1, type Q1, QUERY, readingOf } from './codec.ts';

/** 0.2 s of line at 2,400 bit/s, and what a UPS takes to think. */
const ANSWER_MS = 800;
const PROBE_MS = 900;

/** A UPS on a serial line that speaks Megatec's protocol, as most line-interactive ones made in China do. */
export class MegatecDriver extends PolledUps {
  constructor(transport: Transport) {
    super(transport, (channel) => new MegatecLink(channel));
  }
}

/** Whether a UPS that speaks Megatec answers on `channel`. Resolves within a second; rejects only with the signal's reason. */
export async function answersQ1(channel: Channel, signal: AbortSignal): Promise<boolean> {
  const link = new MegatecLink(channel);
  const asked = within(PROBE_MS, 'Q1', [signal], link.status());
  const answers = await asked.then(() => true).catch(() => false);
  link.end(new DeviceError('canceled', 'Q1: the line was only tried'));
  signal.throwIfAborted();
  return answers;
}

/** There is one question only, so an answer that comes late is at worst a second old. */
class MegatecLink implements UpsLink {
  readonly #line: LineLink;
  #last: Q1 | undefined;

  constructor(channel: Channel) {
    this.#line = new LineLink(channel, { end: LINE_END, maxBytes: MAX_LINE_BYTES });
  }

  get ended(): AbortSignal {
    return this.#line.ended;
  }

  end(reason: unknown): void {
    this.#line.end(reason);
  }

  async begin(): Promise<void> {
    // Nothing to say: the first question is the only one there is.
  }

  async goodbye(): Promise<void> {
    // Nor is there a word for it.
  }

  async read(): Promise<UpsReading> {
    return readingOf(await this.status());
  }

  /** A garbled answer is asked for once more; so many wrong lines in a row are another device. */
  async status(): Promise<Q1> {
    try {
      this.#last = parseQ1(await this.#ask());
    } catch (error) {
      if (this.ended.aborted) throw error;
      this.#last = await this.#askAgain();
    }
    return this.#last;
  }

  facts(): DeviceFacts {
    const shown = Object.entries(this.#last ?? {}).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, String(value)]] : [],
    );
    return Object.fromEntries(shown);
  }

  async #askAgain(): Promise<Q1> {
    try {
      return parseQ1(await this.#ask());
    } catch (error) {
      this.end(error);
      throw error;
    }
  }

  #ask(): Promise<Uint8Array> {
    const take = (line: ReceivedLine): Uint8Array => (line.kind === 'line' ? line.bytes : new Uint8Array());
    return this.#line.ask({ name: 'Q1', bytes: QUERY, deadlineMs: ANSWER_MS, take });
  }
}
