/** RFC 8011 section 5.4.15, `operations-supported`. */
export const operationCodes = {
  'print-job': 0x0002,
  'validate-job': 0x0004,
  'create-job': 0x0005,
  'send-document': 0x0006,
  'cancel-job': 0x0008,
  'get-job-attributes': 0x0009,
  'get-jobs': 0x000a,
  'get-printer-attributes': 0x000b,
} as const;
export type Operation = keyof typeof operationCodes;

/** RFC 8011 section 5.3.7. */
export const jobStates = {
  pending: 3,
  held: 4,
  processing: 5,
  stopped: 6,
  canceled: 7,
  aborted: 8,
  completed: 9,
} as const;
export type JobState = keyof typeof jobStates;

/** RFC 8011 section 5.4.11. */
export const printerStates = { idle: 3, processing: 4, stopped: 5 } as const;
export type PrinterState = keyof typeof printerStates;

/** RFC 8011 appendix B.1; the ones that either side here acts on. */
export const statusCodes = {
  ok: 0x0000,
  'ok-ignored-or-substituted': 0x0001,
  'ok-conflicting': 0x0002,
  'bad-request': 0x0400,
  forbidden: 0x0401,
  'not-authenticated': 0x0402,
  'not-authorized': 0x0403,
  'not-possible': 0x0404,
  timeout: 0x0405,
  'not-found': 0x0406,
  gone: 0x0407,
  'request-too-large': 0x0408,
  'format-not-supported': 0x040a,
  'values-not-supported': 0x040b,
  'conflicting-attributes': 0x040e,
  'format-error': 0x0411,
  'internal-error': 0x0500,
  'operation-not-supported': 0x0501,
  'service-unavailable': 0x0502,
  'version-not-supported': 0x0503,
  'device-error': 0x0504,
  'temporary-error': 0x0505,
  'not-accepting-jobs': 0x0506,
  busy: 0x0507,
  'job-canceled': 0x0508,
  'multiple-documents-not-supported': 0x0509,
} as const;
export type IppStatus = keyof typeof statusCodes;

/** PWG 5101.1 self-describing name of what is printed on unless something else is asked for. */
export const A4 = 'iso_a4_210x297mm';
export const PDF = 'application/pdf';
/** RFC 8010 section 4: the media type of the HTTP body. */
export const IPP_MEDIA_TYPE = 'application/ipp';

export const allOperations: readonly Operation[] = [
  'print-job',
  'validate-job',
  'create-job',
  'send-document',
  'cancel-job',
  'get-job-attributes',
  'get-jobs',
  'get-printer-attributes',
];

/** The key of a code in one of the tables above. */
export function wordFor<K extends string>(table: Readonly<Record<K, number>>, code: number | undefined): K | undefined {
  for (const key in table) if (table[key] === code) return key;
  return undefined;
}
