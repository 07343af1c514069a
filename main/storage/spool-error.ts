import { CodedError } from '../../drivers/core/index.ts';
/** What a person or a job asked of blanks and papers that cannot be, as they are. */
export const spoolErrorCodes = [
  'bad-number', // no number of a blank, or two that do not belong together
  'overlap', // numbers that were used, or lie in a tray
  'tray-occupied',
  'no-such-cassette',
  'no-such-number',
  'no-such-job',
  'unloaded', // a cassette that is no longer in the machine
  'printing-now', // a sheet of this cassette is on its way: ask again when it has come out
  'uncertain', // a person must first say what became of a number, or which is on top
  'not-uncertain', // it is known already, and what is known is not changed
  'not-in-tray',
  'no-blanks',
] as const;
export type SpoolErrorCode = (typeof spoolErrorCodes)[number];

/** The message is for the clerk who asked, and names numbers alone. */
export class SpoolError extends CodedError<SpoolErrorCode> {
  override readonly name = 'SpoolError';
}
