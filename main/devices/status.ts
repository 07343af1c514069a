import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { AnyStatus } from './schemas.ts';

/**
 * Why a device cannot serve; `undefined` while it can, or nothing is known yet. What is said of the paper comes first: it is
 * what somebody must bring, whatever else the device says.
 */
export function faultOf(status: AnyStatus): DeviceErrorCode | undefined {
  if (status.paper === 'out') return 'paper-out';
  if (status.paper === 'jammed') return 'media-jammed';
  return status.state === 'offline' ? status.cause : undefined;
}
