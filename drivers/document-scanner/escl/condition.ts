import type { DeviceErrorCode } from '../../core/index.ts';
import type { FeederState } from '../contract.ts';
import type { ScannerCapabilities, ScannerState, ScannerStatus } from './messages.ts';

export interface Trouble {
  readonly code: DeviceErrorCode;
  readonly detail: string;
}

export interface Condition {
  readonly feeder: FeederState;
  /** Why the scanner as a whole cannot be used now. */
  readonly trouble?: Trouble;
}

interface FeederWord {
  readonly feeder: FeederState;
  /** Why no sheet can be drawn in; absent where nothing is said against it. */
  readonly code?: DeviceErrorCode;
}

/**
 * OpenPrinting go-mfp `adfstate.go`; `DoorOpen` is AirSane's and sane-airscan's. `Processing` is all well to some scanners
 * and an empty feeder to others (sane-airscan issue 385), so it says nothing.
 */
const feederWords: Readonly<Record<string, FeederWord>> = {
  ScannerAdfLoaded: { feeder: 'loaded' },
  ScannerAdfProcessing: { feeder: 'unknown' },
  ScannerAdfEmpty: { feeder: 'empty', code: 'no-media' },
  ScannerAdfJam: { feeder: 'jammed', code: 'media-jammed' },
  ScannerAdfMispick: { feeder: 'jammed', code: 'media-jammed' },
  ScannerAdfMultipickDetected: { feeder: 'jammed', code: 'media-jammed' },
  ScannerAdfHatchOpen: { feeder: 'open', code: 'cover-open' },
  ScannerAdfDoorOpen: { feeder: 'open', code: 'cover-open' },
  ScannerAdfDuplexPageTooShort: { feeder: 'jammed', code: 'invalid-media' },
  ScannerAdfDuplexPageTooLong: { feeder: 'jammed', code: 'invalid-media' },
  ScannerAdfInputTrayFailed: { feeder: 'unknown', code: 'hardware-error' },
  ScannerAdfInputTrayOverloaded: { feeder: 'unknown', code: 'user-error' },
};

/** What PWG 5108.6 means by them: `Stopped` waits for a person, `Down` for a technician, `Testing` for itself. */
const stateCodes: Readonly<Partial<Record<ScannerState, DeviceErrorCode>>> = {
  Testing: 'timeout',
  Stopped: 'user-error',
  Down: 'hardware-error',
};

export function conditionOf(status: ScannerStatus, capabilities: ScannerCapabilities): Condition {
  const hasFeeder = capabilities.feeder !== undefined || capabilities.duplexFeeder !== undefined;
  const word = feederWords[status.adfState ?? ''];
  const feeder = hasFeeder ? (word?.feeder ?? 'unknown') : 'not-supported';
  const code = stateCodes[status.state];
  if (!code) return { feeder };
  const narrower = status.state === 'Stopped' && word?.code !== 'no-media' ? word?.code : undefined;
  return { feeder, trouble: { code: narrower ?? code, detail: described(status) } };
}

/** Why the feeder draws in no sheet, or no further one. */
export function feederTrouble(status: ScannerStatus): Trouble | undefined {
  const code = feederWords[status.adfState ?? '']?.code;
  return code && { code, detail: described(status) };
}

/** For technicians. */
export function described({ state, adfState }: ScannerStatus): string {
  return `eSCL scanner: state ${state}, feeder ${adfState ?? 'not told of'}`;
}
