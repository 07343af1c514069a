import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { PaperState } from '../core/contract.ts';
import type { PrinterFacts, StateReason } from './facts.ts';
import { isTray, type TrayFacts } from './trays.ts';

/** Why a printer cannot print now. */
export interface Trouble {
  readonly code: DeviceErrorCode;
  readonly detail: string;
}

export interface Condition {
  readonly paper: PaperState;
  readonly trouble: Trouble | undefined;
}

/** RFC 8011 section 5.4.12 and PWG 5100.9: reasons that block while their severity is `error`, worst first. */
const blocking: readonly (readonly [DeviceErrorCode, readonly string[]])[] = [
  ['not-connected', ['offline', 'shutdown', 'connecting-to-device', 'timed-out']],
  ['media-jammed', ['media-jam']],
  ['cover-open', ['cover-open', 'door-open', 'interlock-open']],
  ['paper-out', ['media-empty', 'media-needed', 'input-tray-missing']],
  [
    'user-error',
    ['toner-empty', 'marker-supply-empty', 'marker-waste-full', 'output-area-full', 'output-tray-missing'],
  ],
  ['user-error', ['paused', 'moving-to-paused', 'spool-area-full']],
];

/**
 * With these nothing comes out, whatever their severity. Some printers, ippeveprinter among them, give all their reasons one
 * suffix by what they are doing: `-report` while they are idle.
 */
const physical: readonly string[] = ['media-jam', 'cover-open', 'door-open', 'interlock-open'];

/** What a printer's own words mean for the next certificate. */
export function conditionOf(printer: PrinterFacts): Condition {
  const trouble = troubleOf(printer);
  return { paper: paperOf(printer, trouble), trouble };
}

/**
 * Why it cannot print from the tray `source`. Paper that is missing in another one is no trouble, where the printer says which
 * and goes on.
 */
export function troubleFor(printer: PrinterFacts, source: string | undefined): Trouble | undefined {
  const { trouble } = conditionOf(printer);
  if (trouble?.code !== 'paper-out' || source === undefined || printer.state === 'stopped') return trouble;
  const tray = printer.trays.find((each) => isTray(each, source));
  return tray?.level !== undefined && tray.level > 0 && tray.reasons.length === 0 ? undefined : trouble;
}

/**
 * Why a job does not get on that its printer counts as being printed. Empty trays alone are no reason: the last sheet may be
 * under way.
 */
export function whatHoldsUp({ reasons = [] }: PrinterFacts): Trouble | undefined {
  const found = reasons
    .map(({ reason }) => reason)
    .find((reason) => reason === 'media-needed' || physical.includes(reason));
  const [code] = blocking.find(([, words]) => found !== undefined && words.includes(found)) ?? [];
  return code && { code, detail: `printer says ${found}, and the job does not get on` };
}

function troubleOf({ state, reasons = [], acceptsJobs, trays }: PrinterFacts): Trouble | undefined {
  const blocks = ({ reason, severity }: StateReason): boolean => severity === 'error' || physical.includes(reason);
  const errors = reasons.filter(blocks).map(({ reason }) => reason);
  for (const [code, words] of blocking) {
    const found = errors.filter((reason) => words.includes(reason));
    if (found.length > 0) return { code, detail: `printer says ${found.join(', ')}` };
  }
  const levels = knownLevels(trays);
  if (levels.length > 0 && levels.every((level) => level === 0)) {
    return { code: 'paper-out', detail: 'printer says that all trays are empty' };
  }
  if (!acceptsJobs) return { code: 'user-error', detail: 'printer does not accept jobs' };
  if (state === 'stopped')
    return { code: 'hardware-error', detail: `printer is stopped: ${errors.join(', ') || 'no reason given'}` };
  return undefined;
}

/**
 * An empty tray that does not stop the printer (`media-empty-warning`) leaves it another one, which is `low`. A printer that
 * gives no reasons at all may have no sensor: `unknown`.
 */
function paperOf({ reasons, trays }: PrinterFacts, trouble: Trouble | undefined): PaperState {
  if (trouble?.code === 'paper-out') return 'out';
  if (trouble?.code === 'media-jammed') return 'jammed';
  if (!reasons && knownLevels(trays).length === 0) return 'unknown';
  return reasons?.some(({ reason }) => /^media-(low|empty|needed)$/.test(reason)) ? 'low' : 'full';
}

function knownLevels(trays: readonly TrayFacts[]): number[] {
  return trays.flatMap(({ level, byHand }) => (level === undefined || byHand ? [] : [level]));
}
