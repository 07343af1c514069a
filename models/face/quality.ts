import { eyeDistancePx, type FivePoints } from './landmarks.ts';
import type { Picture } from './picture.ts';
import type { Pose } from './pose.ts';
import { luma, type Rect } from './sampling.ts';

/** What to tell the person before the camera, most urgent first; `hold-still` is the good case. */
export const faceAdvices = [
  'no-face',
  'one-person-only',
  'come-closer',
  'step-back',
  'center-face',
  'show-whole-face',
  'look-straight',
  'more-light',
  'less-light',
  'avoid-glare',
  'blurred',
  'uncover-mouth',
  'open-eyes',
  'not-live',
  'hold-still',
] as const;
export type FaceAdvice = (typeof faceAdvices)[number];

export interface FaceQuality {
  readonly eyeDistancePx: number;
  /** The face box's height as share of the picture's. */
  readonly heightShare: number;
  /** From the picture's middle to the face's, as share of the picture's shorter side. */
  readonly offCentre: number;
  readonly pose: Pose;
  /** Mean luma of the aligned face, 0 to 255. */
  readonly brightness: number;
  /** Variance of the Laplacian of the aligned face's luma: the same for a face near and far. */
  readonly sharpness: number;
}

export const MIN_EYE_DISTANCE_PX = 60; // anchors §5.5
const MAX_HEIGHT_SHARE = 0.85; // more, and chin or forehead leaves the picture with the next movement
const MAX_OFF_CENTRE = 0.3; // the liveness crop of 2.7 faces still lies around the face
const MAX_TURN_DEG = 20; // anchors §5.5, for yaw
const MAX_NOD_DEG = 25; // the camera sits above the screen, so that everybody reads some degrees down
const MIN_BRIGHTNESS = 40; // the darkest face of the sample photos has 52, and is still told apart well
const MAX_BRIGHTNESS = 220; // the brightest has 169; beyond 220 skin is clipped to white
const MIN_SHARPNESS = 20; // sharp faces 65 to 800; blurred to below 20, a face is 0.65 to 0.95 from itself by cosine

const MIN_PORTRAIT_EYE_DISTANCE_PX = 12; // a chip portrait has 20 to 35; below, nothing of a face is left to compare
const MAX_PORTRAIT_TURN_DEG = 45; // one eye is hidden, and the aligner invents it

/** `aligned`: the same face from `alignFace`. */
export function measureQuality(
  picture: { readonly width: number; readonly height: number },
  box: Rect,
  points: FivePoints,
  pose: Pose,
  aligned: Picture,
): FaceQuality {
  const offX = box.x + box.width / 2 - picture.width / 2;
  const offY = box.y + box.height / 2 - picture.height / 2;
  const grey = luma(aligned);
  return {
    eyeDistancePx: eyeDistancePx(points),
    heightShare: box.height / picture.height,
    offCentre: Math.hypot(offX, offY) / Math.min(picture.width, picture.height),
    pose,
    brightness: grey.reduce((sum, value) => sum + value, 0) / grey.length,
    sharpness: laplacianVariance(grey, aligned.width, aligned.height),
  };
}

/** Everything but `no-face`, `one-person-only` and `not-live`, which no measure of one face can tell. */
export function adviceFor(quality: FaceQuality): FaceAdvice {
  const { pose } = quality;
  if (quality.eyeDistancePx < MIN_EYE_DISTANCE_PX) return 'come-closer';
  if (quality.heightShare > MAX_HEIGHT_SHARE) return 'step-back';
  if (quality.offCentre > MAX_OFF_CENTRE) return 'center-face';
  if (Math.abs(pose.yawDeg) > MAX_TURN_DEG || Math.abs(pose.pitchDeg) > MAX_NOD_DEG) return 'look-straight';
  if (quality.brightness < MIN_BRIGHTNESS) return 'more-light';
  if (quality.brightness > MAX_BRIGHTNESS) return 'less-light';
  if (quality.sharpness < MIN_SHARPNESS) return 'blurred';
  return 'hold-still';
}

/** Whether a portrait, from the chip or a file, shows enough of a face to compare. Far milder than for a live frame. */
export function comparable({ eyeDistancePx: distancePx, pose, brightness }: FaceQuality): boolean {
  const lit = brightness >= MIN_BRIGHTNESS / 2 && brightness <= (MAX_BRIGHTNESS + 255) / 2;
  return distancePx >= MIN_PORTRAIT_EYE_DISTANCE_PX && Math.abs(pose.yawDeg) <= MAX_PORTRAIT_TURN_DEG && lit;
}

/** Variance of the four-neighbour Laplacian over all inner pixels; 0 for a flat picture. */
export function laplacianVariance(grey: Float32Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const value = grey[at - 1]! + grey[at + 1]! + grey[at - width]! + grey[at + width]! - 4 * grey[at]!;
      sum += value;
      squares += value * value;
    }
  }
  const count = (width - 2) * (height - 2);
  return squares / count - (sum / count) ** 2;
}
