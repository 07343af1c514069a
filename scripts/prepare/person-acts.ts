import type { Landmarks } from '../../models/face/landmarks.ts';
import type { Picture } from '../../models/face/picture.ts';
import type { Point } from '../../models/face/sampling.ts';

/**
 * What a face does, made of one photo by moving its pixels: for videos of the demo's persons and for tests. `points` are its 68
 * landmarks in iBUG order. Made well enough for the networks to see the act; a person would see that it is none.
 */

/** From where in the picture the pixel at (x, y) is taken. */
type Source = (x: number, y: number) => Point;

/** The corners of each eye, left one in the picture first, and the four points of its lids. */
const EYES = [
  { corners: [36, 39], lids: [37, 38, 40, 41] },
  { corners: [42, 45], lids: [43, 44, 46, 47] },
] as const;
const MOUTH = { corners: [48, 54], seam: [61, 62, 63, 65, 66, 67] } as const;
const CHIN = 8;
const BENEATH_NOSE = 33;
/** Reddish black, as the inside of a mouth is; lashes are brownish black. */
const INSIDE_MOUTH = [52, 20, 22] as const;
const LASHES = [48, 34, 30] as const;

/** Both eyes under the skin from above them, with a line of lashes; `share` 1 closes them. */
export function withEyesClosed(picture: Picture, points: Landmarks, share: number): Picture {
  return EYES.reduce((drawn, { corners, lids }) => {
    const eye = frameOf(corners, points);
    const half = Math.max(...lids.map((i) => Math.abs(eye.at(points[i]!).y)), 0.2) * 1.25;
    // Of the lids and their lashes: beyond, nothing is covered.
    const area = eye.around(1.3, half * (share - 2.6), half * (share + 0.6));
    const shut = moved(
      drawn,
      area,
      (x, y) => {
        // The skin over the eye, mirrored at the lid's fold.
        const { x: u, y: v } = eye.at({ x, y });
        return eye.back({ x: u, y: -half * 1.1 - 0.3 * (v + half * 1.1) });
      },
      (x, y) => {
        const { x: u, y: v } = eye.at({ x, y });
        return plateau(Math.hypot(u / 1.3, (v - half * (share - 1)) / (half * 1.6)));
      },
    );
    return painted(shut, area, LASHES, (x, y) => {
      const { x: u, y: v } = eye.at({ x, y });
      const line = half * (0.45 - 0.5 * u * u);
      return share < 1 || Math.abs(u) > 1 ? 0 : 0.8 * plateau((v - line) / 0.12);
    });
  }, picture);
}

/** How much of an open mouth the upper lip gives, and how wide it is, as share of the mouth at rest. */
const UPPER_LIP = 0.15;
const OPEN_WIDTH = 0.9;
/** How far to either side the jaw moves, in half widths of the mouth. */
const JAW_WIDTH = 2.6;

/** The jaw dropped: an oval gap of `share` of the mouth's width in height, dark inside, lips and chin moved out of its way. */
export function withMouthOpen(picture: Picture, points: Landmarks, share: number): Picture {
  const mouth = frameOf(MOUTH.corners, points);
  const down = (i: number): number => mouth.at(points[i]!).y;
  const [nose, chin] = [down(BENEATH_NOSE), down(CHIN)];
  const seam = mean(MOUTH.seam.map((i) => mouth.at(points[i]!))).y;
  const throat = chin + 1.6;
  const gap = share * 2; // in half widths
  const lips = (u: number) => {
    const open = gap * Math.sqrt(Math.max(0, 1 - (u / OPEN_WIDTH) ** 2));
    return { upper: seam - UPPER_LIP * open, lower: seam + (1 - UPPER_LIP) * open };
  };
  const area = mouth.around(JAW_WIDTH, nose, throat);
  const dropped = moved(picture, area, (x, y) => {
    const { x: u, y: v } = mouth.at({ x, y });
    const { upper, lower } = lips(u);
    const chinNow = chin + 0.75 * gap * bump(u / JAW_WIDTH);
    // Above the lip, the gap, the lower lip down to the chin, the throat: each takes what was there, drawn out or pressed together.
    const parts: readonly [from: number, to: number, taken: number, takenTo: number][] = [
      [nose, upper, nose, seam],
      [upper, lower, seam, seam],
      [lower, chinNow, seam, chin],
      [chinNow, throat, chin, throat],
    ];
    const part = parts.find(([from, to]) => v >= from && v < to);
    if (!part) return { x, y };
    const [from, to, taken, takenTo] = part;
    return mouth.back({ x: u, y: taken + ((v - from) / (to - from)) * (takenTo - taken) });
  });
  return painted(dropped, area, INSIDE_MOUTH, (x, y) => {
    const { x: u, y: v } = mouth.at({ x, y });
    const { upper, lower } = lips(u);
    return Math.min(1, Math.max(0, Math.min(v - upper, lower - v) / 0.04));
  });
}

/** The middle of the head moved against its outline, as far as a head does that turns by `deg`; positive to the picture's left. */
export function withHeadTurned(picture: Picture, points: Landmarks, deg: number): Picture {
  const jaw = points.slice(0, 17);
  const [left, right] = [Math.min(...jaw.map(({ x }) => x)), Math.max(...jaw.map(({ x }) => x))];
  const [brow, chin] = [Math.min(...points.map(({ y }) => y)), points[8]!.y];
  const centre = { x: (left + right) / 2, y: (brow + chin) / 2 };
  const [halfWidth, halfHeight] = [((right - left) / 2) * 1.15, ((chin - brow) / 2) * 1.6];
  const turn = (deg * Math.PI) / 180;
  const area = {
    left: centre.x - halfWidth,
    top: centre.y - halfHeight,
    right: centre.x + halfWidth,
    bottom: centre.y + halfHeight,
  };
  return moved(picture, area, (x, y) => {
    const [u, v] = [(x - centre.x) / halfWidth, (y - centre.y) / halfHeight];
    const radius = Math.hypot(u, v);
    if (radius >= 1) return { x, y };
    // A point on a cylinder at angle a goes to a − turn; towards the outline nothing moves, as the picture has no more to show.
    const angle = Math.asin(Math.max(-1, Math.min(1, u)));
    const shown = Math.sin(Math.max(-Math.PI / 2, Math.min(Math.PI / 2, angle + turn)));
    const share = bump(radius ** 1.5);
    return { x: centre.x + (u + (shown - u) * share) * halfWidth, y };
  });
}

/** 1 in the middle, 0 from ±1 on, smooth. */
function bump(at: number): number {
  return Math.abs(at) >= 1 ? 0 : (1 + Math.cos(Math.PI * at)) / 2;
}

/** 1 up to ±0.75, 0 from ±1 on. */
function plateau(at: number): number {
  return Math.min(1, Math.max(0, (1 - Math.abs(at)) * 4));
}

/** Places as seen from between two corners: along the line through them, and down from it, in half their distance. */
function frameOf(corners: readonly [number, number], points: Landmarks) {
  const [from, to] = [points[corners[0]]!, points[corners[1]]!];
  const middle = mean([from, to]);
  const half = Math.hypot(to.x - from.x, to.y - from.y) / 2;
  const [cos, sin] = [(to.x - from.x) / 2 / half, (to.y - from.y) / 2 / half];
  const back = ({ x, y }: Point): Point => ({
    x: middle.x + (x * cos - y * sin) * half,
    y: middle.y + (x * sin + y * cos) * half,
  });
  return {
    at: ({ x, y }: Point): Point => ({
      x: ((x - middle.x) * cos + (y - middle.y) * sin) / half,
      y: ((y - middle.y) * cos - (x - middle.x) * sin) / half,
    }),
    back,
    /** What holds all places up to `u` to either side, from `top` to `bottom`. */
    around: (u: number, top: number, bottom: number): Area => {
      const ends = [-u, u].flatMap((x) => [back({ x, y: top }), back({ x, y: bottom })]);
      const [xs, ys] = [ends.map(({ x }) => x), ends.map(({ y }) => y)];
      return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
    },
  };
}

function mean(points: readonly Point[]): Point {
  return {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
}

/** In pixels. Outside of it an act leaves the picture as it is, and no pixel needs to be asked. */
interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function eachPixel(
  { width, height }: Picture,
  { left, top, right, bottom }: Area,
  visit: (x: number, y: number, at: number) => void,
): void {
  const [lastX, lastY] = [Math.min(width - 1, Math.ceil(right)), Math.min(height - 1, Math.ceil(bottom))];
  for (let y = Math.max(0, Math.floor(top)); y <= lastY; y += 1) {
    for (let x = Math.max(0, Math.floor(left)); x <= lastX; x += 1) visit(x, y, (y * width + x) * 3);
  }
}

function painted(
  picture: Picture,
  area: Area,
  colour: readonly [number, number, number],
  cover: (x: number, y: number) => number,
): Picture {
  const rgb = Buffer.from(picture.rgb);
  eachPixel(picture, area, (x, y, at) => {
    const share = cover(x, y);
    if (share <= 0) return;
    for (let channel = 0; channel < 3; channel += 1)
      rgb[at + channel] = rgb[at + channel]! * (1 - share) + colour[channel]! * share;
  });
  return { ...picture, rgb };
}

/** Bilinear; beyond the edge the edge's own pixels. `cover`: how much of each pixel is exchanged, 0 to 1. */
function moved(
  picture: Picture,
  area: Area,
  source: Source,
  cover: (x: number, y: number) => number = () => 1,
): Picture {
  const { width, height, rgb: from } = picture;
  const rgb = Buffer.from(from);
  eachPixel(picture, area, (x, y, at) => {
    const share = cover(x, y);
    if (share <= 0) return;
    const wanted = source(x, y);
    const sx = Math.min(Math.max(wanted.x, 0), width - 1.001);
    const sy = Math.min(Math.max(wanted.y, 0), height - 1.001);
    const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
    const [fx, fy] = [sx - x0, sy - y0];
    const first = (y0 * width + x0) * 3;
    const below = first + width * 3;
    for (let channel = 0; channel < 3; channel += 1) {
      const upper = from[first + channel]! * (1 - fx) + from[first + 3 + channel]! * fx;
      const lower = from[below + channel]! * (1 - fx) + from[below + 3 + channel]! * fx;
      const value = upper * (1 - fy) + lower * fy;
      rgb[at + channel] = value * share + from[at + channel]! * (1 - share) + 0.5;
    }
  });
  return { ...picture, rgb };
}
