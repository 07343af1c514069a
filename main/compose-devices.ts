import { join } from 'node:path';
import { observed, startingStatus } from '../drivers/core/index.ts';
import { faceLaunch } from '../models/face/launch.ts';
import type { Configuration } from './config/config.ts';
import { type DeviceChange, Devices } from './devices/devices.ts';
import { CAMERA_ID } from './devices/protocol.ts';
import { faultOf } from './devices/status.ts';
import { faceContract } from './identity/face-protocol.ts';
import type { Log } from './log/log.ts';
import { SupervisedProcess } from './processes/supervised-process.ts';
import { StorageError } from './storage/errors.ts';
import type { Store } from './storage/open.ts';

const CAMERA = { id: CAMERA_ID, class: 'camera', model: 'page' } as const;
type CameraStatus = Parameters<Devices['report']>[0]['status'];

export function deviceProcess({ devices, portraitDecoder }: Configuration, log: Log): Devices {
  const configured = { devices, ...(portraitDecoder && { portraitDecoder }) };
  return new Devices(configured, new URL('./device-process.ts', import.meta.url), log);
}

/** `root`: of this release. */
export function faceProcess(root: string, log: Log): SupervisedProcess<typeof faceContract> {
  return new SupervisedProcess({
    name: 'face',
    entry: new URL('./face-process.ts', import.meta.url),
    contract: faceContract,
    configuration: { weightsDir: join(root, 'models', 'weights') },
    onEvent: () => undefined,
    log,
    launch: faceLaunch,
  });
}

/** The camera hangs on the page: until the page has said how it is, nobody knows, and without a page there is none. */
export const camera = {
  said: (devices: Devices, status: CameraStatus): void => devices.report({ ...CAMERA, status }),
  starts: (devices: Devices): void => devices.report({ ...CAMERA, status: startingStatus() }),
  isGone: (devices: Devices): void =>
    devices.report({
      ...CAMERA,
      status: { state: 'offline', cause: 'not-connected', detail: 'no page', retryInMs: 0, ...observed('inferred') },
    }),
};

/** Nothing that is remembered of a device is worth a visit: a disk that refuses is told of, and that is all. */
export function remember({ device, at }: DeviceChange, store: Store, log: Log): void {
  const { status, recovery } = device;
  const detail = status.state === 'offline' ? status.detail : undefined;
  try {
    store.deviceEvents.record({
      deviceId: device.id,
      at,
      state: status.state,
      fault: faultOf(status),
      detail,
      rung: recovery?.rung,
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warn({ device: device.id, code: error.code }, 'a device’s condition is not remembered');
  }
}
