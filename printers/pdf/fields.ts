import type { Certificate } from '../document/document.ts';
import { cell, cellTextWidth, cellWidthFor } from './cell.ts';
import type { Block } from './flow.ts';
import { textWidthEm } from './fonts.ts';
import { boxItem, colour, frameItem, lineItem, mm } from './sheet.ts';
import type { Spacing } from './spacing.ts';

type Field = Certificate['fields'][number];

const SIZE_PT = 11;
const LINE_WIDTH = 0.5;

/** Labels and values in ruled rows. Two short fields share a row, as on paper forms; a long value has its own. */
export function fieldBlocks(
  fields: readonly Field[],
  x: number,
  width: number,
  { fieldPadding: padding }: Spacing,
): Block[] {
  const labelStyle = { weight: 'bold', sizePt: SIZE_PT, align: 'center', padding } as const;
  const valueStyle = { weight: 'regular', sizePt: SIZE_PT, align: 'left', padding } as const;
  const labelWidth = labelWidthFor(fields, width);
  const halfValueWidth = width / 2 - labelWidth;
  const fitsHalf = ({ label, value }: Field): boolean =>
    textWidthEm(value) * SIZE_PT <= cellTextWidth(halfValueWidth) &&
    textWidthEm(label) * SIZE_PT <= cellTextWidth(labelWidth);
  const rows: Field[][] = [];
  for (const field of fields) {
    const last = rows.at(-1);
    if (last?.length === 1 && fitsHalf(last[0]!) && fitsHalf(field)) last.push(field);
    else rows.push([field]);
  }
  return rows.map((row, index): Block => {
    const valueWidth = row.length === 2 ? halfValueWidth : width - labelWidth;
    const cells = row.map(({ label, value }, column) => ({
      left: x + column * (width / 2),
      label: cell(label, labelWidth, labelStyle),
      value: cell(value, valueWidth, valueStyle),
    }));
    const height = Math.max(...cells.flatMap(({ label, value }) => [label.height, value.height]));
    return {
      height,
      gapAbove: index === 0 ? mm(5) : 0,
      keepWithNext: index === rows.length - 2,
      draw: (top) => [
        ...cells.map(({ left }) => boxItem(left, top, labelWidth, height, colour.label)),
        ...cells.flatMap(({ left, label, value }) => [
          ...(left === x ? [] : [lineItem(left, top, left, top + height, LINE_WIDTH, colour.hairline)]),
          lineItem(left + labelWidth, top, left + labelWidth, top + height, LINE_WIDTH, colour.hairline),
          ...label.draw(left, top, height),
          ...value.draw(left + labelWidth, top, height),
        ]),
        frameItem(x, top, width, height, LINE_WIDTH, colour.hairline),
      ],
    };
  });
}

/** As wide as the longest label wants, between 26 mm and a third of the row. */
function labelWidthFor(fields: readonly Field[], width: number): number {
  const widest = cellWidthFor(Math.max(0, ...fields.map(({ label }) => textWidthEm(label) * SIZE_PT)));
  return Math.min(Math.max(mm(26), widest), width / 3);
}
