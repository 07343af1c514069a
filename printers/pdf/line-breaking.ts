import { NOT_FIRST, NOT_LAST } from '../document/line-ends.ts';
import { textWidthEm } from './fonts.ts';

/** What holds together whatever the language: words, numbers, amounts, identity and serial numbers. */
const unbroken = /[\p{Script=Latin}\p{Nd}\p{M}.,:;'’\-_/@#&+*=%$€£]+|\s+|./gsu;

/** Pieces between which a line may break. */
export function pieces(text: string): string[] {
  const found: string[] = [];
  for (const piece of text.match(unbroken) ?? []) {
    const last = found.at(-1);
    const isMark = [...piece].length === 1 && NOT_FIRST.test(piece);
    const glued = last !== undefined && last.trim() !== '' && (isMark || NOT_LAST.test(last.at(-1) ?? ''));
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

/** 单字不成行: so few characters, their closing mark among them, look lost on a last line; so many do not. */
const WIDOW_CHARACTERS = 2;
const COMPANY_CHARACTERS = 5;

/**
 * Breaks a paragraph into lines no wider than `widthPt`, at least one. No line starts with a closing mark or ends with an
 * opening one; words and numbers stay whole unless one alone is wider than a line. Spaces at a break are dropped. A last line
 * of one or two characters gets company from the line above, where that leaves it some.
 */
export function breakLines(text: string, shape: LineShape): string[] {
  const lines = filledLines(text, shape);
  const last = lines.pop() ?? '';
  const above = lines.pop();
  if (above === undefined) return [last];
  if ([...last].length > WIDOW_CHARACTERS) return [...lines, above, last];
  const [kept, moved] = splitEnd(above, COMPANY_CHARACTERS - [...last].length);
  const longer = text.endsWith(`${moved}${last}`) ? `${moved}${last}` : `${moved} ${last}`;
  const fits = kept !== '' && textWidthEm(longer) * shape.sizePt <= shape.widthPt;
  return fits ? [...lines, kept, longer] : [...lines, above, last];
}

/** Parts a line where it may break, with `count` characters or a few more behind the break. */
function splitEnd(line: string, count: number): [string, string] {
  const before = pieces(line);
  const behind: string[] = [];
  while (before.length > 0 && [...behind.join('').trim()].length < count) behind.unshift(before.pop()!);
  return [before.join('').trimEnd(), behind.join('').trimStart()];
}

function filledLines(text: string, { sizePt, widthPt, firstIndentPt = 0 }: LineShape): string[] {
  const all = pieces(text);
  const lines: string[] = [];
  let line = '';
  const finish = (): void => {
    lines.push(line.trimEnd());
    line = '';
  };
  const room = (): Room => ({ sizePt, widthPt: widthPt - (lines.length === 0 ? firstIndentPt : 0) });
  for (let at = 0; at < all.length; ) {
    if (line === '' && lines.length > 0 && all[at]!.trim() === '') {
      at += 1;
      continue;
    }
    const end = reach(line, all, at, room());
    if (end > at || line !== '') {
      line += all.slice(at, end).join('');
      at = end;
      if (at < all.length) finish();
      continue;
    }
    const characters = [...all[at]!];
    for (let from = 0; from < characters.length; ) {
      if (from > 0) finish();
      const to = Math.max(from + 1, reach('', characters, from, room()));
      line = characters.slice(from, to).join('');
      from = to;
    }
    at += 1;
  }
  finish();
  return lines;
}

interface Room {
  readonly sizePt: number;
  readonly widthPt: number;
}

/**
 * Where the rest of `parts` begins when behind `line` stands, from `start` on, as much as fits. Measured whole, never as a sum of
 * parts: the font's kerning depends on the script that it finds in the line, so digits alone are narrower than digits beside
 * a letter. No text is narrower than its beginning, so that a rough sum may say where to measure.
 */
function reach(line: string, parts: readonly string[], start: number, { sizePt, widthPt }: Room): number {
  const fits = (end: number): boolean =>
    textWidthEm((line + parts.slice(start, end).join('')).trimEnd()) * sizePt <= widthPt;
  let end = start;
  for (let spareEm = widthPt / sizePt - roughEm(line); end < parts.length; end += 1) {
    spareEm -= roughEm(parts[end]!);
    if (spareEm < 0) break;
  }
  if (end === start || fits(end)) {
    while (end < parts.length && fits(end + 1)) end += 1;
    return end;
  }
  do end -= 1;
  while (end > start && !fits(end));
  return end;
}

/** From CJK's radicals (U+2E80) on characters are an em wide, letters and digits about half of one. */
function roughEm(text: string): number {
  let em = 0;
  for (const character of text) em += character >= '\u2e80' ? 1 : 0.5;
  return em;
}

/** Breaks an address behind its slashes and question marks; a part that is wider than a line is divided. */
export function breakAddress(url: string, shape: LineShape): string[] {
  const lines: string[] = [];
  for (const part of url.split(/(?<=[/?&=])(?![/?&=])/u)) {
    const longer = `${lines.at(-1) ?? ''}${part}`;
    if (lines.length > 0 && textWidthEm(longer) * shape.sizePt <= shape.widthPt) lines[lines.length - 1] = longer;
    else lines.push(...filledLines(part, shape));
  }
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
