import iconv from 'iconv-lite';

/** What the printer's own font makes of one character as a reader sees it. */
export type Cell =
  /** `columns`: ASCII is one wide, a two-byte character two. */
  | { readonly text: string; readonly columns: 1 | 2; readonly bytes: Uint8Array }
  /** Not in the font, to be drawn as a picture: a letter of a cursive script (`isCursive`) in one column, all else in two. */
  | { readonly text: string; readonly columns: 1 | 2; readonly bytes: undefined };

const graphemes = new Intl.Segmenter('zh-CN', { granularity: 'grapheme' });

/** A text as the cells of a line, left to right. Control characters are cells that the font lacks: none is ever sent. */
export function cells(text: string): Cell[] {
  // No character of the font joins the one before it, and each is one code unit.
  if (isPrintable(text)) return fontCells(text);
  return Array.from(graphemes.segment(text), ({ segment }): Cell => {
    if (segment.length === 1 && isPrintable(segment)) return fontCell(segment.charCodeAt(0));
    return { text: segment, columns: isCursive(segment) ? 1 : 2, bytes: undefined };
  });
}

/** Letters that join their neighbours and run from right to left, as in Uyghur and Kazakh names. */
export function isCursive(text: string): boolean {
  return /^\p{Script=Arabic}/u.test(text);
}

export function columnsOf(text: string): number {
  const { codes } = fontTable();
  let columns = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = codes[text.charCodeAt(at)]!;
    if (code === 0) return cells(text).reduce((sum, cell) => sum + cell.columns, 0);
    columns += code > 0xff ? 2 : 1;
  }
  return columns;
}

/** Whether the printer's font holds all of `text`, so that it can be sent as it is. */
export function isPrintable(text: string): boolean {
  const { codes } = fontTable();
  for (let at = 0; at < text.length; at += 1) if (codes[text.charCodeAt(at)] === 0) return false;
  return true;
}

/** The characters of `text` that the printer's font lacks, in order, each once. */
export function missingCharacters(text: string): string[] {
  return [...new Set(cells(text).flatMap((cell) => (cell.bytes ? [] : [cell.text])))];
}

/** The bytes of a text that the font holds whole; RangeError otherwise, without the text, which may be somebody's name. */
export function assertPrintable(text: string): Uint8Array {
  if (!isPrintable(text)) throw new RangeError('Text holds a character that is not in the font of the printer');
  const { codes } = fontTable();
  const bytes = new Uint8Array(columnsOf(text)); // a byte a column; a larger array would cost more than it takes to count
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = codes[text.charCodeAt(at)]!;
    if (code > 0xff) bytes[end++] = code >> 8;
    bytes[end++] = code & 0xff;
  }
  return bytes;
}

interface FontTable {
  /** By UTF-16 code unit: the byte, or both bytes of the character as one number. 0: the font lacks it. */
  readonly codes: Uint16Array;
  /** By UTF-16 code unit, made when first asked for: receipts repeat their characters, and layout looks at each often. */
  readonly cells: (Cell | undefined)[];
}

let table: FontTable | undefined;

/** Some milliseconds, once: to ask iconv for every character of every receipt takes a hundred times as long as this table. */
function fontTable(): FontTable {
  table ??= { codes: fontCodes(), cells: new Array(0x1_0000) };
  return table;
}

function fontCells(text: string): Cell[] {
  const line: Cell[] = [];
  for (let at = 0; at < text.length; at += 1) line.push(fontCell(text.charCodeAt(at)));
  return line;
}

function fontCell(unit: number): Cell {
  const { codes, cells: made } = fontTable();
  made[unit] ??= newCell(unit, codes[unit]!);
  return made[unit];
}

function newCell(unit: number, code: number): Cell {
  const text = String.fromCharCode(unit);
  if (code <= 0xff) return { text, columns: 1, bytes: Uint8Array.of(code) };
  return { text, columns: 2, bytes: Uint8Array.of(code >> 8, code & 0xff) };
}

/** Wide and narrow, as web forms and office programs put them beside numbers: on paper they are spaces. */
const NO_BREAK_SPACES = [0x00a0, 0x202f];

/** ¥ £ ¢ as keyboards write them: the font has each as its full-width twin alone, and a picture per amount would be slow. */
const CURRENCY_SIGNS = [
  [0x00a5, 0xffe5],
  [0x00a3, 0xffe1],
  [0x00a2, 0xffe0],
] as const;

/** All characters of GB 18030's two-byte area but row FE; all are in the Basic Multilingual Plane. Trails are 40h–FEh without 7Fh. */
function fontCodes(): Uint16Array {
  const codes = new Uint16Array(0x1_0000);
  for (let code = 0x20; code < 0x7f; code += 1) codes[code] = code;
  for (const space of NO_BREAK_SPACES) codes[space] = 0x20;
  const area: number[] = [];
  for (let code = 0x8140; code < 0xfe00; code += 1) if ((code & 0xff) >= 0x40) area.push(code);
  const lines = iconv
    .decode(Buffer.from(area.flatMap((code) => [code >> 8, code & 0xff, 0x0a])), 'gb18030')
    .split('\n');
  for (const [at, code] of area.entries()) {
    const character = lines[at]!;
    const unit = character.charCodeAt(0);
    // The first of two codes: iconv reads the unassigned A3A0 as the ideographic space, which is A1A1.
    if (codes[unit] === 0 && isCodePage936(character, code)) codes[unit] = code;
  }
  for (const [latin, wide] of CURRENCY_SIGNS) codes[latin] = codes[wide]!;
  return codes;
}

/**
 * Printers sold as "GBK" hold the characters of Windows code page 936. GB 18030's two-byte area is larger by its user-defined
 * zones, which a JS string shows as private use (E000–F8FF), and by these late additions, found by comparing both tables:
 * euro sign, ḿ and ǹ, the description characters and 〾. What is no character begins with U+FFFD.
 */
function isCodePage936(character: string, code: number): boolean {
  if (/[\p{Co}\ufffd]/u.test(character)) return false;
  if (code === 0xa2e3 || code === 0xa8bc || code === 0xa8bf) return false;
  return !(code >= 0xa989 && code <= 0xa995);
}
