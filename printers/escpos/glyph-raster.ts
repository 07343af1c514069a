import { createCanvas } from '@napi-rs/canvas';
import type { Bitmap } from './commands.ts';
import { drawCharacter, hasGlyph } from './fonts.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';
import { cells } from './text.ts';

/** Above half covered is black; a little below, as thin strokes of 24-dot ideographs cover single dots only in part. */
const BLACK_FROM_ALPHA = 104;

/**
 * A line of text as a picture, for the characters that the printer's font lacks. Each cell is 12 dots a column and 24 high,
 * times the multiples, so it has the size that the same line would have in the printer's own font.
 */
export function rasterLine(text: string, style: { width: number; height: number; strong: boolean }): Bitmap {
  const line = cells(text);
  const columns = Math.max(
    1,
    line.reduce((sum, cell) => sum + cell.columns, 0),
  );
  const canvas = createCanvas(columns * COLUMN_DOTS * style.width, CELL_ROWS * style.height);
  const context = canvas.getContext('2d');
  let x = 0;
  for (const cell of line) {
    const width = cell.columns * COLUMN_DOTS * style.width;
    const box = { x, y: 0, width, height: canvas.height, columns: cell.columns };
    if (cell.bytes || hasGlyph(cell.text)) drawCharacter(context, cell.text, box, style.strong);
    else drawCodeBox(context, cell.text, box);
    x += box.width;
  }
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return toBitmap(canvas.width, canvas.height, (x, y) => data[(y * canvas.width + x) * 4 + 3]! >= BLACK_FROM_ALPHA);
}

/** Rows of whole bytes from a question about each dot. */
export function toBitmap(widthDots: number, rows: number, isBlack: (x: number, y: number) => boolean): Bitmap {
  const rowBytes = Math.ceil(widthDots / 8);
  const bits = new Uint8Array(rowBytes * rows);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < widthDots; x += 1) {
      if (isBlack(x, y)) bits[y * rowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return { rowBytes, rows, bits };
}

/** A character that no font here has still shows which one it is: its code point in a frame, as browsers draw it. */
function drawCodeBox(
  context: Parameters<typeof drawCharacter>[0],
  text: string,
  box: { x: number; y: number; width: number; height: number },
): void {
  const code = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0').padStart(6, ' ');
  context.save();
  context.translate(box.x, box.y);
  context.scale(box.width / CELL_ROWS, box.height / CELL_ROWS);
  context.lineWidth = 1;
  context.strokeRect(1.5, 0.5, 21, 22);
  for (const [at, digit] of [...code].entries()) {
    const cell = { x: 2.5 + (at % 3) * 6.4, y: at < 3 ? 1 : 11, width: 6.4, height: 11, columns: 1 } as const;
    drawCharacter(context, digit, cell, true);
  }
  context.restore();
}
