import { toAligned } from './align.ts';
import { fivePoints, type Landmarks, mouthPoints } from './landmarks.ts';
import { strayLight, veilOf } from './light.ts';
import type { Picture } from './picture.ts';
import type { Point } from './sampling.ts';

/** What shows that a mouth is bare. In logarithms of brightness, so that twice the light changes nothing. */
export interface MouthView {
  /** How much darker than all that lies around it the darkest bar at the mouth is: the line between lips, or the lips. */
  readonly dark: number;
  /** The same for red over green: lips. */
  readonly red: number;
  /** How much brighter than all around: teeth. */
  readonly bright: number;
  /** Distance of the lower face's colour from the skin between and under the eyes; 0 for one colour, whatever the light. */
  readonly foreign: number;
  /** Red over green of that skin: near 0 in a picture without colours. */
  readonly skinRed: number;
}

/**
 * Measured on faces of at least 45 pixels between the eyes, as they are, darkened, in warm light, under a veil and as chip
 * portraits, and with covers drawn over them: see models/README.md. A bare mouth reaches at least one of the first three.
 */
const MIN_DARK = 0.12; // bare 0.17 and more but for one, which shows teeth; masks of one colour up to 0.09, fingers to 0.14
const MIN_RED = 0.04; // bare 0.05 and more; masks of one colour up to 0.01, fingers mostly 0
const MIN_BRIGHT = 0.12; // masks of one colour up to 0.08, fingers up to 0.06
const MAX_FOREIGN = 0.45; // bare up to 0.32; blue and green masks 0.5 to 1.1
const MIN_SKIN_RED = 0.03; // skin 0.06 and more; a picture without colours knows no lips

export function mouthCovered({ dark, red, bright, foreign, skinRed }: MouthView): boolean {
  if (skinRed < MIN_SKIN_RED) return false;
  return foreign > MAX_FOREIGN || (dark < MIN_DARK && red < MIN_RED && bright < MIN_BRIGHT);
}

const SHADE = 8; // of 255, added before the logarithm: the noise of dark pixels stays small

/** `aligned`: 112 × 112 from `alignFace`, of the face whose `landmarks` are in pixels of the picture. */
export function measureMouth(aligned: Picture, landmarks: Landmarks): MouthView {
  const { a, b, tx, ty } = toAligned(fivePoints(landmarks));
  const lips = mouthPoints(landmarks).map(({ x, y }) => ({ x: a * x - b * y + tx, y: b * x + a * y + ty }));
  const xs = lips.map(({ x }) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const middle = { x: mean(xs), y: mean(lips.map(({ y }) => y)) };
  const width = Math.min(Math.max(right - left, MIN_WIDTH), MAX_WIDTH);

  // Stray light lies over everything and takes the contrast from lips and skin alike.
  const stray = strayLight(veilOf(aligned));
  const logarithms = Float32Array.from({ length: 256 }, (_, value) => Math.log(Math.max(value - stray, 0) + SHADE));
  const green = new AreaMeans(aligned, (_, g) => logarithms[g]!);
  const redOverGreen = new AreaMeans(aligned, (r, g) => logarithms[r]! - logarithms[g]!);
  const blueOverGreen = new AreaMeans(aligned, (_, g, b_) => logarithms[b_]! - logarithms[g]!);
  const { low: dark, high: bright } = bars(green, middle, width);
  const { high: red } = bars(redOverGreen, middle, width);

  const colour = ({ x, y }: Point, reach: number): Colour => {
    const area = [x - reach, y - reach, x + reach, y + reach] as const;
    return [redOverGreen.over(...area) ?? 0, blueOverGreen.over(...area) ?? 0];
  };
  const skin = skinSpots.map(({ x, y, reach }) => colour({ x, y }, reach));
  const lower = [
    { x: left - 7, y: middle.y },
    { x: right + 7, y: middle.y },
    { x: middle.x, y: Math.min(middle.y + 13, aligned.height - 4) },
    { x: left - 4, y: middle.y - 8 },
    { x: right + 4, y: middle.y - 8 },
  ].map((spot) => colour(spot, 3));
  const distances = skin.map(([red0, blue0]) => median(lower.map(([r, b_]) => Math.hypot(r - red0, b_ - blue0))));
  return { dark, red, bright, foreign: Math.min(...distances), skinRed: median(skin.map(([r]) => r)) };
}

type Colour = readonly [redOverGreen: number, blueOverGreen: number];

/** A mouth's width in the aligned picture: 29 by the template of `alignFace`, more in a smile. */
const MIN_WIDTH = 20;
const MAX_WIDTH = 40;

/** In the aligned picture: the root of the nose, and the skin beside it under the eyes, above the edge of any mask. */
const skinSpots = [
  { x: 53, y: 51, reach: 3 },
  { x: 59, y: 51, reach: 3 },
  { x: 48, y: 57, reach: 2 },
  { x: 64, y: 57, reach: 2 },
];

const SIDE_REACH = 8; // beside a bar; the folds of a mask and the gaps between fingers go on there, a mouth ends

/** Of upright bars of several sizes around `middle`: how far the best one's mean lies below, or above, all four neighbours. */
function bars(means: AreaMeans, middle: Point, width: number): { readonly low: number; readonly high: number } {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const half of [width * 0.275, width * 0.4, width * 0.525]) {
    for (const height of [3, 5, 8, 12]) {
      const reach = Math.max(height, 4);
      for (let dy = -9; dy <= 9; dy += 1.5) {
        const [top, bottom] = [middle.y + dy - height / 2, middle.y + dy + height / 2];
        for (const dx of [-4, 0, 4]) {
          const [left, right] = [middle.x + dx - half, middle.x + dx + half];
          const inside = means.over(left, top, right, bottom);
          const above = means.over(left, top - reach, right, top);
          const below = means.over(left, bottom, right, bottom + reach);
          const before = means.over(left - SIDE_REACH, top, left, bottom);
          const after = means.over(right, top, right + SIDE_REACH, bottom);
          if (inside === undefined || above === undefined || below === undefined) continue;
          if (before === undefined || after === undefined) continue;
          low = Math.max(low, Math.min(above, below, before, after) - inside);
          high = Math.max(high, inside - Math.max(above, below, before, after));
        }
      }
    }
  }
  return { low, high };
}

/** Means of a value over any rectangle of a picture in constant time: a table of sums from the top left corner. */
class AreaMeans {
  readonly #sums: Float64Array;
  readonly #width: number;
  readonly #height: number;

  constructor({ width, height, rgb }: Picture, value: (red: number, green: number, blue: number) => number) {
    this.#width = width;
    this.#height = height;
    this.#sums = new Float64Array((width + 1) * (height + 1));
    for (let y = 0; y < height; y += 1) {
      let row = 0;
      for (let x = 0; x < width; x += 1) {
        const at = (y * width + x) * 3;
        row += value(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!);
        this.#sums[(y + 1) * (width + 1) + x + 1] = this.#sums[y * (width + 1) + x + 1]! + row;
      }
    }
  }

  /** Edges are rounded to whole pixels and cut off where the picture ends; `undefined` where nothing is left. */
  over(left: number, top: number, right: number, bottom: number): number | undefined {
    const [x0, x1] = [Math.max(Math.round(left), 0), Math.min(Math.round(right), this.#width)];
    const [y0, y1] = [Math.max(Math.round(top), 0), Math.min(Math.round(bottom), this.#height)];
    if (x1 <= x0 || y1 <= y0) return undefined;
    const at = (x: number, y: number): number => this.#sums[y * (this.#width + 1) + x]!;
    return (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0)) / ((x1 - x0) * (y1 - y0));
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle one; of an even count the lower of both. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
}
