import type { Landmarks } from './landmarks.ts';

/** iBUG numbers, from 0: three pairs of points across the gap between the lips. */
const gaps = [
  [61, 67],
  [62, 66],
  [63, 65],
] as const;
const INNER_CORNERS = [60, 64] as const;

/** Mean gap between the inner lips over the width between their corners; 0 for points that all coincide. */
export function mouthOpen(landmarks: Landmarks): number {
  const distance = ([a, b]: readonly [number, number]): number =>
    Math.hypot(landmarks[a]!.x - landmarks[b]!.x, landmarks[a]!.y - landmarks[b]!.y);
  const width = distance(INNER_CORNERS);
  return width === 0 ? 0 : gaps.reduce((sum, gap) => sum + distance(gap), 0) / gaps.length / width;
}
