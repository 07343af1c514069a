import iconv from 'iconv-lite';
import type { Bitmap, QrLevel } from './commands.ts';
import { COLUMN_DOTS } from './profile.ts';

/** What `ESC @` resets: a printer's modes, with the values that it has after power-on. */
export interface PrintState {
  align: 'left' | 'center' | 'right';
  /** `GS !` and `ESC !`: multiples of the cell. */
  width: number;
  height: number;
  /** `FS !`, `FS W`: for Chinese characters only, on top of nothing: they win where they are larger. */
  chineseWidth: number;
  chineseHeight: number;
  bold: boolean;
  underlineDots: 0 | 1 | 2;
  chineseUnderlineDots: 0 | 1 | 2;
  reverse: boolean;
  upsideDown: boolean;
  smallFont: boolean;
  chinese: boolean;
  codePage: number;
  lineSpacingDots: number;
  /** `ESC D`: dots from the line's start, ascending. */
  tabStopsDots: readonly number[];
  rightSpaceDots: number;
  chineseLeftDots: number;
  chineseRightDots: number;
  leftMarginDots: number;
  printWidthDots: number | undefined;
  barcode: { heightDots: number; moduleDots: number; textPlace: 'none' | 'above' | 'below' | 'both' };
  qr: { moduleDots: number; level: QrLevel; data: string };
  /** `FS 2`, by character code. */
  definedCharacters: Map<number, Bitmap>;
  /** `GS ( L` and `GS 8 L`, function 112. */
  storedImage: { image: Bitmap; scaleX: number; scaleY: number } | undefined;
}

/** 1/6 inch at 203 dots an inch, Epson's default, is 33.8. */
export const DEFAULT_LINE_SPACING_DOTS = 34;

/** Every eight characters of font A, as many as `ESC D` can set. */
const DEFAULT_TAB_STOPS_DOTS = Array.from({ length: 32 }, (_, at) => (at + 1) * 8 * COLUMN_DOTS);

/** Chinese mode is on: so are printers sold in China (protocol notes 3). */
export function initialState(): PrintState {
  return {
    align: 'left',
    width: 1,
    height: 1,
    chineseWidth: 1,
    chineseHeight: 1,
    bold: false,
    underlineDots: 0,
    chineseUnderlineDots: 0,
    reverse: false,
    upsideDown: false,
    smallFont: false,
    chinese: true,
    codePage: 0,
    lineSpacingDots: DEFAULT_LINE_SPACING_DOTS,
    tabStopsDots: DEFAULT_TAB_STOPS_DOTS,
    rightSpaceDots: 0,
    chineseLeftDots: 0,
    chineseRightDots: 0,
    leftMarginDots: 0,
    printWidthDots: undefined,
    barcode: { heightDots: 162, moduleDots: 3, textPlace: 'none' },
    qr: { moduleDots: 3, level: 'L', data: '' },
    definedCharacters: new Map(),
    storedImage: undefined,
  };
}

/** `ESC t n` as Epson numbers them; an unlisted page is shown as page 0, which every printer has. */
const codePages = new Map([
  [0, 'cp437'],
  [2, 'cp850'],
  [3, 'cp860'],
  [4, 'cp863'],
  [5, 'cp865'],
  [16, 'windows-1252'],
  [17, 'cp866'],
  [18, 'cp852'],
  [19, 'cp858'],
]);

export function decodeCharacter(bytes: Uint8Array, codePage: number): string {
  const encoding = bytes.length === 2 ? 'gb18030' : (codePages.get(codePage) ?? 'cp437');
  return iconv.decode(Buffer.from(bytes), encoding);
}

/** Modes that take one parameter and touch nothing but the state. False for any other command. */
export function applyMode(state: PrintState, name: string, p: Uint8Array): boolean {
  const [first = 0, second = 0] = p;
  const on = (first & 1) === 1;
  const word = first + second * 256;
  switch (name) {
    case 'align':
      state.align = (['left', 'center', 'right'] as const)[first % 48] ?? state.align; // 0–2, or the digits 48–50
      return true;
    case 'size':
      state.width = ((first >> 4) & 7) + 1;
      state.height = (first & 7) + 1;
      return true;
    case 'print-mode':
      state.smallFont = on;
      state.bold = (first & 0x08) !== 0;
      state.height = (first & 0x10) !== 0 ? 2 : 1;
      state.width = (first & 0x20) !== 0 ? 2 : 1;
      state.underlineDots = (first & 0x80) !== 0 ? 1 : 0;
      return true;
    case 'bold':
    case 'double-strike':
      state.bold = on;
      return true;
    case 'underline':
      state.underlineDots = underlineDots(first);
      return true;
    case 'chinese-underline':
      state.chineseUnderlineDots = underlineDots(first);
      return true;
    case 'reverse':
      state.reverse = on;
      return true;
    case 'upside-down':
      state.upsideDown = on;
      return true;
    case 'font':
      state.smallFont = on;
      return true;
    case 'default-line-spacing':
      state.lineSpacingDots = DEFAULT_LINE_SPACING_DOTS;
      return true;
    case 'line-spacing':
      state.lineSpacingDots = first;
      return true;
    case 'tab-stops':
      state.tabStopsDots = [...p].filter((column) => column > 0).map((column) => column * COLUMN_DOTS * state.width);
      return true;
    case 'code-page':
      state.codePage = first;
      return true;
    case 'right-space':
      state.rightSpaceDots = first;
      return true;
    case 'left-margin':
      state.leftMarginDots = word;
      return true;
    case 'print-width':
      state.printWidthDots = word;
      return true;
    case 'chinese-on':
    case 'chinese-off':
      state.chinese = name === 'chinese-on';
      return true;
    case 'chinese-mode':
      state.chineseWidth = (first & 0x04) !== 0 ? 2 : 1;
      state.chineseHeight = (first & 0x08) !== 0 ? 2 : 1;
      state.chineseUnderlineDots = (first & 0x80) !== 0 ? 1 : 0;
      return true;
    case 'chinese-quadruple':
      state.chineseWidth = on ? 2 : 1;
      state.chineseHeight = on ? 2 : 1;
      return true;
    case 'chinese-space':
      state.chineseLeftDots = first;
      state.chineseRightDots = second;
      return true;
    case 'barcode-height':
      state.barcode.heightDots = Math.max(1, first);
      return true;
    case 'barcode-width':
      state.barcode.moduleDots = Math.min(6, Math.max(1, first));
      return true;
    case 'barcode-text':
      state.barcode.textPlace = (['none', 'above', 'below', 'both'] as const)[first % 48] ?? 'none';
      return true;
    default:
      return false;
  }
}

/** The next tab stop; behind the last one a tab does nothing. */
export function tabbedDots({ tabStopsDots }: PrintState, positionDots: number): number {
  return tabStopsDots.find((stop) => stop > positionDots) ?? positionDots;
}

function underlineDots(n: number): 0 | 1 | 2 {
  return n % 48 === 1 ? 1 : n % 48 === 2 ? 2 : 0;
}
