import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { PrintOutcome } from '../core/contract.ts';

/**
 * What becomes of a paper, on the disk at each step.
 *
 *   accepted ──► rendering ──► sending ──► printing ──► presented ──► taken
 *       │            │          │    │      │    │          ▲
 *       └────────────┴──────────┴────│──► failed ◄──┐       │
 *                                    └──► unknown ──┴───────┘  by the printer's word, or by a person who looked
 *
 *   sending    is there before the first byte may leave: from here on nobody prints it again unasked
 *   printing   all of it is at the printer
 *   presented  the printer confirmed it; a printer that says nothing in between comes here from `sending`
 *   failed     certainly nothing came out, or it stopped half way and said so
 *   unknown    line or process died in between: ask, never repeat; or the printer says against a person that it came out
 */
export type JobState =
  | { readonly state: 'accepted' | 'rendering' | 'sending' | 'printing' | 'presented' | 'taken' }
  | { readonly state: 'failed' | 'unknown'; readonly code: DeviceErrorCode; readonly detail: string };
export type JobStateName = JobState['state'];

const following: Readonly<Record<JobStateName, readonly JobStateName[]>> = {
  accepted: ['rendering', 'failed'],
  rendering: ['rendering', 'sending', 'failed'], // again, where a process died over it
  sending: ['printing', 'presented', 'failed', 'unknown'],
  printing: ['presented', 'failed', 'unknown'],
  presented: ['taken'],
  taken: [],
  failed: [],
  unknown: ['presented', 'failed'],
};

export const jobStates = Object.keys(following) as readonly JobStateName[] as readonly [
  JobStateName,
  ...JobStateName[],
];

export function mayFollow(from: JobStateName, to: JobStateName): boolean {
  return following[from].includes(to);
}

/** A process that died over a job in this state may have had paper moved by it. */
export function isAtPrinter(state: JobStateName): boolean {
  return state === 'sending' || state === 'printing';
}

/** What is known of it for good; `undefined` while it is under way. */
export function outcomeOf(job: JobState): PrintOutcome | undefined {
  if (job.state === 'presented' || job.state === 'taken') return { outcome: 'printed' };
  if (job.state !== 'failed' && job.state !== 'unknown') return undefined;
  const { code, detail } = job;
  return { outcome: job.state === 'failed' ? 'not-printed' : 'unknown', code, detail };
}

/** The same the other way round. */
export function stateAfter(outcome: PrintOutcome): JobState {
  if (outcome.outcome === 'printed') return { state: 'presented' };
  const { code, detail } = outcome;
  return { state: outcome.outcome === 'unknown' ? 'unknown' : 'failed', code, detail };
}

/** What a job's end says of the numbered sheet that was reserved for it. */
export type SheetFate = 'printed' | 'in-tray' | 'spoiled' | 'uncertain';

/**
 * `sheetUsed`: the printer's word whether the sheet left the tray. Without it a job that failed before all of it was at the printer left
 * the sheet where it was; after that nobody can tell, but for a jam, which holds a sheet.
 */
export function sheetFate(from: JobStateName, outcome: PrintOutcome, sheetUsed: boolean | undefined): SheetFate {
  if (outcome.outcome === 'printed') return 'printed';
  if (outcome.outcome === 'unknown') return 'uncertain';
  if (sheetUsed ?? outcome.code === 'media-jammed') return 'spoiled';
  return sheetUsed === false || from === 'sending' ? 'in-tray' : 'uncertain';
}
