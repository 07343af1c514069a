import { crc16Ccitt } from '../../framing/crc16.ts';
import type { Reply } from './codec.ts';
import type { Command } from './command.ts';

/**
 * Register protocol of fixed-mount engines (Newland EM3095, GM65 and their like), GM65 manual chapter 8. CRC-16/CCITT over
 * everything between prefix and CRC, high byte first:
 *
 *   host: 7E 00 | TYPE | LEN | ADDRESS u16 | DATA | CRC      reply: 02 00 | TYPE | LEN | DATA | CRC
 *
 * Replies do not say what they answer; reads are told apart by how many bytes they ask for. Nothing is written to flash.
 */
export const OemType = { read: 0x07, write: 0x08 } as const;
export const OemResult = { success: 0x00, crcFailure: 0x01, invalid: 0x03 } as const;
/** Stands for "not checked". */
const NO_CRC = 0xabcd;
const HEAD_BYTES = 4;
const CRC_BYTES = 2;
/** No more is ever asked for. */
const MAX_DATA_BYTES = 16;

export const Zone = {
  /** Bits 0 and 1: 00 by key, 01 on command, 10 all the time, 11 by movement (GM65 manual 8.5). */
  mode: 0x0000,
  /** 01 starts a scan, 00 ends it. */
  trigger: 0x0002,
  /** UNCONFIRMED, from a public library for the GM65: 01 obeys configuration codes, 03 does not. */
  configurationCodes: 0x0003,
  /** UNCONFIRMED, from a public script for the GM65: the software's version times 100. */
  softwareVersion: 0x00e2,
} as const;

/** `data`: the bytes to write, or one byte that says how many to read. */
export function encodeOem(type: number, address: number, data: readonly number[], crc?: number): Uint8Array {
  const count = type === OemType.read ? 1 : data.length;
  const body = Buffer.from([type, count, address >> 8, address & 0xff, ...data]);
  return framed(0x7e, body, crc ?? crc16Ccitt(body));
}

export function encodeOemReply(result: number, data: readonly number[]): Uint8Array {
  const body = Buffer.from([result, data.length, ...data]);
  return framed(0x02, body, crc16Ccitt(body));
}

function framed(head: number, body: Uint8Array, crc: number): Uint8Array {
  return Buffer.from([head, 0x00, ...body, crc >> 8, crc & 0xff]);
}

export function crcFits(body: Uint8Array, crc: number): boolean {
  return crc === NO_CRC || crc === crc16Ccitt(body);
}

const statuses: Readonly<Record<number, Reply['status']>> = {
  [OemResult.success]: 'done',
  [OemResult.crcFailure]: 'garbled',
  [OemResult.invalid]: 'unknown',
};

export function readOemReply(bytes: Buffer, at: number): Reply | 'incomplete' | undefined {
  const [head, zero = 0, result = 0, count = 1] = bytes.subarray(at, at + HEAD_BYTES);
  const status = statuses[result];
  if (head !== 0x02 || zero !== 0x00 || !status || count < 1 || count > MAX_DATA_BYTES) return undefined;
  const sizeBytes = HEAD_BYTES + count + CRC_BYTES;
  if (bytes.length - at < sizeBytes) return 'incomplete';
  const end = at + sizeBytes - CRC_BYTES;
  if (!crcFits(bytes.subarray(at + 2, end), bytes.readUInt16BE(end))) return undefined;
  return { tag: '', status, data: Uint8Array.from(bytes.subarray(at + HEAD_BYTES, end)), sizeBytes };
}

export function oemRead(zone: number, count: number): Command {
  return {
    name: `read of zone ${zoneName(zone)}`,
    request: encodeOem(OemType.read, zone, [count]),
    answeredBy: ({ status, data }) => status !== 'done' || data.length === count,
  };
}

export function oemWrite(zone: number, value: number): Command {
  return {
    name: `${zoneName(zone)} := ${value.toString(16).padStart(2, '0')}`,
    request: encodeOem(OemType.write, zone, [value]),
    answeredBy: ({ status, data }) => status !== 'done' || (data.length === 1 && data[0] === 0),
  };
}

function zoneName(zone: number): string {
  return zone.toString(16).padStart(4, '0');
}
