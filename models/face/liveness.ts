import type { FacePattern } from './pattern.ts';
import type { Picture } from './picture.ts';
import { crop, type Rect } from './sampling.ts';
import { softmax } from './softmax.ts';

/** The share of surroundings the network was trained with: it looks for the edges of a screen or a sheet of paper. */
const SCALE = 2.7;

/**
 * `box` enlarged 2.7 times. Where that reaches beyond the picture its edge is repeated: minivision's rule (less surroundings,
 * shifted inside, src/generate_patches.py) shows the network a face of another size than it was trained with, and of 220
 * portraits it then takes 20 for attacks instead of 5. The edges of a sheet, which repeating hides, are looked for in
 * sheet.ts, at the picture itself.
 */
export function livenessRect(box: Rect): Rect {
  const width = box.width * SCALE;
  const height = box.height * SCALE;
  return { x: box.x + box.width / 2 - width / 2, y: box.y + box.height / 2 - height / 2, width, height };
}

export function livenessView(picture: Picture, box: Rect, width: number, height: number): Picture {
  return crop(picture, livenessRect(box), width, height);
}

/** Softmax share of `live`, 0 to 1. Index 0; the other two are kinds of attack. */
export function decodeLiveness(output: Float32Array): number {
  return softmax(output)[0]!;
}

/**
 * Strength of a pattern up to which a face counts as skin, by the pieces that were looked at: the fewer, the more does one
 * strand of hair weigh. Of 241 living faces, at several sizes and qualities, the strongest have 100, 82 and 24.
 */
const MAX_SKIN_PATTERN = [
  { pieces: 12, strength: 28 },
  { pieces: 2, strength: 60 },
  { pieces: 0, strength: 85 },
] as const;
/** Of a frame around the face: all but one of 299 living people before doors and shelves reach 0.93, most sheets and screens held in front 0.95 to 1. */
const SHEET = { from: 0.92, certain: 0.97 };

/** One score from the network and two signs of a picture of a picture, each of which can only lower it. 0 to 1. */
export function liveScore(network: number, pattern: FacePattern, sheet: number): number {
  const most = MAX_SKIN_PATTERN.find(({ pieces }) => pattern.pieces >= pieces)?.strength ?? 1;
  const skin = Math.min((most / pattern.strength) ** 2, 1);
  const free = Math.min(Math.max((SHEET.certain - sheet) / (SHEET.certain - SHEET.from), 0), 1);
  return network * skin * free;
}
