import { DeviceError } from '../../drivers/core/index.ts';
import type { Certificate } from '../document/document.ts';
import { cell, cellWidthFor } from './cell.ts';
import type { Block } from './flow.ts';
import { textWidthEm, type Weight } from './fonts.ts';
import { boxItem, colour, lineItem, mm } from './sheet.ts';
import type { Spacing } from './spacing.ts';

type Table = NonNullable<Certificate['table']>;

const SIZE_PT = 10;
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
  const widths = columnWidths({ columns, rows }, width);
  const aligns = columns.map((_, column) => {
    const filled = rows.map((row) => row[column] ?? '').filter((text) => text !== '');
    return filled.length > 0 && filled.every((text) => amount.test(text)) ? ('right' as const) : ('center' as const);
  });
  const rowBlock = (texts: readonly string[], weight: Weight, look: RowLook, place: RowPlace): Block => {
    const cells = widths.map((cellWidth, column) =>
      cell(texts[column] ?? '', cellWidth, { weight, sizePt: SIZE_PT, align: aligns[column]!, padding }),
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

/** Natural widths where they fit, what is left shared evenly. Else the widest columns alone give way, to one width. */
function columnWidths({ columns, rows }: Table, width: number): number[] {
  const natural = columns.map((title, column) => {
    const cells = rows.map((row) => textWidthEm(row[column] ?? '', 'regular'));
    return cellWidthFor(Math.max(textWidthEm(title, 'bold'), 1, ...cells) * SIZE_PT);
  });
  const total = natural.reduce((sum, each) => sum + each, 0);
  if (total <= width) return natural.map((each) => each + (width - total) / columns.length);
  let room = width;
  let most = width;
  for (const [index, each] of natural.toSorted((one, other) => one - other).entries()) {
    most = room / (columns.length - index);
    if (each > most) break;
    room -= each;
  }
  return natural.map((each) => Math.min(each, most));
}
