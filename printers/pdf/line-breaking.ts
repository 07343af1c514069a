import { textWidthEm } from './fonts.ts';

/** Closing marks, which never start a line: 中文排版需求 (W3C clreq) 3.1.3 and GB/T 15834 on 标点符号的位置. */
const neverFirst = new Set('，。、；：？！…—～·）》〉】〕〗」』”’％‰℃,.;:?!)]}%');
/** Opening marks, which never end a line. */
const neverLast = new Set('（《〈【〔〖「『“‘￥¥＄([{');
/** What holds together whatever the language: words, numbers, amounts, identity and serial numbers. */
const unbroken = /[\p{Script=Latin}\p{Nd}\p{M}.,:;'’\-_/@#&+*=%$€£]+|\s+|./gsu;

/** Pieces between which a line may break. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (const piece of text.match(unbroken) ?? []) {
    const last = found.at(-1);
    const glued =
      last !== undefined && last.trim() !== '' && (neverFirst.has(piece) || neverLast.has(last.at(-1) ?? ''));
    if (glued) found[found.length - 1] = last + piece;
    else found.push(piece);
  }
  return found;
}

/** Width in ems of the longest piece that stays whole: a narrower line cuts it. */
export function longestPieceEm(text: string): number {
  return Math.max(0, ...pieces(text).map((piece) => textWidthEm(piece)));
}

export interface LineShape {
  readonly sizePt: number;
  readonly widthPt: number;
  readonly firstIndentPt?: number;
}

/**
 * Breaks a paragraph into lines no wider than `widthPt`, at least one. No line starts with a closing mark or ends with an
 * opening one; words and numbers stay whole unless one alone is wider than a line. Spaces at a break are dropped.
 */
export function breakLines(text: string, { sizePt, widthPt, firstIndentPt = 0 }: LineShape): string[] {
  const lines: string[] = [];
  let line = '';
  // Measured whole, never as a sum of pieces: the font's kerning depends on the script that it finds in the line, so digits
  // alone are narrower than digits beside a letter.
  const fits = (longer: string): boolean =>
    textWidthEm(longer.trimEnd()) * sizePt <= widthPt - (lines.length === 0 ? firstIndentPt : 0);
  const finish = (): void => {
    lines.push(line.trimEnd());
    line = '';
  };
  for (const piece of pieces(text)) {
    if (line !== '' && !fits(line + piece)) finish();
    if (line === '' && lines.length > 0 && piece.trim() === '') continue;
    if (fits(line + piece)) {
      line += piece;
      continue;
    }
    for (const character of piece) {
      if (line !== '' && !fits(line + character)) finish();
      line += character;
    }
  }
  finish();
  return lines;
}

/** The same number of lines, of nearly equal length: for headings, where a lone last word looks lost. */
export function breakEvenly(text: string, shape: LineShape): string[] {
  let lines = breakLines(text, shape);
  for (let widthPt = shape.widthPt * 0.96; widthPt > shape.widthPt / 2; widthPt -= shape.widthPt * 0.04) {
    const narrower = breakLines(text, { ...shape, widthPt });
    if (narrower.length > lines.length) break;
    lines = narrower;
  }
  return lines;
}
