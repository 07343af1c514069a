import { DeviceError } from '../../drivers/core/index.ts';
import {
  A4,
  type JobState,
  jobStates,
  type Operation,
  operationCodes,
  type PrinterState,
  printerStates,
  wordFor,
} from './operations.ts';
import {
  attribute,
  type IppAttribute,
  type IppGroup,
  integer,
  keyword,
  numbersOf,
  stringsOf,
  valuesOf,
} from './values.ts';

/** RFC 8011 section 5.4.12: a keyword, and how much it matters; without a suffix it counts as an error. */
export interface StateReason {
  readonly reason: string;
  readonly severity: 'report' | 'warning' | 'error';
}

/** What we ask a printer about itself. */
export interface PrinterFacts {
  /** As the maker writes it; empty where the printer does not say. */
  readonly makeAndModel: string;
  readonly state: PrinterState;
  /** `undefined` where the printer does not say, which is not the same as an empty list. */
  readonly reasons: readonly StateReason[] | undefined;
  readonly acceptsJobs: boolean;
  readonly formats: readonly string[];
  readonly operations: readonly Operation[];
  readonly maxCopies: number;
  /** Whether it can be told to leave the page's size alone (PWG 5100.13 `print-scaling`). */
  readonly canKeepScale: boolean;
  /** Sheets in each tray, where it says: PWG 5100.13 `printer-input-tray`. */
  readonly trayLevels: readonly number[];
}

export const printerFactNames = [
  'printer-make-and-model',
  'printer-state',
  'printer-state-reasons',
  'printer-is-accepting-jobs',
  'document-format-supported',
  'operations-supported',
  'copies-supported',
  'print-scaling-supported',
  'printer-input-tray',
];

export function printerFacts(group: IppGroup | undefined): PrinterFacts {
  const state = wordFor(printerStates, numbersOf(group, 'printer-state')[0]);
  if (!state) throw new DeviceError('protocol', 'IPP get-printer-attributes: no known printer-state');
  const reasons = stringsOf(group, 'printer-state-reasons');
  const [accepts] = valuesOf(group, 'printer-is-accepting-jobs');
  const operations = numbersOf(group, 'operations-supported').map((code) => wordFor(operationCodes, code));
  const [copies] = valuesOf(group, 'copies-supported');
  return {
    makeAndModel: stringsOf(group, 'printer-make-and-model')[0] ?? '',
    state,
    reasons: reasons.length === 0 ? undefined : reasons.filter((each) => each !== 'none').map(stateReason),
    acceptsJobs: !(accepts?.type === 'boolean' && !accepts.value),
    formats: stringsOf(group, 'document-format-supported'),
    operations: operations.filter((operation) => operation !== undefined),
    maxCopies: copies?.type === 'range' ? copies.upper : 1,
    canKeepScale: stringsOf(group, 'print-scaling-supported').includes('none'),
    trayLevels: valuesOf(group, 'printer-input-tray').flatMap((value) =>
      value.type === 'octet-string' ? trayLevel(Buffer.from(value.bytes).toString('latin1')) : [],
    ),
  };
}

function stateReason(keywords: string): StateReason {
  const severity = (['report', 'warning'] as const).find((suffix) => keywords.endsWith(`-${suffix}`)) ?? 'error';
  return { reason: keywords.replace(/-(report|warning|error)$/, ''), severity };
}

/** `type=sheetFeedAutoRemovableTray;…;level=100;…`; negative levels mean unknown (RFC 3805 prtInputCurrentLevel). */
function trayLevel(tray: string): number[] {
  const level = Number(/(?:^|;)level=(-?\d{1,9})(?:;|$)/.exec(tray)?.[1] ?? -1);
  const byHand = /(?:^|;)type=sheetFeedManual/i.test(tray);
  return level < 0 || byHand ? [] : [level];
}

/** A job as we ask for it. */
export interface JobTicket {
  /** Random, so that a job can be found again; never anything about a person, as printers show and log it. */
  readonly jobName: string;
  readonly copies: number;
  readonly keepScale: boolean;
}

export function ticketAttributes({ copies, keepScale }: JobTicket): IppAttribute[] {
  return [
    attribute('media', keyword(A4)),
    attribute('sides', keyword('one-sided')),
    attribute('copies', integer(copies)),
    ...(keepScale ? [attribute('print-scaling', keyword('none'))] : []),
  ];
}

/** What the printer says about a job. */
export interface JobFacts {
  readonly jobId: number;
  readonly jobName: string | undefined;
  readonly state: JobState;
  readonly reasons: readonly string[];
  /** The most that any counter says: sheets or impressions that left the printer. `undefined` without a counter. */
  readonly printedSides: number | undefined;
}

const counters = ['job-impressions-completed', 'job-media-sheets-completed'];
export const jobFactNames = ['job-id', 'job-name', 'job-state', 'job-state-reasons', ...counters];

export function jobFacts(group: IppGroup | undefined): JobFacts {
  const state = wordFor(jobStates, numbersOf(group, 'job-state')[0]);
  const [jobId] = numbersOf(group, 'job-id');
  if (!state || jobId === undefined) throw new DeviceError('protocol', 'IPP job: no known job-state, or no job-id');
  const counts = counters.flatMap((counter) => numbersOf(group, counter));
  return {
    jobId,
    jobName: stringsOf(group, 'job-name')[0],
    state,
    reasons: stringsOf(group, 'job-state-reasons'),
    printedSides: counts.length === 0 ? undefined : Math.max(...counts),
  };
}
