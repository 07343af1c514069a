import type { Picture } from './picture.ts';
import { crop, luma, type Rect } from './sampling.ts';

/** Rows of the view that the face box takes: enough for a border of a few millimetres. */
const FACE_ROWS = 48;
/** The view around the middle of the face box, in face heights. */
const VIEW = { left: 1.6, up: 0.55, down: 1.25 };
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
  const edges = edgesOf(halved(luma(crop(picture, rect, width * 2, height * 2)), width, height), width, height);
  const view = { edges, width, height };
  const face = { x: (middleX - left) / scale, y: (middleY - top) / scale };
  return Math.min(straightest(view, face, -1), straightest(view, face, 1));
}

interface View {
  readonly edges: Int8Array;
  readonly width: number;
  readonly height: number;
}

/** The best line on one side of the face: −1 left, 1 right. */
function straightest({ edges, width, height }: View, face: { x: number; y: number }, side: -1 | 1): number {
  const firstRow = Math.max(Math.ceil(face.y + LINE.from * FACE_ROWS), 0);
  const lastRow = Math.min(Math.floor(face.y + LINE.to * FACE_ROWS), height - 1);
  const rows = lastRow - firstRow + 1;
  if (rows < MIN_ROWS) return 0;
  const nearest = Math.round(NEAREST * FACE_ROWS);
  const farthest = Math.round(FARTHEST * FACE_ROWS);
  const startOfRow = new Int32Array(rows);
  let best = 0;
  for (let lean = -MAX_LEAN; lean <= MAX_LEAN; lean += LEAN_STEP) {
    for (let row = 0; row < rows; row += 1) startOfRow[row] = Math.round(face.x + lean * (firstRow + row - face.y));
    for (let away = nearest; away <= farthest; away += 1) {
      let rising = 0;
      let falling = 0;
      for (let row = 0; row < rows; row += 1) {
        const x = startOfRow[row]! + side * away;
        if (x < 0 || x >= width) continue; // what leaves the picture counts against the line
        const edge = edges[(firstRow + row) * width + x]!;
        if (edge > 0) rising += 1;
        else if (edge < 0) falling += 1;
      }
      best = Math.max(best, rising, falling);
    }
  }
  return best / rows;
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

/** 1 where brightness rises to the right by more than noise and shading do, −1 where it falls, else 0. */
function edgesOf(grey: Float32Array, width: number, height: number): Int8Array {
  const edges = new Int8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 2; x < width - 2; x += 1) {
      const at = y * width + x;
      const step = grey[at + 2]! + grey[at + 1]! - grey[at - 1]! - grey[at - 2]!;
      edges[at] = step > 2 * MIN_STEP ? 1 : step < -2 * MIN_STEP ? -1 : 0;
    }
  }
  return edges;
}
