import type { Picture } from './picture.ts';
import { crop, type Rect } from './sampling.ts';
import { softmax } from './softmax.ts';

/**
 * In degrees; 0 looks straight into the camera. Yaw is positive for a face turned to its own right, which is the left of a
 * picture that is not mirrored; pitch negative for one that looks down.
 */
export interface Pose {
  readonly yawDeg: number;
  readonly pitchDeg: number;
  readonly rollDeg: number;
}

/** The face box with a quarter of its size around it (lib/fr_pose.js), cut off where the picture ends. */
export function poseView(picture: Picture, box: Rect, width: number, height: number): Picture {
  const left = Math.max(box.x - box.width / 4, 0);
  const top = Math.max(box.y - box.height / 4, 0);
  const right = Math.min(box.x + box.width * 1.25, picture.width);
  const bottom = Math.min(box.y + box.height * 1.25, picture.height);
  return crop(picture, { x: left, y: top, width: right - left, height: bottom - top }, width, height);
}

/** 66 classes, three degrees each, from −99: the expected value over all of them. */
export function decodeAngleDeg(output: Float32Array): number {
  return softmax(output).reduce((sum, share, index) => sum + share * index, 0) * 3 - 99;
}
