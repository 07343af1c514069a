import { type RefObject, useCallback, useEffect } from 'react';
import { useTerminal } from '../api/terminal.ts';
import { startCapture } from './capture.ts';

/** A core that is new is told again what camera there is. */
export function useCameraReports(): void {
  const { camera, visitKey } = useTerminal();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a core that has come back has to be told again
  useEffect(() => camera.start(), [camera, visitKey]);
}

/** Looks for the camera again and tells the core; with one there, the core goes back to looking, which opens it. */
export function useCameraAgain(): () => Promise<void> {
  const { camera } = useTerminal();
  return useCallback(() => camera.detect(), [camera]);
}

/** The camera is open while the component is on screen and there is a core that looks, and only then. */
export function useFaceCapture(video: RefObject<HTMLVideoElement | null>): void {
  const { client, camera, visitKey, away } = useTerminal();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a core that has come back waits for a first frame
  useEffect(() => {
    if (away || !video.current) return;
    return startCapture(video.current, navigator.mediaDevices, {
      sendFrame: client.sendFrame,
      onFrameWanted: client.onFrameWanted,
      report: (state) => camera.report(state),
    });
  }, [client, camera, video, away, visitKey]);
}
