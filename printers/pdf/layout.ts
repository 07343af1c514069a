import type { Certificate } from '../document/document.ts';
import { type Closing, closing } from './closing.ts';
import { fieldBlocks } from './fields.ts';
import { paginate } from './flow.ts';
import { textWidthEm } from './fonts.ts';
import { frameItems, titleRule } from './frame.ts';
import { breakEvenly } from './line-breaking.ts';
import { colour, type Item, mm, sheet, textItem } from './sheet.ts';
import { ample, close, type Spacing } from './spacing.ts';
import { statementBlocks } from './statement.ts';
import { tableBlocks } from './table.ts';
import { type Wording, wordings } from './wording.ts';

const LEFT = mm(29);
const RIGHT = sheet.width - LEFT;
const WIDTH = RIGHT - LEFT;
const CENTRE = sheet.width / 2;
const TITLE_TOP = mm(30);
const LATER_TOP = mm(37);
const FOOT_BASELINE = sheet.height - mm(18.5);
const BOTTOM = sheet.height - mm(27);

/**
 * Everything that the certificate says, placed on A4 pages: pure data, so that what stands where can be checked without
 * reading a PDF. Fails `invalid-data` as the fonts and the table do.
 */
export function layOut(certificate: Certificate): Item[][] {
  const ends = endsOf(certificate);
  const pages = layOutWith(certificate, ends, ample);
  if (pages.length === 1) return pages;
  const closer = layOutWith(certificate, ends, close);
  return closer.length < pages.length ? closer : pages;
}

/** What is the same however close the rest stands. A QR code takes longer than everything else together. */
interface Ends {
  readonly heading: { readonly items: readonly Item[]; readonly bottom: number };
  readonly foot: Closing;
}

function endsOf(certificate: Certificate): Ends {
  const wording = wordings[certificate.language];
  const { title, serial } = certificate;
  return { heading: headingItems(title, wording.serial(serial)), foot: closing(certificate, wording, LEFT, RIGHT) };
}

function layOutWith(certificate: Certificate, { heading, foot }: Ends, spacing: Spacing): Item[][] {
  const { language, title, serial, statement, fields, table } = certificate;
  const wording = wordings[language];
  const blocks = [
    ...statementBlocks(statement, language, LEFT, WIDTH, spacing),
    ...fieldBlocks(fields, LEFT, WIDTH, spacing),
    ...(table ? tableBlocks(table, LEFT, WIDTH, spacing) : []),
  ];
  const pages = paginate(blocks, {
    firstTop: heading.bottom + mm(6),
    laterTop: LATER_TOP,
    bottom: BOTTOM,
    closingHeight: foot.height,
  });
  return pages.map((items, index) => [
    ...frameItems(sheet),
    ...(index === 0 ? heading.items : runningHead(title, wording.serial(serial))),
    ...items,
    ...(index === pages.length - 1 ? foot.draw(BOTTOM) : []),
    ...pageNumber(wording, index + 1, pages.length),
  ]);
}

/** Short titles are large and widely spaced, long ones wrap; below them the rule and the serial. */
function headingItems(title: string, serial: string): { items: Item[]; bottom: number } {
  const length = [...title].length;
  const latin = textWidthEm(title) / length < 0.8;
  const tracking = latin ? 0.02 : length <= 4 ? 0.6 : length <= 8 ? 0.28 : 0.12;
  const wanted = latin ? 25 : 29;
  const oneLine = WIDTH / (textWidthEm(title) + tracking * (length - 1));
  const sizePt = Math.max(20, Math.min(wanted, oneLine));
  const lines = breakEvenly(title, { sizePt: sizePt * (1 + tracking), widthPt: WIDTH });
  const style = {
    weight: 'bold',
    sizePt,
    colour: colour.frame,
    trackingPt: sizePt * tracking,
    align: 'center',
  } as const;
  const step = sizePt * 1.4;
  const rule = TITLE_TOP + lines.length * step + mm(3);
  const items = [
    ...lines.map((line, index) => textItem(line, CENTRE, TITLE_TOP + sizePt + index * step, style)),
    ...titleRule(CENTRE, rule),
    textItem(serial, RIGHT, rule + mm(9.5), {
      sizePt: fitting(serial, 10.5, WIDTH),
      align: 'right',
      colour: colour.soft,
    }),
  ];
  return { items, bottom: rule + mm(11) };
}

/** Smaller than this nobody reads it on paper. */
const HEAD_PT = { wanted: 9, least: 7.5 } as const;

/** The title may be shortened, as it stands whole on the first page; the serial is what a later page is known by. */
function runningHead(title: string, serial: string): Item[] {
  const room = WIDTH * 0.48;
  const shortTitle = shortened(title, room / HEAD_PT.least);
  return [
    textItem(shortTitle, LEFT, mm(27), { sizePt: fitting(shortTitle, HEAD_PT.wanted, room), colour: colour.soft }),
    textItem(serial, RIGHT, mm(27), {
      sizePt: fitting(serial, HEAD_PT.wanted, room),
      colour: colour.soft,
      align: 'right',
    }),
  ];
}

/** `text`, or as much of it as fits `widthEm` with an ellipsis. */
function shortened(text: string, widthEm: number): string {
  if (textWidthEm(text) <= widthEm) return text;
  const characters = [...text];
  while (textWidthEm(`${characters.join('').trimEnd()}…`) > widthEm) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** The wanted size, or the largest at which the line fits: a number is made smaller rather than divided or cut. */
function fitting(text: string, wantedPt: number, width: number): number {
  return Math.min(wantedPt, width / textWidthEm(text));
}

function pageNumber(wording: Wording, page: number, pages: number): Item[] {
  if (pages === 1) return [];
  return [
    textItem(wording.page(page, pages), CENTRE, FOOT_BASELINE, { sizePt: 9, align: 'center', colour: colour.soft }),
  ];
}
