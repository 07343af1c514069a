import { type CameraState, cameraStateOf, detectCamera } from './detect.ts';
import { Drawing, pictureOf } from './picture.ts';

/** A camera that has given no picture after this long will give none: the slowest take two seconds to start. */
export const NO_PICTURE_MS = 5_000;
/** A driver that hangs leaves `getUserMedia` without an answer for ever; a hub that wakes up first takes some seconds. */
const NO_ANSWER_MS = 8_000;
const LOOK_EVERY_MS = 250;

/**
 * Rejects as `getUserMedia` does, and with a `TimeoutError` where that gives no answer; `cameraStateOf` says what it means. A camera
 * that opens later is closed at once.
 */
export async function openCamera(devices: MediaDevices): Promise<MediaStream> {
  const opening = devices.getUserMedia({
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: 'user' },
    audio: false,
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const noAnswer = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('the camera does not open', 'TimeoutError')), NO_ANSWER_MS);
  });
  try {
    return await Promise.race([opening, noAnswer]);
  } catch (error) {
    opening.then(stopTracks, () => undefined); // told already where it rejected
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The `video` may show another camera by now: that one is left to whoever opened it. */
export function closeCamera(video: HTMLVideoElement, stream: MediaStream | undefined): void {
  if (!stream) return;
  if (video.srcObject === stream) video.srcObject = null;
  stopTracks(stream);
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
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
