import { DeviceError } from '../../drivers/core/index.ts';
import type { SheetSetup } from '../core/sheet.ts';
import { type MediaFacts, mediaAttribute, mediaFactNames, mediaFacts } from './media.ts';
import {
  type JobState,
  jobStates,
  type Operation,
  operationCodes,
  type PrinterState,
  printerStates,
  wordFor,
} from './operations.ts';
import { type TrayFacts, trayFacts } from './trays.ts';
import {
  attribute,
  enumerated,
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
  /** RFC 8011 section 5.2.10, where it says. */
  readonly orientations: readonly number[];
  readonly trays: readonly TrayFacts[];
  readonly media: MediaFacts;
  /** Seconds since it was switched on, where it says (RFC 8011 section 5.4.29). */
  readonly upTimeS: number | undefined;
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
  'orientation-requested-supported',
  'printer-input-tray',
  'printer-alert',
  'printer-up-time',
  ...mediaFactNames,
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
    orientations: numbersOf(group, 'orientation-requested-supported'),
    trays: trayFacts(group),
    media: mediaFacts(group),
    upTimeS: numbersOf(group, 'printer-up-time')[0],
  };
}

function stateReason(keywords: string): StateReason {
  const severity = (['report', 'warning'] as const).find((suffix) => keywords.endsWith(`-${suffix}`)) ?? 'error';
  return { reason: keywords.replace(/-(report|warning|error)$/, ''), severity };
}

/** A job as we ask for it. */
export interface JobTicket {
  /** By which the job can be found again; never anything about a person, as printers show and log it. */
  readonly jobName: string;
  readonly copies: number;
  readonly sheet: SheetSetup;
  readonly landscape: boolean;
}

/** RFC 8011 section 5.2.10, `orientation-requested`. */
const orientations = { portrait: 3, landscape: 4 } as const;

export function ticketAttributes({ copies, sheet, landscape }: JobTicket, printer: PrinterFacts): IppAttribute[] {
  const orientation = orientations[landscape ? 'landscape' : 'portrait'];
  return [
    mediaAttribute(sheet, printer.media),
    attribute('sides', keyword('one-sided')),
    attribute('copies', integer(copies)),
    ...(printer.orientations.includes(orientation)
      ? [attribute('orientation-requested', enumerated(orientation))]
      : []),
    ...(printer.canKeepScale ? [attribute('print-scaling', keyword('none'))] : []),
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
  /** Sides of one copy, as the printer has counted them in the document; `undefined` where it does not. */
  readonly documentSides: number | undefined;
  /** In seconds of the printer's up-time (RFC 8011 section 5.3.14.1). */
  readonly createdAtS: number | undefined;
}

const counters = ['job-impressions-completed', 'job-media-sheets-completed'];
const described = ['job-id', 'job-name', 'job-state', 'job-state-reasons', 'job-impressions', 'time-at-creation'];
export const jobFactNames = [...described, ...counters];

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
    documentSides: numbersOf(group, 'job-impressions')[0] || undefined, // 0: not counted yet
    createdAtS: numbersOf(group, 'time-at-creation')[0],
  };
}
