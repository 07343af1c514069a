import type { KioskDevice } from '../contracts/faults.ts';
import type { BlankProblem, Problem, ServiceCard, View } from '../contracts/view.ts';
import type { AnyStatus } from '../devices/schemas.ts';
import { faultOf } from '../devices/status.ts';
import type { ServiceFile } from './service-file.ts';

/** What the terminal can do at this moment. */
export interface Conditions {
  /** The status of the device that serves a class; `undefined` where none is configured. */
  readonly device: (device: KioskDevice) => AnyStatus | undefined;
  readonly network: View['network'];
  readonly faceCheckReady: boolean;
  /** Nobody shall begin what the battery will not last for. */
  readonly powerFails: boolean;
  /** Why no numbered blank (空白证照) of that series can be printed on now. */
  readonly blank: (series: string) => BlankProblem | undefined;
  /** There is hardly any room on the disk: what is there goes out, and nothing is taken in that might have to wait. */
  readonly storageFull: boolean;
}

/** Whether a service can be started now, so that nobody finds out half way. */
export function availability(service: ServiceFile, conditions: Conditions): ServiceCard['available'] {
  if (conditions.powerFails) return { state: 'no', problem: 'power-failing' };
  if (conditions.storageFull && service.offline === 'queue') return { state: 'no', problem: 'storage-full' };
  for (const device of service.needs.devices) {
    const problem = deviceProblem(device, conditions);
    if (problem) return { state: 'no', problem };
  }
  for (const series of blanksOf(service)) {
    const problem = conditions.blank(series);
    if (problem) return { state: 'no', problem };
  }
  if (service.needs.assurance === 'face' && !conditions.faceCheckReady) {
    return { state: 'no', problem: 'face-check-offline' };
  }
  if (conditions.network === 'online') return { state: 'yes' };
  return { state: service.offline === 'queue' ? 'queued-only' : 'no', problem: 'platform-offline' };
}

/** The series of numbered blanks that a service prints on. */
export function blanksOf({ steps }: Pick<ServiceFile, 'steps'>): string[] {
  const papers = steps.flatMap((step) => (step.kind === 'print' ? step.papers : []));
  return papers.flatMap((paper) => (paper.document === 'licence' ? [paper.blank] : []));
}

/** Only a device that was seen working can serve; one that is starting will be there in a moment. */
export function deviceProblem(device: KioskDevice, conditions: Conditions): Problem | undefined {
  const status = conditions.device(device);
  if (!status || status.state === 'stopped') return { device, fault: 'not-connected' };
  if (status.state === 'starting') return 'terminal-recovering';
  const fault = faultOf(status);
  return fault && { device, fault };
}
