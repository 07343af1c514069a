import iconv from 'iconv-lite';
import type { Bitmap } from '../core/bitmap.ts';
import type { QrLevel } from '../document/qr-matrix.ts';
import { fromColumns } from './bitmap.ts';
import { inInternationalSet } from './international-sets.ts';
import { CELL_ROWS, COLUMN_DOTS } from './profile.ts';
import type { Pdf417Options } from './symbols.ts';

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
  italic: boolean;
  upsideDown: boolean;
  smallFont: boolean;
  /** `unsaid`: as the printer was switched on, which is Chinese until a code page is chosen (`ESC t`). */
  chinese: boolean | 'unsaid';
  codePage: number;
  /** `ESC R`. */
  internationalSet: number;
  lineSpacingDots: number;
  /** `ESC D`: dots from the line's start, ascending; the NUL that ends them is one that no character stands before. */
  tabStopsDots: readonly number[];
  rightSpaceDots: number;
  chineseLeftDots: number;
  chineseRightDots: number;
  leftMarginDots: number;
  printWidthDots: number | undefined;
  barcode: { heightDots: number; moduleDots: number; textPlace: 'none' | 'above' | 'below' | 'both' };
  qr: { moduleDots: number; level: QrLevel; data: Uint8Array };
  /** `FS 2`, by character code. */
  definedCharacters: Map<number, Bitmap>;
  /** `ESC &`, by character code, and whether they are used (`ESC %`). */
  userCharacters: Map<number, Bitmap>;
  userCharactersOn: boolean;
  pdf417: { moduleDots: number; rowModules: number; options: Pdf417Options; data: string };
}

/** 1/6 inch at 203 dots an inch, Epson's default, is 33.8. */
export const DEFAULT_LINE_SPACING_DOTS = 34;

/** Every eight characters of font A, as many as `ESC D` can set. */
const DEFAULT_TAB_STOPS_DOTS = Array.from({ length: 32 }, (_, at) => (at + 1) * 8 * COLUMN_DOTS);

/** Chinese mode is on: so are printers sold in China. A stream that chooses a code page means to use it. */
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
    italic: false,
    upsideDown: false,
    smallFont: false,
    chinese: 'unsaid',
    codePage: 0,
    internationalSet: 0,
    lineSpacingDots: DEFAULT_LINE_SPACING_DOTS,
    tabStopsDots: DEFAULT_TAB_STOPS_DOTS,
    rightSpaceDots: 0,
    chineseLeftDots: 0,
    chineseRightDots: 0,
    leftMarginDots: 0,
    printWidthDots: undefined,
    barcode: { heightDots: 162, moduleDots: 3, textPlace: 'none' },
    qr: { moduleDots: 3, level: 'L', data: new Uint8Array() },
    definedCharacters: new Map(),
    userCharacters: new Map(),
    userCharactersOn: false,
    pdf417: {
      ...{ moduleDots: 3, rowModules: 3, data: '' },
      options: { columns: 0, rows: 0, level: undefined, truncated: false },
    },
  };
}

/**
 * `ESC t n` as Epson numbers them, 6 and 7 as Xprinter does; an unlisted page is shown as page 0, which every printer has. Of
 * page 1 the half-width katakana.
 */
const codePages: ReadonlyMap<number, string> = new Map(
  Object.entries({
    ...{ 0: 'cp437', 1: 'shiftjis', 2: 'cp850', 3: 'cp860', 4: 'cp863', 5: 'cp865', 6: 'iso88591', 7: 'windows1253' },
    ...{ 13: 'cp857', 14: 'cp737', 15: 'iso88597' },
    ...{ 16: 'windows1252', 17: 'cp866', 18: 'cp852', 19: 'cp858', 32: 'cp720', 33: 'cp775', 34: 'cp855' },
    ...{ 35: 'cp861', 36: 'cp862', 37: 'cp864', 38: 'cp869', 39: 'iso88592', 40: 'iso885915', 45: 'windows1250' },
    ...{ 46: 'windows1251', 47: 'windows1253', 48: 'windows1254', 49: 'windows1255', 50: 'windows1256' },
    ...{ 51: 'windows1257', 52: 'windows1258' },
  }).map(([n, name]) => [Number(n), name]),
);

/** Whether characters of this page are shown as what they are. */
export function isCodePageKnown(codePage: number): boolean {
  return codePages.has(codePage);
}

/** Where IBM put the euro sign in page 857 (CCSID 9049), which iconv leaves empty. */
const EURO_IN_857 = 0xd5;

/** What a character of one byte, or a Chinese one of two, is to a reader. */
export function decodeCharacter(bytes: Uint8Array, { codePage, internationalSet }: PrintState): string {
  if (bytes.length === 2) return iconv.decode(Buffer.from(bytes), 'gb18030');
  const encoding = codePages.get(codePage) ?? 'cp437';
  if (encoding === 'cp857' && bytes[0] === EURO_IN_857) return '€';
  const character = iconv.decode(Buffer.from(bytes), bytes[0]! < 0x80 ? 'latin1' : encoding);
  return inInternationalSet(character, internationalSet);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a scanner shows for the bytes of a QR code: UTF-8, and what is none, as the printer's own text. */
export function decodeSymbolData(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return iconv.decode(Buffer.from(bytes), 'gb18030');
  }
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
    case 'italic':
    case 'italic-off':
      state.italic = name === 'italic' && (p.length === 0 || on);
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
      state.tabStopsDots = [...p].map((column) => column * COLUMN_DOTS * state.width);
      return true;
    case 'code-page':
      state.codePage = first;
      if (state.chinese === 'unsaid') state.chinese = false;
      return true;
    case 'international-set':
      state.internationalSet = first;
      return true;
    case 'user-set':
      state.userCharactersOn = on;
      return true;
    case 'user-define':
      defineUserCharacters(state, p);
      return true;
    case 'chinese-define': // FE A1 to FE FE
      if (first === 0xfe && second >= 0xa1)
        state.definedCharacters.set(0xfe00 + second, fromColumns(p.subarray(2), 24));
      return true;
    case 'chinese-cancel':
      state.definedCharacters.delete(first * 256 + second);
      return true;
    case 'user-cancel':
      state.userCharacters.delete(first);
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

/** `ESC & y c1 c2`, and for each code from c1 to c2 a width x and x columns of y bytes. */
function defineUserCharacters(state: PrintState, p: Uint8Array): void {
  const [columnBytes = 0, from = 0, to = 0] = p;
  let at = 3;
  for (let code = from; code <= to; code += 1) {
    const end = at + 1 + (p[at] ?? 0) * columnBytes;
    const columns = p.subarray(at + 1, Math.min(end, at + 1 + COLUMN_DOTS * columnBytes));
    if (columnBytes * 8 <= CELL_ROWS && columns.length > 0) {
      state.userCharacters.set(code, fromColumns(columns, columnBytes * 8));
    }
    at = end;
  }
}

/** The next tab stop; behind the last one a tab does nothing. */
export function tabbedDots({ tabStopsDots }: PrintState, positionDots: number): number {
  return tabStopsDots.find((stop) => stop > positionDots) ?? positionDots;
}

function underlineDots(n: number): 0 | 1 | 2 {
  return n % 48 === 1 ? 1 : n % 48 === 2 ? 2 : 0;
}
