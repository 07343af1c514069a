import type { DeviceStatus } from '../../drivers/core/index.ts';
import type { PaperState } from '../../printers/core/contract.ts';
import type { Problem, ServiceCard, View } from '../contracts/view.ts';
import type { DeviceClass, ServiceFile } from './service-file.ts';

/** What the terminal can do at this moment. */
export interface Conditions {
  /** The status of the device that serves a class; `undefined` where none is configured. */
  readonly device: (deviceClass: DeviceClass) => (DeviceStatus & { readonly paper?: PaperState }) | undefined;
  readonly network: View['network'];
  readonly faceCheckReady: boolean;
}

const OFFLINE: Readonly<Record<DeviceClass, Problem>> = {
  'id-card-reader': 'reader-offline',
  camera: 'camera-offline',
  'receipt-printer': 'receipt-printer-offline',
  'licence-printer': 'licence-printer-offline',
};

/** Whether a service can be started now, so that nobody finds out half way. */
export function availability(service: ServiceFile, conditions: Conditions): ServiceCard['available'] {
  for (const deviceClass of service.needs.devices) {
    const problem = deviceProblem(deviceClass, conditions);
    if (problem) return { state: 'no', problem };
  }
  if (service.needs.assurance === 'face' && !conditions.faceCheckReady) {
    return { state: 'no', problem: 'face-check-offline' };
  }
  if (conditions.network === 'online') return { state: 'yes' };
  return { state: service.offline === 'queue' ? 'queued-only' : 'no', problem: 'platform-offline' };
}

/** Only a device that was seen working can serve; one that is starting will be there in a moment. */
export function deviceProblem(deviceClass: DeviceClass, { device }: Conditions): Problem | undefined {
  const status = device(deviceClass);
  if (!status || status.state === 'stopped') return OFFLINE[deviceClass];
  if (status.state === 'starting') return 'terminal-recovering';
  if (status.paper === 'out' || status.paper === 'jammed') {
    return deviceClass === 'receipt-printer' ? 'receipt-paper-out' : 'licence-paper-out';
  }
  return status.state === 'offline' ? OFFLINE[deviceClass] : undefined;
}
