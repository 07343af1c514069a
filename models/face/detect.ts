import type { Picture } from './picture.ts';
import { crop, type Rect } from './sampling.ts';

export interface Detection {
  /** In pixels of the picture; may reach a little outside it. */
  readonly box: Rect;
  /** 0 to 1. */
  readonly score: number;
}

const MIN_SCORE = 0.65; // the package's own setting (lib/fr_detect.js), with which the figures were measured
const MAX_OVERLAP = 0.4; // same place
const MAX_CANDIDATES = 750; // same place; bounds the quadratic suppression below

/**
 * The picture with `margin` of each side's length added around it, as fraction. A face that fills its picture, as on the
 * chip, is found better with room around it.
 */
export function detectorRect(picture: { readonly width: number; readonly height: number }, margin: number): Rect {
  const { width, height } = picture;
  return {
    x: -width * margin,
    y: -height * margin,
    width: width * (1 + 2 * margin),
    height: height * (1 + 2 * margin),
  };
}

/** Squeezed to the detector's size whatever its proportions, as the boxes come in fractions of each side. */
export function detectorView(picture: Picture, rect: Rect, width: number, height: number): Picture {
  return crop(picture, rect, width, height);
}

/**
 * `scores` n × 2 (index 1 = face), `boxes` n × 4 corners as fractions of `rect`. Boxes in pixels of the picture, largest
 * score first, overlapping ones merged.
 */
export function decodeDetections(scores: Float32Array, boxes: Float32Array, rect: Rect): Detection[] {
  const candidates: Detection[] = [];
  for (let i = 0; i < scores.length / 2; i += 1) {
    const score = scores[i * 2 + 1]!;
    if (!(score > MIN_SCORE)) continue;
    const [left, top, right, bottom] = boxes.subarray(i * 4, i * 4 + 4);
    const width = (right! - left!) * rect.width;
    const height = (bottom! - top!) * rect.height;
    const box = { x: rect.x + left! * rect.width, y: rect.y + top! * rect.height, width, height };
    if (width >= 1 && height >= 1) candidates.push({ box, score });
  }
  candidates.sort((a, b) => b.score - a.score);
  return suppressOverlaps(candidates.slice(0, MAX_CANDIDATES));
}

/** Keeps each detection that no better one covers by more than 40 % (intersection over union). Best first, as given. */
export function suppressOverlaps(detections: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const detection of detections) {
    if (kept.every(({ box }) => overlap(box, detection.box) <= MAX_OVERLAP)) kept.push(detection);
  }
  return kept;
}

/** Intersection over union, 0 to 1. */
export function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/**
 * The largest face, and how many could be the one meant, itself included: those at least `rivalShare` of its height.
 * `undefined` without a face.
 */
export function mainFace(
  detections: readonly Detection[],
  rivalShare: number,
): { readonly main: Detection; readonly count: number } | undefined {
  const [first, ...others] = detections;
  if (!first) return undefined;
  const main = others.reduce((a, b) => (b.box.height > a.box.height ? b : a), first);
  const count = detections.filter(({ box }) => box.height >= main.box.height * rivalShare).length;
  return { main, count };
}
