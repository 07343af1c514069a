import { type IppGroup, valuesOf } from './values.ts';

/** What a printer says of one of its trays (PWG 5100.13 `printer-input-tray`, PWG 5100.9 `printer-alert`). */
export interface TrayFacts {
  /** As the printer calls it, `Tray 2` or `tray-2`. */
  readonly name: string;
  /** Sheets; `undefined` where the printer does not know. */
  readonly level: number | undefined;
  /** Fed by hand, sheet by sheet: it is never full or empty. */
  readonly byHand: boolean;
  /** What is wrong with this tray alone, where the printer says so, in the words of `printer-state-reasons`. */
  readonly reasons: readonly string[];
}

/** A hostile or mad printer has no more. */
const TRAYS_MAX = 40;

/** PWG 5100.9 table 7, of the alerts that are about a tray, as reasons. */
const alertReasons: Readonly<Record<string, string>> = {
  inputMediaSupplyEmpty: 'media-empty',
  inputMediaSupplyLow: 'media-low',
  inputMediaTrayMissing: 'input-tray-missing',
  inputMediaTrayJam: 'media-jam',
  inputMediaSizeChange: 'media-needed',
  jam: 'media-jam',
};

export function trayFacts(group: IppGroup | undefined): readonly TrayFacts[] {
  const alerts = texts(group, 'printer-alert').filter((alert) => field(alert, 'group') === 'input');
  return texts(group, 'printer-input-tray')
    .slice(0, TRAYS_MAX)
    .map((tray, at) => {
      const level = Number(/^-?\d{1,9}$/.exec(field(tray, 'level'))?.[0] ?? -1);
      const own = alerts.filter((alert) => field(alert, 'groupindex') === String(at + 1)); // RFC 3805 prtInputIndex
      return {
        name: field(tray, 'name'),
        level: level < 0 ? undefined : level, // RFC 3805 prtInputCurrentLevel: negative is not known
        byHand: /^sheetFeedManual/i.test(field(tray, 'type')),
        reasons: own.flatMap((alert) => alertReasons[field(alert, 'code')] ?? []),
      };
    });
}

/** Whether `source`, a `media-source` keyword, is this tray: printers write `Tray 2` here and `tray-2` there. */
export function isTray({ name }: TrayFacts, source: string): boolean {
  return plain(name) === plain(source);
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

function texts(group: IppGroup | undefined, attributeName: string): string[] {
  return valuesOf(group, attributeName).flatMap((value) =>
    value.type === 'octet-string' ? [Buffer.from(value.bytes).toString('latin1')] : [],
  );
}

/** `key=value;` one after another. */
function field(text: string, key: string): string {
  const found = text.split(';').find((part) => part.startsWith(`${key}=`));
  return found?.slice(key.length + 1) ?? '';
}
