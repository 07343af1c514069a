import type { Receipt, ReceiptBlock } from '../document/document.ts';
import { printedReceipt } from '../document/printed-text.ts';
import { type GridColumn, gridRow, gridWidths } from './grid.ts';
import { longestPieceColumns, wrap, wrapBalanced } from './line-breaking.ts';
import type { EscposProfile } from './profile.ts';
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
  | { readonly type: 'qr' | 'barcode'; readonly data: string }
  /** `bits` as in the document. */
  | { readonly type: 'picture'; readonly widthDots: number; readonly heightDots: number; readonly bits: string };

type Style = Omit<Extract<ReceiptLine, { type: 'text' }>, 'type' | 'text'>;

const body: Style = { align: 'left', strong: false, width: 1, height: 1 };

/** 12 mm letters are read at arm's length; larger ones cost paper and say no more. */
const NUMBER_MULTIPLE_MAX = 4;
/** Between a label and its value. */
const FIELD_GAP_COLUMNS = 2;
/** A label wider than this share of the line wraps in its own column. */
const LABEL_SHARE_MAX = 0.4;
/** A label gives up columns to a long number beside it, but not these: four characters. */
const LABEL_COLUMNS_MIN = 8;
/** Without any of these a value breaks nearly everywhere. */
const LATIN = /[!-~]/;

/** A whole number of dots each; 8 dots are a millimetre. */
const gaps = {
  afterTitle: 4,
  afterSubtitle: 8,
  aroundRule: 12,
  aroundNumber: 8,
  aroundQr: 14,
  belowCaption: 10,
  aroundBarcode: 10,
  belowBarcode: 4,
  belowPicture: 12,
  belowTableHead: 6,
  betweenTexts: 6,
  betweenFields: 4,
} as const;

/**
 * Every text line fits the profile's columns at its own width. Characters are kept, whether the font has them or not, but
 * for those that leave no ink.
 */
export function layoutReceipt(receipt: Receipt, profile: EscposProfile): ReceiptLine[] {
  return printedReceipt(receipt).blocks.flatMap((block) => layoutBlock(block, profile.columns));
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
    case 'columns':
      return columnLines(block, columns);
    case 'table':
      return tableLines(block, columns);
    case 'barcode':
      return [
        gap(gaps.aroundBarcode),
        { type: 'barcode', data: block.data },
        gap(gaps.belowBarcode),
        ...lines(block.data, columns, { ...body, align: 'center' }),
        gap(gaps.aroundBarcode),
      ];
    case 'picture':
      return [block, gap(gaps.belowPicture)];
    case 'qr': {
      const symbol = [gap(gaps.aroundQr), { type: 'qr', data: block.data } as const, gap(gaps.aroundQr)];
      if (!block.caption) return symbol;
      const caption = lines(block.caption, columns, { ...body, align: 'center' });
      return [...symbol, ...caption, gap(gaps.belowCaption)];
    }
  }
}

function gap(dots: number): ReceiptLine {
  return { type: 'gap', dots };
}

function lines(text: string, columns: number, style: Style): ReceiptLine[] {
  const broken = (style.align === 'center' ? wrapBalanced : wrap)(text, Math.floor(columns / style.width));
  return broken.map((line) => textLine(line, style));
}

function textLine(text: string, { align, strong, width, height }: Style): ReceiptLine {
  return { type: 'text', text, align, strong, width, height };
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

/** A number too long to stand beside its label stands below it. */
function fieldLines(rows: readonly { label: string; value: string }[], columns: number): ReceiptLine[] {
  const pieces = rows.map(({ value }) => (LATIN.test(value) ? longestPieceColumns(value) : 0));
  const room = columns - FIELD_GAP_COLUMNS;
  const numbers = Math.max(0, ...pieces.filter((piece) => piece <= room - LABEL_COLUMNS_MIN));
  const widest = Math.max(2, ...rows.map((row) => columnsOf(row.label)));
  const labelColumns = Math.min(widest, Math.floor(columns * LABEL_SHARE_MAX), room - numbers);
  return rows.flatMap(({ label, value }, at) => {
    const texts =
      pieces[at]! > room - labelColumns
        ? [...wrap(label, columns), ...wrap(value, columns)]
        : besideLabel(label, value, labelColumns, columns);
    return [...texts.map((text) => textLine(text, body)), gap(gaps.betweenFields)];
  });
}

function besideLabel(label: string, value: string, labelColumns: number, columns: number): string[] {
  const indent = labelColumns + FIELD_GAP_COLUMNS;
  const labels = wrap(label, labelColumns);
  const values = wrap(value, columns - indent);
  return Array.from({ length: Math.max(labels.length, values.length) }, (_, at) => {
    const left = labels[at] ?? '';
    const right = values[at] ?? '';
    return right === '' ? left : left + ' '.repeat(indent - columnsOf(left)) + right;
  });
}

function columnLines(block: Extract<ReceiptBlock, { type: 'columns' }>, columns: number): ReceiptLine[] {
  const { left, right, leftShare = 0.5, align = 'left' } = block;
  const sides: GridColumn[] = [
    { align: 'left', share: leftShare },
    { align, share: 1 - leftShare },
  ];
  const widths = gridWidths([[left, right]], sides, columns);
  const texts = widths
    ? gridRow([left, right], sides, widths, columns)
    : [left, right].flatMap((text) => wrap(text, columns));
  return [...texts.map((text) => textLine(text, body)), gap(gaps.betweenFields)];
}

/** Paper too narrow for it gets each row as fields, named by the headers. */
function tableLines({ columns, rows }: Extract<ReceiptBlock, { type: 'table' }>, lineColumns: number): ReceiptLine[] {
  const headers = columns.map(({ header }) => header);
  const grid = columns.map(({ align = 'left', share }): GridColumn => ({ align, share }));
  const widths = gridWidths([headers, ...rows], grid, lineColumns);
  if (!widths) {
    return rows.flatMap((row): ReceiptLine[] => {
      const fields = headers.map((label, at) => ({ label, value: row[at] ?? '' }));
      return [...fieldLines(fields, lineColumns), gap(gaps.betweenTexts)];
    });
  }
  const rowLines = (row: readonly string[], strong: boolean): ReceiptLine[] =>
    gridRow(row, grid, widths, lineColumns).map((text) => textLine(text, { ...body, strong }));
  const head = headers.some((header) => header !== '')
    ? [...rowLines(headers, true), { type: 'rule' } as const, gap(gaps.belowTableHead)]
    : [];
  const printed = rows.flatMap((row) => [...rowLines(row, false), gap(gaps.betweenFields)]);
  return [...head, ...printed, gap(gaps.betweenTexts)];
}
