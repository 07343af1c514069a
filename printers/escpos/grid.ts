import { longestPieceColumns, wrap } from './line-breaking.ts';
import { columnsOf } from './text.ts';

export interface GridColumn {
  readonly align: 'left' | 'right';
  /** Of the width, in proportion to the other columns' shares. */
  readonly share: number;
}

/** On narrow paper one column of space parts the texts; where there is room, two do. */
const WIDE_LINE_COLUMNS = 40;

/** Three characters: text in a narrower column than this, and than itself, reads like a mistake. */
const READABLE_COLUMNS = 6;

/**
 * How many columns of the line each column of a grid has, in all its rows: by its share, but none so few that a word or number
 * of it would be cut or its text stand in single characters, and the rest for the others. `undefined`: they do not fit beside
 * each other.
 */
export function gridWidths(
  rows: readonly (readonly string[])[],
  columns: readonly GridColumn[],
  lineColumns: number,
): number[] | undefined {
  const room = lineColumns - gapColumns(lineColumns) * (columns.length - 1);
  const least = columns.map((_, at) => Math.max(2, ...rows.map((row) => leastColumns(row[at] ?? ''))));
  if (sum(least) > room) return undefined;
  const shares = sum(columns.map(({ share }) => share));
  const wanted = columns.map(({ share }) => (room * share) / shares);
  const widths = [...least];
  for (let left = room - sum(least); left > 0; left -= 1) {
    const missing = widths.map((width, at) => wanted[at]! - width);
    widths[missing.indexOf(Math.max(...missing))]! += 1;
  }
  return widths;
}

function leastColumns(text: string): number {
  return Math.max(longestPieceColumns(text), Math.min(READABLE_COLUMNS, columnsOf(text)));
}

/** One row of a grid as lines of text, each cell wrapped in its own width. */
export function gridRow(
  row: readonly string[],
  columns: readonly GridColumn[],
  widths: readonly number[],
  lineColumns: number,
): string[] {
  const cells = widths.map((width, at) => wrap(row[at] ?? '', width));
  const gap = ' '.repeat(gapColumns(lineColumns));
  return Array.from({ length: Math.max(...cells.map((cell) => cell.length)) }, (_, at) => {
    const parts = cells.map((cell, column) => {
      const text = cell[at] ?? '';
      const space = ' '.repeat(widths[column]! - columnsOf(text));
      return columns[column]!.align === 'right' ? space + text : text + space;
    });
    return parts.join(gap).trimEnd();
  });
}

function gapColumns(lineColumns: number): number {
  return lineColumns >= WIDE_LINE_COLUMNS ? 2 : 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
