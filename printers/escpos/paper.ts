import { qrMatrix } from '../document/qr-matrix.ts';
import { moved, Page } from './page.ts';
import type { PrintedReceipt } from './paper-events.ts';
import { PaperRoll, type RollOptions } from './paper-roll.ts';
import { atLineStart, functionsWithoutTrace, type Parsed, parse, withoutTrace, wordAt } from './parser.ts';
import { PrintHead } from './print-head.ts';
import { applyMode, decodeSymbolData, initialState, isCodePageKnown, tabbedDots } from './print-state.ts';
import { CELL_ROWS } from './profile.ts';
import { rowsBitmap } from './receipt-pictures.ts';
import { type StoredPicture, StoredPictures } from './stored-pictures.ts';
import { applySymbolFunction } from './symbol-functions.ts';
import { bars, pdf417 } from './symbols.ts';

/** Below the bars: font A and a little air, as printers set it. */
const BARCODE_TEXT_DOTS = 28;

export interface PaperOptions extends RollOptions {
  /** `without-feed`: the printer knows `GS V 0` and `1`; one that would also feed (65, 66 and what came later) does nothing. */
  readonly cuts?: 'any' | 'without-feed';
}

/** What one step has consumed. `name` is the command's, `text` for a character, `unknown` for nonsense. */
export interface Step {
  readonly name: string;
  readonly parameters: Uint8Array;
  readonly length: number;
  /** By how much the paper moved. */
  readonly fedDots: number;
}

/**
 * Turns a printer's bytes into what is on its paper. Takes any bytes whatever: what it does not know becomes an `unknown`
 * event, and memory stays bounded by the limits above. Knows nothing of status: that is the printer around it.
 */
export class Paper {
  readonly #paper: PaperRoll;
  /** While page mode is on. */
  #page: Page | undefined;
  readonly #head: PrintHead;
  readonly #cutsWithFeed: boolean;
  readonly #pictures = new StoredPictures();
  /** In all bytes so far, where the present command begins. */
  #atByte = 0;
  #pending: Uint8Array = new Uint8Array();
  /** Bytes of a command too long to be kept, which are still to come. */
  #skipping = 0;

  constructor(options: PaperOptions) {
    this.#paper = new PaperRoll(options);
    this.#cutsWithFeed = options.cuts !== 'without-feed';
    this.#head = new PrintHead(() => this.#page?.roll ?? this.#paper);
  }

  /** Takes bytes without printing any: `step` does. */
  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skipping, bytes.length);
    this.#skipping -= skipped;
    this.#atByte += skipped;
    const fresh = bytes.subarray(skipped);
    this.#pending = this.#pending.length === 0 ? fresh.slice() : Buffer.concat([this.#pending, fresh]);
  }

  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Does the first thing among the bytes pushed. `undefined`: nothing there, or not all of it. */
  step(): Step | undefined {
    const parsed = parse(this.#pending, this.#head.state.chinese !== false);
    if (parsed.kind === 'incomplete') return undefined;
    const taken = this.#pending.subarray(0, parsed.length);
    this.#skipping = Math.max(0, parsed.length - this.#pending.length);
    this.#pending = this.#pending.subarray(parsed.length);
    this.#paper.consume(taken);
    const before = this.#paper.totalDots;
    this.#execute(parsed, taken);
    this.#atByte += taken.length;
    return {
      name: parsed.kind === 'command' ? parsed.name : parsed.kind === 'character' ? 'text' : 'unknown',
      parameters: parsed.kind === 'command' ? parsed.parameters : new Uint8Array(),
      length: taken.length,
      fedDots: this.#paper.totalDots - before,
    };
  }

  /** `atEnd`: a line without its line feed comes out too, and a command that is cut short is reported. */
  print(bytes: Uint8Array, atEnd = false): void {
    for (let at = 0; at < bytes.length; at += 4096) {
      if (this.#paper.exhausted) {
        this.#paper.omit();
        break;
      }
      this.push(bytes.subarray(at, at + 4096));
      while (this.step());
    }
    if (!atEnd) return;
    this.#head.flushLine(0);
    if (this.#pending.length > 0) {
      this.#unknown('cut short by the end of the data', this.#pending);
      this.#printWhatIsThere(this.#pending);
    }
    if (this.#page?.roll.uncut) {
      this.#page = undefined;
      this.#unknown('page that is never printed', new Uint8Array());
    }
    this.clear();
  }

  /** A head burns a raster picture row by row as it comes in. */
  #printWhatIsThere(bytes: Uint8Array): void {
    const [gs, v, , mode = 0] = bytes;
    if (gs !== 0x1d || v !== 0x76 || bytes.length < 8) return;
    const rowBytes = wordAt(bytes, 4);
    const rows = Math.floor((bytes.length - 8) / rowBytes);
    const image = { rowBytes, rows, bits: bytes.slice(8, 8 + rows * rowBytes) };
    this.#head.image(image, (mode & 1) + 1, ((mode >> 1) & 1) + 1);
  }

  /** `DLE ENQ 2`: forgets what is received and not printed, the half-built line included. */
  clear(): void {
    this.#pending = new Uint8Array();
    this.#skipping = 0;
    this.#head.line.clear();
    this.#page = undefined;
  }

  /** What has been cut off, oldest first. */
  get receipts(): readonly PrintedReceipt[] {
    return this.#paper.receipts;
  }

  /** What hangs out of the printer, or nothing. */
  get uncut(): PrintedReceipt | undefined {
    return this.#paper.uncut;
  }

  #execute(parsed: Exclude<Parsed, { kind: 'incomplete' }>, bytes: Uint8Array): void {
    if (parsed.kind === 'unknown') {
      this.#unknown(parsed.reason, bytes);
      return;
    }
    if (parsed.kind === 'character') {
      const put = this.#head.character(parsed.bytes);
      if (put === 'wider-than-the-line') this.#unknown('character wider than the line', bytes);
      return;
    }
    const { name, parameters: p } = parsed;
    if (!this.#head.line.empty && atLineStart.has(name)) return;
    const [first = 0, second = 0] = p;
    if (name === 'code-page' && !isCodePageKnown(first)) this.#unknown(`code page ${first}`, bytes);
    if (applyMode(this.#head.state, name, p)) return;
    const word = wordAt(p, 0);
    switch (name) {
      case 'initialise':
        this.#head.state = initialState();
        this.#head.line.clear();
        this.#page = undefined;
        return;
      case 'line-feed':
        this.#head.flushLine(this.#head.state.lineSpacingDots);
        return;
      case 'feed-lines':
        this.#head.flushLine(first * this.#head.state.lineSpacingDots);
        return;
      case 'feed-dots':
        this.#head.flushLine(first);
        return;
      case 'carriage-return': // ignored by printers that feed on LF
        return;
      case 'tab':
        this.#head.line.positionDots = Math.min(
          tabbedDots(this.#head.state, this.#head.line.positionDots),
          this.#head.lineDots(),
        );
        return;
      case 'absolute-position':
        this.#head.line.positionDots = Math.min(word, this.#head.lineDots());
        return;
      case 'relative-position':
        this.#head.line.positionDots = Math.min(
          Math.max(0, this.#head.line.positionDots + ((word << 16) >> 16)),
          this.#head.lineDots(),
        );
        return;
      case 'cut':
        if (p.length === 2 && !this.#cutsWithFeed) this.#unknown('cut with a feed', bytes);
        else this.#cut(first, second);
        return;
      case 'cut-full-old':
      case 'cut-partial-old':
        this.#cut(name === 'cut-full-old' ? 0 : 1, 0);
        return;
      case 'beep':
      case 'beep-times':
        this.#head.roll.add({ type: 'beep', atDots: this.#head.roll.atDots });
        return;
      case 'drawer':
        this.#head.roll.add({ type: 'drawer', atDots: this.#head.roll.atDots });
        return;
      case 'raster':
        this.#head.image(
          { rowBytes: wordAt(p, 2), rows: wordAt(p, 4), bits: p.subarray(6) },
          (second & 1) + 1,
          ((second >> 1) & 1) + 1,
        );
        return;
      case 'panel-printer-image':
        this.#head.image({ rowBytes: second, rows: first, bits: p.subarray(2) }, 1, 1);
        return;
      case 'bit-image':
        this.#head.bitImage(first, p.subarray(3));
        return;
      case 'gs-function':
        this.#function(p[0]!, p.subarray(3), bytes);
        return;
      case 'gs-long-function':
        this.#function(p[0]!, p.subarray(5), bytes);
        return;
      case 'fs-function':
        if (isUtf8Chosen(p)) this.#unknown('text in UTF-8', bytes);
        else this.#settingOrUnknown(name, first, bytes);
        return;
      case 'esc-function':
        this.#settingOrUnknown(name, p[0]!, bytes);
        return;
      case 'nv-logo-define':
        this.#pictures.defineLogos(p);
        return;
      case 'nv-logo-print':
        this.#stored(this.#pictures.logo(first, second), 'logo that is not in the data', bytes);
        return;
      case 'downloaded-image':
        this.#pictures.download(p);
        return;
      case 'downloaded-image-print':
        this.#stored(this.#pictures.downloaded(first), 'picture that is not in the data', bytes);
        return;
      case 'page-mode':
        if (this.#head.line.empty) this.#page ??= new Page(this.#paper.widthDots);
        return;
      case 'standard-mode':
        if (this.#page) this.#head.line.clear();
        this.#page = undefined;
        return;
      case 'cancel':
        if (this.#page) this.#page = new Page(this.#paper.widthDots);
        return;
      case 'page-print':
        this.#printPage();
        return;
      case 'form-feed':
        this.#printPage();
        this.#page = undefined;
        return;
      case 'page-area':
        if (this.#page) this.#head.flushLine(0);
        this.#page?.setArea(p);
        return;
      case 'page-direction':
        if (first % 48 !== 0) this.#unknown('page that is turned', bytes);
        return;
      case 'page-absolute-vertical': // to the feet of what comes next
        this.#moveOnPage(word - CELL_ROWS * this.#head.state.height);
        return;
      case 'page-relative-vertical':
        this.#moveOnPage(this.#head.roll.atDots + ((word << 16) >> 16));
        return;
      case 'barcode':
        this.#barcode(first, p, bytes);
        return;
      default:
        if (!withoutTrace.has(name)) this.#unknown(name, bytes);
    }
  }

  /** `GS (` and `GS 8`, by letter. `p` begins after the length. */
  #function(letter: number, p: Uint8Array, bytes: Uint8Array): void {
    const [family = 0, fn = 0] = p;
    if (letter === 0x6b) {
      const asked = applySymbolFunction(this.#head.state, family, fn, p.subarray(2));
      if (asked === 'print-qr') this.#printQr(bytes);
      else if (asked === 'print-pdf417') this.#printPdf417(bytes);
      else if (asked === 'unknown') this.#unknown(`symbol family ${family}, function ${fn}`, bytes);
    } else if (letter === 0x4c && family === 0x30) {
      const asked = this.#pictures.apply(fn, p.subarray(2));
      if (asked.does === 'print') this.#stored(asked.picture, '', bytes);
      else if (asked.does === 'unknown') this.#unknown(`graphics function ${fn}`, bytes);
    } else this.#settingOrUnknown('gs-function', letter, bytes);
  }

  #settingOrUnknown(family: keyof typeof functionsWithoutTrace, letter: number, bytes: Uint8Array): void {
    const shown = String.fromCharCode(letter);
    if (!functionsWithoutTrace[family].includes(shown)) this.#unknown(`${family} ${JSON.stringify(shown)}`, bytes);
  }

  #stored(picture: StoredPicture | undefined, missing: string, bytes: Uint8Array): void {
    if (picture) this.#head.image(picture.image, picture.scaleX, picture.scaleY);
    else this.#unknown(missing, bytes);
  }

  #moveOnPage(dots: number): void {
    if (!this.#page) return;
    if (!this.#head.line.empty) this.#head.flushLine(0);
    this.#page.roll.moveTo(dots);
  }

  /** What is on the page goes onto the paper, and the page is empty again. */
  #printPage(): void {
    if (!this.#page) return;
    this.#head.flushLine(0);
    const { events, heightDots } = this.#page.finish();
    this.#page = undefined;
    for (const event of events) this.#paper.add(moved(event, 0, this.#paper.atDots));
    this.#paper.advance(heightDots);
    this.#page = new Page(this.#paper.widthDots);
  }

  #printPdf417(bytes: Uint8Array): void {
    const { moduleDots, rowModules, options, data } = this.#head.state.pdf417;
    if (!this.#paper.takeSymbol()) return;
    this.#head.flushLine(0);
    const symbol = pdf417(data, options);
    if (!symbol) this.#unknown('PDF417 data that fits no symbol', bytes);
    else if (symbol.columns * moduleDots > this.#head.lineDots()) this.#unknown('PDF417 wider than the line', bytes);
    else this.#head.image(rowsBitmap(symbol.dark, symbol.columns), moduleDots, moduleDots * rowModules);
  }

  #printQr(bytes: Uint8Array): void {
    const { moduleDots, level, data } = this.#head.state.qr;
    if (!this.#paper.takeSymbol()) return;
    this.#head.flushLine(0);
    const matrix = qrMatrix(data, level);
    if (!matrix) {
      this.#unknown('QR data that fits no symbol', bytes);
      return;
    }
    const heightDots = matrix.modules * moduleDots;
    if (heightDots > this.#head.lineDots()) {
      this.#unknown('QR wider than the line', bytes);
      return;
    }
    const at = { atDots: this.#head.roll.atDots, leftDots: this.#head.leftFor(heightDots), heightDots };
    this.#head.roll.add({ type: 'qr', ...at, moduleDots, data: decodeSymbolData(data), matrix });
    this.#head.roll.advance(heightDots);
  }

  #barcode(m: number, p: Uint8Array, bytes: Uint8Array): void {
    if (!this.#paper.takeSymbol()) return;
    this.#head.flushLine(0);
    const data = m >= 65 ? p.subarray(2) : p.subarray(1, -1);
    const drawn = bars(m, Buffer.from(data).toString('latin1'));
    if (!drawn) {
      this.#unknown('barcode that cannot be drawn', bytes);
      return;
    }
    const { heightDots: barDots, moduleDots, textPlace } = this.#head.state.barcode;
    const widthDots = drawn.widths.reduce((sum, width) => sum + width, 0) * moduleDots;
    if (widthDots > this.#head.lineDots()) {
      this.#unknown('barcode wider than the line', bytes);
      return;
    }
    const texts = { none: 0, above: 1, below: 1, both: 2 }[textPlace];
    const heightDots = barDots + texts * BARCODE_TEXT_DOTS;
    const at = { atDots: this.#head.roll.atDots, leftDots: this.#head.leftFor(widthDots), heightDots };
    this.#head.roll.add({ type: 'barcode', ...at, barDots, moduleDots, textPlace, bars: drawn });
    this.#head.roll.advance(heightDots);
  }

  #cut(m: number, feedDots: number): void {
    if (!this.#head.line.empty) this.#head.flushLine(this.#head.state.lineSpacingDots);
    this.#page = undefined;
    this.#head.feed(feedDots);
    this.#paper.cut([0, 48, 65, 97].includes(m) ? 'full' : 'partial');
  }

  #unknown(reason: string, bytes: Uint8Array): void {
    const hex = Buffer.from(bytes.subarray(0, 8)).toString('hex');
    this.#paper.add({ type: 'unknown', atDots: this.#paper.atDots, reason, hex, offset: this.#atByte });
  }
}

/** `FS ( C` with function 48 and 2 or its digit: newer Epson printers only. */
function isUtf8Chosen([letter, , , fn, coding]: Uint8Array): boolean {
  return letter === 0x43 && fn === 0x30 && (coding === 2 || coding === 0x32);
}
