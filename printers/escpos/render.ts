import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Bitmap } from '../core/bitmap.ts';
import { encodePng } from '../png.ts';
import { drawCharacter } from './fonts.ts';
import type { Glyph, PaperEvent, PrintedReceipt } from './paper-events.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';

const colours = { desk: '#e4e6e9', paper: '#fdfdfb', edge: '#d9dadb', ink: '#1f2024' } as const;

/** Paper is wider than the print head: 80 mm to 72, 58 mm to 48; and there is desk around it. In dots. */
const PAPER_MARGIN = 36;
const DESK_MARGIN = 40;
/** What is above the first line: from the cutter back to the head, on every receipt. */
const HEAD_MARGIN = 56;
const TAIL_MARGIN = 20;
/** The cutter's teeth. */
const TOOTH = { width: 9, height: 5 };

/** Across, of the height: 11 degrees. */
const ITALIC_SLANT = 0.2;

/** Two pixels a dot are sharp on a screen; a picture this high or higher (1.25 m of paper) takes one. */
const SHARP_DOTS_MAX = 10_000;
/** Three metres of paper and its edges: 1 × 25,000 × 720 pixels of 4 bytes are 72 MB. */
const PICTURE_DOTS_MAX = 25_000;

/**
 * A PNG of receipts as they lie on the desk, below each other, at two pixels a dot (one, where they are longer than 1.25 m).
 * What does not fit into three metres is left out.
 */
export async function renderReceipts(receipts: readonly PrintedReceipt[]): Promise<Buffer> {
  const widthDots = Math.max(COLUMN_DOTS * 2, ...receipts.map((receipt) => receipt.widthDots));
  const pieces: { receipt: PrintedReceipt; top: number; height: number }[] = [];
  let bottom = DESK_MARGIN;
  for (const receipt of receipts) {
    const height = HEAD_MARGIN + receipt.heightDots + TAIL_MARGIN;
    if (bottom + height + DESK_MARGIN > PICTURE_DOTS_MAX) break;
    pieces.push({ receipt, top: bottom, height });
    bottom += height + DESK_MARGIN;
  }
  const pixels = bottom > SHARP_DOTS_MAX ? 1 : 2;
  const canvas = createCanvas((widthDots + 2 * (PAPER_MARGIN + DESK_MARGIN)) * pixels, bottom * pixels);
  const context = canvas.getContext('2d');
  context.scale(pixels, pixels);
  context.fillStyle = colours.desk;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const { receipt, top, height } of pieces) {
    context.save();
    context.translate(DESK_MARGIN, top);
    drawPaper(context, receipt.widthDots + 2 * PAPER_MARGIN, height);
    context.translate(PAPER_MARGIN, HEAD_MARGIN);
    context.beginPath();
    context.rect(0, 0, receipt.widthDots, receipt.heightDots + TAIL_MARGIN);
    context.clip();
    for (const event of receipt.events) drawEvent(context, event);
    context.restore();
  }
  const { width, height } = canvas;
  return await encodePng(width, height, context.getImageData(0, 0, width, height).data);
}

function drawPaper(context: SKRSContext2D, width: number, height: number): void {
  context.save();
  context.shadowColor = 'rgba(20, 24, 32, 0.22)';
  context.shadowBlur = 26;
  context.shadowOffsetY = 10;
  context.fillStyle = colours.paper;
  outline(context, width, height);
  context.fill();
  context.restore();
  context.strokeStyle = colours.edge;
  context.lineWidth = 0.75;
  context.stroke(); // the path is still there: it is no part of what is restored
}

/** Straight where the roll's sides are, serrated where the cutter went through. */
function outline(context: SKRSContext2D, width: number, height: number): void {
  const teeth = Math.round(width / TOOTH.width);
  context.beginPath();
  context.moveTo(0, 0);
  for (let tooth = 0; tooth < teeth; tooth += 1) {
    context.lineTo(((tooth + 0.5) * width) / teeth, TOOTH.height);
    context.lineTo(((tooth + 1) * width) / teeth, 0);
  }
  context.lineTo(width, height);
  for (let tooth = teeth; tooth > 0; tooth -= 1) {
    context.lineTo(((tooth - 0.5) * width) / teeth, height - TOOTH.height);
    context.lineTo(((tooth - 1) * width) / teeth, height);
  }
  context.closePath();
}

function drawEvent(context: SKRSContext2D, event: PaperEvent): void {
  context.fillStyle = colours.ink;
  switch (event.type) {
    case 'text':
      for (const glyph of event.glyphs) drawGlyph(context, glyph, event.atDots + event.heightDots - glyph.heightDots);
      return;
    case 'image':
      drawBitmap(context, event.image, { ...event, x: event.leftDots, y: event.atDots }, colours.ink);
      return;
    case 'qr':
      for (const [at, dark] of event.matrix.dark.entries()) {
        const x = event.leftDots + (at % event.matrix.modules) * event.moduleDots;
        const y = event.atDots + Math.floor(at / event.matrix.modules) * event.moduleDots;
        if (dark) context.fillRect(x, y, event.moduleDots, event.moduleDots);
      }
      return;
    case 'barcode':
      drawBarcode(context, event);
      return;
    default: // feeds and cuts are in the shape of the paper; the rest leaves nothing on it
  }
}

function drawGlyph(context: SKRSContext2D, glyph: Glyph, y: number): void {
  const { leftDots: x, widthDots: width, heightDots: height, style } = glyph;
  const colour = style.reverse ? colours.paper : colours.ink;
  context.save();
  if (style.reverse) context.fillRect(x, y, width, height);
  context.fillStyle = colour;
  if (style.italic) context.transform(1, 0, -ITALIC_SLANT, 1, ITALIC_SLANT * (y + height), 0);
  if (style.upsideDown) {
    context.translate(2 * x + width, 2 * y + height);
    context.rotate(Math.PI);
  }
  if (glyph.bitmap) {
    const scale = { scaleX: width / (glyph.columns * COLUMN_DOTS), scaleY: height / glyph.bitmap.rows };
    drawBitmap(context, glyph.bitmap, { x, y, ...scale }, colour);
  } else drawCharacter(context, glyph.text, { x, y, width, height, columns: glyph.columns }, style.bold);
  context.fillRect(x, y + height - style.underlineDots, width, style.underlineDots);
  context.restore();
}

/** As one picture of a pixel a dot, stretched without smoothing: a rectangle a dot takes half a minute for a black receipt. */
function drawBitmap(
  context: SKRSContext2D,
  image: Bitmap,
  { x, y, scaleX, scaleY }: { x: number; y: number; scaleX: number; scaleY: number },
  colour: string,
): void {
  const width = image.rowBytes * 8;
  const dots = createCanvas(width, image.rows);
  const dotsContext = dots.getContext('2d');
  const picture = dotsContext.createImageData(width, image.rows);
  const pixels = new DataView(picture.data.buffer);
  const ink = Number.parseInt(`${colour.slice(1)}ff`, 16);
  for (let dot = 0; dot < width * image.rows; dot += 1) {
    const black = (image.bits[dot >> 3]! >> (7 - (dot & 7))) & 1;
    if (black === 1) pixels.setUint32(dot * 4, ink);
  }
  dotsContext.putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(dots, x, y, width * scaleX, image.rows * scaleY);
}

function drawBarcode(context: SKRSContext2D, event: Extract<PaperEvent, { type: 'barcode' }>): void {
  const { bars, moduleDots, barDots, leftDots, atDots, heightDots, textPlace } = event;
  const above = textPlace === 'above' || textPlace === 'both';
  const below = textPlace === 'below' || textPlace === 'both';
  let x = leftDots;
  for (const [at, modules] of bars.widths.entries()) {
    const width = modules * moduleDots;
    if (at % 2 === 0)
      context.fillRect(x, atDots + (above ? heightDots - barDots - (below ? 28 : 0) : 0), width, barDots);
    x += width;
  }
  const textLeft = leftDots + (x - leftDots - bars.text.length * COLUMN_DOTS) / 2;
  for (const [at, character] of [...bars.text].entries()) {
    const cell = { x: textLeft + at * COLUMN_DOTS, width: COLUMN_DOTS, height: CELL_ROWS, columns: 1 } as const;
    if (above) drawCharacter(context, character, { ...cell, y: atDots }, false);
    if (below) drawCharacter(context, character, { ...cell, y: atDots + heightDots - CELL_ROWS }, false);
  }
}
