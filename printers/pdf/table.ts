import { DeviceError } from '../../drivers/core/index.ts';
import type { Certificate } from '../document/document.ts';
import { cell, cellWidthFor } from './cell.ts';
import type { Block } from './flow.ts';
import { textWidthEm, type Weight } from './fonts.ts';
import { longestPieceEm } from './line-breaking.ts';
import { boxItem, colour, lineItem, mm } from './sheet.ts';
import type { Spacing } from './spacing.ts';

type Table = NonNullable<Certificate['table']>;

/** The largest that leaves every number whole is taken; 8 pt (七号 is 5.5) still reads well. */
const SIZES_PT = [10, 9, 8] as const;
const STRONG = 0.9;
const FINE = 0.4;
const amount = /^[-+−]?[¥￥$€£]?\s?\d[\d,]*\.\d+\s?[%元]?$/u;

/**
 * The data table: head between strong rules and repeated on each page, rows parted by hairlines and striped. Columns get
 * width by content; amounts of money stand right so that their points align. Fails `invalid-data` for a row with more
 * cells than columns, as a certificate must not drop one silently.
 */
export function tableBlocks(
  { columns, rows }: Table,
  x: number,
  width: number,
  { tablePadding: padding }: Spacing,
): Block[] {
  const wide = rows.findIndex((row) => row.length > columns.length);
  if (wide >= 0)
    throw new DeviceError('invalid-data', `table row ${wide + 1} has more cells than the ${columns.length} columns`);
  const { sizePt, widths } = fitted({ columns, rows }, width);
  const aligns = columns.map((_, column) => {
    const filled = rows.map((row) => row[column] ?? '').filter((text) => text !== '');
    return filled.length > 0 && filled.every((text) => amount.test(text)) ? ('right' as const) : ('center' as const);
  });
  const rowBlock = (texts: readonly string[], weight: Weight, look: RowLook, place: RowPlace): Block => {
    const cells = widths.map((cellWidth, column) =>
      cell(texts[column] ?? '', cellWidth, { weight, sizePt, align: aligns[column]!, padding }),
    );
    const height = Math.max(...cells.map((each) => each.height));
    return {
      ...place,
      height,
      draw: (top) => {
        let left = x;
        return [
          ...(look.fill ? [boxItem(x, top, width, height, look.fill)] : []),
          ...(look.ruleAbove > 0 ? [lineItem(x, top, x + width, top, look.ruleAbove, look.rule)] : []),
          lineItem(x, top + height, x + width, top + height, look.ruleBelow, look.rule),
          ...cells.flatMap((each, column) => {
            const items = each.draw(left, top, height);
            left += widths[column]!;
            return items;
          }),
        ];
      },
    };
  };
  const headLook = { fill: colour.label, ruleAbove: STRONG, ruleBelow: STRONG, rule: colour.frame };
  const head = rowBlock(columns, 'bold', headLook, { gapAbove: mm(5), keepWithNext: true });
  return [
    head,
    ...rows.map((row, index) => {
      const last = index === rows.length - 1;
      const look = {
        fill: index % 2 === 1 ? colour.zebra : undefined,
        ruleAbove: 0,
        ruleBelow: last ? STRONG : FINE,
        rule: last ? colour.frame : colour.hairline,
      };
      return rowBlock(row, 'regular', look, {
        gapAbove: 0,
        keepWithNext: index === rows.length - 2,
        repeatedHead: head,
      });
    }),
  ];
}

interface RowLook {
  readonly fill: string | undefined;
  readonly ruleAbove: number;
  readonly ruleBelow: number;
  readonly rule: string;
}
type RowPlace = Pick<Block, 'gapAbove' | 'keepWithNext' | 'repeatedHead'>;

/** The size of the table's letters, and its columns' widths, which add up to `width` where that leaves any. */
function fitted(table: Table, width: number): { sizePt: number; widths: number[] } {
  const [smallest = 8, ...larger] = SIZES_PT.toReversed();
  for (const sizePt of larger.toReversed()) {
    const widths = columnWidths(table, width, sizePt);
    if (sum(widths) <= width + 0.01) return { sizePt, widths };
  }
  const widths = columnWidths(table, width, smallest);
  const scale = Math.min(1, width / sum(widths));
  return { sizePt: smallest, widths: widths.map((each) => each * scale) };
}

/**
 * Natural widths where they fit, what is left shared evenly. Else the widest columns give way, to one width, but for what
 * their longest word or number needs; where that is too much, the widths add up to more than `width`.
 */
function columnWidths({ columns, rows }: Table, width: number, sizePt: number): number[] {
  const needs = columns.map((title, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const widest = (measure: typeof textWidthEm): number =>
      cellWidthFor(Math.max(measure(title), 1, ...cells.map((text) => measure(text))) * sizePt);
    return { natural: widest(textWidthEm), least: widest(longestPieceEm) };
  });
  const spare = width - sum(needs.map(({ natural }) => natural));
  if (spare >= 0) return needs.map(({ natural }) => natural + spare / columns.length);
  const within = (most: number): number[] =>
    needs.map(({ natural, least }) => Math.max(least, Math.min(natural, most)));
  let [low, high] = [0, width];
  for (let halving = 0; halving < 40; halving += 1) {
    const most = (low + high) / 2;
    if (sum(within(most)) > width) high = most;
    else low = most;
  }
  return within(low);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
