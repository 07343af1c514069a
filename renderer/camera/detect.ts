import type { Intent } from '../../main/contracts/messages.ts';

export type CameraState = Extract<Intent, { type: 'camera' }>['state'];

/** Whether a camera is plugged in. Does not open it, so it asks for no permission and lights no lamp. */
export async function detectCamera(devices: MediaDevices | undefined): Promise<CameraState> {
  if (!devices) return 'missing';
  try {
    const found = await devices.enumerateDevices();
    return found.some(({ kind }) => kind === 'videoinput') ? 'online' : 'missing';
  } catch {
    return 'failed';
  }
}

/** What a rejected `getUserMedia` means (Media Capture and Streams, 10.2.1: names of its DOMExceptions). */
export function cameraStateOf(error: unknown): CameraState {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'failed';
}
