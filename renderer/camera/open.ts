import { type CameraState, cameraStateOf, detectCamera } from './detect.ts';
import { Drawing, pictureOf } from './picture.ts';

/** A camera that has given no picture after this long will give none: the slowest take two seconds to start. */
export const NO_PICTURE_MS = 5_000;
const LOOK_EVERY_MS = 250;

/** Rejects as `getUserMedia` does; `cameraStateOf` says what that means. */
export function openCamera(devices: MediaDevices): Promise<MediaStream> {
  return devices.getUserMedia({
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: 'user' },
    audio: false,
  });
}

export function closeCamera(video: HTMLVideoElement, stream: MediaStream | undefined): void {
  video.srcObject = null;
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Opens the camera, unseen, and closes it again: whether it gives a picture that is not black. */
export async function tryCamera(devices: MediaDevices | undefined): Promise<CameraState> {
  const found = await detectCamera(devices);
  if (found !== 'online' || !devices) return found;
  const video = Object.assign(document.createElement('video'), { muted: true });
  let stream: MediaStream | undefined;
  try {
    stream = await openCamera(devices);
    video.srcObject = stream;
    video.play().catch(() => undefined); // not waited for: it rejects when closed, and never resolves without a picture
    return (await givesPicture(video)) ? 'online' : 'failed';
  } catch (error) {
    return cameraStateOf(error);
  } finally {
    closeCamera(video, stream);
  }
}

async function givesPicture(video: HTMLVideoElement): Promise<boolean> {
  const drawing = new Drawing();
  for (let waitedMs = 0; waitedMs < NO_PICTURE_MS; waitedMs += LOOK_EVERY_MS) {
    const picture = pictureOf(video);
    if (picture) {
      drawing.draw(picture);
      picture.close();
      if (!drawing.isBlack()) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}
