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

/** Rows below the middle of the face where the lower edge of a small sheet may lie, in face heights: below the chin. */
const LOWER_EDGE = { from: 0.55, to: 1.15 };
/** Rows and columns at a corner that do not count: there both edges are rounded off. */
const CORNER = 1;
/** Three sides of which one has less of an edge are no sheet, whatever the others have: living people reach 0.93. */
const MIN_CLOSED_SHARE = 0.8;

/**
 * How much a face looks framed by something held in front of the camera: the share of a straight line's length, on the side
 * where it is less, that has an edge of one direction. Lines go on past the shoulders, or as far as a third one that joins
 * them below the chin. 0 to 1; near 1 for sheets and screens whose edges are in the picture.
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
  const grey = halved(luma(crop(picture, rect, width * 2, height * 2)), width, height);
  const view = { edges: edgesOf(grey, width, height, 1), width, height };
  const face = { x: (middleX - left) / scale, y: (middleY - top) / scale };
  const [atLeft, atRight] = [linesBeside(view, face, -1), linesBeside(view, face, 1)];
  const past = Math.min(atLeft.past, atRight.past);
  if (past >= 1 || !atLeft.shareTo.some(isLong) || !atRight.shareTo.some(isLong)) return past;
  const level = { edges: edgesOf(grey, width, height, width), width, height };
  return Math.max(past, closedBelow(level, face, atLeft, atRight));
}

interface View {
  readonly edges: Int8Array;
  readonly width: number;
  readonly height: number;
}

interface Lines {
  /** The best line's share, of those that go on past the shoulders; 0 where the picture ends before. */
  readonly past: number;
  /** For each row of the view, share and place of the best line from the forehead to there. */
  readonly shareTo: Float32Array;
  readonly xAt: Int32Array;
}

/** The best lines on one side of the face: −1 left, 1 right. */
function linesBeside({ edges, width, height }: View, face: { x: number; y: number }, side: -1 | 1): Lines {
  const firstRow = Math.max(Math.ceil(face.y + LINE.from * FACE_ROWS), 0);
  const lastRow = Math.min(Math.floor(face.y + LINE.to * FACE_ROWS), height - 1);
  const rows = lastRow - firstRow + 1;
  const countTo = new Int32Array(height);
  const xAt = new Int32Array(height);
  const nearest = Math.round(NEAREST * FACE_ROWS);
  const farthest = Math.round(FARTHEST * FACE_ROWS);
  const lowest = Math.round(face.y + LOWER_EDGE.from * FACE_ROWS) - firstRow;
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
        if (row < lowest) continue;
        const rest = rows - row - 1;
        if (row === lowest && Math.max(rising, falling) + rest <= Math.min(best, MIN_CLOSED_SHARE * (rows - CORNER)))
          break;
        const count = rising > falling ? rising : falling;
        if (count <= countTo[firstRow + row]!) continue;
        countTo[firstRow + row] = count;
        xAt[firstRow + row] = x;
      }
      best = Math.max(best, rising, falling);
    }
  }
  const shareTo = Float32Array.from(countTo, (count, row) => Math.min(count / (row - firstRow + 1 - CORNER), 1));
  return { past: rows < MIN_ROWS ? 0 : best / rows, shareTo, xAt };
}

function isLong(share: number): boolean {
  return share > MIN_CLOSED_SHARE;
}

/** Of a sheet that ends below the chin: the least share of its two sides and the lower edge from one to the other. Else 0. */
function closedBelow(
  { edges, width, height }: View,
  face: { x: number; y: number },
  left: Lines,
  right: Lines,
): number {
  const first = Math.ceil(face.y + LOWER_EDGE.from * FACE_ROWS);
  const last = Math.min(Math.floor(face.y + LOWER_EDGE.to * FACE_ROWS), height - 1);
  let best = MIN_CLOSED_SHARE;
  for (let lean = -MAX_LEAN; lean <= MAX_LEAN; lean += LEAN_STEP) {
    for (let middle = first; middle <= last; middle += 1) {
      const rowAt = (x: number): number => Math.round(middle + lean * (x - face.x));
      const [leftRow, rightRow] = [cornerRow(left, rowAt, middle), cornerRow(right, rowAt, middle)];
      const sides = Math.min(left.shareTo[leftRow] ?? 0, right.shareTo[rightRow] ?? 0);
      if (sides <= best) continue;
      const [from, to] = [left.xAt[leftRow]! + CORNER, right.xAt[rightRow]! - CORNER];
      let rising = 0;
      let falling = 0;
      for (let x = from; x <= to; x += 1) {
        const row = rowAt(x);
        if (row < 0 || row >= height) continue;
        const edge = edges[row * width + x]!;
        if (edge > 0) rising += 1;
        else if (edge < 0) falling += 1;
      }
      best = Math.max(best, Math.min(sides, Math.max(rising, falling) / (to - from + 1)));
    }
  }
  return best > MIN_CLOSED_SHARE ? best : 0;
}

/** Where a lower edge meets the best line to there: sought from the edge's middle, as lines lean little. */
function cornerRow({ xAt }: Lines, rowAt: (x: number) => number, middle: number): number {
  return rowAt(xAt[rowAt(xAt[middle]!)] ?? 0);
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
function edgesOf(grey: Float32Array, width: number, height: number, step: number): Int8Array {
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
