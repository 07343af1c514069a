import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { crc32, deflateSync } from 'node:zlib';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import type { SealPicture } from '../../printers/document/seal.ts';

const FONT = 'Seal of a test';
export const RED = [0xd8, 0x10, 0x1e] as const;
const INK = '#d8101e';

/** As a service for electronic seals gives it, of an invented office: a ring, its name, a star; one red, paper transparent. */
export function sealPng(sidePx = 500, name = '青杭市社会保险管理服务中心'): Buffer {
  const require = createRequire(import.meta.url);
  GlobalFonts.registerFromPath(
    require.resolve('@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf'),
    FONT,
  );
  const canvas = createCanvas(sidePx, sidePx);
  const context = canvas.getContext('2d');
  context.scale(sidePx / 42, sidePx / 42); // millimetres
  context.translate(21, 21);
  context.strokeStyle = INK;
  context.fillStyle = INK;
  context.lineWidth = 1.2;
  context.beginPath();
  context.arc(0, 0, 20.4, 0, 2 * Math.PI);
  context.stroke();
  context.beginPath();
  for (let corner = 0; corner < 5; corner += 1) {
    const angle = (corner * 4 * Math.PI) / 5;
    context.lineTo(6 * Math.sin(angle), -6 * Math.cos(angle));
  }
  context.fill();
  context.font = `4.2px "${FONT}"`;
  context.textAlign = 'center';
  const characters = [...name];
  for (const [index, character] of characters.entries()) {
    context.save();
    context.rotate((((index - (characters.length - 1) / 2) * 252) / characters.length) * (Math.PI / 180));
    context.fillText(character, 0, -14.6);
    context.restore();
  }
  const { data } = context.getImageData(0, 0, sidePx, sidePx);
  const rows = Buffer.alloc(sidePx * (sidePx * 4 + 1));
  for (let index = 0; index < sidePx * sidePx; index += 1) {
    const at = index * 4 + Math.floor(index / sidePx) + 1;
    rows.set([...RED, data[index * 4 + 3]!], at); // the canvas blurs the colour of what is half transparent
  }
  return pngOf({ widthPx: sidePx, heightPx: sidePx, colourType: 6, rows });
}

export function sealOf(png: Uint8Array, widthMm = 42): SealPicture {
  return { png: Buffer.from(png).toString('base64'), widthMm };
}

type Chunk = readonly [type: string, content: Uint8Array];

export interface PngParts {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitDepth?: number;
  readonly colourType: number;
  readonly interlace?: number;
  /** Of each row, behind the byte that names its filter. */
  readonly rows: Uint8Array;
  /** Before the picture's data. */
  readonly chunks?: readonly Chunk[];
  /** Between the picture's data and its end. */
  readonly after?: readonly Chunk[];
}

/** A PNG of these parts, whatever they are. */
export function pngOf({
  widthPx,
  heightPx,
  bitDepth = 8,
  colourType,
  interlace = 0,
  rows,
  chunks = [],
  after = [],
}: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(heightPx, 4);
  header.set([bitDepth, colourType, 0, 0, interlace], 8);
  const all = [['IHDR', header], ...chunks, ['IDAT', deflateSync(rows)], ...after, ['IEND', new Uint8Array()]] as const;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...all.map(([type, content]) => chunk(type, content)),
  ]);
}

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framing = Buffer.alloc(8);
  framing.writeUInt32BE(content.length, 0);
  framing.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([framing.subarray(0, 4), body, framing.subarray(4)]);
}

/** Noise in colours and alpha, as large as a seal may be to the byte: 96 KiB. */
export function largestSeal(): SealPicture {
  const sidePx = 155;
  const noise = Buffer.concat(
    Array.from({ length: 64 * 50 }, (_, index) => createHash('sha256').update(`${index}`).digest()),
  );
  const rows = Buffer.alloc(sidePx * (sidePx * 4 + 1));
  for (let y = 0; y < sidePx; y += 1) noise.copy(rows, y * (sidePx * 4 + 1) + 1, y * sidePx * 4, (y + 1) * sidePx * 4);
  const parts = { widthPx: sidePx, heightPx: sidePx, colourType: 6, rows };
  const comment = (length: number) => [['tEXt', Buffer.alloc(length, 'x')]] as const;
  return sealOf(pngOf({ ...parts, chunks: comment(96 * 1024 - pngOf({ ...parts, chunks: comment(0) }).length) }));
}
