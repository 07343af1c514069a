import type { Picture } from './picture.ts';
import { crop, luma, type Point, type Rect } from './sampling.ts';

/** Rows of the view that the face box takes: enough for a border of a few millimetres. */
export const FACE_ROWS = 48;
/** The view around the middle of the face box, in face heights. */
const VIEW = { left: 1.6, up: 0.55, down: 1.25 };
/**
 * A line is followed from the forehead to below the shoulders: there a living person hides the door frame or the poster
 * behind, and only what is held in front goes on.
 */
export const LINE = { from: -0.5, to: 1.2 };
/** Where it may lie beside the middle of the face, and how far it may lean (sheets are held askew). */
export const NEAREST = Math.round(0.45 * FACE_ROWS);
export const FARTHEST = Math.round(1.5 * FACE_ROWS);
export const MAX_LEAN = 0.36;
export const LEAN_STEP = 0.06;
/** Shorter, and a line can be a shoulder or a strand of hair: a picture that ends so near tells nothing. */
export const MIN_ROWS = 1.4 * FACE_ROWS;
/** Where it has passed the chin, in face heights below the middle of the face. */
export const BELOW_CHIN = 0.55;
/** Smaller steps of brightness are noise and shading. */
const MIN_STEP = 10;

/** A face and what is around it. */
export interface FaceView {
  /** Brightness, 0 to 255, row by row. */
  readonly grey: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The middle of the face box. */
  readonly face: Point;
}

/** `FACE_ROWS` rows for the height of `box`. Nothing where the picture ends too near to it. */
export function faceView(picture: Picture, box: Rect): FaceView | undefined {
  const scale = box.height / FACE_ROWS;
  const middleX = box.x + box.width / 2;
  const middleY = box.y + box.height / 2;
  const left = Math.max(middleX - box.height * VIEW.left, 0);
  const right = Math.min(middleX + box.height * VIEW.left, picture.width);
  const top = Math.max(middleY - box.height * VIEW.up, 0);
  const bottom = Math.min(middleY + box.height * VIEW.down, picture.height);
  const width = Math.floor((right - left) / scale);
  const height = Math.floor((bottom - top) / scale);
  if (width < FACE_ROWS || height < FACE_ROWS) return undefined;
  const rect = { x: left, y: top, width: width * scale, height: height * scale };
  const grey = halved(luma(crop(picture, rect, width * 2, height * 2)), width, height);
  return { grey, width, height, face: { x: (middleX - left) / scale, y: (middleY - top) / scale } };
}

/** The rows of the view in which lines are followed. */
export function rowsOfLines({ height, face }: FaceView): { first: number; count: number } {
  const first = Math.max(Math.ceil(face.y + LINE.from * FACE_ROWS), 0);
  const last = Math.min(Math.floor(face.y + LINE.to * FACE_ROWS), height - 1);
  return { first, count: last - first + 1 };
}

/** Means of four pixels: as good against noise here as all that lie between, in a third of the time. */
function halved(grey: Float32Array, width: number, height: number): Float32Array {
  const means = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    let above = y * 4 * width;
    for (let x = 0; x < width; x += 1, at += 1, above += 2) {
      const below = above + 2 * width;
      means[at] = (grey[above]! + grey[above + 1]! + grey[below]! + grey[below + 1]!) / 4;
    }
  }
  return means;
}

/** 1 where brightness rises by more than noise and shading do, −1 where it falls, else 0: to the right with a `step` of 1, downwards with one of `width`. */
export function edgesOf({ grey, width, height }: FaceView, step: number): Int8Array {
  const edges = new Int8Array(width * height);
  const margin = step === 1 ? { x: 2, y: 0 } : { x: 0, y: 2 };
  for (let y = margin.y; y < height - margin.y; y += 1) {
    for (let x = margin.x; x < width - margin.x; x += 1) {
      const at = y * width + x;
      const rise = grey[at + 2 * step]! + grey[at + step]! - grey[at - step]! - grey[at - 2 * step]!;
      edges[at] = rise > 2 * MIN_STEP ? 1 : rise < -2 * MIN_STEP ? -1 : 0;
    }
  }
  return edges;
}
