import { crc32, inflateSync } from 'node:zlib';
import { DeviceError } from '../../drivers/core/index.ts';
import { type PngHeader, pngHeader, type SealPicture } from '../document/seal.ts';

/** Row by row from the top left. `rgb` has red first, 8 bits each; of `alpha`, 0 is paper and 255 ink. */
export interface Pixels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
  readonly alpha: Uint8Array;
}

/** PNG, third edition, 5.2: signature; 5.3: length, type and CRC around a chunk's content. */
const SIGNATURE_BYTES = 8;
const FRAMING_BYTES = 12;
/** A ring with a name in it covers a tenth and more of its picture. */
const INK_SHARE_MIN = 0.01;

/**
 * The picture's pixels, at most 1,200 × 1,200. Fails `invalid-data`, naming `seal` and nothing of its content, for what is cut
 * off, damaged, larger inside than it says or empty: a paper that looks unsealed is worse than none.
 */
export function sealPixels({ png }: SealPicture): Pixels {
  const header = pngHeader(png);
  if (typeof header === 'string') throw unusable(header);
  const chunks = chunksOf(Buffer.from(png, 'base64'));
  const { widthPx, heightPx } = header;
  const pixels = coloured(unfiltered(chunks, header), header, chunks);
  let ink = 0;
  for (const [index, alpha] of pixels.alpha.entries()) {
    const [red, green, blue] = [0, 1, 2].map((channel) => pixels.rgb[index * 3 + channel]!);
    if (alpha * (255 - Math.min(red!, green!, blue!)) >= 64 * 255) ink += 1;
  }
  if (ink < widthPx * heightPx * INK_SHARE_MIN) throw unusable('shows nothing');
  return pixels;
}

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at + FRAMING_BYTES <= png.length; ) {
    const end = at + FRAMING_BYTES + png.readUInt32BE(at);
    if (end > png.length) break;
    if (crc32(png.subarray(at + 4, end - 4)) !== png.readUInt32BE(end - 4)) throw unusable('is damaged');
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') return chunks;
    // 5.4: a capital first means that a picture cannot be shown without it.
    if (/^[A-Z]/.test(type) && !['IHDR', 'PLTE', 'IDAT'].includes(type)) throw unusable('holds what PNG does not know');
    chunks.push({ type, content: png.subarray(at + 8, end - 4) });
    at = end;
  }
  throw unusable('is cut off');
}

function contentOf(chunks: readonly Chunk[], type: string): Uint8Array {
  return Buffer.concat(chunks.filter((chunk) => chunk.type === type).map(({ content }) => content));
}

const SAMPLES = { rgb: 3, palette: 1, rgba: 4 } as const;

/** Whole rows, each behind the byte that names its filter; never more than the header promises is unpacked. */
function unpacked(chunks: readonly Chunk[], lengthBytes: number): Uint8Array {
  let rows: Uint8Array;
  try {
    rows = inflateSync(contentOf(chunks, 'IDAT'), { maxOutputLength: lengthBytes });
  } catch (error) {
    throw unusable('cannot be unpacked', error);
  }
  if (rows.length !== lengthBytes) throw unusable('is cut off');
  return rows;
}

/** Clause 9: each byte was written as the difference to what its neighbours left, above and above left foretell. */
function unfiltered(chunks: readonly Chunk[], { widthPx, heightPx, bitDepth, colours }: PngHeader): Uint8Array {
  const rowBytes = Math.ceil((widthPx * SAMPLES[colours] * bitDepth) / 8);
  const packed = unpacked(chunks, (rowBytes + 1) * heightPx);
  const rows = new Uint8Array(rowBytes * heightPx);
  const back = SAMPLES[colours]; // bytes from a pixel to the next, or 1 where several share a byte
  for (let y = 0; y < heightPx; y += 1) {
    const filter = packed[y * (rowBytes + 1)]!;
    if (filter > 4) throw unusable('is damaged');
    const [from, to] = [y * (rowBytes + 1) + 1, y * rowBytes];
    for (let x = 0; x < rowBytes; x += 1) {
      const left = x < back ? 0 : rows[to + x - back]!;
      const above = y === 0 ? 0 : rows[to + x - rowBytes]!;
      const aboveLeft = y === 0 || x < back ? 0 : rows[to + x - rowBytes - back]!;
      rows[to + x] = packed[from + x]! + foretold(filter, left, above, aboveLeft); // modulo 256, as the array keeps it
    }
  }
  return rows;
}

function foretold(filter: number, left: number, above: number, aboveLeft: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const [toLeft, toAbove, toAboveLeft] = [above - aboveLeft, left - aboveLeft, left + above - 2 * aboveLeft].map(
    Math.abs,
  );
  if (toLeft! <= toAbove! && toLeft! <= toAboveLeft!) return left;
  return toAbove! <= toAboveLeft! ? above : aboveLeft;
}

function coloured(rows: Uint8Array, header: PngHeader, chunks: readonly Chunk[]): Pixels {
  const { widthPx, heightPx } = header;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const alpha = new Uint8Array(widthPx * heightPx);
  const pixelAt = readerOf(rows, header, chunks);
  for (let index = 0; index < alpha.length; index += 1) {
    const [red, green, blue, opaque] = pixelAt(index % widthPx, Math.floor(index / widthPx));
    alpha[index] = opaque;
    // What does not show goes on in the colour before it: less to pack, and no dark rim where a printer smooths.
    if (opaque === 0 && index > 0) rgb.copyWithin(index * 3, index * 3 - 3, index * 3);
    else rgb.set([red, green, blue], index * 3);
  }
  return { widthPx, heightPx, rgb, alpha };
}

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** 11.3.1: tRNS has the alpha of a palette's first colours, or the one colour, in 16 bits a channel, that is transparent. */
function readerOf(
  rows: Uint8Array,
  { widthPx, heightPx, bitDepth, colours }: PngHeader,
  chunks: readonly Chunk[],
): (x: number, y: number) => Rgba {
  const rowBytes = rows.length / heightPx;
  const transparent = contentOf(chunks, 'tRNS');
  if (colours === 'palette') {
    const palette = contentOf(chunks, 'PLTE');
    return (x, y) => {
      const bit = x * bitDepth;
      const byte = rows[y * rowBytes + (bit >> 3)]!;
      const entry = (byte >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
      const [red, green, blue] = palette.subarray(entry * 3, entry * 3 + 3);
      if (red === undefined || green === undefined || blue === undefined)
        throw unusable('lacks a colour of its palette');
      return [red, green, blue, transparent[entry] ?? 255];
    };
  }
  const samples = SAMPLES[colours];
  const [, keyRed, , keyGreen, , keyBlue] = transparent;
  return (x, y) => {
    const at = (y * widthPx + x) * samples;
    const [red, green, blue, alpha] = [rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!];
    if (colours === 'rgba') return [red, green, blue, alpha];
    return [red, green, blue, red === keyRed && green === keyGreen && blue === keyBlue ? 0 : 255];
  };
}

function unusable(why: string, cause?: unknown): DeviceError {
  return new DeviceError('invalid-data', `seal: ${why}`, { cause });
}
