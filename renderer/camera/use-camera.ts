import { type RefObject, useCallback, useEffect } from 'react';
import { useTerminal } from '../api/terminal.ts';
import { startCapture } from './capture.ts';
import { detectCamera } from './detect.ts';

/** Tells the core whether a camera is there: when the page starts, when the core is new, when one is plugged or pulled. */
export function useCameraReports(): void {
  const { client, visitKey } = useTerminal();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a core that has come back has to be told again
  useEffect(() => {
    const devices: MediaDevices | undefined = navigator.mediaDevices; // absent where the origin is not trusted
    const report = async (): Promise<void> => client.send({ type: 'camera', state: await detectCamera(devices) });
    void report();
    devices?.addEventListener('devicechange', report);
    return () => devices?.removeEventListener('devicechange', report);
  }, [client, visitKey]);
}

/** Looks for the camera again and tells the core; with one there, the core goes back to looking, which opens it. */
export function useCameraAgain(): () => Promise<void> {
  const { client } = useTerminal();
  return useCallback(
    async () => client.send({ type: 'camera', state: await detectCamera(navigator.mediaDevices) }),
    [client],
  );
}

/** The camera is open while `looking`, and only then. */
export function useFaceCapture(video: RefObject<HTMLVideoElement | null>, looking: boolean): void {
  const { client, visitKey } = useTerminal();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a core that has come back waits for a first frame
  useEffect(() => {
    if (!looking || !video.current) return;
    return startCapture(video.current, navigator.mediaDevices, {
      sendFrame: client.sendFrame,
      onFrameWanted: client.onFrameWanted,
      report: (state) => client.send({ type: 'camera', state }),
    });
  }, [client, video, looking, visitKey]);
}
