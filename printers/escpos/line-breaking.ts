import { NOT_FIRST, NOT_LAST } from '../document/line-ends.ts';
import { type Cell, cells, columnsOf } from './text.ts';

/**
 * Parts of one word or number: they stay together unless a whole line cannot hold them. Latin, Greek, Cyrillic, Hebrew and
 * Arabic letters, and Tibetan.
 */
const WORD = /[!-~\u00c0-\u07ff\u0f00-\u0fff]/;
/**
 * Inside a word it may be parted behind these, but not before a digit: `2026-03-02` and `9/12` are read at one go. The last is
 * the Tibetan tsheg, behind each syllable.
 */
const WORD_BREAK = /[-/?&=\u0f0b]/;
const DIGIT = /[0-9]/;
/** Behind a digit they belong to it: `5个`, `3月2日`, `180元`, `12条`, `2小时`, `5公里`. */
const COUNTED = /[元角分年月日时秒号个件份页次天周岁人万亿米㎡㎏条项款户套层楼室栋幢张台本期季度名笔宗辆点吨平公小]/;

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
  const paragraphs = paragraphsOf(text);
  if (paragraphs.length === 1 && columnsOf(text) <= columns) return paragraphs;
  const lines = paragraphs.map(cells);
  const widest = wrapTight(lines, columns);
  if (endsWell(widest)) return widest;
  const least = Math.max(...lines.map(longestPiece));
  for (let narrower = columns - 1; narrower >= Math.max(least, columns - NARROWER_COLUMNS_MAX); narrower -= 1) {
    const set = wrapTight(lines, narrower);
    if (set.length !== widest.length) break;
    if (endsWell(set)) return set;
  }
  return widest;
}

function endsWell(lines: readonly string[]): boolean {
  return lines.length === 1 || columnsOf(lines.at(-1) ?? '') >= LAST_LINE_COLUMNS_MIN;
}

/** `wrap` for centred text: as few lines, and those as even as can be; a break behind a pause may be a little less even. */
export function wrapBalanced(text: string, columns: number): string[] {
  const paragraphs = paragraphsOf(text);
  if (paragraphs.length === 1 && columnsOf(text) <= columns) return paragraphs;
  const lines = paragraphs.map(cells);
  const widest = wrapTight(lines, columns);
  const least = Math.max(...lines.map(longestPiece));
  const evenFirst = [widest];
  for (let narrower = columns - 1; widest.length > 1 && narrower >= least; narrower -= 1) {
    const set = wrapTight(lines, narrower);
    if (set.length !== widest.length) break;
    evenFirst.unshift(set);
  }
  const atPauses = evenFirst
    .slice(0, UNEVEN_COLUMNS_MAX)
    .find((set) => set.slice(0, -1).every((line) => PAUSE.test(line)));
  return atPauses ?? evenFirst[0] ?? widest;
}

/** Columns, at least 2: set narrower than this, a word or number of `text` would be cut in two. */
export function longestPieceColumns(text: string): number {
  return Math.max(...paragraphsOf(text).map((paragraph) => longestPiece(cells(paragraph))));
}

function wrapTight(lines: readonly (readonly Cell[])[], columns: number): string[] {
  return lines.flatMap((line) => wrapParagraph(line, columns));
}

function paragraphsOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).map((paragraph) => paragraph.replaceAll('\t', ' '));
}

function longestPiece(line: readonly Cell[]): number {
  let longest = 2;
  let piece = 0;
  for (let at = 0; at < line.length; at += 1) {
    const { columns } = line[at]!;
    piece = at > 0 && mayBreak(line, at) ? columns : piece + columns;
    longest = Math.max(longest, piece);
  }
  return longest;
}

function wrapParagraph(line: readonly Cell[], columns: number): string[] {
  const lines: string[] = [];
  let start = 0;
  for (;;) {
    const full = start + countFitting(line, start, columns);
    if (full >= line.length) {
      lines.push(joined(line, start, line.length));
      return lines;
    }
    let end = full;
    while (end > start && !mayBreak(line, end)) end -= 1;
    if (end === start) end = full;
    lines.push(joined(line, start, end).trimEnd());
    start = end;
    while (line[start]?.text === ' ') start += 1;
    if (start === line.length) return lines;
  }
}

function countFitting(line: readonly Cell[], start: number, columns: number): number {
  let used = 0;
  let at = start;
  for (; at < line.length; at += 1) {
    used += line[at]!.columns;
    if (used > columns) break;
  }
  return Math.max(1, at - start);
}

/** Whether a line may end before `at`, which is neither its start nor its end. */
function mayBreak(line: readonly Cell[], at: number): boolean {
  const before = kindOf(line[at - 1]!);
  const after = kindOf(line[at]!);
  if (after & Kind.space || before & Kind.space) return true;
  if (after & Kind.notFirst || before & Kind.notLast) return false;
  if (before & Kind.digit && after & Kind.counted) return false;
  if (before & Kind.word && after & Kind.word) {
    return (before & Kind.wordBreak) !== 0 && !(after & (Kind.digit | Kind.wordBreak));
  }
  return true;
}

const Kind = { space: 1, notFirst: 2, notLast: 4, word: 8, wordBreak: 16, digit: 32, counted: 64, known: 128 } as const;

const classes: readonly (readonly [RegExp, number])[] = [
  [/ /, Kind.space],
  [NOT_FIRST, Kind.notFirst],
  [NOT_LAST, Kind.notLast],
  [WORD, Kind.word],
  [WORD_BREAK, Kind.wordBreak],
  [DIGIT, Kind.digit],
  [COUNTED, Kind.counted],
];

/** By UTF-16 code unit, filled in as characters turn up: each is asked about for every width that a paragraph is tried in. */
const kinds = new Uint8Array(0x1_0000);

function kindOf({ text }: Cell): number {
  const unit = text.charCodeAt(0);
  const known = kinds[unit]!;
  if (known !== 0) return known;
  const first = text.charAt(0);
  const found = classes.reduce(
    (kind, [members, bit]) => (members.test(first) ? kind | bit : kind),
    Kind.known as number,
  );
  kinds[unit] = found;
  return found;
}

function joined(line: readonly Cell[], start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) text += line[at]!.text;
  return text;
}
