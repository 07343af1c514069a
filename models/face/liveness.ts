import type { Picture } from './picture.ts';
import { crop, type Rect } from './sampling.ts';
import { softmax } from './softmax.ts';

/** The share of surroundings the network was trained with: it looks for the edges of a screen or a sheet of paper. */
const SCALE = 2.7;

/**
 * `box` enlarged 2.7 times, less where the picture ends, and shifted inside it where it would reach out: minivision's
 * rule (src/generate_patches.py), whole pixels. Padding instead lifts the mean score of portraits that fill their picture
 * from 0.80 to 0.99, and of pictures of pictures nobody knows how far.
 */
export function livenessRect(box: Rect, picture: { readonly width: number; readonly height: number }): Rect {
  const scale = Math.min((picture.height - 1) / box.height, (picture.width - 1) / box.width, SCALE);
  const [x, width] = inside(box.x + box.width / 2, box.width * scale, picture.width);
  const [y, height] = inside(box.y + box.height / 2, box.height * scale, picture.height);
  return { x, y, width, height };
}

function inside(centre: number, length: number, side: number): [start: number, length: number] {
  const start = Math.min(Math.max(centre - length / 2, 0), Math.max(side - 1 - length, 0));
  return [Math.trunc(start), Math.max(Math.trunc(length), 1)];
}

export function livenessView(picture: Picture, box: Rect, width: number, height: number): Picture {
  return crop(picture, livenessRect(box, picture), width, height);
}

/** Softmax share of `live`, 0 to 1. Index 0; the other two are kinds of attack. */
export function decodeLiveness(output: Float32Array): number {
  return softmax(output)[0]!;
}
