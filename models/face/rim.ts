import {
  BELOW_CHIN,
  FACE_ROWS,
  FARTHEST,
  type FaceView,
  LEAN_STEP,
  MAX_LEAN,
  MIN_ROWS,
  NEAREST,
  rowsOfLines,
} from './edges.ts';

/** Brightness, 0 to 255, up to which a rim counts as black: glass and plastic have some 35, a lamp mirrored in it doubles that. */
const MAX_RIM = 100;
/** How far inside its outer edge, in rows of the view, its inner one may lie: 2 to 12 mm around a face 4 cm high on the phone. */
const WIDTHS = { least: 2, most: 14 };
/** Of the rows from the forehead to the chin, those that must have the outer edge, and the inner one: photos have dark places too. */
const MIN_OUTER_SHARE = 0.9;
const MIN_INNER_SHARE = 0.7;
/** By how much the two sides of one phone differ at most, seen askew: in lean, width and distance from the face, beside what edges are blunt by. */
const ALIKE = { lean: 1.5 * LEAN_STEP, width: 1, away: FACE_ROWS / 5 };

/**
 * How much a face looks shown by a phone in somebody's hand: black rims, equal on both sides, each from the forehead to the
 * chin, and one of them past the shoulders. The share of its length that an outer edge has, where it has least. 0 to 1.
 * Fingers hide the lower part of one side, where shoulders would hide that of a door; the other side they leave.
 * `upright`: from `edgesOf`, along the rows.
 */
export function rimStrength(view: FaceView, upright: Int8Array): number {
  const atRight = rimsBeside(view, upright, 1);
  let most = 0;
  for (const left of rimsBeside(view, upright, -1)) {
    for (const right of atRight) {
      if (!alike(left, right)) continue;
      most = Math.max(most, Math.min(left.toChin, right.toChin, Math.max(left.past, right.past)));
    }
  }
  return most;
}

interface Rim {
  readonly lean: number;
  readonly away: number;
  readonly width: number;
  /** Shares of the rows from the forehead to the chin, and past the shoulders (0 where the picture ends before). */
  readonly toChin: number;
  readonly past: number;
}

function alike(a: Rim, b: Rim): boolean {
  return (
    Math.abs(a.lean - b.lean) <= ALIKE.lean &&
    Math.abs(a.width - b.width) <= ALIKE.width &&
    Math.abs(a.away - b.away) <= ALIKE.away
  );
}

/** All that could be a rim on one side of the face: −1 left, 1 right. */
function rimsBeside(view: FaceView, upright: Int8Array, side: -1 | 1): Rim[] {
  const { grey, width, face } = view;
  const { first, count: rows } = rowsOfLines(view);
  const rowsToChin = Math.min(Math.round(face.y + BELOW_CHIN * FACE_ROWS) - first + 1, rows);
  const maxMissing = rowsToChin * (1 - MIN_OUTER_SHARE);
  const start = new Int32Array(rows);
  const rims: Rim[] = [];
  for (let lean = -MAX_LEAN; lean <= MAX_LEAN; lean += LEAN_STEP) {
    for (let row = 0; row < rows; row += 1) start[row] = Math.round(face.x + lean * (first + row - face.y));
    for (let away = NEAREST; away <= FARTHEST; away += 1) {
      let toChin = 0;
      let count = 0;
      for (let row = 0; row < rows && (row >= rowsToChin || row - count <= maxMissing); row += 1) {
        const x = start[row]! + side * away;
        if (x < 0 || x >= width) continue; // what leaves the picture counts against the rim
        const at = (first + row) * width + x;
        if (upright[at] !== side || grey[at - side * WIDTHS.least]! > MAX_RIM) continue;
        count += 1;
        if (row < rowsToChin) toChin += 1;
      }
      if (rowsToChin - toChin > maxMissing) continue;
      const inner = innerEdge(view, upright, side, { first, rowsToChin, start, away });
      if (inner.count < rowsToChin * MIN_INNER_SHARE) continue;
      const past = rows < MIN_ROWS ? 0 : count / rows;
      rims.push({ lean, away, width: inner.width, toChin: toChin / rowsToChin, past });
    }
  }
  return rims;
}

interface Outer {
  readonly first: number;
  readonly rowsToChin: number;
  readonly start: Int32Array;
  readonly away: number;
}

/** The width at which most rows have an edge back to what is bright, and their number. */
function innerEdge(
  { width }: FaceView,
  upright: Int8Array,
  side: -1 | 1,
  { first, rowsToChin, start, away }: Outer,
): { width: number; count: number } {
  let best = { width: 0, count: 0 };
  for (let across = WIDTHS.least; across <= WIDTHS.most; across += 1) {
    let count = 0;
    for (let row = 0; row < rowsToChin; row += 1) {
      if (upright[(first + row) * width + start[row]! + side * (away - across)] === -side) count += 1;
    }
    if (count > best.count) best = { width: across, count };
  }
  return best;
}
