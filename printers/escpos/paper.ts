import { clip, fromColumns } from './bitmap.ts';
import type { Bitmap, QrLevel } from './commands.ts';
import { Line } from './line.ts';
import type { PrintedReceipt } from './paper-events.ts';
import { PaperRoll, type RollOptions } from './paper-roll.ts';
import { atLineStart, type Parsed, parse, withoutTrace, wordAt } from './parser.ts';
import { applyMode, decodeCharacter, initialState, type PrintState, tabbedDots } from './print-state.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';
import { bars, qrMatrix } from './symbols.ts';

/** Font B is 9 × 17 dots (protocol notes 2). */
const SMALL_CELL = { widthDots: 9, heightDots: 17 };
/** Below the bars: font A and a little air, as printers set it. */
const BARCODE_TEXT_DOTS = 28;

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
  readonly #roll: PaperRoll;
  #state: PrintState = initialState();
  #pending: Uint8Array = new Uint8Array();
  /** Bytes of a command too long to be kept, which are still to come. */
  #skipping = 0;
  readonly #line = new Line();

  constructor(options: RollOptions) {
    this.#roll = new PaperRoll(options);
  }

  /** Takes bytes without printing any: `step` does. */
  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skipping, bytes.length);
    this.#skipping -= skipped;
    if (skipped === bytes.length) return;
    const fresh = bytes.subarray(skipped);
    this.#pending = this.#pending.length === 0 ? fresh.slice() : Buffer.concat([this.#pending, fresh]);
  }

  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** Does the first thing among the bytes pushed. `undefined`: nothing there, or not all of it. */
  step(): Step | undefined {
    const parsed = parse(this.#pending, this.#state.chinese);
    if (parsed.kind === 'incomplete') return undefined;
    const taken = this.#pending.subarray(0, parsed.length);
    this.#skipping = Math.max(0, parsed.length - this.#pending.length);
    this.#pending = this.#pending.subarray(parsed.length);
    this.#roll.consume(taken);
    const before = this.#roll.totalDots;
    this.#execute(parsed, taken);
    return {
      name: parsed.kind === 'command' ? parsed.name : parsed.kind === 'character' ? 'text' : 'unknown',
      parameters: parsed.kind === 'command' ? parsed.parameters : new Uint8Array(),
      length: taken.length,
      fedDots: this.#roll.totalDots - before,
    };
  }

  /** `atEnd`: a line without its line feed comes out too, and a command that is cut short is reported. */
  print(bytes: Uint8Array, atEnd = false): void {
    for (let at = 0; at < bytes.length; at += 4096) {
      if (this.#roll.exhausted) {
        this.#roll.omit();
        break;
      }
      this.push(bytes.subarray(at, at + 4096));
      while (this.step());
    }
    if (!atEnd) return;
    this.#flushLine(0);
    if (this.#pending.length > 0) this.#unknown('cut short by the end of the data', this.#pending);
    this.clear();
  }

  /** `DLE ENQ 2`: forgets what is received and not printed, the half-built line included. */
  clear(): void {
    this.#pending = new Uint8Array();
    this.#skipping = 0;
    this.#line.clear();
  }

  /** What has been cut off, oldest first. */
  get receipts(): readonly PrintedReceipt[] {
    return this.#roll.receipts;
  }

  /** What hangs out of the printer, or nothing. */
  get uncut(): PrintedReceipt | undefined {
    return this.#roll.uncut;
  }

  /** Somebody takes the cut receipts away. */
  takeReceipts(): void {
    this.#roll.takeReceipts();
  }

  #execute(parsed: Exclude<Parsed, { kind: 'incomplete' }>, bytes: Uint8Array): void {
    if (parsed.kind === 'unknown') {
      this.#unknown(parsed.reason, bytes);
      return;
    }
    if (parsed.kind === 'character') {
      this.#character(parsed.bytes);
      return;
    }
    const { name, parameters: p } = parsed;
    if (!this.#line.empty && atLineStart.has(name)) return;
    if (applyMode(this.#state, name, p)) return;
    const [first = 0, second = 0] = p;
    const word = wordAt(p, 0);
    switch (name) {
      case 'initialise':
        this.#state = initialState();
        this.#line.clear();
        return;
      case 'line-feed':
        this.#flushLine(this.#state.lineSpacingDots);
        return;
      case 'feed-lines':
        this.#flushLine(0);
        this.#feed(first * this.#state.lineSpacingDots);
        return;
      case 'feed-dots':
        this.#flushLine(first);
        return;
      case 'carriage-return': // ignored by printers that feed on LF
        return;
      case 'tab':
        this.#line.positionDots = Math.min(tabbedDots(this.#state, this.#line.positionDots), this.#lineDots());
        return;
      case 'absolute-position':
        this.#line.positionDots = Math.min(word, this.#lineDots());
        return;
      case 'relative-position':
        this.#line.positionDots = Math.min(
          Math.max(0, this.#line.positionDots + ((word << 16) >> 16)),
          this.#lineDots(),
        );
        return;
      case 'cut':
        this.#cut(first, p.length === 2 ? second : 0);
        return;
      case 'cut-full-old':
      case 'cut-partial-old':
        this.#cut(name === 'cut-full-old' ? 0 : 1, 0);
        return;
      case 'beep':
      case 'beep-times':
        this.#roll.add({ type: 'beep', atDots: this.#roll.atDots });
        return;
      case 'drawer':
        this.#roll.add({ type: 'drawer', atDots: this.#roll.atDots });
        return;
      case 'raster':
        this.#image(
          { rowBytes: wordAt(p, 2), rows: wordAt(p, 4), bits: p.subarray(6) },
          (second & 1) + 1,
          ((second >> 1) & 1) + 1,
        );
        return;
      case 'bit-image':
        this.#bitImage(first, p.subarray(3));
        return;
      case 'gs-function':
        this.#function(p[0]!, p.subarray(3), bytes);
        return;
      case 'gs-long-function':
        this.#function(p[0]!, p.subarray(5), bytes);
        return;
      case 'barcode':
        this.#barcode(first, p, bytes);
        return;
      case 'chinese-define':
        if (first === 0xfe && second >= 0xa1)
          this.#state.definedCharacters.set(0xfe00 + second, fromColumns(p.subarray(2), 24));
        return;
      default:
        if (!withoutTrace.has(name)) this.#unknown(name, bytes);
    }
  }

  #character(bytes: Uint8Array): void {
    if (this.#roll.full || this.#line.full) {
      this.#roll.omit();
      return;
    }
    const state = this.#state;
    const double = bytes.length === 2;
    const cell = state.smallFont && !double ? SMALL_CELL : { widthDots: COLUMN_DOTS, heightDots: CELL_ROWS };
    const width = double ? Math.max(state.width, state.chineseWidth) : state.width;
    const height = double ? Math.max(state.height, state.chineseHeight) : state.height;
    const widthDots = cell.widthDots * (double ? 2 : 1) * width;
    const before = double ? state.chineseLeftDots : 0;
    const after = double ? state.chineseRightDots : state.rightSpaceDots;
    if (this.#line.positionDots + before + widthDots > this.#lineDots()) this.#flushLine(state.lineSpacingDots);
    if (before + widthDots > this.#lineDots()) {
      this.#unknown('character wider than the line', bytes);
      return;
    }
    const bitmap = double ? state.definedCharacters.get(bytes[0]! * 256 + bytes[1]!) : undefined;
    this.#line.putGlyph({
      text: decodeCharacter(bytes, state.codePage),
      leftDots: this.#line.positionDots + before,
      columns: double ? 2 : 1,
      widthDots,
      heightDots: cell.heightDots * height,
      style: {
        bold: state.bold,
        underlineDots: double ? state.chineseUnderlineDots : state.underlineDots,
        reverse: state.reverse,
        upsideDown: state.upsideDown,
      },
      ...(bitmap && { bitmap }),
    });
    this.#line.positionDots += before + widthDots + after;
  }

  /** Prints the line built so far at the top of the paper's advance, which is `advanceDots`, or the tallest character. */
  #flushLine(advanceDots: number): void {
    const { glyphs, pictures, usedDots, heightDots } = this.#line.take();
    if (heightDots === 0) {
      this.#feed(advanceDots);
      return;
    }
    const offset = this.#offset(usedDots);
    const atDots = this.#roll.atDots;
    for (const picture of pictures) {
      const place = { atDots: atDots + heightDots - picture.heightDots, leftDots: picture.leftDots + offset };
      this.#roll.add({ type: 'image', ...picture, ...place });
    }
    const placed = glyphs.map((glyph) => {
      // Upside down the whole line is turned, so it begins at its right end.
      const left = glyph.style.upsideDown ? usedDots - glyph.leftDots - glyph.widthDots : glyph.leftDots;
      return { ...glyph, leftDots: Math.max(0, left) + offset };
    });
    const text = placed.map((glyph) => glyph.text).join('');
    if (placed.length > 0) this.#roll.add({ type: 'text', atDots, heightDots, text, glyphs: placed });
    this.#roll.advance(Math.max(advanceDots, heightDots));
  }

  /** Where something of this width begins on the present line. */
  #offset(widthDots: number): number {
    const free = Math.max(0, this.#lineDots() - widthDots);
    const share = { left: 0, center: 0.5, right: 1 }[this.#state.align];
    return this.#marginDots() + Math.floor(free * share);
  }

  #marginDots(): number {
    return Math.min(this.#state.leftMarginDots, this.#roll.widthDots - COLUMN_DOTS * 2);
  }

  /** A width too narrow for one character would hold no character at all: printers take such a setting as the widest. */
  #lineDots(): number {
    const most = this.#roll.widthDots - this.#marginDots();
    const wanted = this.#state.printWidthDots ?? most;
    return wanted < COLUMN_DOTS * 2 ? most : Math.min(wanted, most);
  }

  /**
   * `ESC *`: a strip as high as a character between the characters, which is how older programs send pictures. Modes 0 and 1
   * have 8 dots a column, 32 and 33 have 24; single density (0, 32) is half as fine across the line.
   */
  #bitImage(mode: number, columns: Uint8Array): void {
    const rows = mode >= 32 ? 24 : 8;
    const scaleX = mode % 32 === 0 ? 2 : 1;
    const { positionDots } = this.#line;
    const columnsMax = Math.floor((this.#lineDots() - positionDots) / scaleX);
    const kept = fromColumns(columns.subarray(0, Math.max(0, columnsMax) * (rows / 8)), rows);
    if (kept.rowBytes === 0) return;
    if (this.#line.full) {
      this.#roll.omit();
      return;
    }
    const scale = { scaleX, scaleY: CELL_ROWS / rows };
    this.#line.putPicture({ leftDots: positionDots, heightDots: CELL_ROWS, ...scale, image: kept });
    const sentDots = (columns.length / (rows / 8)) * scaleX;
    this.#line.positionDots = Math.min(positionDots + sentDots, this.#lineDots());
  }

  #image(image: Bitmap, scaleX: number, scaleY: number): void {
    if (!this.#line.empty) this.#flushLine(0);
    if (image.rowBytes === 0 || image.rows === 0) return;
    const leftDots = this.#offset(image.rowBytes * 8 * scaleX);
    const heightDots = image.rows * scaleY;
    const at = { atDots: this.#roll.atDots, leftDots, heightDots };
    const onPaper = clip(image, Math.ceil(this.#roll.widthDots / 8), this.#roll.freeDots);
    this.#roll.add({ type: 'image', ...at, scaleX, scaleY, image: onPaper });
    this.#roll.advance(heightDots);
  }

  /** `GS (` and `GS 8`, by letter. `p` begins after the length. */
  #function(letter: number, p: Uint8Array, bytes: Uint8Array): void {
    if (letter === 0x6b && p[0] === 0x31) {
      this.#qr(p[1] ?? 0, p.subarray(2), bytes);
      return;
    }
    if (letter === 0x4c && p[0] === 0x30) {
      this.#graphics(p[1] ?? 0, p.subarray(2), bytes);
      return;
    }
    this.#unknown('function without a drawing', bytes);
  }

  #qr(fn: number, p: Uint8Array, bytes: Uint8Array): void {
    const qr = this.#state.qr;
    if (fn === 0x43) qr.moduleDots = Math.min(16, Math.max(1, p[0] ?? 3));
    else if (fn === 0x45) qr.level = (['L', 'M', 'Q', 'H'] satisfies QrLevel[])[(p[0] ?? 0x30) - 0x30] ?? 'L';
    else if (fn === 0x50) qr.data = Buffer.from(p.subarray(1)).toString('utf8');
    else if (fn === 0x51) this.#printQr(bytes);
    else if (fn !== 0x41 && fn !== 0x52) this.#unknown('QR function', bytes); // 41h model, 52h size report
  }

  #printQr(bytes: Uint8Array): void {
    const { moduleDots, level, data } = this.#state.qr;
    if (!this.#roll.takeSymbol()) return;
    if (!this.#line.empty) this.#flushLine(0);
    const matrix = qrMatrix(data, level);
    if (!matrix) {
      this.#unknown('QR data that fits no symbol', bytes);
      return;
    }
    const heightDots = matrix.modules * moduleDots;
    if (heightDots > this.#lineDots()) {
      this.#unknown('QR wider than the line', bytes);
      return;
    }
    const at = { atDots: this.#roll.atDots, leftDots: this.#offset(heightDots), heightDots };
    this.#roll.add({ type: 'qr', ...at, moduleDots, data, matrix });
    this.#roll.advance(heightDots);
  }

  /** Function 112 stores `a bx by c xL xH yL yH d…`, functions 2 and 50 print what is stored. */
  #graphics(fn: number, p: Uint8Array, bytes: Uint8Array): void {
    if (fn === 112 && p.length >= 8) {
      const rowBytes = Math.ceil(wordAt(p, 4) / 8);
      const rows = wordAt(p, 6);
      if (p.length - 8 < rowBytes * rows) {
        this.#unknown('graphics with less data than announced', bytes);
        return;
      }
      const image = { rowBytes, rows, bits: p.slice(8, 8 + rowBytes * rows) };
      this.#state.storedImage = { image, scaleX: p[1] === 2 ? 2 : 1, scaleY: p[2] === 2 ? 2 : 1 };
    } else if (fn === 2 || fn === 50) {
      const stored = this.#state.storedImage;
      this.#state.storedImage = undefined;
      if (stored) this.#image(stored.image, stored.scaleX, stored.scaleY);
    } else this.#unknown('graphics function', bytes);
  }

  #barcode(m: number, p: Uint8Array, bytes: Uint8Array): void {
    if (!this.#roll.takeSymbol()) return;
    if (!this.#line.empty) this.#flushLine(0);
    const data = m >= 65 ? p.subarray(2) : p.subarray(1, -1);
    const drawn = bars(m, Buffer.from(data).toString('latin1'));
    if (!drawn) {
      this.#unknown('barcode that cannot be drawn', bytes);
      return;
    }
    const { heightDots: barDots, moduleDots, textPlace } = this.#state.barcode;
    const widthDots = drawn.widths.reduce((sum, width) => sum + width, 0) * moduleDots;
    if (widthDots > this.#lineDots()) {
      this.#unknown('barcode wider than the line', bytes);
      return;
    }
    const texts = { none: 0, above: 1, below: 1, both: 2 }[textPlace];
    const heightDots = barDots + texts * BARCODE_TEXT_DOTS;
    const at = { atDots: this.#roll.atDots, leftDots: this.#offset(widthDots), heightDots };
    this.#roll.add({ type: 'barcode', ...at, barDots, moduleDots, textPlace, bars: drawn });
    this.#roll.advance(heightDots);
  }

  #cut(m: number, feedDots: number): void {
    if (!this.#line.empty) this.#flushLine(this.#state.lineSpacingDots);
    this.#feed(feedDots);
    this.#roll.cut([0, 48, 65, 97].includes(m) ? 'full' : 'partial');
  }

  #feed(dots: number): void {
    if (dots === 0) return;
    this.#roll.add({ type: 'feed', atDots: this.#roll.atDots, dots });
    this.#roll.advance(dots);
  }

  #unknown(reason: string, bytes: Uint8Array): void {
    const hex = Buffer.from(bytes.subarray(0, 8)).toString('hex');
    this.#roll.add({ type: 'unknown', atDots: this.#roll.atDots, reason, hex });
  }
}
