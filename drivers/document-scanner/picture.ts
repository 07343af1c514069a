import { DeviceError } from '../core/index.ts';
import type { ScannedPage } from './contract.ts';

/** A4 at 600 dpi in colour is 20 MB as an uneasy JPEG. */
export const MAX_PAGE_BYTES = 32 * 1024 * 1024;
/** The largest feeder holds 200 sheets, of two sides each; a scanner that goes on and on is broken. */
export const MAX_PAGES = 500;
/** Some scanners pad the end of a picture. */
const PADDING_BYTES = 1024;

/** How a picture begins (ITU-T T.81 SOI; PNG 5.2) and what stands at its end (EOI; the type of the IEND chunk). */
const kinds = [
  { mediaType: 'image/jpeg', start: Buffer.of(0xff, 0xd8, 0xff), end: Buffer.of(0xff, 0xd9) },
  {
    mediaType: 'image/png',
    start: Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    end: Buffer.from('IEND'),
  },
] as const;

/** What kind of picture these bytes are. Fails `protocol` where they are none, or end in the middle of one. */
export function pictureType(bytes: Uint8Array): ScannedPage['mediaType'] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = kinds.find(({ start }) => buffer.subarray(0, start.length).equals(start));
  if (!kind) throw new DeviceError('protocol', `a page of ${bytes.length} bytes is neither JPEG nor PNG`);
  const tail = buffer.subarray(Math.max(kind.start.length, buffer.length - PADDING_BYTES));
  if (tail.indexOf(kind.end) < 0) throw new DeviceError('protocol', `a page of ${bytes.length} bytes ends too early`);
  return kind.mediaType;
}
