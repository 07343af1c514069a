import type { Picture } from './picture.ts';
import { crop, type Point, type Rect } from './sampling.ts';

/** 68 points in iBUG order, in pixels of the picture. */
export type Landmarks = readonly Point[];

/** The face box stretched to the network's size, as its points come in fractions of each side. */
export function landmarksView(picture: Picture, box: Rect, width: number, height: number): Picture {
  return crop(picture, box, width, height, 'area');
}

export function decodeLandmarks(output: Float32Array, box: Rect): Landmarks {
  return Array.from({ length: output.length / 2 }, (_, i) => ({
    x: box.x + output[i * 2]! * box.width,
    y: box.y + output[i * 2 + 1]! * box.height,
  }));
}

/** iBUG numbers, from 0: the four lid points of each eye without its corners, the nose's tip, the mouth's corners. */
const parts = [[37, 38, 40, 41], [43, 44, 46, 47], [30], [48, 60], [54, 64]];

/** Left eye as seen in the picture, right eye, nose, left and right corner of the mouth. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

export function fivePoints(landmarks: Landmarks): FivePoints {
  const [leftEye, rightEye, nose, mouthLeft, mouthRight] = parts.map((part) => ({
    x: part.reduce((sum, i) => sum + landmarks[i]!.x, 0) / part.length,
    y: part.reduce((sum, i) => sum + landmarks[i]!.y, 0) / part.length,
  }));
  return [leftEye!, rightEye!, nose!, mouthLeft!, mouthRight!];
}

/** The lowest point of the jaw. */
export const CHIN = 8;

/** The 20 points of the lips, outer line first. */
export function mouthPoints(landmarks: Landmarks): readonly Point[] {
  return landmarks.slice(48);
}

export function eyeDistancePx([left, right]: FivePoints): number {
  return Math.hypot(right.x - left.x, right.y - left.y);
}

/** Slope of the line from the left eye to the right one; positive with the right eye lower, 0 level. */
export function tiltDeg([left, right]: FivePoints): number {
  return (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
}
