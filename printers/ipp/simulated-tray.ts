import { sheetSize } from '../core/sheet.ts';
import { A4 } from './operations.ts';
import {
  attribute,
  collection,
  type IppAttribute,
  type IppGroup,
  type IppValue,
  integer,
  keyword,
  numbersOf,
  stringsOf,
  valuesOf,
} from './values.ts';

export const TRAY_SHEETS = 250;
const LOW_BELOW_SHEETS = 25;

/** A tray of the simulated printer: plain fields, as somebody fills it. */
export interface SimulatedTray {
  /** PWG 5100.3 `media-source`. */
  readonly source: string;
  media: string;
  type: string;
  sheets: number;
}

export const fullTray = (source: string, media: string = A4, type = 'stationery'): SimulatedTray => ({
  source,
  media,
  type,
  sheets: TRAY_SHEETS,
});

/** What a job asks for; without a source whichever tray has it. */
export interface WantedSheet {
  readonly media: string;
  readonly source: string | undefined;
  readonly type: string | undefined;
}

/** What the printer can be asked for, whatever lies in its trays. */
const sizes = [A4, 'iso_a3_297x420mm', 'iso_a5_148x210mm', 'na_letter_8.5x11in'];
const types = ['stationery', 'stationery-preprinted', 'cardstock'];

export function wantedSheet(job: IppGroup | undefined): WantedSheet {
  const [column] = valuesOf(job, 'media-col');
  const members: IppGroup = { group: 'job', attributes: column?.type === 'collection' ? column.members : [] };
  const [size] = valuesOf(members, 'media-size');
  const sides: IppGroup = { group: 'job', attributes: size?.type === 'collection' ? size.members : [] };
  const [width, height] = [numbersOf(sides, 'x-dimension')[0], numbersOf(sides, 'y-dimension')[0]];
  const bySize = sizes.find((name) => sheetSize(name)?.width === width && sheetSize(name)?.height === height);
  const [media = width === undefined ? A4 : (bySize ?? 'unknown')] = stringsOf(job, 'media');
  return { media, source: stringsOf(members, 'media-source')[0], type: stringsOf(members, 'media-type')[0] };
}

/** Whether a printer with these trays takes such a job at all. */
export function isPossible({ media, source, type }: WantedSheet, trays: readonly SimulatedTray[]): boolean {
  const hasTray = source === undefined || trays.some((tray) => tray.source === source);
  return sizes.includes(media) && hasTray && (type === undefined || types.includes(type));
}

/** The tray to draw the next sheet from; `undefined` where somebody must first put the right paper in. */
export function trayFor(
  { media, source, type }: WantedSheet,
  trays: readonly SimulatedTray[],
): SimulatedTray | undefined {
  return trays.find(
    (tray) =>
      tray.sheets > 0 &&
      tray.media === media &&
      (source === undefined || tray.source === source) &&
      (type === undefined || tray.type === type),
  );
}

/** Reasons with their severity; all trays empty is the printer's own trouble. */
export function paperReasons(trays: readonly SimulatedTray[]): string[] {
  const empty = trays.filter(({ sheets }) => sheets === 0);
  const isLow = trays.some(({ sheets }) => sheets > 0 && sheets < LOW_BELOW_SHEETS);
  return [
    ...(empty.length > 0 && empty.length < trays.length ? ['media-empty-warning'] : []),
    ...(isLow ? ['media-low-warning'] : []),
  ];
}

export function trayAttributes(trays: readonly SimulatedTray[]): IppAttribute[] {
  const some = (name: string, values: readonly IppValue[]): IppAttribute[] =>
    values.length > 0 ? [attribute(name, ...values)] : [];
  const margins = ['bottom', 'left', 'right', 'top'].map((edge) => `media-${edge}-margin-supported`);
  return [
    attribute('media-supported', ...sizes.map(keyword)),
    attribute('media-source-supported', keyword('auto'), ...trays.map(({ source }) => keyword(source))),
    attribute('media-type-supported', ...types.map(keyword)),
    ...margins.map((margin) => attribute(margin, integer(0), integer(423))),
    ...some('media-ready', [...new Set(trays.map(({ media }) => media))].map(keyword)),
    ...some('media-col-ready', trays.map(readyColumn)),
    ...some('printer-input-tray', trays.map(inputTray)),
    ...some('printer-alert', trays.flatMap(alert)),
  ];
}

function readyColumn({ source, media, type }: SimulatedTray): IppValue {
  const { width = 0, height = 0 } = sheetSize(media) ?? {};
  const size = collection(attribute('x-dimension', integer(width)), attribute('y-dimension', integer(height)));
  return collection(
    attribute('media-size', size),
    attribute('media-source', keyword(source)),
    attribute('media-type', keyword(type)),
  );
}

/** PWG 5100.13 section 5.6.14. */
function inputTray({ source, sheets }: SimulatedTray): IppValue {
  const tray = `type=sheetFeedAutoRemovableTray;maxcapacity=${TRAY_SHEETS};level=${sheets};status=0;name=${source};`;
  return { type: 'octet-string', bytes: Buffer.from(tray, 'latin1') };
}

/** PWG 5100.9 section 6.1. */
function alert({ sheets }: SimulatedTray, at: number): IppValue[] {
  if (sheets > 0) return [];
  const words = `code=inputMediaSupplyEmpty;severity=critical;group=input;groupindex=${at + 1};`;
  return [{ type: 'octet-string', bytes: Buffer.from(words, 'latin1') }];
}
