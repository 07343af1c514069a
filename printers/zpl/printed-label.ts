import { type Canvas, createCanvas } from '@napi-rs/canvas';
import { DeviceError } from '../../drivers/core/index.ts';
import { registerFont } from '../canvas-fonts.ts';
import type { Bitmap } from '../core/bitmap.ts';
import { type QrMatrix, qrMatrix } from '../document/qr-matrix.ts';
import { encodePng } from '../png.ts';
import { unescapeField } from './commands.ts';
import { decodeGraphic } from './graphics.ts';
import type { ParsedCommand } from './parser.ts';

/** What stands on a label, from its upper left corner. */
export type LabelItem =
  | { readonly type: 'graphic'; readonly x: number; readonly y: number; readonly image: Bitmap }
  | {
      readonly type: 'text';
      readonly x: number;
      readonly y: number;
      readonly heightDots: number;
      readonly text: string;
    }
  | {
      readonly type: 'qr';
      readonly x: number;
      readonly y: number;
      readonly moduleDots: number;
      readonly data: string;
      readonly matrix: QrMatrix;
    }
  /** A field that is not drawn here, or one that makes no sense, by its command. */
  | { readonly type: 'unknown'; readonly command: string };

/** A format between `^XA` and `^XZ`. */
export interface Format {
  readonly widthDots: number;
  readonly heightDots: number;
  readonly copies: number;
  readonly reprintsAfterError: boolean;
  readonly items: readonly LabelItem[];
}

/** Fields of one format; the rest of a hostile one is left out. */
const ITEMS_MAX = 2_000;
/** The widest heads, and labels of 12 million dots: no picture of a gigabyte for a label that says it is 32,000 dots long. */
const WIDTH_DOTS_MAX = 9_992;
const LABEL_DOTS_MAX = 12_000_000;

/** What stays in a printer from one format to the next. */
export interface Settings {
  widthDots: number;
  heightDots: number;
  reprintsAfterError: boolean;
}

/** Builds a format from its commands. Takes any commands whatever. */
export class FormatBuilder {
  readonly #settings: Settings;
  readonly #items: LabelItem[] = [];
  #home = { x: 0, y: 0 };
  #origin = { x: 0, y: 0 };
  #copies = 1;
  #hex: string | undefined;
  #textHeightDots = 30;
  #qr: { magnification: number } | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  add({ name, parameters }: ParsedCommand): void {
    const numbers = parameters.split(',').map((text) => Number.parseInt(text, 10) || 0);
    const [first = 0, second = 0, third = 0] = numbers;
    switch (name.toUpperCase()) {
      case '^PW':
        this.#settings.widthDots = clamp(first, 2, WIDTH_DOTS_MAX);
        return;
      case '^LL':
        this.#settings.heightDots = clamp(first, 1, 9_999); // four digits in ~HS
        return;
      case '^LH':
        this.#home = { x: clamp(first, 0, 32_000), y: clamp(second, 0, 32_000) };
        return;
      case '^JZ':
        this.#settings.reprintsAfterError = !parameters.startsWith('N');
        return;
      case '^PQ':
        this.#copies = clamp(first, 1, 99_999_999);
        return;
      case '^FO':
      case '^FT':
        this.#origin = { x: clamp(first, 0, 32_000) + this.#home.x, y: clamp(second, 0, 32_000) + this.#home.y };
        return;
      case '^FH':
        this.#hex = parameters.trim()[0] ?? '_';
        return;
      case '^A0':
        this.#textHeightDots = clamp(second, 10, 1_500);
        return;
      case '^BQ':
        this.#qr = { magnification: clamp(third, 1, 10) };
        return;
      case '^GF':
        this.#graphic(parameters);
        return;
      case '^FD':
        this.#data(parameters);
        return;
      case '^FS':
        this.#hex = undefined;
        this.#qr = undefined;
        return;
      default:
        if (/^\^(B|G)/i.test(name)) this.#put({ type: 'unknown', command: name });
    }
  }

  build(): Format {
    const { widthDots, heightDots, reprintsAfterError } = this.#settings;
    const kept = Math.min(heightDots, Math.floor(LABEL_DOTS_MAX / widthDots));
    return { widthDots, heightDots: kept, reprintsAfterError, copies: this.#copies, items: this.#items };
  }

  #graphic(parameters: string): void {
    try {
      this.#put({ type: 'graphic', ...this.#origin, image: decodeGraphic(parameters) });
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.#put({ type: 'unknown', command: '^GF' });
    }
  }

  #data(parameters: string): void {
    const bytes = this.#hex === undefined ? parameters : unescapeField(parameters, this.#hex);
    const text = Buffer.from(bytes, 'latin1').toString('utf8');
    if (!this.#qr) {
      this.#put({ type: 'text', ...this.#origin, heightDots: this.#textHeightDots, text });
      return;
    }
    const [, level, data = ''] = /^([HQML])[AM],(.*)$/s.exec(text) ?? []; // the data really need `QA,` (ZPL II guide, ^BQ)
    const matrix =
      data === '' ? undefined : qrMatrix(data, level === 'H' || level === 'Q' || level === 'L' ? level : 'M');
    if (!matrix) this.#put({ type: 'unknown', command: '^BQ' });
    else this.#put({ type: 'qr', ...this.#origin, moduleDots: this.#qr.magnification, data, matrix });
  }

  #put(item: LabelItem): void {
    if (this.#items.length < ITEMS_MAX) this.#items.push(item);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** A label that has left the head. */
export interface PrintedLabel {
  readonly format: Format;
  /** Less than all of it where an error broke it off. */
  readonly printedDots: number;
}

/** The dots that the head has burnt, one bit each, 1 is black: pictures only, as letters are the renderer's own. */
export function dotsOf({ format }: PrintedLabel): Bitmap {
  const rowBytes = Math.ceil(format.widthDots / 8);
  const bits = new Uint8Array(rowBytes * format.heightDots);
  for (const item of format.items) {
    if (item.type !== 'graphic') continue;
    eachBlack(item.image, (x, y) => {
      const [column, row] = [item.x + x, item.y + y];
      if (column < format.widthDots && row < format.heightDots)
        bits[row * rowBytes + (column >> 3)]! |= 0x80 >> (column & 7);
    });
  }
  return { rowBytes, rows: format.heightDots, bits };
}

function eachBlack({ rowBytes, rows, bits }: Bitmap, dot: (x: number, y: number) => void): void {
  for (let y = 0; y < rows; y += 1) {
    for (let column = 0; column < rowBytes; column += 1) {
      const byte = bits[y * rowBytes + column]!;
      if (byte === 0) continue;
      for (let bit = 0; bit < 8; bit += 1) if ((byte & (0x80 >> bit)) !== 0) dot(column * 8 + bit, y);
    }
  }
}

const colours = { desk: '#e4e6e9', label: '#fdfdfb', torn: '#c9cbd0' } as const;
const DESK_DOTS = 24;
/** Two of the largest labels; a canvas takes four bytes a dot. */
const PICTURE_DOTS_MAX = 24_000_000;

/** A PNG of labels below each other, one pixel a dot, as many as a picture holds. What an error kept from being printed is grey. */
export async function renderLabels(labels: readonly PrintedLabel[]): Promise<Buffer> {
  const shown: { label: PrintedLabel; top: number }[] = [];
  const widthDots = Math.max(1, ...labels.map(({ format }) => format.widthDots));
  let bottom = DESK_DOTS;
  for (const label of labels) {
    const next = bottom + label.format.heightDots + DESK_DOTS;
    if (next * widthDots > PICTURE_DOTS_MAX && shown.length > 0) break;
    shown.push({ label, top: bottom });
    bottom = next;
  }
  const canvas = createCanvas(widthDots + 2 * DESK_DOTS, bottom);
  const context = canvas.getContext('2d');
  context.fillStyle = colours.desk;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const { label, top } of shown) context.drawImage(renderLabel(label), DESK_DOTS, top);
  const { width, height } = canvas;
  return await encodePng(width, height, context.getImageData(0, 0, width, height).data);
}

function renderLabel(label: PrintedLabel): Canvas {
  const { widthDots, heightDots, items } = label.format;
  const canvas = createCanvas(widthDots, heightDots);
  const context = canvas.getContext('2d');
  context.fillStyle = colours.label;
  context.fillRect(0, 0, widthDots, heightDots);
  const picture = context.getImageData(0, 0, widthDots, heightDots);
  const pixels = new DataView(picture.data.buffer);
  eachBlack(dotsOf(label), (x, y) => {
    if (x < widthDots) pixels.setUint32((y * widthDots + x) * 4, 0x000000ff);
  });
  context.putImageData(picture, 0, 0);
  context.fillStyle = '#000';
  for (const item of items) {
    if (item.type === 'text') {
      context.font = `${item.heightDots}px "${labelFont()}"`;
      context.fillText(item.text, item.x, item.y + item.heightDots * 0.86);
    } else if (item.type === 'qr') {
      for (const [at, dark] of item.matrix.dark.entries()) {
        const [column, row] = [at % item.matrix.modules, Math.floor(at / item.matrix.modules)];
        const { moduleDots } = item;
        if (dark) context.fillRect(item.x + column * moduleDots, item.y + row * moduleDots, moduleDots, moduleDots);
      }
    }
  }
  context.fillStyle = colours.torn;
  context.fillRect(0, label.printedDots, widthDots, heightDots - label.printedDots);
  return canvas;
}

const FONT = 'Jiujin Label Simulator';

function labelFont(): string {
  registerFont(FONT, '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf');
  return FONT;
}
