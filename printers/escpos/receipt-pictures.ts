import type { Bitmap } from '../core/bitmap.ts';
import type { QrMatrix } from '../document/qr-matrix.ts';
import type { ReceiptLine } from './layout.ts';

/** A black bar across the paper. `widthDots`: a multiple of 8. */
export function ruleBitmap(widthDots: number, rows: number): Bitmap {
  const rowBytes = widthDots / 8;
  return { rowBytes, rows, bits: new Uint8Array(rowBytes * rows).fill(0xff) };
}

/** What the document says, without what stands behind its right edge. */
export function pictureBitmap(picture: Extract<ReceiptLine, { type: 'picture' }>): Bitmap {
  const rowBytes = Math.ceil(picture.widthDots / 8);
  const bits = new Uint8Array(Buffer.from(picture.bits, 'base64'));
  const lastByte = (0xff00 >> (((picture.widthDots - 1) % 8) + 1)) & 0xff;
  for (let at = rowBytes - 1; at < bits.length; at += rowBytes) bits[at]! &= lastByte;
  return { rowBytes, rows: picture.heightDots, bits };
}

export function qrBitmap({ modules, dark }: QrMatrix, moduleDots: number): Bitmap {
  const rows = Array.from({ length: modules }, (_, y) => rowOf(dark.slice(y * modules, (y + 1) * modules), moduleDots));
  return { rowBytes: rows[0]!.length, rows: modules * moduleDots, bits: repeated(rows, moduleDots) };
}

/** `widths`: modules of a bar, a space, a bar and so on. */
export function barsBitmap(widths: readonly number[], moduleDots: number, heightDots: number): Bitmap {
  const modules = widths.flatMap((width, at) => new Array<boolean>(width).fill(at % 2 === 0));
  const row = rowOf(modules, moduleDots);
  return { rowBytes: row.length, rows: heightDots, bits: repeated([row], heightDots) };
}

function rowOf(modules: readonly boolean[], moduleDots: number): Uint8Array {
  const row = new Uint8Array(Math.ceil((modules.length * moduleDots) / 8));
  for (let x = 0; x < modules.length * moduleDots; x += 1) {
    if (modules[Math.floor(x / moduleDots)]) row[x >> 3]! |= 0x80 >> (x & 7);
  }
  return row;
}

/** Each row `times` below itself. */
function repeated(rows: readonly Uint8Array[], times: number): Uint8Array {
  return new Uint8Array(Buffer.concat(rows.flatMap((row) => new Array<Uint8Array>(times).fill(row))));
}

/** A symbol of one dot a module, row by row, each of `columns` modules. */
export function rowsBitmap(dark: readonly boolean[], columns: number): Bitmap {
  const rows = Array.from({ length: dark.length / columns }, (_, y) => dark.slice(y * columns, (y + 1) * columns));
  return {
    rowBytes: Math.ceil(columns / 8),
    rows: rows.length,
    bits: repeated(
      rows.map((row) => rowOf(row, 1)),
      1,
    ),
  };
}
