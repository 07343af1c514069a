import { type MouthView, mouthCovered } from './cover.ts';
import { CHIN, eyeDistancePx, type FivePoints, fivePoints, type Landmarks, tiltDeg } from './landmarks.ts';
import { type FaceLight, measureLight, strayLight } from './light.ts';
import type { Picture } from './picture.ts';
import type { Pose } from './pose.ts';
import type { Point, Rect } from './sampling.ts';

/**
 * What to tell the person before the camera, most urgent first; `hold-still` is the good case. Darkness, blur and a mask come
 * before the pose, which its network misreads in them; glare after it, as one half of a turned face is its background.
 */
export const faceAdvices = [
  'no-face',
  'one-person-only',
  'come-closer',
  'step-back',
  'show-whole-face',
  'center-face',
  'more-light',
  'less-light',
  'blurred',
  'uncover-mouth',
  'look-straight',
  'avoid-glare',
  'open-eyes',
  'not-live',
  'hold-still',
] as const;
export type FaceAdvice = (typeof faceAdvices)[number];

export interface FaceQuality extends FaceLight {
  /** As far as the eyes would be apart if the face looked straight into the camera: turning makes nobody small. */
  readonly eyeDistancePx: number;
  /** The face box's height as share of the picture's. */
  readonly heightShare: number;
  /** From the picture's middle to the face's, as share of the picture's shorter side. */
  readonly offCentre: number;
  /** How far the face reaches beyond the picture, as share of its height; 0 inside. */
  readonly outside: number;
  readonly pose: Pose;
  /** Slope of the line through both eyes, 0 level. Beyond 30° it is truer than the pose's roll. */
  readonly tiltDeg: number;
  /** Mean luma of the aligned face, 0 to 255. */
  readonly brightness: number;
  /** See `sharpness`; of the aligned face's luma, brought to one exposure: the same near and far, in much and little light. */
  readonly sharpness: number;
}

// Where no other source is named: measured on nine faces of the sample photos and of the public test photos of PyPI's
// face_recognition 1.3.0, each as it is against itself disturbed, by cosine of the embeddings. "Natural" is the most that any of
// 132 faces of those photos, insightface 0.7.3's and @vladmandic/human 3.3.6's has by itself.
export const MIN_EYE_DISTANCE_PX = 60; // anchors §5.5
const MAX_HEIGHT_SHARE = 0.85; // more, and chin or forehead leaves the picture with the next movement
const MAX_OUTSIDE = 0.04; // two photos whose forehead is cut off have 0.04 and 0.09, all others 0
const MAX_OFF_CENTRE = 0.3; // the liveness crop of 2.7 faces still lies around the face
const MAX_TURN_DEG = 20; // anchors §5.5, for yaw
const MAX_NOD_DEG = 25; // the camera sits above the screen, so that everybody reads some degrees down
const MAX_TILT_DEG = 50; // up to 30° turned, 0.95 and more; where the eyes' line reads above 50, down to 0.27
const MIN_BRIGHTNESS = 40; // the darkest face of the sample photos has 52, and is still told apart well
const MAX_BRIGHTNESS = 190; // the brightest has 175
const MAX_VEIL = 130; // natural 93, and 56 of large faces; a veil of 0.6 makes 156 to 170
const MAX_GLARE = 0.04; // a white spot of 0.01 to 0.03 leaves 0.83 and more, of 0.04 to 0.09 0.57 to 0.89; natural 0.01
const MAX_LOPSIDED = 2; // six times the light on one half still leaves 0.83 and more, at up to 2.2; natural 1.7
const MIN_SHARPNESS = 6; // natural 11 and more; 2 to 5 leaves 0.62 to 0.80 out of focus, 3 to 8 leaves 0.44 to 0.88 in motion

const MIN_EYES_OPEN = 0.25; // of 25 faces that look, 0.32 and more in any light, 0.25 behind drawn glasses; closed 0.14 and less

const MIN_PORTRAIT_EYE_DISTANCE_PX = 12; // a chip portrait has 20 to 35; below, nothing of a face is left to compare
const MAX_PORTRAIT_TURN_DEG = 45; // one eye is hidden, and the aligner invents it
const MIN_PORTRAIT_BRIGHTNESS = 25; // below, 0.43 to 0.74, and mostly no face is found at all
const MAX_PORTRAIT_BRIGHTNESS = 230; // beyond, no face is found
const MIN_PORTRAIT_SHARPNESS = 3; // 1.7 to 3.3 leaves 0.25 to 0.56, 3.1 to 5.7 leaves 0.60 to 0.78

/** Beyond this yaw the landmarks of the hidden eye are invented, and its distance with them. */
const MAX_FORESHORTENING_DEG = 60;

const MEAN_EXPOSURE = 128; // half the range of values
const MIN_EXPOSURE = 8; // below, noise would be taken for sharpness

/** `grey`: luma of `aligned`, the same face from `alignFace`. */
export function measureQuality(
  picture: { readonly width: number; readonly height: number },
  box: Rect,
  landmarks: Landmarks,
  pose: Pose,
  aligned: Picture,
  grey: Float32Array,
): FaceQuality {
  const points = fivePoints(landmarks);
  const offX = box.x + box.width / 2 - picture.width / 2;
  const offY = box.y + box.height / 2 - picture.height / 2;
  const brightness = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const light = measureLight(aligned, grey);
  const exposure = Math.max(brightness - strayLight(light.veil), MIN_EXPOSURE) / MEAN_EXPOSURE;
  return {
    eyeDistancePx: straightEyeDistancePx(points, pose),
    heightShare: box.height / picture.height,
    offCentre: Math.hypot(offX, offY) / Math.min(picture.width, picture.height),
    outside: outside(picture, box, landmarks),
    pose,
    tiltDeg: tiltDeg(points),
    brightness,
    sharpness: sharpness(grey, aligned.width, aligned.height) / exposure ** 2,
    ...light,
  };
}

function straightEyeDistancePx(points: FivePoints, { yawDeg }: Pose): number {
  const turnedDeg = Math.min(Math.abs(yawDeg), MAX_FORESHORTENING_DEG);
  return eyeDistancePx(points) / Math.cos((turnedDeg * Math.PI) / 180);
}

function outside(
  picture: { readonly width: number; readonly height: number },
  box: Rect,
  landmarks: Landmarks,
): number {
  const corners: readonly Point[] = [box, { x: box.x + box.width, y: box.y + box.height }];
  const beyond = [...corners, ...landmarks, hairline(landmarks)].map(({ x, y }) =>
    Math.max(-x, -y, x - picture.width, y - picture.height),
  );
  return Math.max(0, ...beyond) / box.height;
}

/** The eyes lie half way between chin and crown; hair begins about two thirds of the way up from them. */
function hairline(landmarks: Landmarks): Point {
  const [left, right] = fivePoints(landmarks);
  const eyes = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const chin = landmarks[CHIN]!;
  return { x: eyes.x + (eyes.x - chin.x) * 0.65, y: eyes.y + (eyes.y - chin.y) * 0.65 };
}

/**
 * Everything that one face can tell by itself, except `not-live`. `eyesOpen`: 0 closed to 1 open; `mouth` is asked for only
 * where nothing is wrong with place, light and sharpness.
 */
export function adviceFor(quality: FaceQuality, eyesOpen: number, mouth: () => MouthView): FaceAdvice {
  const { pose } = quality;
  if (quality.eyeDistancePx < MIN_EYE_DISTANCE_PX) return 'come-closer';
  if (quality.heightShare > MAX_HEIGHT_SHARE) return 'step-back';
  if (quality.outside > MAX_OUTSIDE) return 'show-whole-face';
  if (quality.offCentre > MAX_OFF_CENTRE) return 'center-face';
  if (quality.brightness < MIN_BRIGHTNESS) return 'more-light';
  if (quality.brightness > MAX_BRIGHTNESS || quality.veil > MAX_VEIL) return 'less-light';
  if (quality.sharpness < MIN_SHARPNESS) return 'blurred';
  if (mouthCovered(mouth())) return 'uncover-mouth';
  if (Math.abs(pose.yawDeg) > MAX_TURN_DEG || Math.abs(pose.pitchDeg) > MAX_NOD_DEG) return 'look-straight';
  if (Math.abs(quality.tiltDeg) > MAX_TILT_DEG) return 'look-straight';
  if (quality.glare > MAX_GLARE || quality.lopsided > MAX_LOPSIDED) return 'avoid-glare';
  return eyesOpen < MIN_EYES_OPEN ? 'open-eyes' : 'hold-still';
}

/** What keeps a portrait, from the chip or a file, from being compared. */
export const portraitFlaws = [
  'not-a-picture', // or one larger than is accepted
  'no-face',
  'several-faces',
  'too-small',
  'turned-away',
  'too-dark',
  'too-bright',
  'blurred',
] as const;
export type PortraitFlaw = (typeof portraitFlaws)[number];

/** Whether a portrait shows enough of a face to compare; far milder than for a live frame. `undefined`: it does. */
export function portraitFlaw(quality: FaceQuality): PortraitFlaw | undefined {
  if (quality.eyeDistancePx < MIN_PORTRAIT_EYE_DISTANCE_PX) return 'too-small';
  if (Math.abs(quality.pose.yawDeg) > MAX_PORTRAIT_TURN_DEG) return 'turned-away';
  if (quality.brightness < MIN_PORTRAIT_BRIGHTNESS) return 'too-dark';
  if (quality.brightness > MAX_PORTRAIT_BRIGHTNESS) return 'too-bright';
  if (quality.sharpness < MIN_PORTRAIT_SHARPNESS) return 'blurred';
  return undefined;
}

/**
 * Variance of the second difference along the rows or down the columns, whichever is smaller, as a face that moves is blurred
 * in one direction only; 0 for a flat picture. Over all inner pixels.
 */
export function sharpness(grey: Float32Array, width: number, height: number): number {
  return Math.min(curvature(grey, width, height, 1), curvature(grey, width, height, width));
}

function curvature(grey: Float32Array, width: number, height: number, step: number): number {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const value = grey[at - step]! + grey[at + step]! - 2 * grey[at]!;
      sum += value;
      squares += value * value;
    }
  }
  const count = (width - 2) * (height - 2);
  return squares / count - (sum / count) ** 2;
}
