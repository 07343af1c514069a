import { DeviceError } from '../../drivers/core/index.ts';
import type { ConformanceSetup } from '../conformance/driver-conformance.ts';

/** One message out, one back; each on a connection of its own. */
export type Exchange = (request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** What in an answer are the far end's own bytes, and the same answer with others in their place. */
export interface AnswerBytes<T> {
  of(answer: T): Uint8Array;
  replaced(answer: T, bytes: Uint8Array): T;
}

/**
 * The cable of a device whose messages are exchanges and not bytes on a line (eSCL, a program's run, a card's APDUs): what the
 * conformance suite does to a line, done to them. What is injected between two exchanges has no connection to arrive on.
 */
export class MessageLine {
  toHost: ConformanceSetup['line']['toHost'] = (bytes) => bytes;
  openChannels = 0;
  #plugged = true;
  readonly #underWay = new Set<(error: DeviceError) => void>();

  /** Carries a question to `farEnd` and its answer back, or fails as a cable does. */
  async carry<T>(farEnd: (signal: AbortSignal) => Promise<T>, signal: AbortSignal, bytes: AnswerBytes<T>): Promise<T> {
    signal.throwIfAborted();
    if (!this.#plugged) throw unplugged();
    this.openChannels += 1;
    const lost = Promise.withResolvers<never>();
    const onAbort = (): void => lost.reject(signal.reason);
    this.#underWay.add(lost.reject);
    signal.addEventListener('abort', onAbort, { once: true });
    const giveUp = new AbortController();
    try {
      return await Promise.race([this.#answer(farEnd(giveUp.signal), bytes), lost.promise]);
    } finally {
      giveUp.abort();
      signal.removeEventListener('abort', onAbort);
      this.#underWay.delete(lost.reject);
      this.openChannels -= 1;
    }
  }

  unplug(): void {
    this.#plugged = false;
    for (const lose of [...this.#underWay]) lose(unplugged());
  }

  plug(): void {
    this.#plugged = true;
  }

  inject(): void {
    // Nothing is open that it could arrive on.
  }

  async #answer<T>(coming: Promise<T>, bytes: AnswerBytes<T>): Promise<T> {
    const answer = await coming;
    const passed = this.toHost(bytes.of(answer));
    return passed ? bytes.replaced(answer, passed) : await new Promise<never>(() => undefined);
  }
}

const allBytes: AnswerBytes<Uint8Array> = { of: (answer) => answer, replaced: (_, bytes) => bytes };

/** The same where answers are nothing but bytes (IPP). */
export class ExchangeLine extends MessageLine {
  readonly exchange: Exchange;

  constructor(farEnd: Exchange) {
    super();
    this.exchange = (request, signal) => this.carry((giveUp) => farEnd(request, giveUp), signal, allBytes);
  }
}

function unplugged(): DeviceError {
  return new DeviceError('not-connected', 'the cable is unplugged');
}
