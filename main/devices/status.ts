import type { DeviceErrorCode, DeviceStatus } from '../../drivers/core/index.ts';
import type { PaperState } from '../../printers/core/contract.ts';

/** The status of a device of any class: what all have, and what some say besides. */
export type AnyStatus = DeviceStatus & { readonly paper?: PaperState };

/**
 * Why a device cannot serve; `undefined` while it can, or nothing is known yet. What is said of the paper comes first: it is
 * what somebody must bring, whatever else the device says.
 */
export function faultOf(status: AnyStatus): DeviceErrorCode | undefined {
  if (status.paper === 'out') return 'paper-out';
  if (status.paper === 'jammed') return 'media-jammed';
  return status.state === 'offline' ? status.cause : undefined;
}
