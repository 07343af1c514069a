import {
  BELOW_CHIN,
  edgesOf,
  FACE_ROWS,
  FARTHEST,
  type FaceView,
  faceView,
  LEAN_STEP,
  MAX_LEAN,
  MIN_ROWS,
  NEAREST,
  rowsOfLines,
} from './edges.ts';
import type { Picture } from './picture.ts';
import { rimStrength } from './rim.ts';
import type { Rect } from './sampling.ts';

/** Rows below the middle of the face where the lower edge of a small sheet may lie, in face heights: below the chin. */
const LOWER_EDGE = { from: BELOW_CHIN, to: 1.15 };
/** Rows and columns at a corner that do not count: there both edges are rounded off. */
const CORNER = 1;
/** Three sides of which one has less of an edge are no sheet, whatever the others have: living people reach 0.93. */
const MIN_CLOSED_SHARE = 0.8;

/**
 * How much a face looks framed by something held in front of the camera: the share of a straight line's length, on the side
 * where it is less, that has an edge of one direction. Lines go on past the shoulders, or as far as a third one that joins
 * them below the chin, or are the rim of a phone. 0 to 1; near 1 for sheets and screens whose edges are in the picture.
 */
export function sheetStrength(picture: Picture, box: Rect): number {
  const view = faceView(picture, box);
  if (!view) return 0;
  const upright = edgesOf(view, 1);
  const [atLeft, atRight] = [linesBeside(view, upright, -1), linesBeside(view, upright, 1)];
  const past = Math.min(atLeft.past, atRight.past);
  if (past >= 1 || !atLeft.shareTo.some(isLong) || !atRight.shareTo.some(isLong)) return past;
  const closed = closedBelow(view, edgesOf(view, view.width), atLeft, atRight);
  return Math.max(past, closed, rimStrength(view, upright));
}

interface Lines {
  /** The best line's share, of those that go on past the shoulders; 0 where the picture ends before. */
  readonly past: number;
  /** For each row of the view, share and place of the best line from the forehead to there. */
  readonly shareTo: Float32Array;
  readonly xAt: Int32Array;
}

/** The best lines on one side of the face: −1 left, 1 right. */
function linesBeside(view: FaceView, edges: Int8Array, side: -1 | 1): Lines {
  const { width, height, face } = view;
  const { first: firstRow, count: rows } = rowsOfLines(view);
  const countTo = new Int32Array(height);
  const xAt = new Int32Array(height);
  const lowest = Math.round(face.y + LOWER_EDGE.from * FACE_ROWS) - firstRow;
  const startOfRow = new Int32Array(rows);
  let best = 0;
  for (let lean = -MAX_LEAN; lean <= MAX_LEAN; lean += LEAN_STEP) {
    for (let row = 0; row < rows; row += 1) startOfRow[row] = Math.round(face.x + lean * (firstRow + row - face.y));
    for (let away = NEAREST; away <= FARTHEST; away += 1) {
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
function closedBelow({ width, height, face }: FaceView, edges: Int8Array, left: Lines, right: Lines): number {
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
