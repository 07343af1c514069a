import type { Weight } from './fonts.ts';
import { breakLines } from './line-breaking.ts';
import { type Item, mm, textItem } from './sheet.ts';

export interface CellStyle {
  readonly weight: Weight;
  readonly sizePt: number;
  readonly align: 'left' | 'center' | 'right';
  /** Above and below. */
  readonly padding: number;
}

const LEADING = 1.45;
const SIDE_PADDING = mm(1.6);

/** What a cell `width` wide leaves for text, and the width that text of `textWidth` wants. */
export const cellTextWidth = (width: number): number => width - 2 * SIDE_PADDING;
export const cellWidthFor = (textWidth: number): number => textWidth + 2 * SIDE_PADDING;

/** Text wrapped into a cell `width` wide. `height` is what it needs; `draw` centres it upright in the row's height. */
export function cell(text: string, width: number, style: CellStyle): { height: number; draw: CellDraw } {
  const { weight, sizePt, align, padding } = style;
  const lines = breakLines(text, { sizePt, widthPt: cellTextWidth(width) });
  const height = lines.length * sizePt * LEADING + 2 * padding;
  const draw: CellDraw = (x, top, rowHeight) => {
    const anchor = { left: x + SIDE_PADDING, center: x + width / 2, right: x + width - SIDE_PADDING }[align];
    const firstBaseline = top + (rowHeight - lines.length * sizePt * LEADING) / 2 + sizePt * 1.08;
    return lines.map((line, index) =>
      textItem(line, anchor, firstBaseline + index * sizePt * LEADING, { weight, sizePt, align }),
    );
  };
  return { height, draw };
}

export type CellDraw = (x: number, top: number, rowHeight: number) => Item[];
