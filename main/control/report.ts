import { machineTime } from '../../drivers/core/index.ts';
import type { LocalText } from '../contracts/common.ts';
import { faults } from '../contracts/faults.ts';
import { offlineAdvice } from '../contracts/offline.ts';
import type { DeviceState } from '../devices/devices.ts';
import { CAMERA_ID } from '../devices/protocol.ts';
import { faultOf } from '../devices/status.ts';
import type { Store } from '../storage/open.ts';
import type { ConnectivityState } from '../sync/connectivity.ts';
import type { DeviceReport, PlatformReport } from './protocol.ts';

const DAY_MS = 86_400_000;
/** No command reaches the camera: it hangs on the page. */
const CAMERA_NEXT: LocalText = {
  'zh-CN': '检查摄像头的线缆，看屏幕上的页面是不是开着；还不行就重新启动本机。',
  en: 'Check its cable, and whether the page is on the screen; then restart the terminal.',
};

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
    faultsToday: remembered.faultsSince(id, machineTime(-DAY_MS)),
    ...(fault && { advice: { what: faults[fault].what, next: id === CAMERA_ID ? CAMERA_NEXT : faults[fault].next } }),
  };
}

/** Whether the platform can be reached, and whom to call where it cannot. */
export function platformReportOf(status: ConnectivityState): PlatformReport {
  const { state, observedAt } = status;
  if (status.state !== 'offline') return { state, observedAt };
  return { state, cause: status.cause, observedAt, advice: offlineAdvice[status.cause] };
}
