import { DeviceError } from '../../drivers/core/index.ts';

const MAX_SIZED_BYTES = 0x7fff; // RFC 8010 3.1: lengths are SIGNED-SHORT

/** Big-endian fields, one after the other. Running past the end fails `protocol`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    if (this.at + count > this.#bytes.length) {
      throw new DeviceError(
        'protocol',
        `IPP message: ends at byte ${this.#bytes.length}, inside a field of ${count} bytes`,
      );
    }
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  u8(): number {
    return this.take(1)[0] ?? 0;
  }

  u16(): number {
    this.take(2);
    return this.#view.getUint16(this.at - 2);
  }

  u32(): number {
    this.take(4);
    return this.#view.getUint32(this.at - 4);
  }

  i32(): number {
    this.take(4);
    return this.#view.getInt32(this.at - 4);
  }

  /** A u16 length, then that many bytes, not copied. */
  sized(): Uint8Array {
    const length = this.u16();
    if (length > MAX_SIZED_BYTES)
      throw new DeviceError('protocol', `IPP message: a negative length at byte ${this.at - 2}`);
    return this.take(length);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.at);
  }
}

/** Big-endian fields into one array. A number that does not fit its field fails `invalid-data`. */
export class ByteWriter {
  readonly #out: number[] = [];

  u8(value: number): this {
    return this.#number(value, 1, 0, 0xff);
  }

  u16(value: number): this {
    return this.#number(value, 2, 0, 0xffff);
  }

  u32(value: number): this {
    return this.#number(value, 4, 0, 0xffff_ffff);
  }

  i32(value: number): this {
    return this.#number(value, 4, -0x8000_0000, 0x7fff_ffff);
  }

  /** A u16 length, then the bytes. */
  sized(bytes: Uint8Array): this {
    this.#number(bytes.length, 2, 0, MAX_SIZED_BYTES);
    for (const byte of bytes) this.#out.push(byte);
    return this;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  #number(value: number, size: number, least: number, most: number): this {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new DeviceError('invalid-data', `IPP field of ${size} bytes: ${value} is not within ${least} to ${most}`);
    }
    for (let shift = (size - 1) * 8; shift >= 0; shift -= 8) this.#out.push((value >>> shift) & 0xff);
    return this;
  }
}
