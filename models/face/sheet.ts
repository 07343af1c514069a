import type { Picture } from './picture.ts';
import { crop, luma, type Rect } from './sampling.ts';

/** Rows of the view that the face box takes: enough for a border of a few millimetres. */
const FACE_ROWS = 48;
/** The view around the middle of the face box, in face heights. */
const VIEW = { left: 1.6, up: 0.9, down: 1.5 };
/**
 * A line is followed from the forehead to below the shoulders: there a living person hides the door frame or the poster
 * behind, and only what is held in front goes on.
 */
const LINE = { from: -0.5, to: 1.2 };
/** Where it may lie beside the middle of the face, and how far it may lean (sheets are held askew). */
const NEAREST = 0.45;
const FARTHEST = 1.5;
const MAX_LEAN = 0.36;
const LEAN_STEP = 0.06;
/** Shorter, and a line can be a shoulder or a strand of hair: a picture that ends so near tells nothing. */
const MIN_ROWS = 1.4 * FACE_ROWS;
/** Smaller steps of brightness are noise and shading. */
const MIN_STEP = 10;

/**
 * How much a face looks framed by something held in front of the camera: the share of a straight line's length, on the side
 * where it is less, that has an edge of one direction. 0 to 1; near 1 for sheets and screens whose edges are in the picture.
 */
export function sheetStrength(picture: Picture, box: Rect): number {
  const scale = box.height / FACE_ROWS;
  const middleX = box.x + box.width / 2;
  const middleY = box.y + box.height / 2;
  const left = Math.max(middleX - box.height * VIEW.left, 0);
  const right = Math.min(middleX + box.height * VIEW.left, picture.width);
  const top = Math.max(middleY - box.height * VIEW.up, 0);
  const bottom = Math.min(middleY + box.height * VIEW.down, picture.height);
  const width = Math.floor((right - left) / scale);
  const height = Math.floor((bottom - top) / scale);
  if (width < FACE_ROWS || height < FACE_ROWS) return 0;
  const rect = { x: left, y: top, width: width * scale, height: height * scale };
  const view = { grey: luma(crop(picture, rect, width, height, 'area')), width, height };
  const face = { x: (middleX - left) / scale, y: (middleY - top) / scale };
  return Math.min(straightest(view, face, -1), straightest(view, face, 1));
}

interface View {
  readonly grey: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** The best line on one side of the face: −1 left, 1 right. */
function straightest({ grey, width, height }: View, face: { x: number; y: number }, side: -1 | 1): number {
  const firstRow = Math.max(Math.ceil(face.y + LINE.from * FACE_ROWS), 0);
  const lastRow = Math.min(Math.floor(face.y + LINE.to * FACE_ROWS), height - 1);
  const rows = lastRow - firstRow + 1;
  if (rows < MIN_ROWS) return 0;
  let best = 0;
  for (let lean = -MAX_LEAN; lean <= MAX_LEAN; lean += LEAN_STEP) {
    for (let away = NEAREST * FACE_ROWS; away <= FARTHEST * FACE_ROWS; away += 1) {
      let [rising, falling] = [0, 0];
      for (let y = firstRow; y <= lastRow; y += 1) {
        const x = Math.round(face.x + side * away + lean * (y - face.y));
        if (x < 2 || x > width - 3) continue; // what leaves the picture counts against the line
        const at = y * width + x;
        const step = grey[at + 2]! + grey[at + 1]! - grey[at - 1]! - grey[at - 2]!;
        if (step > 2 * MIN_STEP) rising += 1;
        else if (step < -2 * MIN_STEP) falling += 1;
      }
      best = Math.max(best, rising, falling);
    }
  }
  return best / rows;
}
