import iconv from 'iconv-lite';

/** What the printer's own font makes of one character as a reader sees it. */
export type Cell =
  /** `columns`: ASCII is one wide, a two-byte character two. */
  | { readonly text: string; readonly columns: 1 | 2; readonly bytes: Uint8Array }
  /** Not in the font. Drawn as a picture it takes two columns. */
  | { readonly text: string; readonly columns: 2; readonly bytes: undefined };

const graphemes = new Intl.Segmenter('zh-CN', { granularity: 'grapheme' });

/** A text as the cells of a line, left to right. Control characters are cells that the font lacks: none is ever sent. */
export function cells(text: string): Cell[] {
  return Array.from(graphemes.segment(text), ({ segment }): Cell => {
    const bytes = fontBytes(segment);
    if (!bytes) return { text: segment, columns: 2, bytes: undefined };
    return { text: segment, columns: bytes.length === 1 ? 1 : 2, bytes };
  });
}

export function columnsOf(text: string): number {
  return cells(text).reduce((sum, cell) => sum + cell.columns, 0);
}

/** The characters of `text` that the printer's font lacks, in order, each once. Empty: `text` can be sent as it is. */
export function missingCharacters(text: string): string[] {
  return [...new Set(cells(text).flatMap((cell) => (cell.bytes ? [] : [cell.text])))];
}

/** The bytes of a text that the font holds whole; RangeError otherwise, without the text, which may be somebody's name. */
export function assertPrintable(text: string): Uint8Array {
  const bytes = cells(text).map((cell) => {
    if (!cell.bytes) throw new RangeError('Text holds a character that is not in the font of the printer');
    return cell.bytes;
  });
  return Uint8Array.from(bytes.flatMap((each) => [...each]));
}

function fontBytes(grapheme: string): Uint8Array | undefined {
  if (/^[ -~]$/.test(grapheme)) return Uint8Array.of(grapheme.charCodeAt(0));
  if ([...grapheme].length !== 1 || !grapheme.isWellFormed()) return undefined;
  const bytes = iconv.encode(grapheme, 'gb18030');
  if (bytes.length !== 2) return undefined;
  return isCodePage936(grapheme, bytes.readUInt16BE()) ? bytes : undefined;
}

/**
 * Printers sold as "GBK" hold the characters of Windows code page 936. GB 18030's two-byte area is larger by its user-defined
 * zones, which a JS string shows as private use (E000–F8FF), and by these late additions, found by comparing both tables:
 * euro sign, ḿ and ǹ, the description characters and 〾, and row FE.
 */
function isCodePage936(character: string, code: number): boolean {
  if (/\p{Co}/u.test(character)) return false;
  if (code === 0xa2e3 || code === 0xa8bc || code === 0xa8bf) return false;
  return !(code >= 0xa989 && code <= 0xa995) && code < 0xfe00;
}
