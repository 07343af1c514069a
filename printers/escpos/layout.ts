import type { Receipt, ReceiptBlock } from '../document/document.ts';
import { printedReceipt } from '../document/printed-text.ts';
import { wrap, wrapBalanced } from './line-breaking.ts';
import { type EscposProfile, lineColumns } from './profile.ts';
import { columnsOf } from './text.ts';

/** A receipt measured in the printer's columns, top to bottom, before any byte of it is written. */
export type ReceiptLine =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly align: 'left' | 'center';
      readonly strong: boolean;
      /** Multiples of the font's cell, 1 to 8. */
      readonly width: number;
      readonly height: number;
    }
  | { readonly type: 'rule' }
  | { readonly type: 'gap'; readonly dots: number }
  | { readonly type: 'qr'; readonly data: string };

type Style = Omit<Extract<ReceiptLine, { type: 'text' }>, 'type' | 'text'>;

const body: Style = { align: 'left', strong: false, width: 1, height: 1 };

/** 12 mm letters are read at arm's length; larger ones cost paper and say no more. */
const NUMBER_MULTIPLE_MAX = 4;
/** Between a label and its value. */
const FIELD_GAP_COLUMNS = 2;
/** A label wider than this share of the line wraps in its own column. */
const LABEL_SHARE_MAX = 0.4;

/** A whole number of dots each; 8 dots are a millimetre. */
const gaps = {
  afterTitle: 4,
  afterSubtitle: 8,
  aroundRule: 12,
  aroundNumber: 8,
  aroundQr: 14,
  betweenTexts: 6,
  betweenFields: 4,
} as const;

/**
 * Every text line fits `lineColumns(profile)` at its own width. Characters are kept, whether the font has them or not, but
 * for those that leave no ink.
 */
export function layoutReceipt(receipt: Receipt, profile: EscposProfile): ReceiptLine[] {
  const columns = lineColumns(profile);
  return printedReceipt(receipt).blocks.flatMap((block) => layoutBlock(block, columns));
}

function layoutBlock(block: ReceiptBlock, columns: number): ReceiptLine[] {
  switch (block.type) {
    case 'title':
      return [...titleLines(block.text, columns), gap(gaps.afterTitle)];
    case 'subtitle':
      return [...lines(block.text, columns, { ...body, align: 'center' }), gap(gaps.afterSubtitle)];
    case 'text': {
      const style = { ...body, align: block.align ?? 'left', strong: block.strong ?? false };
      return [...lines(block.text, columns, style), gap(gaps.betweenTexts)];
    }
    case 'number':
      return [gap(gaps.aroundNumber), ...numberLines(block.text, columns), gap(gaps.aroundNumber)];
    case 'fields':
      return fieldLines(block.rows, columns);
    case 'rule':
      return [gap(gaps.aroundRule), { type: 'rule' }, gap(gaps.aroundRule)];
    case 'qr': {
      const caption = block.caption ? lines(block.caption, columns, { ...body, align: 'center' }) : [];
      return [gap(gaps.aroundQr), { type: 'qr', data: block.data }, gap(gaps.aroundQr), ...caption];
    }
  }
}

function gap(dots: number): ReceiptLine {
  return { type: 'gap', dots };
}

function lines(text: string, columns: number, style: Style): ReceiptLine[] {
  const broken = (style.align === 'center' ? wrapBalanced : wrap)(text, Math.floor(columns / style.width));
  return broken.map((line) => ({ type: 'text', text: line, ...style }));
}

/** Double size on one line, else double height on one line, else as many lines of double height as it takes. */
function titleLines(text: string, columns: number): ReceiptLine[] {
  const style: Style = { align: 'center', strong: true, width: 2, height: 2 };
  const large = lines(text, columns, style);
  return large.length === 1 ? large : lines(text, columns, { ...style, width: 1 });
}

function numberLines(text: string, columns: number): ReceiptLine[] {
  const fitting = Math.floor(columns / Math.max(1, columnsOf(text)));
  const width = Math.min(NUMBER_MULTIPLE_MAX, Math.max(1, fitting));
  return lines(text, columns, { align: 'center', strong: true, width, height: Math.max(2, width) });
}

function fieldLines(rows: readonly { label: string; value: string }[], columns: number): ReceiptLine[] {
  const widest = Math.max(2, ...rows.map((row) => columnsOf(row.label)));
  const labelColumns = Math.min(widest, Math.floor(columns * LABEL_SHARE_MAX));
  const indent = labelColumns + FIELD_GAP_COLUMNS;
  return rows.flatMap(({ label, value }) => {
    const labels = wrap(label, labelColumns);
    const values = wrap(value, columns - indent);
    const printed = Array.from({ length: Math.max(labels.length, values.length) }, (_, at): ReceiptLine => {
      const left = labels[at] ?? '';
      const right = values[at] ?? '';
      const padding = right === '' ? '' : ' '.repeat(indent - columnsOf(left));
      return { type: 'text', text: left + padding + right, ...body };
    });
    return [...printed, gap(gaps.betweenFields)];
  });
}
