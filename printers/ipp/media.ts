import { DeviceError } from '../../drivers/core/index.ts';
import { type SheetSetup, type SheetSize, sheetSize } from '../core/sheet.ts';
import type { Trouble } from './condition.ts';
import type { PrinterFacts } from './facts.ts';
import { isTray, type TrayFacts } from './trays.ts';
import {
  attribute,
  collection,
  type IppAttribute,
  type IppGroup,
  integer,
  keyword,
  numbersOf,
  stringsOf,
  valuesOf,
} from './values.ts';

/** What lies in one tray (PWG 5100.3 `media-col-ready`); what is missing the printer does not say. */
export interface ReadyMedia {
  readonly size: SheetSize | undefined;
  readonly source: string | undefined;
  readonly type: string | undefined;
  /** Whether it can be printed on to its very edges. */
  readonly borderless: boolean | undefined;
}

const margins = ['media-bottom-margin', 'media-left-margin', 'media-right-margin', 'media-top-margin'] as const;

/** What a printer can be asked for, and what lies in its trays. Empty lists: it does not say. */
export interface MediaFacts {
  /** Size names, of all trays together. */
  readonly ready: readonly string[];
  readonly trays: readonly ReadyMedia[];
  readonly sources: readonly string[];
  readonly types: readonly string[];
  /** All four margins may be 0, on some paper at least. */
  readonly borderless: boolean;
}

export const mediaFactNames = [
  'media-ready',
  'media-col-ready',
  'media-source-supported',
  'media-type-supported',
  ...margins.map((margin) => `${margin}-supported`),
];

export function mediaFacts(group: IppGroup | undefined): MediaFacts {
  return {
    ready: stringsOf(group, 'media-ready'),
    trays: valuesOf(group, 'media-col-ready').flatMap((value) =>
      value.type === 'collection' ? [readyMedia({ group: 'printer', attributes: value.members })] : [],
    ),
    sources: stringsOf(group, 'media-source-supported'),
    types: stringsOf(group, 'media-type-supported'),
    borderless: margins.every((margin) => numbersOf(group, `${margin}-supported`).includes(0)),
  };
}

function readyMedia(members: IppGroup): ReadyMedia {
  const [size] = valuesOf(members, 'media-size');
  const sides: IppGroup = { group: 'printer', attributes: size?.type === 'collection' ? size.members : [] };
  const [width, height] = [numbersOf(sides, 'x-dimension')[0], numbersOf(sides, 'y-dimension')[0]];
  const [source, type] = [stringsOf(members, 'media-source')[0], stringsOf(members, 'media-type')[0]];
  const [name = ''] = stringsOf(members, 'media-size-name');
  const stated = margins.flatMap((margin) => numbersOf(members, margin));
  const borderless = stated.length === 0 ? undefined : stated.every((margin) => margin === 0);
  return { size: width && height ? { width, height } : sheetSize(name), source, type, borderless };
}

/** `media-col` where a tray or a kind of paper is asked for, else `media`: never both (PWG 5100.3 section 3.13). */
export function mediaAttribute({ media, source, type }: SheetSetup, facts: MediaFacts): IppAttribute {
  if (source === undefined && type === undefined) return attribute('media', keyword(media));
  const size = sheetSize(media);
  if (!size) throw new DeviceError('invalid-data', `${media} does not say its size`);
  const dimensions = [attribute('x-dimension', integer(size.width)), attribute('y-dimension', integer(size.height))];
  return attribute(
    'media-col',
    collection(
      attribute('media-size', collection(...dimensions)),
      ...(isBorderless(facts, { media, source }) ? margins.map((margin) => attribute(margin, integer(0))) : []),
      ...(source === undefined ? [] : [attribute('media-source', keyword(source))]),
      ...(type === undefined ? [] : [attribute('media-type', keyword(type))]),
    ),
  );
}

/** Many printers do it on photo paper alone, and refuse a job that asks for it on other paper: what lies in the tray decides. */
function isBorderless(
  { borderless, trays }: MediaFacts,
  { media, source }: Pick<SheetSetup, 'media'> & { source: string | undefined },
): boolean {
  const lying = trays.filter((tray) => isSize(tray.size, media) && (source === undefined || tray.source === source));
  const stated = lying.filter((tray) => tray.borderless !== undefined);
  return borderless && (stated.length === 0 || stated.some((tray) => tray.borderless));
}

/** PWG 5100.3 `media-source`, of which nobody knows what lies there before a job comes. */
const noTrays: readonly string[] = ['auto', 'manual', 'by-pass-tray'];

/**
 * The sheet from a tray of its own, where others must be left alone: asked for no tray, a printer takes one that has paper. Fails
 * `paper-out` where no other tray can have that paper.
 */
export function withSource(printer: PrinterFacts, sheet: SheetSetup): SheetSetup {
  const { source, notFrom = [] } = sheet;
  if (source !== undefined || notFrom.length === 0) return sheet;
  const others = sourcesFor(printer.media, sheet).filter((each) => !notFrom.includes(each));
  const chosen = others.find((each) => !trayTrouble(printer, { ...sheet, source: each }, 1)) ?? others[0];
  if (chosen !== undefined) return { ...sheet, source: chosen };
  throw new DeviceError('paper-out', `no tray but ${notFrom.join(', ')} holds ${wanted(sheet)}`);
}

/** Trays that may hold it: those that are said to, or all of a printer that does not say what lies where. */
function sourcesFor({ trays, sources }: MediaFacts, sheet: SheetSetup): string[] {
  const said = trays.filter(({ source }) => source !== undefined);
  if (said.length === 0) return sources.filter((each) => !noTrays.includes(each));
  return said.filter((tray) => mayHold(tray, sheet)).flatMap(({ source }) => source ?? []);
}

/** Why the sheets that are asked for would not be printed on, as far as the printer says what is in its trays. */
export function sheetTrouble(printer: PrinterFacts, sheet: SheetSetup, count: number): Trouble | undefined {
  return unknownWish(printer.media, sheet) ?? trayTrouble(printer, sheet, count) ?? wrongPaper(printer.media, sheet);
}

/** A tray or a kind of paper that the printer does not have at all. */
function unknownWish({ sources, types }: MediaFacts, { source, type }: SheetSetup): Trouble | undefined {
  const lacks = (wish: string | undefined, known: readonly string[]): boolean =>
    wish !== undefined && known.length > 0 && !known.includes(wish);
  if (lacks(source, sources)) {
    return { code: 'unsupported', detail: `printer has no tray ${source}, only ${sources.join(', ')}` };
  }
  if (lacks(type, types)) {
    return { code: 'unsupported', detail: `printer knows no ${type}, only ${types.join(', ')}` };
  }
  return undefined;
}

function trayTrouble({ trays }: PrinterFacts, { source }: SheetSetup, count: number): Trouble | undefined {
  const possible = trays.filter((tray) => (source === undefined ? !tray.byHand : isTray(tray, source)));
  const where = source ?? 'its trays';
  const reasons = source === undefined ? [] : possible.flatMap((tray) => tray.reasons);
  if (reasons.includes('media-jam')) return { code: 'media-jammed', detail: `paper is jammed in ${where}` };
  if (reasons.includes('input-tray-missing')) return { code: 'paper-out', detail: `${where} is not in the printer` };
  const [first, ...others] = possible.map(({ level }) => level);
  if (reasons.includes('media-empty') || (source && first === 0)) {
    return { code: 'paper-out', detail: `${where} is empty` };
  }
  const levels = [first, ...others].filter((level) => level !== undefined);
  const sheets = levels.reduce((sum, level) => sum + level, 0);
  if (levels.length === 0 || levels.length < possible.length || sheets >= count) return undefined;
  return { code: 'paper-out', detail: `${sheets} sheets in ${where}, ${count} are needed` };
}

/** Other paper than is asked for: somebody has to change it. */
function wrongPaper({ ready, trays }: MediaFacts, sheet: SheetSetup): Trouble | undefined {
  const { media, source, type } = sheet;
  const candidates = trays.filter(
    (tray) => source === undefined || tray.source === undefined || tray.source === source,
  );
  if (candidates.some((tray) => mayHold(tray, sheet))) return undefined;
  if (trays.length > 0) {
    const lies = candidates.map(wordsFor).join(', ');
    const wrong =
      source === undefined ? `no tray holds ${wanted(sheet)}` : `wrong paper in ${source}, not ${wanted(sheet)}`;
    return { code: 'paper-out', detail: lies ? `${wrong}, but ${lies}` : `no paper in ${source}` };
  }
  const says = ready.length > 0 && ready.every((name) => sheetSize(name) !== undefined);
  if (!says || source !== undefined || type !== undefined || ready.some((name) => isSize(sheetSize(name), media)))
    return undefined;
  return { code: 'paper-out', detail: `no tray holds ${media}, but ${ready.join(', ')}` };
}

function mayHold(tray: ReadyMedia, { media, type }: SheetSetup): boolean {
  const rightType = type === undefined || tray.type === undefined || tray.type === type || tray.type === 'auto';
  return rightType && (tray.size === undefined || isSize(tray.size, media));
}

/** Sizes in inches do not come out even in hundredths of a millimetre. */
const ROUNDING = 20;

/** Either way round: some trays hold their paper sideways. */
export function isSize(size: SheetSize | undefined, media: string): boolean {
  const asked = sheetSize(media);
  if (!size || !asked) return false;
  const near = (one: number, other: number): boolean => Math.abs(one - other) <= ROUNDING;
  const upright = near(size.width, asked.width) && near(size.height, asked.height);
  return upright || (near(size.width, asked.height) && near(size.height, asked.width));
}

/** What a technician reads of each tray: `tray tray-2` → `250 sheets, 210 × 297 mm stationery`. */
export function trayWords(trays: readonly TrayFacts[], { trays: ready }: MediaFacts): Record<string, string> {
  const words = trays.map((tray) => {
    const paper = ready.filter(({ source }) => source !== undefined && isTray(tray, source)).map(wordsFor);
    const level = tray.byHand ? 'by hand' : tray.level === undefined ? 'level unknown' : `${tray.level} sheets`;
    return [`tray ${tray.name}`.slice(0, 40), [level, ...paper, ...tray.reasons].join(', ')];
  });
  return Object.fromEntries(words);
}

/** `210 × 297 mm stationery`, for technicians. */
export function wordsFor({ size, type }: Pick<ReadyMedia, 'size' | 'type'>): string {
  const words = size ? `${size.width / 100} × ${size.height / 100} mm` : 'paper of unknown size';
  return type === undefined ? words : `${words} ${type}`;
}

const wanted = ({ media, type }: SheetSetup): string => (type === undefined ? media : `${media} ${type}`);
