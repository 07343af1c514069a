import { type Channel, DeviceError, sleep, Turnstile, within } from '../../core/index.ts';
import {
  EXCEPTION_FLAG,
  encodeRequest,
  FrameDecoder,
  functions,
  matchResponse,
  type ReadRequest,
  type Received,
  type Request,
  type Response,
  type WriteRequest,
} from './codec.ts';

/**
 * Silence after which nothing of an earlier frame is still to come. 3.5 characters would do on the wire; a USB adapter hands on
 * what it has only every 16 ms.
 */
const QUIET_MS = 40;
/** A line that never falls silent: noise, or another master. */
const MAX_UNQUIET_MS = 300;

export interface LinkOptions {
  readonly unit: number;
  readonly answerMs: number;
  readonly gapMs: number;
  /** Harmless questions of which the board answers at least one of another function than any that it owes us. */
  readonly fences: readonly ReadRequest[];
}

/**
 * Questions and answers over one open channel: half duplex, one at a time, each with a deadline. Answers name no question, so
 * one is taken only where unit, function, byte count and, for a write, the whole echo fit. After a question without an answer
 * nothing else is asked before the line has fallen silent and the board has answered a question of another function: boards
 * answer in order, so that what it still owed has passed by then.
 */
export class ModbusLink {
  readonly #channel: Channel;
  readonly #options: LinkOptions;
  readonly #turn = new Turnstile();
  readonly #decoder = new FrameDecoder('answers');
  readonly #ended = new AbortController();
  #onReceived: (received: Received) => void = () => undefined;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  /** `undefined`: nothing has been heard yet, and the line may hold what was meant for an earlier connection. */
  #lastByteAtMs: number | undefined;
  #owed: Request | undefined;

  /** `owed`: what the board still owed an earlier connection. */
  constructor(channel: Channel, options: LinkOptions, owed: Request | undefined) {
    this.#channel = channel;
    this.#options = options;
    this.#owed = owed;
    channel.lost.addEventListener('abort', () => this.end(channel.lost.reason), { once: true });
    channel.onData((chunk) => this.#hear(chunk));
  }

  /** Aborts when the link is of no more use, with the DeviceError that says why. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** The question that the board has not answered, if there is one. */
  get owed(): Request | undefined {
    return this.#owed;
  }

  /** Sends without a turn and without an answer, for a line that is about to be closed. */
  async send(request: WriteRequest): Promise<void> {
    await this.#channel.write(encodeRequest(this.#options.unit, request));
  }

  /** Lets every waiting caller go, and keeps no timer. The channel stays its owner's to close. */
  end(reason: unknown): void {
    clearTimeout(this.#gapTimer);
    this.#ended.abort(reason);
  }

  #hear(chunk: Uint8Array): void {
    if (this.ended.aborted) return;
    this.#lastByteAtMs = performance.now();
    for (const received of this.#decoder.push(chunk)) this.#onReceived(received);
    clearTimeout(this.#gapTimer);
    if (this.#decoder.heldBytes === 0) return;
    this.#gapTimer = setTimeout(() => {
      for (const received of this.#decoder.gap()) this.#onReceived(received);
    }, QUIET_MS);
  }

  /**
   * Bits, or the values of registers. Asked once more where the answer was garbled or did not come: reading changes nothing.
   * Rejects with the signal's reason, with what the board objects, or with the reason of `ended`.
   */
  read(request: ReadRequest, ...signals: readonly AbortSignal[]): Promise<readonly (boolean | number)[]> {
    return this.#turn.run(() => this.#read(request), ...signals, this.ended);
  }

  async #read(request: ReadRequest): Promise<readonly (boolean | number)[]> {
    const first = await this.#attempt(request);
    const outcome = typeof first === 'string' ? await this.#attempt(request) : first;
    if (typeof outcome === 'string') throw this.#failed(nothingFrom(outcome, request, this.#options.unit));
    return valuesOf(this.#granted(request, outcome));
  }

  /**
   * Sets an output that keeps what it was told. Where the answer is garbled or does not come, the output is read back, and
   * told once more if it has not taken it. Rejects `outcome-unknown` where that is of no use either.
   */
  setLevel(request: WriteRequest): Promise<void> {
    return this.#turn.run(async () => {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        if (await this.#taken(request)) return;
      }
      throw unknownOutcome(request, 'it reads back as before');
    }, this.ended);
  }

  /**
   * Begins what must not happen twice. Never sent again: where the answer is garbled or does not come, and the output does not
   * stand as it was told, it rejects `outcome-unknown`.
   */
  async begin(request: WriteRequest): Promise<void> {
    let begun = false;
    const work = this.#turn.run(async () => {
      begun = true;
      if (!(await this.#taken(request))) throw unknownOutcome(request, 'it may be over already');
    }, this.ended);
    await work.catch((cause: unknown) => {
      throw begun && cause === this.ended.reason ? unknownOutcome(request, 'the line was lost', cause) : cause;
    });
  }

  async #taken(request: WriteRequest): Promise<boolean> {
    const outcome = await this.#attempt(request);
    const undecided = typeof outcome === 'string' || ('exception' in outcome && UNDECIDED.includes(outcome.exception));
    if (!undecided) {
      this.#granted(request, outcome);
      return true;
    }
    const { back, wanted } = readBack(request);
    const held = await this.#read(back).catch((cause: unknown) => {
      throw unknownOutcome(request, 'it cannot be read back', cause);
    });
    return wanted.every((value, at) => held[at] === value);
  }

  /** The board's answer, yes or no, or none. */
  async #attempt(request: Request): Promise<Outcome> {
    await this.#fence();
    return await this.#exchange(request);
  }

  async #fence(): Promise<void> {
    if (!this.#owed) return;
    await this.#quiet();
    const owed = this.#owed.function;
    const fence = this.#options.fences.find((read) => read.function !== owed);
    if (!fence) {
      this.#owed = undefined; // a board with one kind of point: silence has to do
      return;
    }
    const outcome = await this.#exchange(fence);
    if (typeof outcome === 'string') throw this.#failed(nothingFrom(outcome, fence, this.#options.unit));
  }

  /** Drops what comes until the line is silent. */
  async #quiet(): Promise<void> {
    const startMs = performance.now();
    for (;;) {
      const silentMs = performance.now() - (this.#lastByteAtMs ?? startMs);
      if (silentMs >= QUIET_MS || performance.now() - startMs >= MAX_UNQUIET_MS) return;
      await sleep(QUIET_MS - silentMs, this.ended);
    }
  }

  async #exchange(request: Request): Promise<Outcome> {
    const { unit, answerMs, gapMs } = this.#options;
    const pauseMs = (this.#lastByteAtMs ?? performance.now()) + gapMs - performance.now();
    if (pauseMs > 0) await sleep(pauseMs, this.ended);
    this.#decoder.discard();
    this.#owed = request;
    const code = functions[request.function];
    const answer = new Promise<Response | 'garbled'>((resolve) => {
      this.#onReceived = (received) => {
        if (received.kind === 'frame') {
          const response = matchResponse(unit, request, received);
          if (response) resolve(response);
        } else if (received.unit === unit && (received.function & ~EXCEPTION_FLAG) === code) resolve('garbled');
      };
    });
    const written = this.#channel.write(encodeRequest(unit, request)).catch((error: unknown) => {
      throw this.#failed(DeviceError.from(error));
    });
    try {
      const what = describe(request, unit);
      const [response] = await within(answerMs, what, [this.ended], Promise.all([answer, written]));
      if (response !== 'garbled') this.#owed = undefined; // what was garbled may have been the answer of another
      return response;
    } catch (error) {
      if (!this.ended.aborted && DeviceError.from(error).code === 'timeout') return 'silent';
      throw error;
    } finally {
      this.#onReceived = () => undefined;
    }
  }

  #granted(request: Request, response: Response): Exclude<Response, { exception: number }> {
    if (!('exception' in response)) return response;
    const { code, meaning } = exceptions[response.exception] ?? { code: 'protocol', meaning: 'which has no meaning' };
    const failure = `${describe(request, this.#options.unit)}: exception ${response.exception}, ${meaning}`;
    throw new DeviceError(code, failure);
  }

  #failed(error: DeviceError): DeviceError {
    this.end(error);
    return error;
  }
}

type Outcome = Response | 'garbled' | 'silent';

/** Exceptions after which a write may still take effect: 5, accepted and under way; 11, the gateway's deadline has passed. */
const UNDECIDED = [5, 11];

/** MODBUS application protocol 1.1b3, clause 7. */
const exceptions: Readonly<Record<number, Pick<DeviceError, 'code'> & { readonly meaning: string }>> = {
  1: {
    code: 'unsupported',
    meaning: 'the board does not know this function: compare the register map with its manual',
  },
  2: { code: 'unsupported', meaning: 'the board has no such address: compare the register map with its manual' },
  3: {
    code: 'invalid-data',
    meaning: 'the board does not accept this value: compare the register map with its manual',
  },
  4: { code: 'hardware-error', meaning: 'the board failed in doing it' },
  5: { code: 'timeout', meaning: 'the board needs longer than we wait' },
  6: { code: 'timeout', meaning: 'the board is busy' },
  8: { code: 'hardware-error', meaning: "the board's memory has a parity error" },
  10: { code: 'not-connected', meaning: 'the gateway has no path to the board: check its wiring and the unit number' },
  11: { code: 'not-connected', meaning: 'the board behind the gateway does not answer: check its power and wiring' },
};

/** For technicians: `unit 1, write-coil 8`. */
function describe(request: Request, unit: number): string {
  const count = 'count' in request && request.count > 1 ? ` to ${request.address + request.count - 1}` : '';
  return `unit ${unit}, ${request.function} ${request.address}${count}`;
}

function nothingFrom(outcome: 'garbled' | 'silent', request: Request, unit: number): DeviceError {
  return outcome === 'silent'
    ? new DeviceError('not-connected', `${describe(request, unit)}: the board does not answer any more`)
    : new DeviceError('protocol', `${describe(request, unit)}: the answer is garbled: check wiring, speed and parity`);
}

function unknownOutcome(request: WriteRequest, why: string, cause?: unknown): DeviceError {
  return new DeviceError('outcome-unknown', `${request.function} ${request.address}: not confirmed, and ${why}`, {
    cause,
  });
}

function valuesOf(response: Exclude<Response, { exception: number }>): readonly (boolean | number)[] {
  if ('bits' in response) return response.bits;
  return 'values' in response ? response.values : [];
}

function readBack(request: WriteRequest): { back: ReadRequest; wanted: readonly (boolean | number)[] } {
  const { address } = request;
  switch (request.function) {
    case 'write-coil':
      return { back: { function: 'read-coils', address, count: 1 }, wanted: [request.on] };
    case 'write-coils':
      return { back: { function: 'read-coils', address, count: request.values.length }, wanted: request.values };
    case 'write-register':
      return { back: { function: 'read-registers', address, count: 1 }, wanted: [request.value] };
    case 'write-registers':
      return { back: { function: 'read-registers', address, count: request.values.length }, wanted: request.values };
  }
}
