import { createCanvas } from '@napi-rs/canvas';
import type { Bitmap } from '../core/bitmap.ts';
import { drawCharacter, drawCursive, hasGlyph } from './fonts.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';
import { type Cell, cells, isCursive } from './text.ts';

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
  for (const part of drawnTogether(line)) {
    const { text: drawn, columns: wide } = part;
    const box = { x, y: 0, width: wide * COLUMN_DOTS * style.width, height: canvas.height };
    if (part.cursive) drawCursive(context, drawn, { ...box, columns: wide }, style.strong);
    else if (part.inFont || hasGlyph(drawn))
      drawCharacter(context, drawn, { ...box, columns: wide === 1 ? 1 : 2 }, style.strong);
    else drawCodeBox(context, drawn, { ...box, columns: wide });
    x += box.width;
  }
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return toBitmap(canvas.width, canvas.height, (x, y) => data[(y * canvas.width + x) * 4 + 3]! >= BLACK_FROM_ALPHA);
}

interface Part {
  readonly text: string;
  readonly columns: number;
  readonly inFont: boolean;
  readonly cursive: boolean;
}

/** A line's characters each by itself, but words of cursive letters whole, with the spaces between them: they are shaped as one. */
function drawnTogether(line: readonly Cell[]): Part[] {
  const parts: Part[] = [];
  let spaces: Part[] = [];
  for (const { text, columns, bytes } of line) {
    const cursive = !bytes && isCursive(text) && hasGlyph(text);
    const part: Part = { text, columns, inFont: bytes !== undefined, cursive };
    const last = parts.at(-1);
    if (text === ' ' && last?.cursive) {
      spaces.push(part);
    } else if (cursive && last?.cursive) {
      parts[parts.length - 1] = [...spaces, part].reduce(joined, last);
      spaces = [];
    } else {
      parts.push(...spaces, part);
      spaces = [];
    }
  }
  return [...parts, ...spaces];
}

function joined(left: Part, right: Part): Part {
  return { ...left, text: left.text + right.text, columns: left.columns + right.columns };
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
  box: { x: number; y: number; width: number; height: number; columns: number },
): void {
  const perRow = box.columns === 1 ? 2 : 3;
  const code = (text.codePointAt(0) ?? 0)
    .toString(16)
    .toUpperCase()
    .padStart(4, '0')
    .padStart(perRow * 2, ' ');
  const room = box.columns * COLUMN_DOTS;
  const digitWidth = (room - 4.8) / perRow;
  context.save();
  context.translate(box.x, box.y);
  context.scale(box.width / room, box.height / CELL_ROWS);
  context.lineWidth = 1;
  context.strokeRect(1.5, 0.5, room - 3, 22);
  for (const [at, digit] of [...code].entries()) {
    const cell = { x: 2.5 + (at % perRow) * digitWidth, y: at < perRow ? 1 : 11, width: digitWidth, height: 11 };
    drawCharacter(context, digit, { ...cell, columns: 1 }, true);
  }
  context.restore();
}
