import sharp from 'sharp';
import type { PaperEvent, PrintedReceipt } from '../../printers/escpos/paper-events.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';

/** What is drawn in which colour. */
export const colour = { desk: 'e4e6e9', paper: 'fdfdfb', ink: '1f2024' } as const;

/** Where the printable area of the first receipt begins: desk and margin beside it, desk and the way from cutter to head above. */
export const area = { leftDots: 40 + 36, topDots: 40 + 56 } as const;

/** A piece of paper with these things on it. */
export function paperOf(widthDots: number, heightDots: number, events: readonly PaperEvent[] = []): PrintedReceipt {
  return { widthDots, heightDots, events, bytes: new Uint8Array(), cut: true, truncated: false };
}

/** A picture of a receipt, to be asked for its colours. */
export interface Picture {
  readonly widthDots: number;
  readonly heightDots: number;
  /** As `rrggbb`, of the pixel at this place, in dots and halves of them from the picture's left upper corner. */
  at(x: number, y: number): string;
  /** How light the pixel is, 0 to 765. */
  light(x: number, y: number): number;
  /** Dots of the first receipt's printable area, a text a row: `#` is ink, `.` paper, `?` neither, or not all of the dot. */
  dots(left: number, top: number, width: number, height: number): string[];
}

export async function pictureOf(...receipts: PrintedReceipt[]): Promise<Picture> {
  const png = await renderReceipts(receipts);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const from = (x: number, y: number): number => (Math.floor(y * 2) * info.width + Math.floor(x * 2)) * info.channels;
  const at = (x: number, y: number): string => data.toString('hex', from(x, y), from(x, y) + 3);
  const light = (x: number, y: number): number =>
    data.subarray(from(x, y), from(x, y) + 3).reduce((sum, one) => sum + one);
  const dot = (x: number, y: number): string => {
    const seen = new Set([at(x, y), at(x + 0.5, y), at(x, y + 0.5), at(x + 0.5, y + 0.5)]);
    if (seen.size > 1) return '?';
    return seen.has(colour.ink) ? '#' : seen.has(colour.paper) ? '.' : '?';
  };
  const dots = (left: number, top: number, width: number, height: number): string[] =>
    Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => dot(area.leftDots + left + x, area.topDots + top + y)).join(''),
    );
  return { widthDots: info.width / 2, heightDots: info.height / 2, at, light, dots };
}

/** Dots as a text a row, `#` is black, as a picture of whole bytes. */
export function bitmapOf(...rows: string[]): { rowBytes: number; rows: number; bits: Uint8Array } {
  const rowBytes = Math.ceil(rows[0]!.length / 8);
  const bits = new Uint8Array(rowBytes * rows.length);
  for (const [y, row] of rows.entries()) {
    for (const [x, dot] of [...row].entries()) if (dot === '#') bits[y * rowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
  }
  return { rowBytes, rows: rows.length, bits };
}
