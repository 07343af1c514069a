import type { Bitmap } from '../core/bitmap.ts';

/**
 * Columns of `rows` dots, a multiple of 8, top dot first, as `ESC *` and `FS 2` send them, turned into rows.
 */
export function fromColumns(columns: Uint8Array, rows: number): Bitmap {
  const columnBytes = rows / 8;
  const widthDots = columnBytes === 0 ? 0 : Math.floor(columns.length / columnBytes);
  const rowBytes = Math.ceil(widthDots / 8);
  const bits = new Uint8Array(rowBytes * rows);
  for (let x = 0; x < widthDots; x += 1) {
    for (let y = 0; y < rows; y += 1) {
      const black = (columns[x * columnBytes + (y >> 3)]! >> (7 - (y & 7))) & 1;
      bits[y * rowBytes + (x >> 3)]! |= black << (7 - (x & 7));
    }
  }
  return { rowBytes, rows, bits };
}

/** The part of a picture that lies on the paper, in memory of its own. */
export function clip({ rowBytes, rows, bits }: Bitmap, rowBytesMax: number, rowsMax: number): Bitmap {
  const kept = { rowBytes: Math.min(rowBytes, rowBytesMax), rows: Math.min(rows, rowsMax) };
  const keptBits = new Uint8Array(kept.rowBytes * kept.rows);
  for (let y = 0; y < kept.rows; y += 1) {
    keptBits.set(bits.subarray(y * rowBytes, y * rowBytes + kept.rowBytes), y * kept.rowBytes);
  }
  return { ...kept, bits: keptBits };
}
