import type { Receipt } from '../document/document.ts';
import { type Bitmap, type Command, encode, hidesRealTimeCommand, type QrLevel } from './commands.ts';
import { rasterLine, toBitmap } from './glyph-raster.ts';
import { layoutReceipt, type ReceiptLine } from './layout.ts';
import { CELL_ROWS, type EscposProfile } from './profile.ts';
import { type QrMatrix, qrMatrix } from './symbols.ts';
import { missingCharacters } from './text.ts';

/** Between the feet of one line and the heads of the next. Chinese text wants more than Latin: 10/24 of its height. */
const LEADING_DOTS = 10;
/** Some printers hold no more than 4 KB; a status request waits behind what has been written, and never within a command. */
const BAND_ROWS = 24;
const RULE_ROWS = 2;
/** 29 mm: a telephone held a hand's breadth above reads it at once. */
const QR_DOTS = 232;
const QR_MODULE_DOTS = { least: 3, most: 8 } as const;
const QR_LEVEL: QrLevel = 'M';
/** `ESC J` takes one byte. */
const FEED_DOTS_MAX = 255;

/** A receipt as one job: from a printer in any mode, to the cut and the question whether all of it has been printed. */
export function receiptCommands(receipt: Receipt, profile: EscposProfile): Command[] {
  const writer = new JobWriter(profile);
  for (const line of layoutReceipt(receipt, profile)) writer.line(line);
  return writer.finish();
}

/**
 * The job's bytes in pieces of whole commands, each at least one command and else at most `bytesMax`: between two pieces a
 * status request may be sent.
 */
export function chunks(commands: readonly Command[], bytesMax: number): Uint8Array[] {
  const pieces: Uint8Array[][] = [];
  let room = 0;
  for (const bytes of commands.map(encode)) {
    if (bytes.length > room) {
      pieces.push([]);
      room = bytesMax;
    }
    pieces.at(-1)?.push(bytes);
    room -= bytes.length;
  }
  return pieces.map((piece) => Uint8Array.from(Buffer.concat(piece)));
}

/** What is printed leaves the printer, cut off where there is a cutter. */
export function endOfPaper({ cutter, endFeedDots }: EscposProfile): Command[] {
  if (cutter === 'none') return [{ type: 'feed-dots', dots: endFeedDots }];
  return [{ type: 'feed-and-cut', kind: cutter, dots: endFeedDots }];
}

/** How far the paper moves for a job, for estimates; at least what really moves. */
export function paperDots(commands: readonly Command[]): number {
  let spacing = 0;
  let total = 0;
  for (const command of commands) {
    if (command.type === 'line-spacing') spacing = command.dots;
    else if (command.type === 'line-feed') total += spacing;
    else if (command.type === 'feed-dots' || command.type === 'feed-and-cut') total += command.dots;
    else if (command.type === 'raster') total += command.image.rows;
    else if (command.type === 'qr') total += QR_DOTS * 2;
  }
  return total;
}

/** Sends a mode only where it changes, from the state that `ESC @` leaves. */
class JobWriter {
  readonly #profile: EscposProfile;
  readonly #commands: Command[] = [{ type: 'initialise' }, { type: 'chinese', on: true }];
  #align: 'left' | 'center' = 'left';
  #bold = false;
  #size = { width: 1, height: 1 };
  #spacingDots: number | undefined;

  constructor(profile: EscposProfile) {
    this.#profile = profile;
  }

  line(line: ReceiptLine): void {
    switch (line.type) {
      case 'gap':
        this.#commands.push({ type: 'feed-dots', dots: line.dots });
        return;
      case 'rule':
        this.#setAlign('left');
        this.#raster(toBitmap(this.#profile.widthDots, RULE_ROWS, () => true));
        return;
      case 'qr':
        this.#setAlign('center');
        this.#qr(line.data);
        return;
      case 'text':
        this.#setAlign(line.align);
        if (missingCharacters(line.text).length === 0) this.#printedLine(line);
        else {
          this.#raster(rasterLine(line.text, line));
          this.#commands.push({ type: 'feed-dots', dots: LEADING_DOTS });
        }
    }
  }

  finish(): Command[] {
    this.#commands.push(...endOfPaper(this.#profile), { type: 'report-when-done' });
    return this.#commands;
  }

  #printedLine({ text, width, height, strong }: Extract<ReceiptLine, { type: 'text' }>): void {
    const spacingDots = Math.min(FEED_DOTS_MAX, CELL_ROWS * height + LEADING_DOTS);
    if (spacingDots !== this.#spacingDots) this.#commands.push({ type: 'line-spacing', dots: spacingDots });
    if (width !== this.#size.width || height !== this.#size.height)
      this.#commands.push({ type: 'size', width, height });
    if (strong !== this.#bold) this.#commands.push({ type: 'bold', on: strong });
    this.#spacingDots = spacingDots;
    this.#size = { width, height };
    this.#bold = strong;
    if (text !== '') this.#commands.push({ type: 'text', text });
    this.#commands.push({ type: 'line-feed' });
  }

  #setAlign(to: 'left' | 'center'): void {
    if (to !== this.#align) this.#commands.push({ type: 'align', to });
    this.#align = to;
  }

  #raster(image: Bitmap): void {
    for (let row = 0; row < image.rows; row += BAND_ROWS) {
      const rows = Math.min(BAND_ROWS, image.rows - row);
      const bits = image.bits.subarray(row * image.rowBytes, (row + rows) * image.rowBytes);
      this.#commands.push({ type: 'raster', image: { rowBytes: image.rowBytes, rows, bits } });
    }
  }

  /** Throws RangeError for data that no symbol of this width holds; the document's schema allows none. */
  #qr(data: string): void {
    const matrix = qrMatrix(data, QR_LEVEL);
    const moduleDots = matrix && qrModuleDots(matrix, this.#profile.widthDots);
    if (!matrix || !moduleDots) throw new RangeError('QR data is too long for this paper');
    const native = this.#profile.qr === 'native' && !hidesRealTimeCommand(new TextEncoder().encode(data));
    if (native) this.#commands.push({ type: 'qr', data, moduleDots, level: QR_LEVEL });
    else this.#raster(qrBitmap(matrix, moduleDots));
  }
}

function qrModuleDots({ modules }: QrMatrix, widthDots: number): number {
  const wanted = Math.min(QR_MODULE_DOTS.most, Math.max(QR_MODULE_DOTS.least, Math.floor(QR_DOTS / modules)));
  return Math.min(wanted, Math.floor(widthDots / modules));
}

function qrBitmap({ modules, dark }: QrMatrix, moduleDots: number): Bitmap {
  const dots = modules * moduleDots;
  return toBitmap(dots, dots, (x, y) => {
    return dark[Math.floor(y / moduleDots) * modules + Math.floor(x / moduleDots)] === true;
  });
}
