import { maxFrameBytes } from '../../main/contracts/messages.ts';
import { type CameraState, cameraStateOf, detectCamera } from './detect.ts';

/** The detector looks at 640 px; 960 keeps a face at arm's length sharp and a frame near 100 KB. */
const FRAME_WIDTH_PX = 960;
const JPEG_QUALITY = 0.85;
/** For the rare noisy picture that would not fit into `maxFrameBytes`. */
const SMALLER_JPEG_QUALITY = 0.5;

export type CaptureCore = {
  sendFrame(jpeg: Blob): void;
  onFrameWanted(listener: () => void): () => void;
  report(state: CameraState): void;
};

/**
 * Opens the camera into `video` and sends one frame at once, then one each time the core wants the next. Frames are as the
 * camera sees them: only the picture on the page is mirrored. Never throws: trouble is reported. The returned function
 * ends it and closes the camera.
 */
export function startCapture(
  video: HTMLVideoElement,
  devices: MediaDevices | undefined,
  core: CaptureCore,
): () => void {
  const canvas = document.createElement('canvas');
  let stream: MediaStream | undefined;
  let stopped = false;
  let wanted = true;

  const sendIfWanted = async (): Promise<void> => {
    if (!wanted || !stream || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    wanted = false;
    const jpeg = await grab(video, canvas);
    if (stopped) return;
    if (jpeg) core.sendFrame(jpeg);
    else core.report('failed');
  };
  const forget = core.onFrameWanted(() => {
    wanted = true;
    void sendIfWanted();
  });

  const open = async (): Promise<void> => {
    if (!devices) return core.report('missing');
    try {
      const opened = await devices.getUserMedia({
        video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: 'user' },
        audio: false,
      });
      if (stopped) return stopTracks(opened);
      stream = opened;
      for (const track of opened.getVideoTracks()) {
        track.addEventListener('ended', async () => {
          const state = await detectCamera(devices);
          core.report(state === 'online' ? 'failed' : state);
        });
      }
      video.srcObject = opened;
      core.report('online');
      await video.play();
      await sendIfWanted();
    } catch (error) {
      if (!stopped) core.report(cameraStateOf(error));
    }
  };
  void open();

  return () => {
    stopped = true;
    forget();
    video.srcObject = null;
    if (stream) stopTracks(stream);
  };
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

async function grab(video: HTMLVideoElement, canvas: HTMLCanvasElement): Promise<Blob | undefined> {
  const scale = Math.min(1, FRAME_WIDTH_PX / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  for (const quality of [JPEG_QUALITY, SMALLER_JPEG_QUALITY]) {
    const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
    if (jpeg && jpeg.size <= maxFrameBytes) return jpeg;
  }
  return undefined;
}
