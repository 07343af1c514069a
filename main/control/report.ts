import { faults } from '../contracts/faults.ts';
import type { DeviceState } from '../devices/devices.ts';
import { faultOf } from '../devices/status.ts';
import type { Store } from '../storage/open.ts';
import type { DeviceReport } from './protocol.ts';

const DAY_MS = 86_400_000;

/** What is known of a device, with what is remembered of it and what to do about it. Throws a StorageError. */
export function reportOf(device: DeviceState, remembered: Store['deviceEvents']): DeviceReport {
  const { id, class: deviceClass, model, status, pollMs, recovery } = device;
  const fault = faultOf(status);
  const [last] = remembered.recent(id, 1);
  return {
    id,
    class: deviceClass,
    model,
    state: status.state,
    ...(fault && { fault }),
    ...(status.state === 'offline' && { detail: status.detail }),
    ...(status.paper && { paper: status.paper }),
    observedAt: status.observedAt,
    source: status.source,
    ...(pollMs !== undefined && { pollMs }),
    ...(last && { since: last.at }),
    ...(recovery && { repair: recovery }),
    faultsToday: remembered.faultsSince(id, new Date(Date.now() - DAY_MS).toISOString()),
    ...(fault && { advice: { what: faults[fault].what, next: faults[fault].next } }),
  };
}
