import type { SplitPipes } from '../../core/index.ts';

/**
 * Wire format of the security module SAM_V, GA/T 467 clause 7 as its public manuals give it. Lengths are big-endian:
 *
 *   request: AA AA AA 96 69 | LEN u16 | CMD PARA      DATA | CHK
 *   reply:   AA AA AA 96 69 | LEN u16 | SW1  SW2  SW3 DATA | CHK
 *
 * LEN counts what follows it, CHK included. CHK is the xor of LEN and all that follows, so that over a whole frame from
 * LEN to CHK it is 0. There is no escaping: a preamble may occur inside DATA.
 */
export const PREAMBLE = Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69);
const HEADER_BYTES = PREAMBLE.length + 2;
/** The largest reply (`30 10` with two fingers) has LEN 2314; the manuals ask for a buffer of 2,400. */
const MAX_LENGTH = 2_400;

/** LEN of a request without data (CMD, PARA, CHK), and of a reply without data (SW1, SW2, SW3, CHK). */
export const MIN_REQUEST_LENGTH = 3;
export const MIN_REPLY_LENGTH = 4;

export interface Reply {
  /** The card's own ISO 7816 status where `sw3` reports a card failure; else 0. */
  readonly sw1: number;
  readonly sw2: number;
  /** The module's result, see `sw3Meanings`. */
  readonly sw3: number;
  readonly data: Uint8Array;
}

/** What came off the line: `body` runs from after LEN to before CHK. */
export type Received =
  | { readonly kind: 'frame'; readonly body: Uint8Array }
  | { readonly kind: 'wrong-check' }
  | { readonly kind: 'wrong-length' };

export function encodeRequest(command: number, parameter: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return encodeFrame(Uint8Array.of(command, parameter, ...data));
}

export function encodeReply(sw3: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  return encodeFrame(Uint8Array.of(0, 0, sw3, ...data));
}

function encodeFrame(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.length + 1);
  frame.set(PREAMBLE);
  new DataView(frame.buffer).setUint16(PREAMBLE.length, body.length + 1);
  frame.set(body, HEADER_BYTES);
  frame[frame.length - 1] = xor(frame.subarray(PREAMBLE.length));
  return frame;
}

function xor(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum ^= byte;
  return sum;
}

function isPlausible(length: number, minLength: number): boolean {
  return length >= minLength && length <= MAX_LENGTH;
}

/**
 * The manual's four pipes on USB: preamble and LEN through OUT 02 and IN 81, what LEN counts through OUT 06 and IN 85.
 * UNCONFIRMED: working code is known only for whole frames through the first of each.
 */
export const splitPipes: SplitPipes = {
  headerBytes: HEADER_BYTES,
  bodyBytes: (header) => {
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    if (header.length < HEADER_BYTES || PREAMBLE.some((byte, at) => header[at] !== byte)) return undefined;
    const length = view.getUint16(PREAMBLE.length);
    return isPlausible(length, MIN_REQUEST_LENGTH) ? length : undefined;
  },
};

/** `body` of a frame that a decoder for `MIN_REPLY_LENGTH` let through. */
export function parseReply(body: Uint8Array): Reply {
  const [sw1 = 0, sw2 = 0, sw3 = 0] = body;
  return { sw1, sw2, sw3, data: body.subarray(3) };
}

/**
 * Finds frames in a stream that is cut anywhere and holds noise. Never throws, and keeps no more than one frame's bytes
 * between calls. After a damaged frame it goes on searching right behind that frame's preamble, as a whole one may follow.
 */
export class FrameDecoder {
  readonly #minLength: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(minLength: number) {
    this.#minLength = minLength;
  }

  push(chunk: Uint8Array): Received[] {
    const buffer = Buffer.concat([this.#rest, chunk]);
    const received: Received[] = [];
    let at = 0;
    for (;;) {
      const start = buffer.indexOf(PREAMBLE, at);
      at = start < 0 ? Math.max(at, buffer.length - PREAMBLE.length + 1) : start;
      if (start < 0 || buffer.length - at < HEADER_BYTES) break;
      const length = buffer.readUInt16BE(at + PREAMBLE.length);
      const plausible = isPlausible(length, this.#minLength);
      const end = at + HEADER_BYTES + length;
      if (plausible && end > buffer.length) break;
      const whole = plausible && xor(buffer.subarray(at + PREAMBLE.length, end)) === 0;
      if (whole) received.push({ kind: 'frame', body: Uint8Array.from(buffer.subarray(at + HEADER_BYTES, end - 1)) });
      else received.push({ kind: plausible ? 'wrong-check' : 'wrong-length' });
      at = whole ? end : at + PREAMBLE.length;
    }
    this.#rest = Buffer.from(buffer.subarray(at)); // a copy: a view would keep the whole chunk
    return received;
  }

  /** Forgets a frame that has begun. */
  discard(): void {
    this.#rest = Buffer.alloc(0);
  }

  /** How many bytes wait for the rest of their frame. */
  get heldBytes(): number {
    return this.#rest.length;
  }
}
