import { DeviceError } from '../../core/index.ts';
import { crc16Modbus } from '../../framing/crc16.ts';

/**
 * Modbus RTU: MODBUS over serial line 1.02 (frames, 2.5.1) and MODBUS application protocol 1.1b3 (functions, clause 6).
 * Numbers are big-endian, only the CRC has its low byte first:
 *
 *   unit u8 | function u8 | data | CRC u16
 *
 * A frame has no mark at its ends and no length: its function and, in some, a byte count tell how long it is; of a function
 * that is unknown here, only the silence after it tells (3.5 characters, 2.5.1.1).
 */
export const functions = {
  'read-coils': 0x01,
  'read-inputs': 0x02,
  'read-registers': 0x03,
  'read-input-registers': 0x04,
  'write-coil': 0x05,
  'write-register': 0x06,
  'write-coils': 0x0f,
  'write-registers': 0x10,
} as const;
export type FunctionName = keyof typeof functions;

export type ReadFunction = 'read-coils' | 'read-inputs' | 'read-registers' | 'read-input-registers';
/** `address` as on the wire, from 0: what manuals call 10001, 30001 or 40001 is 0. */
export type ReadRequest = { readonly function: ReadFunction; readonly address: number; readonly count: number };
export type WriteRequest =
  | { readonly function: 'write-coil'; readonly address: number; readonly on: boolean }
  | { readonly function: 'write-register'; readonly address: number; readonly value: number }
  | { readonly function: 'write-coils'; readonly address: number; readonly values: readonly boolean[] }
  | { readonly function: 'write-registers'; readonly address: number; readonly values: readonly number[] };
export type Request = ReadRequest | WriteRequest;

export type Response =
  /** As many as were asked for. */
  | { readonly function: 'read-coils' | 'read-inputs'; readonly bits: readonly boolean[] }
  | { readonly function: 'read-registers' | 'read-input-registers'; readonly values: readonly number[] }
  /** Address and value, or address and count: what the request began with, byte for byte. */
  | { readonly function: WriteRequest['function'] }
  | { readonly exception: number };

/** What came off the line, without its CRC: `data` follows the function. */
export interface Frame {
  readonly unit: number;
  readonly function: number;
  readonly data: Uint8Array;
}

export type Received =
  | ({ readonly kind: 'frame' } & Frame)
  | { readonly kind: 'wrong-check'; readonly unit: number; readonly function: number };

/** Set in the function of an answer that says no; one byte follows (application protocol, clause 7). */
export const EXCEPTION_FLAG = 0x80;
/** MODBUS over serial line 2.5.1: the largest frame, CRC included. */
export const MAX_FRAME_BYTES = 256;
const MIN_FRAME_BYTES = 4;
/** Application protocol 6.1 and 6.3: the most that one read can ask for. */
export const MAX_BITS = 2_000;
export const MAX_REGISTERS = 125;
/** 6.5: the two values of a single coil. */
const COIL_ON = 0xff00;

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(2 + frame.data.length + 2);
  bytes[0] = frame.unit;
  bytes[1] = frame.function;
  bytes.set(frame.data, 2);
  new DataView(bytes.buffer).setUint16(bytes.length - 2, crc16Modbus(bytes.subarray(0, -2)), true);
  return bytes;
}

export function encodeRequest(unit: number, request: Request): Uint8Array {
  return encodeFrame({ unit, function: functions[request.function], data: requestData(request) });
}

function requestData(request: Request): Uint8Array {
  switch (request.function) {
    case 'write-coil':
      return words(request.address, request.on ? COIL_ON : 0);
    case 'write-register':
      return words(request.address, request.value);
    case 'write-coils':
      return withCount(words(request.address, request.values.length), packBits(request.values));
    case 'write-registers':
      return withCount(words(request.address, request.values.length), words(...request.values));
    default:
      return words(request.address, request.count);
  }
}

function withCount(head: Uint8Array, body: Uint8Array): Uint8Array {
  return Uint8Array.of(...head, body.length, ...body);
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.length * 2));
  values.forEach((value, at) => {
    bytes.setUint16(at * 2, value);
  });
  return new Uint8Array(bytes.buffer);
}

function unpackWords(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 1 }, (_, at) => view.getUint16(at * 2));
}

/** 6.1: the first bit is the lowest of the first byte, and the last byte is filled up with zeros. */
function packBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => {
    if (bit) bytes[at >> 3]! |= 1 << (at & 7);
  });
  return bytes;
}

function unpackBits(bytes: Uint8Array, count: number): boolean[] {
  return Array.from({ length: count }, (_, at) => (((bytes[at >> 3] ?? 0) >> (at & 7)) & 1) === 1);
}

/**
 * A frame as the answer to `request`; `undefined` where it cannot be that answer: the unit or the function of another, a byte
 * count that was not asked for, the echo of another write.
 */
export function matchResponse(unit: number, request: Request, frame: Frame): Response | undefined {
  const code = functions[request.function];
  if (frame.unit !== unit) return undefined;
  if (frame.function === (code | EXCEPTION_FLAG)) {
    return frame.data.length === 1 ? { exception: frame.data[0]! } : undefined;
  }
  if (frame.function !== code) return undefined;
  if (!('count' in request)) {
    // 6.5, 6.6, 6.11, 6.12: address and value, or address and count, are repeated.
    const echo = requestData(request).subarray(0, 4);
    return Buffer.from(frame.data).equals(echo) ? { function: request.function } : undefined;
  }
  const [byteCount = 0, ...rest] = frame.data;
  const body = Uint8Array.from(rest);
  if (request.function === 'read-coils' || request.function === 'read-inputs') {
    if (byteCount !== Math.ceil(request.count / 8) || body.length !== byteCount) return undefined;
    return { function: request.function, bits: unpackBits(body, request.count) };
  }
  if (byteCount !== request.count * 2 || body.length !== byteCount) return undefined;
  return { function: request.function, values: unpackWords(body) };
}

/** The far side of the line: an answer to `request`. Bits and values must be as many as were asked for. */
export function encodeResponse(unit: number, request: Request, response: Response): Uint8Array {
  const code = functions[request.function];
  if ('exception' in response) {
    return encodeFrame({ unit, function: code | EXCEPTION_FLAG, data: Uint8Array.of(response.exception) });
  }
  if ('bits' in response) return encodeFrame({ unit, function: code, data: counted(packBits(response.bits)) });
  if ('values' in response) return encodeFrame({ unit, function: code, data: counted(words(...response.values)) });
  return encodeFrame({ unit, function: code, data: requestData(request).slice(0, 4) });
}

function counted(body: Uint8Array): Uint8Array {
  return Uint8Array.of(body.length, ...body);
}

/**
 * The far side of the line: what a frame asks for. Throws `unsupported` for a function that is not one of the eight, and
 * `invalid-data` for one whose counts and values do not fit (application protocol 7: exceptions 01 and 03).
 */
export function parseRequest(frame: Frame): Request {
  const name = (Object.keys(functions) as FunctionName[]).find((known) => functions[known] === frame.function);
  const { data } = frame;
  if (!name) throw new DeviceError('unsupported', `function ${frame.function} is not known here`);
  if (data.length < 4) throw new DeviceError('invalid-data', `${name}: ${data.length} bytes of data`);
  const [address = 0, second = 0] = unpackWords(data.subarray(0, 4));
  const tail = data.subarray(5);
  const fits = (count: number, most: number, bytes: number): boolean =>
    count >= 1 && count <= most && data[4] === bytes && tail.length === bytes;
  switch (name) {
    case 'write-coil':
      if (data.length === 4 && (second === 0 || second === COIL_ON)) {
        return { function: name, address, on: second === COIL_ON };
      }
      break;
    case 'write-register':
      if (data.length === 4) return { function: name, address, value: second };
      break;
    case 'write-coils': // 6.11: at most 1968
      if (fits(second, 1_968, Math.ceil(second / 8))) {
        return { function: name, address, values: unpackBits(tail, second) };
      }
      break;
    case 'write-registers': // 6.12: at most 123
      if (fits(second, 123, second * 2)) return { function: name, address, values: unpackWords(tail) };
      break;
    default: {
      const most = name === 'read-coils' || name === 'read-inputs' ? MAX_BITS : MAX_REGISTERS;
      if (data.length === 4 && second >= 1 && second <= most) return { function: name, address, count: second };
    }
  }
  throw new DeviceError('invalid-data', `${name}: count or value does not fit`);
}

/**
 * Finds frames in a stream that is cut anywhere and holds noise; `answers` is what a master hears, `requests` what a slave
 * hears. Never throws, and holds no more than one frame. Where bytes look like the head of a frame that never comes, `gap`
 * (the line has been silent) and `discard` (something new is about to be asked) end the wait.
 */
export class FrameDecoder {
  readonly #side: 'answers' | 'requests';
  #rest: Buffer = Buffer.alloc(0);

  constructor(side: 'answers' | 'requests') {
    this.#side = side;
  }

  push(chunk: Uint8Array): Received[] {
    const buffer = Buffer.concat([this.#rest, chunk]);
    const received: Received[] = [];
    let at = 0;
    while (buffer.length - at >= 2) {
      const length = this.#length(buffer, at);
      if (length === 'unknown') {
        if (buffer.length - at < MAX_FRAME_BYTES) break; // its end is a silence
        at += 1;
        continue;
      }
      if (length === 'not-yet' || at + length > buffer.length) break;
      const found = take(buffer, at, length);
      if (found) received.push(found);
      at += found?.kind === 'frame' ? length : 1;
    }
    this.#rest = Buffer.from(buffer.subarray(at)); // a copy: a view would keep the whole chunk
    return received;
  }

  /** The line has been silent for 3.5 characters: a whole frame among what is held is found, wherever it starts. */
  gap(): Received[] {
    const buffer = this.#rest;
    this.discard();
    for (let at = 0; buffer.length - at >= MIN_FRAME_BYTES; at += 1) {
      const length = this.#length(buffer, at);
      const end = typeof length === 'number' ? length : buffer.length - at;
      if (at + end > buffer.length) continue;
      const found = take(buffer, at, end);
      if (found?.kind === 'frame') return [found, ...this.push(buffer.subarray(at + end))];
    }
    return [];
  }

  discard(): void {
    this.#rest = Buffer.alloc(0);
  }

  /** How many bytes wait for the rest of their frame. */
  get heldBytes(): number {
    return this.#rest.length;
  }

  /** Of the frame that would start at `at`, CRC included; 0 where none can. A master knows every function that it asks for. */
  #length(buffer: Buffer, at: number): number | 'not-yet' | 'unknown' {
    const code = buffer[at + 1]!;
    if (this.#side === 'answers') {
      if (code & EXCEPTION_FLAG) return 5;
      if (code >= 0x01 && code <= 0x04) return lengthByCount(buffer[at + 2], 3);
      return code === 0x05 || code === 0x06 || code === 0x0f || code === 0x10 ? 8 : 0;
    }
    if (code >= 0x01 && code <= 0x06) return 8;
    if (code === 0x0f || code === 0x10) return lengthByCount(buffer[at + 6], 7);
    return 'unknown';
  }
}

function lengthByCount(byteCount: number | undefined, headBytes: number): number | 'not-yet' {
  if (byteCount === undefined) return 'not-yet';
  const length = headBytes + byteCount + 2;
  return byteCount >= 1 && length <= MAX_FRAME_BYTES ? length : 0;
}

/** `undefined`: no frame can start there. */
function take(buffer: Buffer, at: number, length: number): Received | undefined {
  if (length < MIN_FRAME_BYTES) return undefined;
  const bytes = buffer.subarray(at, at + length);
  const [unit = 0, code = 0] = bytes;
  const whole = crc16Modbus(bytes.subarray(0, -2)) === bytes.readUInt16LE(length - 2);
  if (!whole) return { kind: 'wrong-check', unit, function: code };
  return { kind: 'frame', unit, function: code, data: Uint8Array.from(bytes.subarray(2, -2)) };
}
