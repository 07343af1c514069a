import type { Bitmap } from '../core/bitmap.ts';
import { clip, fromColumns } from './bitmap.ts';
import { Line } from './line.ts';
import type { PaperRoll } from './paper-roll.ts';
import { decodeCharacter, initialState, type PrintState } from './print-state.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';

/** Font B is 9 × 17 dots (Epson's ESC/POS command reference, ESC M). */
const SMALL_CELL = { widthDots: 9, heightDots: 17 };

/** Puts characters and pictures where the printer's modes say: on the line being built, and from there on the roll. */
export class PrintHead {
  state: PrintState = initialState();
  readonly line = new Line();
  readonly #roll: () => PaperRoll;

  /** `roll`: the paper, or at the time an area of a page in memory. */
  constructor(roll: () => PaperRoll) {
    this.#roll = roll;
  }

  get roll(): PaperRoll {
    return this.#roll();
  }

  /** One or two bytes, at the end of the line, or on the next one. */
  character(bytes: Uint8Array): 'on-the-line' | 'left-out' | 'wider-than-the-line' {
    if (this.roll.full || this.line.full) {
      this.roll.omit();
      return 'left-out';
    }
    const state = this.state;
    const double = bytes.length === 2;
    const cell = state.smallFont && !double ? SMALL_CELL : { widthDots: COLUMN_DOTS, heightDots: CELL_ROWS };
    const width = double ? Math.max(state.width, state.chineseWidth) : state.width;
    const height = double ? Math.max(state.height, state.chineseHeight) : state.height;
    const widthDots = cell.widthDots * (double ? 2 : 1) * width;
    const before = double ? state.chineseLeftDots : 0;
    const after = double ? state.chineseRightDots : state.rightSpaceDots;
    if (this.line.positionDots + before + widthDots > this.lineDots()) this.flushLine(state.lineSpacingDots);
    if (before + widthDots > this.lineDots()) {
      return 'wider-than-the-line';
    }
    const bitmap = this.#definedByHost(bytes);
    this.line.putGlyph({
      text: decodeCharacter(bytes, state),
      leftDots: this.line.positionDots + before,
      columns: double ? 2 : 1,
      widthDots,
      heightDots: cell.heightDots * height,
      style: {
        bold: state.bold,
        underlineDots: double ? state.chineseUnderlineDots : state.underlineDots,
        reverse: state.reverse,
        italic: state.italic,
        upsideDown: state.upsideDown,
      },
      ...(bitmap && { bitmap }),
    });
    this.line.positionDots += before + widthDots + after;
    return 'on-the-line';
  }

  #definedByHost([first = 0, second]: Uint8Array): Bitmap | undefined {
    const { definedCharacters, userCharacters, userCharactersOn } = this.state;
    if (second !== undefined) return definedCharacters.get(first * 256 + second);
    return userCharactersOn ? userCharacters.get(first) : undefined;
  }

  /** Prints the line built so far at the top of the paper's advance, which is `advanceDots`, or the tallest character. */
  flushLine(advanceDots: number): void {
    const { glyphs, pictures, usedDots, heightDots } = this.line.take();
    if (heightDots === 0) {
      this.feed(advanceDots);
      return;
    }
    const offset = this.leftFor(usedDots);
    const atDots = this.roll.atDots;
    for (const picture of pictures) {
      const place = { atDots: atDots + heightDots - picture.heightDots, leftDots: picture.leftDots + offset };
      this.roll.add({ type: 'image', ...picture, ...place });
    }
    const placed = glyphs.map((glyph) => {
      // Upside down the whole line is turned, so it begins at its right end.
      const left = glyph.style.upsideDown ? usedDots - glyph.leftDots - glyph.widthDots : glyph.leftDots;
      return { ...glyph, leftDots: Math.max(0, left) + offset };
    });
    const text = placed.map((glyph) => glyph.text).join('');
    if (placed.length > 0) this.roll.add({ type: 'text', atDots, heightDots, text, glyphs: placed });
    this.roll.advance(Math.max(advanceDots, heightDots));
  }

  /** Where something of this width begins on the present line. */
  leftFor(widthDots: number): number {
    const free = Math.max(0, this.lineDots() - widthDots);
    const share = { left: 0, center: 0.5, right: 1 }[this.state.align];
    return this.#marginDots() + Math.floor(free * share);
  }

  #marginDots(): number {
    return Math.min(this.state.leftMarginDots, this.roll.widthDots - COLUMN_DOTS * 2);
  }

  /** A width too narrow for one character would hold no character at all: printers take such a setting as the widest. */
  lineDots(): number {
    const most = this.roll.widthDots - this.#marginDots();
    const wanted = this.state.printWidthDots ?? most;
    return wanted < COLUMN_DOTS * 2 ? most : Math.min(wanted, most);
  }

  /**
   * `ESC *`: a strip as high as a character between the characters, which is how older programs send pictures. Modes 0 and 1
   * have 8 dots a column, 32 and 33 have 24; single density (0, 32) is half as fine across the line.
   */
  bitImage(mode: number, columns: Uint8Array): void {
    const rows = mode >= 32 ? 24 : 8;
    const scaleX = mode % 32 === 0 ? 2 : 1;
    const { positionDots } = this.line;
    const columnsMax = Math.floor((this.lineDots() - positionDots) / scaleX);
    const kept = fromColumns(columns.subarray(0, Math.max(0, columnsMax) * (rows / 8)), rows);
    if (kept.rowBytes === 0) return;
    if (this.line.full) {
      this.roll.omit();
      return;
    }
    const scale = { scaleX, scaleY: CELL_ROWS / rows };
    this.line.putPicture({ leftDots: positionDots, heightDots: CELL_ROWS, ...scale, image: kept });
    const sentDots = (columns.length / (rows / 8)) * scaleX;
    this.line.positionDots = Math.min(positionDots + sentDots, this.lineDots());
  }

  image(image: Bitmap, scaleX: number, scaleY: number): void {
    if (!this.line.empty) this.flushLine(0);
    if (image.rowBytes === 0 || image.rows === 0) return;
    const leftDots = this.leftFor(image.rowBytes * 8 * scaleX);
    const heightDots = image.rows * scaleY;
    const at = { atDots: this.roll.atDots, leftDots, heightDots };
    const onPaper = clip(image, Math.ceil(this.roll.widthDots / 8), this.roll.freeDots);
    this.roll.add({ type: 'image', ...at, scaleX, scaleY, image: onPaper });
    this.roll.advance(heightDots);
  }

  feed(dots: number): void {
    if (dots === 0) return;
    this.roll.add({ type: 'feed', atDots: this.roll.atDots, dots });
    this.roll.advance(dots);
  }
}
