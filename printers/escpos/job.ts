import type { Bitmap } from '../core/bitmap.ts';
import type { Receipt } from '../document/document.ts';
import { type QrLevel, qrMatrix } from '../document/qr-matrix.ts';
import { code128Modules, code128Parts } from './code128.ts';
import { type Command, code128Content, encode, hidesRealTimeCommand, storeQr } from './commands.ts';
import { rasterLine } from './glyph-raster.ts';
import { layoutReceipt, type ReceiptLine } from './layout.ts';
import { CELL_ROWS, type EscposProfile } from './profile.ts';
import { barsBitmap, pictureBitmap, qrBitmap, ruleBitmap } from './receipt-pictures.ts';
import { bars, qrModules } from './symbols.ts';
import { isPrintable } from './text.ts';

/** Between the feet of one line and the heads of the next. Chinese text wants more than Latin: 10/24 of its height. */
const LEADING_DOTS = 10;
/** Some printers hold no more than 4 KB; a status request waits behind what has been written, and never within a command. */
const BAND_ROWS = 24;
const RULE_ROWS = 2;
const MM_PER_INCH = 25.4;
/** A telephone held a hand's breadth above reads it at once. */
const QR_MM = 29;
const QR_MODULE_DOTS = { least: 3, most: 8 } as const;
/** Scanners want 0.25 mm a module; half as much again is read faster. */
const BARCODE_MODULE_DOTS = { least: 2, most: 3 } as const;
const BARCODE_MM = 10;
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
  const encoded = commands.map(encode);
  const job = new Uint8Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0));
  const pieces: Uint8Array[] = [];
  let [start, end] = [0, 0];
  for (const bytes of encoded) {
    if (end > start && end + bytes.length - start > bytesMax) {
      pieces.push(job.subarray(start, end));
      start = end;
    }
    job.set(bytes, end);
    end += bytes.length;
  }
  if (end > start) pieces.push(job.subarray(start, end));
  return pieces;
}

/** What is printed leaves the printer, cut off where there is a cutter. */
export function endOfPaper({ cutter, cutCommand, endFeedDots }: EscposProfile): Command[] {
  if (cutter !== 'none' && cutCommand === 'feed-and-cut') {
    return [{ type: 'feed-and-cut', kind: cutter, dots: endFeedDots }];
  }
  const feed: Command = { type: 'feed-dots', dots: endFeedDots };
  return cutter === 'none' ? [feed] : [feed, { type: 'cut', kind: cutter }];
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
    else if (command.type === 'qr') total += command.moduleDots * (qrModules(Buffer.byteLength(command.data)) ?? 0);
    else if (command.type === 'code128') total += command.heightDots;
  }
  return total;
}

/** Sends a mode only where it changes, from the state that `ESC @` leaves. */
class JobWriter {
  readonly #profile: EscposProfile;
  readonly #commands: Command[];
  #align: 'left' | 'center' = 'left';
  #bold = false;
  #size = { width: 1, height: 1 };
  #spacingDots: number | undefined;

  constructor(profile: EscposProfile) {
    this.#profile = profile;
    this.#commands = [{ type: 'initialise' }, ...motionUnits(profile), ...textMode(profile)];
  }

  line(line: ReceiptLine): void {
    switch (line.type) {
      case 'gap':
        this.#commands.push({ type: 'feed-dots', dots: line.dots });
        return;
      case 'rule':
        this.#setAlign('left');
        this.#raster(ruleBitmap(this.#profile.widthDots, RULE_ROWS));
        return;
      case 'qr':
        this.#setAlign('center');
        this.#qr(line.data);
        return;
      case 'barcode':
        this.#setAlign('center');
        this.#barcode(line.data);
        return;
      case 'picture':
        if (line.widthDots > this.#profile.widthDots) throw new RangeError('A picture is wider than this paper');
        this.#setAlign('center');
        this.#raster(pictureBitmap(line));
        return;
      case 'text':
        this.#setAlign(line.align);
        if (isPrintable(line.text)) this.#printedLine(line);
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
    const bytes = new TextEncoder().encode(data);
    const native = this.#profile.qr === 'native' && !hidesRealTimeCommand(storeQr(bytes));
    const matrix = native ? undefined : qrMatrix(data, QR_LEVEL);
    const modules = native ? qrModules(bytes.length) : matrix?.modules;
    const moduleDots = modules && this.#qrModuleDots(modules);
    if (!moduleDots) throw new RangeError('QR data is too long for this paper');
    if (matrix) this.#raster(qrBitmap(matrix, moduleDots));
    else this.#commands.push({ type: 'qr', data, moduleDots, level: QR_LEVEL });
  }

  #qrModuleDots(modules: number): number {
    const fitting = Math.floor(this.#dots(QR_MM) / modules);
    const wanted = Math.min(QR_MODULE_DOTS.most, Math.max(QR_MODULE_DOTS.least, fitting));
    return Math.min(wanted, Math.floor(this.#profile.widthDots / modules));
  }

  /** Throws RangeError for data that is wider than the paper at the narrowest bars that scanners read. */
  #barcode(data: string): void {
    const parts = code128Parts(data);
    const moduleDots = Math.min(BARCODE_MODULE_DOTS.most, Math.floor(this.#profile.widthDots / code128Modules(parts)));
    if (moduleDots < BARCODE_MODULE_DOTS.least) throw new RangeError('Barcode data is too long for this paper');
    const heightDots = this.#dots(BARCODE_MM);
    if (this.#profile.barcode === 'native' && !hidesRealTimeCommand(code128Content(parts))) {
      this.#commands.push({ type: 'code128', parts, heightDots, moduleDots, text: 'none' });
      return;
    }
    const drawn = bars(73, data.replaceAll('{', '{{'));
    if (!drawn) throw new RangeError('Barcode data that Code 128 cannot hold');
    this.#raster(barsBitmap(drawn.widths, moduleDots, heightDots));
  }

  #dots(mm: number): number {
    return Math.round((mm * this.#profile.dpi) / MM_PER_INCH);
  }
}

/** `ESC @` has reset them. */
function motionUnits({ motionUnits: said, dpi }: EscposProfile): Command[] {
  return said === 'command' ? [{ type: 'motion-units', dpi }] : [];
}

/** From power-on or `ESC @` to Chinese text. */
function textMode({ text }: EscposProfile): Command[] {
  return [
    ...(text.codePage === undefined ? [] : [{ type: 'code-page', page: text.codePage } as const]),
    ...(text.chineseMode === 'command' ? [{ type: 'chinese', on: true } as const] : []),
  ];
}
