import { maxFrameBytes } from '../../main/contracts/messages.ts';
import { type CameraState, cameraStateOf, detectCamera } from './detect.ts';
import { closeCamera, NO_PICTURE_MS, openCamera } from './open.ts';
import { Drawing, pictureOf } from './picture.ts';

const JPEG_QUALITY = 0.85;
/** For the rare noisy picture that would not fit into `maxFrameBytes`. */
const SMALLER_JPEG_QUALITY = 0.5;
/** Longer than a camera takes to find its exposure. */
const BLACK_MS = 3_000;

export type CaptureCore = {
  sendFrame(jpeg: Blob): void;
  onFrameWanted(listener: () => void): () => void;
  report(state: CameraState): void;
};

/**
 * Opens the camera into `video` and sends one frame at once, then one each time the core wants the next: the newest picture of the
 * camera, and no picture twice, as a face that stands still to the pixel is a photo. Frames are as the camera sees them: only
 * the picture on the page is mirrored. Never throws: trouble is reported, silence and blackness too. The returned function
 * ends it and closes the camera.
 */
export function startCapture(
  video: HTMLVideoElement,
  devices: MediaDevices | undefined,
  core: CaptureCore,
): () => void {
  const drawing = new Drawing();
  let stream: MediaStream | undefined;
  let stopped = false;
  let wanted = true;
  let sentUs: number | undefined;
  let blackSinceMs: number | undefined;
  let nextPicture: number | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const report = (state: CameraState): void => {
    if (!stopped) core.report(state);
  };

  const sendIfWanted = (): void => {
    sendNewest().catch(() => report('failed'));
  };

  const sendNewest = async (): Promise<void> => {
    if (!wanted || !stream || stopped) return;
    const picture = pictureOf(video);
    if (!picture) return waitForPicture();
    const { timestamp } = picture;
    try {
      if (timestamp === sentUs) return waitForPicture();
      drawing.draw(picture);
    } finally {
      picture.close();
    }
    sentUs = timestamp;
    wanted = false;
    clearTimeout(silence);
    const jpeg = await encode(drawing);
    if (stopped) return;
    if (jpeg) core.sendFrame(jpeg);
    else report('failed');
    watchForBlack();
  };

  const waitForPicture = (): void => {
    watchForSilence();
    nextPicture ??= video.requestVideoFrameCallback(() => {
      nextPicture = undefined;
      clearTimeout(silence);
      sendIfWanted();
    });
  };

  const watchForSilence = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      if (document.visibilityState === 'visible') report('failed');
      else watchForSilence(); // a page that nobody sees is shown no pictures
    }, NO_PICTURE_MS);
  };

  const watchForBlack = (): void => {
    const nowMs = performance.now();
    if (!drawing.isBlack()) blackSinceMs = undefined;
    else if (blackSinceMs === undefined) blackSinceMs = nowMs;
    else if (nowMs - blackSinceMs > BLACK_MS) report('failed');
  };

  const forget = core.onFrameWanted(() => {
    wanted = true;
    sendIfWanted();
  });

  const open = async (): Promise<void> => {
    if (!devices) return report('missing');
    try {
      const opened = await openCamera(devices);
      if (stopped) return closeCamera(video, opened);
      stream = opened;
      for (const track of opened.getVideoTracks()) {
        track.addEventListener('ended', async () => {
          const state = await detectCamera(devices);
          report(state === 'online' ? 'failed' : state);
        });
      }
      video.srcObject = opened;
      report('online');
      waitForPicture();
      await video.play();
    } catch (error) {
      report(cameraStateOf(error));
    }
  };
  void open();

  return () => {
    stopped = true;
    forget();
    clearTimeout(silence);
    if (nextPicture !== undefined) video.cancelVideoFrameCallback(nextPicture);
    closeCamera(video, stream);
  };
}

async function encode(drawing: Drawing): Promise<Blob | undefined> {
  for (const quality of [JPEG_QUALITY, SMALLER_JPEG_QUALITY]) {
    const jpeg = await drawing.jpeg(quality);
    if (jpeg && jpeg.size <= maxFrameBytes) return jpeg;
  }
  return undefined;
}
