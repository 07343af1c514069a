import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { PaperState } from '../core/contract.ts';
import type { ErrorFlags, HostStatus } from './answers.ts';

/** `certain`: it will not print before a person has done something. Otherwise it may go on by itself. */
export interface Trouble {
  readonly code: DeviceErrorCode;
  readonly detail: string;
  readonly certain: boolean;
}

/** What the printer is known to be like now. */
export interface Condition {
  readonly trouble: Trouble | undefined;
  readonly paper: PaperState;
}

const headOpen: Trouble = { code: 'cover-open', detail: 'the print head is open', certain: true };
const paperOut: Trouble = { code: 'paper-out', detail: 'labels or cards have run out', certain: true };
const ribbonOut: Trouble = { code: 'user-error', detail: 'the ribbon has run out', certain: true };
/** Prints on when it has cooled down. */
const tooHot: Trouble = { code: 'hardware-error', detail: 'the print head is too hot', certain: false };

/** Behind a printed label on the peeler: the next one comes when it has been taken. */
export const labelWaits: Trouble = { code: 'user-error', detail: 'a printed label waits to be taken', certain: false };

/**
 * Why this printer cannot print now, the most useful reason first. A printer stops in pause for each of its faults, so pause
 * comes behind them. Too cold is no reason: it prints, only paler.
 */
export function troubleOf(status: HostStatus): Trouble | undefined {
  if (status.headOpen) return headOpen;
  if (status.paperOut) return paperOut;
  if (status.ribbonOut) return ribbonOut;
  if (status.settingsLost) {
    return {
      code: 'hardware-error',
      detail: 'its settings are lost (corrupt RAM): it must be set up again',
      certain: true,
    };
  }
  if (status.diagnosing) {
    return { code: 'user-error', detail: 'communications diagnostic mode: it would print hex dumps', certain: true };
  }
  if (status.tooHot) return tooHot;
  if (status.paused) return { code: 'user-error', detail: 'paused: press its pause key', certain: false };
  if (status.labelWaiting) return labelWaits;
  // While it prints, a full buffer is how it says "wait"; with nothing to print it will never empty itself.
  if (status.bufferFull && isEmpty(status)) {
    return { code: 'hardware-error', detail: 'its receive buffer is full of nothing to print', certain: false };
  }
  return undefined;
}

export function conditionOf(status: HostStatus): Condition {
  return { trouble: troubleOf(status), paper: status.paperOut ? 'out' : 'unknown' }; // nobody knows how many are left
}

/** From `~HQES`, asked where `~HS` is not answered. `undefined`: it names nothing that would explain the silence. */
export function conditionFromErrors(errors: ErrorFlags): Condition | undefined {
  const paper = errors.paperOut ? 'out' : 'unknown';
  if (errors.headOpen) return { trouble: headOpen, paper };
  if (errors.paperOut) return { trouble: paperOut, paper };
  if (errors.ribbonOut) return { trouble: ribbonOut, paper };
  if (errors.cutterFault)
    return { trouble: { code: 'media-jammed', detail: 'the cutter is blocked', certain: true }, paper: 'jammed' };
  if (errors.tooHot) return { trouble: tooHot, paper };
  if (!errors.other) return undefined;
  return {
    trouble: { code: 'hardware-error', detail: '~HQES reports an error without a name here', certain: true },
    paper,
  };
}

/** Nothing of any job is left in the printer. */
export function isEmpty({ formatsWaiting, labelsRemaining, partialFormat }: HostStatus): boolean {
  return formatsWaiting === 0 && labelsRemaining === 0 && !partialFormat;
}
