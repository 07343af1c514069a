import { type Cell, cells, columnsOf } from './text.ts';

/** Must not begin a line: closing marks, pauses, iteration marks (GB/T 15834-2011, 5.1; W3C clreq 3.1.3), and units. */
const NOT_FIRST = /^[，。、；：？！）》」』】〕〗〉］｝”’…—～·％‰℃°,.;:?!)\]}%'"]/u;
/** Must not end a line: opening marks and currency signs. */
const NOT_LAST = /^[（《「『【〔〖〈［｛“‘￥＄([{$#]/u;
/** Parts of one word or number: they stay together unless a whole line cannot hold them. */
const WORD = /^[!-~]/;
/** Inside a word it may be parted behind these, but not before a digit: `2026-03-02` and `9/12` are read at one go. */
const WORD_BREAK = /^[-/]/;
const DIGIT = /^[0-9]/;

/** A last line of one or two characters (孤字) looks like a mistake. */
const LAST_LINE_COLUMNS_MIN = 6;
/** How much narrower a paragraph may be set to avoid that: three characters. */
const NARROWER_COLUMNS_MAX = 6;

/** Where a reader pauses anyway. */
const PAUSE = /[，。；：！？、,;:.!?]$/u;
/** Two characters. */
const UNEVEN_COLUMNS_MAX = 4;

/**
 * Breaks text into lines of at most `columns` (at least 2). Line ends in the text are kept. Nothing is lost but the spaces
 * at which a line ends. An unbreakable piece longer than a line is cut where the line is full.
 */
export function wrap(text: string, columns: number): string[] {
  const widest = wrapTight(text, columns);
  const least = longestPieceColumns(text);
  for (let narrower = 0; narrower <= NARROWER_COLUMNS_MAX && columns - narrower >= least; narrower += 1) {
    const lines = wrapTight(text, columns - narrower);
    if (lines.length !== widest.length) break;
    if (lines.length === 1 || columnsOf(lines.at(-1) ?? '') >= LAST_LINE_COLUMNS_MIN) return lines;
  }
  return widest;
}

/** `wrap` for centred text: as few lines, and those as even as can be; a break behind a pause may be a little less even. */
export function wrapBalanced(text: string, columns: number): string[] {
  const widest = wrapTight(text, columns);
  const least = longestPieceColumns(text);
  const evenFirst = [widest];
  for (let narrower = columns - 1; widest.length > 1 && narrower >= least; narrower -= 1) {
    const lines = wrapTight(text, narrower);
    if (lines.length !== widest.length) break;
    evenFirst.unshift(lines);
  }
  const atPauses = evenFirst
    .slice(0, UNEVEN_COLUMNS_MAX)
    .find((lines) => lines.slice(0, -1).every((line) => PAUSE.test(line)));
  return atPauses ?? evenFirst[0] ?? widest;
}

function wrapTight(text: string, columns: number): string[] {
  return paragraphsOf(text).flatMap((paragraph) => wrapParagraph(paragraph, columns));
}

function paragraphsOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((paragraph) => paragraph.replaceAll('\t', ' '));
}

/** Set narrower than this, a word or number that fits its line would be cut in two. */
function longestPieceColumns(text: string): number {
  let longest = 2;
  for (const line of paragraphsOf(text).map(cells)) {
    let piece = 0;
    for (const [at, cell] of line.entries()) {
      piece = at > 0 && mayBreak(line, at) ? cell.columns : piece + cell.columns;
      longest = Math.max(longest, piece);
    }
  }
  return longest;
}

function wrapParagraph(text: string, columns: number): string[] {
  let rest = cells(text);
  const lines: string[] = [];
  for (;;) {
    const fitting = countFitting(rest, columns);
    if (fitting === rest.length) {
      lines.push(joined(rest));
      return lines;
    }
    let end = fitting;
    while (end > 0 && !mayBreak(rest, end)) end -= 1;
    if (end === 0) end = fitting;
    lines.push(joined(rest.slice(0, end)).trimEnd());
    const next = rest.findIndex((cell, index) => index >= end && cell.text !== ' ');
    if (next < 0) return lines;
    rest = rest.slice(next);
  }
}

function countFitting(line: readonly Cell[], columns: number): number {
  let used = 0;
  let count = 0;
  for (const cell of line) {
    used += cell.columns;
    if (used > columns) break;
    count += 1;
  }
  return Math.max(1, count);
}

/** Whether a line may end before `at`. */
function mayBreak(line: readonly Cell[], at: number): boolean {
  const before = line[at - 1]?.text ?? '';
  const after = line[at]?.text ?? '';
  if (after === ' ') return true;
  if (before === ' ') return true;
  if (NOT_FIRST.test(after) || NOT_LAST.test(before)) return false;
  if (WORD.test(before) && WORD.test(after)) return WORD_BREAK.test(before) && !DIGIT.test(after);
  return true;
}

function joined(line: readonly Cell[]): string {
  return line.map((cell) => cell.text).join('');
}
