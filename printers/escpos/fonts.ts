import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { registerFont } from '../canvas-fonts.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';

const files = {
  'Jiujin Receipt': '@expo-google-fonts/noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf',
  'Jiujin Receipt Bold': '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
} as const;

/**
 * Asked, in this order, for what Noto Sans SC lacks; the canvas looks into no other. Windows' own for ideographs of plane 2,
 * Uyghur, Tibetan and symbols, and what Linux images have.
 */
const others = [
  ...['SimSun-ExtB', 'SimSun-ExtG', 'Microsoft YaHei', 'Microsoft Uighur', 'Microsoft Himalaya', 'Segoe UI Symbol'],
  ...['Noto Sans CJK SC', 'Noto Sans Arabic', 'Noto Serif Tibetan', 'Noto Sans Symbols', 'DejaVu Sans'],
]
  .map((name) => `"${name}"`)
  .join(', ');

export function receiptFont(bold: boolean): keyof typeof files {
  const name = bold ? 'Jiujin Receipt Bold' : 'Jiujin Receipt';
  registerFont(name, files[name]);
  return name;
}

/** Noto's ideographs fill their em square, and stand on a baseline at 0.88 of it (hhea table, without the line gap). */
const BASELINE = 0.86;
/** Latin letters at 11/12 of the cell's height leave the room between lines that printers' own fonts have, and g its foot. */
const LATIN = { size: 22, baseline: 0.8 };
/** Measures are whole dots, rounded outwards. */
const ROUNDED_DOTS = 1;
/** Joined letters reach further down. */
const CURSIVE = { size: 20, baseline: 0.74 };

/** Where a character is drawn. `columns`: 2 for one that was sent as two bytes, whatever its multiples make of the width. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly columns: 1 | 2;
}

/**
 * Draws one character into its cell with the context's fill style. One that is wider than its columns, of 12 dots each in
 * font A, is narrowed, and centred where it is narrower. Cells of any size: multiples stretch the character as printers do.
 */
export function drawCharacter(context: SKRSContext2D, text: string, cell: Cell, bold: boolean): void {
  const font = cell.columns === 1 ? LATIN : { size: CELL_ROWS, baseline: BASELINE };
  draw(context, text, cell, { ...font, bold, centred: true });
}

/** Draws words of joined letters, right to left, beside what stands left of them, in at most `columns` times 12 dots. */
export function drawCursive(
  context: SKRSContext2D,
  text: string,
  box: Omit<Cell, 'columns'> & { readonly columns: number },
  bold: boolean,
): void {
  draw(context, text, box, { ...CURSIVE, bold, centred: false });
}

function draw(
  context: SKRSContext2D,
  text: string,
  { x, y, width, height, columns }: Omit<Cell, 'columns'> & { readonly columns: number },
  { size, baseline, bold, centred }: { size: number; baseline: number; bold: boolean; centred: boolean },
): void {
  const room = columns * COLUMN_DOTS;
  context.save();
  context.translate(x, y);
  context.scale(width / room, height / CELL_ROWS);
  context.font = `${size}px "${receiptFont(bold)}", ${others}`;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  const measured = context.measureText(text);
  const narrowed = Math.min(1, room / Math.max(measured.width, 1));
  const free = room - measured.width * narrowed;
  const { baselineDots, lowered } = fittingRows(measured, CELL_ROWS * baseline);
  context.translate(centred ? free / 2 : 0, baselineDots);
  context.scale(narrowed, lowered);
  context.fillText(text, 0, 0);
  context.restore();
}

/** A mark below a letter lifts it, and one above makes it lower: a cell cuts none off, as without its mark it is another letter. */
function fittingRows(
  { actualBoundingBoxAscent: above, actualBoundingBoxDescent: below }: ReturnType<SKRSContext2D['measureText']>,
  wantedDots: number,
): { baselineDots: number; lowered: number } {
  const baselineDots = below > CELL_ROWS - wantedDots + ROUNDED_DOTS ? CELL_ROWS - below : wantedDots;
  return { baselineDots, lowered: above > baselineDots + ROUNDED_DOTS ? baselineDots / above : 1 };
}

const known = new Map<string, boolean>();
/** Names repeat their few rare characters; a stream of ever new ones must not fill the memory. */
const KNOWN_MAX = 2_000;

/**
 * Whether the fonts have all of this character, its marks and what it is joined of: each part is drawn differently from one
 * that nobody has.
 */
export function hasGlyph(text: string): boolean {
  const before = known.get(text);
  if (before !== undefined) return before;
  const missing = picture('\u{10FFFF}');
  const drawn = (part: string): boolean => !/\p{C}/u.test(part) && !picture(part).equals(missing);
  const has = [...text].every(drawn);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, has);
  return has;
}

function picture(text: string): Buffer {
  const canvas = createCanvas(CELL_ROWS, CELL_ROWS);
  const context = canvas.getContext('2d');
  drawCharacter(context, text, { x: 0, y: 0, width: CELL_ROWS, height: CELL_ROWS, columns: 2 }, false);
  return canvas.data();
}
