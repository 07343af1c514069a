import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { PaperState } from '../core/contract.ts';
import type { PrinterFacts } from './facts.ts';

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

/** What a printer's own words mean for the next certificate. */
export function conditionOf(printer: PrinterFacts): Condition {
  const trouble = troubleOf(printer);
  return { paper: paperOf(printer, trouble), trouble };
}

function troubleOf({ state, reasons = [], acceptsJobs, trayLevels }: PrinterFacts): Trouble | undefined {
  const errors = reasons.filter(({ severity }) => severity === 'error').map(({ reason }) => reason);
  for (const [code, words] of blocking) {
    const found = errors.filter((reason) => words.includes(reason));
    if (found.length > 0) return { code, detail: `printer says ${found.join(', ')}` };
  }
  if (trayLevels.length > 0 && trayLevels.every((level) => level === 0)) {
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
function paperOf({ reasons, trayLevels }: PrinterFacts, trouble: Trouble | undefined): PaperState {
  if (trouble?.code === 'paper-out') return 'out';
  if (trouble?.code === 'media-jammed') return 'jammed';
  if (!reasons && trayLevels.length === 0) return 'unknown';
  return reasons?.some(({ reason }) => /^media-(low|empty|needed)$/.test(reason)) ? 'low' : 'full';
}
