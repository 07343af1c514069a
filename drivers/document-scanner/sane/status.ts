import { DeviceError, type DeviceErrorCode } from '../../core/index.ts';
import type { FeederState } from '../contract.ts';
import type { ProgramEnd } from './program.ts';

/** `SANE_Status` of sane/sane.h, which scanimage exits with. */
export const saneStatus = {
  good: 0,
  unsupported: 1,
  cancelled: 2,
  busy: 3,
  invalid: 4,
  eof: 5,
  jammed: 6,
  noDocuments: 7,
  coverOpen: 8,
  ioError: 9,
  noMemory: 10,
  accessDenied: 11,
} as const;

const codes: Readonly<Record<number, DeviceErrorCode>> = {
  [saneStatus.unsupported]: 'unsupported',
  [saneStatus.cancelled]: 'canceled',
  [saneStatus.busy]: 'timeout',
  [saneStatus.invalid]: 'invalid-data',
  [saneStatus.jammed]: 'media-jammed',
  [saneStatus.noDocuments]: 'no-media',
  [saneStatus.coverOpen]: 'cover-open',
  [saneStatus.accessDenied]: 'not-authorised',
};

/** What a failed scan tells of the feeder. */
export const feederAfter: Readonly<Partial<Record<DeviceErrorCode, FeederState>>> = {
  'media-jammed': 'jammed',
  'no-media': 'empty',
  'cover-open': 'open',
};

/**
 * Why a run of scanimage did not do what it should. A device that cannot be opened makes it exit with 1, whatever the reason
 * (seen with 1.1.1), so that the reason is read from what it says.
 */
export function failureOf({ exitCode, complaint }: ProgramEnd): DeviceError {
  const how = exitCode === undefined ? 'was ended by a signal' : `exit code ${exitCode}`;
  const detail = `scanimage: ${how}${complaint === '' ? '' : `, ${complaint}`}`;
  if (/open of device .* failed|no SANE devices found/.test(complaint)) {
    if (/busy/i.test(complaint)) return new DeviceError('timeout', detail);
    return new DeviceError(/denied/i.test(complaint) ? 'not-authorised' : 'not-connected', detail);
  }
  if (/^cannot open /.test(complaint)) return new DeviceError('hardware-error', detail); // its disk, not its device
  return new DeviceError(codes[exitCode ?? -1] ?? 'hardware-error', detail);
}
