import { machineTime, type Observable } from '../../drivers/core/index.ts';
import type { DeviceState, Devices } from '../devices/devices.ts';
import { CAMERA_ID } from '../devices/protocol.ts';
import type { Log } from '../log/log.ts';
import type { Desk } from '../outbox/desk.ts';
import { RemoteError, serve } from '../processes/rpc.ts';
import { streamWire } from '../processes/stream-wire.ts';
import type { Store } from '../storage/open.ts';
import type { ConnectivityState } from '../sync/connectivity.ts';
import { auditHandlers, recorded } from './audit-handlers.ts';
import { blanksHandlers } from './blanks-handlers.ts';
import { type LocalServer, serveLocally } from './local-server.ts';
import { outboxHandlers } from './outbox-handlers.ts';
import { type Alarm, controlContract, type DeviceReport } from './protocol.ts';
import { platformReportOf, reportOf } from './report.ts';
import { spoolHandlers } from './spool-handlers.ts';

export interface ControlPorts {
  readonly path: string;
  readonly terminalId: string;
  /** IANA; in which a day of blanks begins and ends. */
  readonly timeZone: string;
  /** What time it is, as acts and blanks are dated. */
  readonly now: () => Date;
  readonly devices: Devices;
  readonly connectivity: { readonly status: Observable<ConnectivityState> };
  readonly store: Pick<Store, 'deviceEvents' | 'audit' | 'blanks' | 'spool'>;
  readonly desk: Desk;
  /** A clerk has loaded, corrected or settled blanks. */
  readonly onBlanks: () => void;
  /** What ails the terminal beside its devices. */
  readonly alarms: () => Alarm[];
  readonly log: Log;
}

/** Answers this machine's technician for as long as the terminal runs. Rejects with Node's error where it cannot listen. */
export async function serveControl(ports: ControlPorts): Promise<LocalServer> {
  const { path, terminalId, timeZone, now, devices, connectivity, store, desk, onBlanks, alarms, log } = ports;
  const report = (device: DeviceState): DeviceReport => reportOf(device, store.deviceEvents);
  const known = (deviceId: string): DeviceState => {
    const device = devices.states.value.get(deviceId);
    if (device) return device;
    const all = [...devices.states.value.keys()].join(', ');
    throw new RemoteError('no-such-device', `there is no device "${deviceId}"; there are ${all}`);
  };
  /** One that the device process drives. */
  const driven = (deviceId: string): DeviceState => {
    if (deviceId !== CAMERA_ID) return known(deviceId);
    throw new RemoteError(
      'unsupported',
      'the camera hangs on the page and cannot be reset or tried out from here: check its cable, then restart the terminal',
    );
  };
  const record = { audit: store.audit, log };
  const licencePrinters = (): string[] =>
    [...devices.states.value.values()].filter((one) => one.class === 'licence-printer').map(({ id }) => id);
  return await serveLocally(path, (client) => {
    const watched = new Map<string, () => void>();
    client.once('close', () => {
      for (const stop of watched.values()) stop();
    });
    const tell = serve(controlContract, streamWire(client), {
      ...auditHandlers({ terminalId, now, audit: store.audit }),
      ...outboxHandlers(desk),
      ...blanksHandlers({ store, printers: licencePrinters, timeZone, now, onChange: onBlanks }),
      ...spoolHandlers(store),
      devices: async () => ({
        terminal: terminalId,
        at: machineTime(),
        devices: [...devices.states.value.values()].map(report),
        platform: platformReportOf(connectivity.status.value),
        alarms: alarms(),
      }),
      history: async ({ deviceId, limit }) => ({ events: store.deviceEvents.recent(known(deviceId).id, limit) }),
      reset: async ({ deviceId }, signal) => {
        log.info({ device: driven(deviceId).id }, 'a technician resets a device');
        const reset = (): Promise<unknown> => devices.reset(deviceId, signal);
        await recorded(record, 'device-reset', deviceId, reset).catch(withNextStep);
        return report(known(deviceId));
      },
      test: async ({ deviceId }, signal) => {
        log.info({ device: driven(deviceId).id }, 'a technician tries a device out');
        const test = (): ReturnType<Devices['test']> => devices.test(deviceId, signal);
        return await recorded(record, 'device-tested', deviceId, test).catch(withNextStep);
      },
      watch: async ({ deviceId }) => {
        const wanted = known(deviceId);
        watched.get(deviceId)?.();
        const stop = devices.onChange(({ device }) => {
          if (device.id === deviceId) tell('device', report(device));
        });
        watched.set(deviceId, stop);
        tell('device', report(wanted));
      },
    });
  });
}

function withNextStep(error: unknown): never {
  if (!(error instanceof RemoteError && error.code === 'process-down')) throw error;
  throw new RemoteError(error.code, `${error.message}; it is started again by itself: ask again in a few seconds`);
}
