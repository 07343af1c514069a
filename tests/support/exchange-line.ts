import { DeviceError } from '../../drivers/core/index.ts';
import type { ConformanceSetup } from '../conformance/driver-conformance.ts';

/** One message out, one back; each on a connection of its own. */
export type Exchange = (request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * The cable of a device whose messages are exchanges and not bytes on a line (IPP, eSCL): what the conformance suite does to
 * a line, done to them. What is injected between two exchanges has no connection to arrive on.
 */
export class ExchangeLine {
  readonly exchange: Exchange;
  toHost: ConformanceSetup['line']['toHost'] = (bytes) => bytes;
  openChannels = 0;
  #plugged = true;
  readonly #underWay = new Set<(error: DeviceError) => void>();

  constructor(farEnd: Exchange) {
    this.exchange = async (request, signal) => {
      signal.throwIfAborted();
      if (!this.#plugged) throw unplugged();
      this.openChannels += 1;
      const lost = Promise.withResolvers<never>();
      const onAbort = (): void => lost.reject(signal.reason);
      this.#underWay.add(lost.reject);
      signal.addEventListener('abort', onAbort, { once: true });
      const giveUp = new AbortController();
      try {
        return await Promise.race([this.#answer(farEnd(request, giveUp.signal)), lost.promise]);
      } finally {
        giveUp.abort();
        signal.removeEventListener('abort', onAbort);
        this.#underWay.delete(lost.reject);
        this.openChannels -= 1;
      }
    };
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

  async #answer(coming: Promise<Uint8Array>): Promise<Uint8Array> {
    const answer = this.toHost(await coming);
    return answer ?? (await new Promise<never>(() => undefined));
  }
}

function unplugged(): DeviceError {
  return new DeviceError('not-connected', 'the cable is unplugged');
}
