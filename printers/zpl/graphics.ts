import { deflateSync, inflateSync } from 'node:zlib';
import { DeviceError } from '../../drivers/core/index.ts';
import { crc16Ccitt } from '../../drivers/framing/crc16.ts';
import type { Bitmap } from '../core/bitmap.ts';

/** `acs`: run lengths in ASCII, which every ZPL printer knows. `z64`: zlib in base64, a third of the size, not on all clones. */
export type GraphicEncoding = 'acs' | 'z64';

/** ^GF counts to 99,999 bytes (ZPL II guide, ^GF): a larger picture is sent in pieces. */
export const GRAPHIC_BYTES_MAX = 99_999;
/** The widest print heads: 1,249 bytes a row, 9,992 dots (Oki LE850 technical reference 8.55). */
const ROW_BYTES_MAX = 1_249;
/** What one graphic field may hold when we read it; clones count to 999,999 (the same). */
const DECODED_BYTES_MAX = 999_999;

/** `^GFA` without its `^FO` and `^FS`. Throws RangeError for a picture that no graphic field holds: our mistake. */
export function encodeGraphic({ rowBytes, rows, bits }: Bitmap, encoding: GraphicEncoding): string {
  const count = rowBytes * rows;
  if (bits.length !== count) throw new RangeError(`A bitmap of ${rowBytes} × ${rows} bytes has ${bits.length}`);
  if (count < 1 || count > GRAPHIC_BYTES_MAX || rowBytes > ROW_BYTES_MAX) {
    throw new RangeError(`^GF holds 1 to ${GRAPHIC_BYTES_MAX} bytes in rows of ${ROW_BYTES_MAX}, not ${count}`);
  }
  const data = encoding === 'acs' ? compressAcs(bits, rowBytes) : compressZ64(bits);
  return `^GFA,${count},${count},${rowBytes},${data}`;
}

/** The parameters of `^GF`, from a printer's side. Fails `protocol` for what is no picture, and `unsupported` for binary data. */
export function decodeGraphic(parameters: string): Bitmap {
  const [, type = '', bytes = '', row = '', data = ''] =
    /^(\w?),(\d{0,6}),\d{1,6},(\d{1,4}),(.*)$/s.exec(parameters) ?? [];
  if (type !== 'A' && type !== '') throw new DeviceError('unsupported', `^GF in format ${type}`);
  const rowBytes = Number(row);
  const total = Number(bytes);
  if (rowBytes < 1 || rowBytes > ROW_BYTES_MAX || total < 1 || total % rowBytes !== 0) {
    throw new DeviceError('protocol', `^GF of ${bytes} bytes in rows of ${row}`);
  }
  const decoded =
    data.startsWith(':') && data[4] === ':' ? decodeBase64(data, total) : decompressAcs(data, rowBytes, total);
  const bits = new Uint8Array(total); // what is missing stays white
  bits.set(decoded.subarray(0, total));
  return { rowBytes, rows: total / rowBytes, bits };
}

/** G–Y stand for 1 to 19 of the digit that follows, g–z for 20, 40 … 400; several are added up (ZPL II guide, ~DG). */
const ONES = 'GHIJKLMNOPQRSTUVWXY';
const TWENTIES = 'ghijklmnopqrstuvwxyz';

/** Never `!`: printers disagree about what it fills a row with. */
export function compressAcs(bits: Uint8Array, rowBytes: number): string {
  const rows: string[] = [];
  let previous: string | undefined;
  for (let at = 0; at < bits.length; at += rowBytes) {
    const row = Buffer.from(bits.subarray(at, at + rowBytes))
      .toString('hex')
      .toUpperCase();
    rows.push(row === previous ? ':' : compressRow(row));
    previous = row;
  }
  return rows.join('');
}

function compressRow(row: string): string {
  // By hand: `0+$` begins anew at each white digit left of the ink, in a time that grows with the square of their number.
  let end = row.length;
  while (end > 0 && row[end - 1] === '0') end -= 1;
  const inked = row.slice(0, end);
  const runs = inked.replace(/(.)\1+/g, (run, digit: string) => runLength(run.length) + digit);
  return inked.length < row.length ? `${runs},` : runs;
}

function runLength(count: number): string {
  const twenties = Math.floor((count % 400) / 20);
  const ones = count % 20;
  return 'z'.repeat(Math.floor(count / 400)) + (TWENTIES[twenties - 1] ?? '') + (ONES[ones - 1] ?? '');
}

/** At most `total` bytes, fewer where the data end early. Fails `protocol` for a character that is none of the encoding's. */
export function decompressAcs(data: string, rowBytes: number, total: number): Uint8Array {
  assertDecodable(total);
  const digitsPerRow = rowBytes * 2;
  const digits = new Uint8Array(total * 2);
  let at = 0;
  let count = 0;
  const fill = (length: number, digit: number): void => {
    const end = Math.min(digits.length, at + length);
    digits.fill(digit, at, end);
    at = end;
  };
  for (const character of data) {
    if (at >= digits.length) break; // "any numbers sent after count is satisfied are ignored" (ZPL II guide, ^GF)
    const digit = /[0-9A-Fa-f]/.test(character) ? Number.parseInt(character, 16) : undefined;
    if (digit !== undefined) {
      fill(count || 1, digit);
      count = 0;
    } else if (ONES.includes(character)) count += ONES.indexOf(character) + 1;
    else if (TWENTIES.includes(character)) count += (TWENTIES.indexOf(character) + 1) * 20;
    else if (character === ',') fill(digitsPerRow - (at % digitsPerRow), 0);
    else if (character === '!') fill(digitsPerRow - (at % digitsPerRow), 0xf);
    else if (character === ':') {
      if (at < digitsPerRow || at % digitsPerRow !== 0) throw new DeviceError('protocol', '^GF repeats no whole row');
      digits.copyWithin(at, at - digitsPerRow, Math.min(at, digits.length - digitsPerRow));
      at += digitsPerRow;
    } else if (!/\s/.test(character)) {
      throw new DeviceError('protocol', `^GF data hold the character ${character.charCodeAt(0).toString(16)}h`);
    }
  }
  const bytes = new Uint8Array(at >> 1);
  for (const index of bytes.keys()) bytes[index] = (digits[index * 2]! << 4) | digits[index * 2 + 1]!;
  return bytes;
}

/** `:Z64:`, base64 of a zlib stream, and the CRC of the base64 characters as four lower-case digits (ZPL II guide, Z64). */
export function compressZ64(bits: Uint8Array): string {
  const base64 = deflateSync(bits, { level: 9 }).toString('base64');
  return `:Z64:${base64}:${crcOf(base64)}`;
}

function crcOf(base64: string): string {
  return crc16Ccitt(Buffer.from(base64, 'latin1')).toString(16).padStart(4, '0');
}

/** `:Z64:` or `:B64:`. Fails `protocol` for a wrong CRC, and for more than `total` bytes. */
export function decodeBase64(data: string, total: number): Uint8Array {
  assertDecodable(total);
  const [, kind, base64 = '', crc = ''] = /^:([ZB])64:([A-Za-z0-9+/=]*):([0-9A-Fa-f]{4})\s*$/.exec(data) ?? [];
  if (kind === undefined) throw new DeviceError('protocol', '^GF data are neither :Z64: nor :B64:');
  if (crcOf(base64) !== crc.toLowerCase()) throw new DeviceError('protocol', '^GF data have a wrong CRC');
  const bytes = Buffer.from(base64, 'base64');
  if (kind === 'B') return bytes;
  try {
    return inflateSync(bytes, { maxOutputLength: total });
  } catch (error) {
    throw new DeviceError('protocol', '^GF data cannot be inflated', { cause: error });
  }
}

function assertDecodable(total: number): void {
  if (total > DECODED_BYTES_MAX) throw new DeviceError('protocol', `^GF of ${total} bytes`);
}
