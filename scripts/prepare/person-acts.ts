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
/** Reddish black, as the inside of a mouth is; lashes are brownish black. */
const INSIDE_MOUTH = [52, 20, 22] as const;
const LASHES = [48, 34, 30] as const;

/** Both eyes under the skin from above them, with a line of lashes; `share` 1 closes them. */
export function withEyesClosed(picture: Picture, points: Landmarks, share: number): Picture {
  return EYES.reduce((drawn, { corners, lids }) => {
    const eye = frameOf(corners, points);
    const half = Math.max(...lids.map((i) => Math.abs(eye.at(points[i]!).y)), 0.2) * 1.25;
    const shut = moved(
      drawn,
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
    return painted(shut, LASHES, (x, y) => {
      const { x: u, y: v } = eye.at({ x, y });
      const line = half * (0.45 - 0.5 * u * u);
      return share < 1 || Math.abs(u) > 1 ? 0 : 0.8 * plateau((v - line) / 0.12);
    });
  }, picture);
}

/** Lower lip and chin moved down by `share` of the mouth's width, and the dark inside of the mouth between the lips. */
export function withMouthOpen(picture: Picture, points: Landmarks, share: number): Picture {
  const mouth = frameOf(MOUTH.corners, points);
  const seam = mean(MOUTH.seam.map((i) => mouth.at(points[i]!))).y;
  const end = mouth.at(points[CHIN]!).y + 1.6;
  const gap = share * 2; // in half widths
  const dropped = moved(picture, (x, y) => {
    const { x: u, y: v } = mouth.at({ x, y });
    if (v < seam || v > end) return { x, y };
    const drop = gap * bump(u / 2.6) * Math.min(1, (1.6 * (end - v)) / (end - seam));
    return mouth.back({ x: u, y: Math.max(seam, v - drop) });
  });
  return painted(dropped, INSIDE_MOUTH, (x, y) => {
    const { x: u, y: v } = mouth.at({ x, y });
    return v < seam ? 0 : plateau((v - seam) / (gap * bump(u / 1.15) + 1e-6));
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
  return moved(picture, (x, y) => {
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
  return {
    at: ({ x, y }: Point): Point => ({
      x: ((x - middle.x) * cos + (y - middle.y) * sin) / half,
      y: ((y - middle.y) * cos - (x - middle.x) * sin) / half,
    }),
    back: ({ x, y }: Point): Point => ({
      x: middle.x + (x * cos - y * sin) * half,
      y: middle.y + (x * sin + y * cos) * half,
    }),
  };
}

function mean(points: readonly Point[]): Point {
  return {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
}

function eachPixel({ width, height }: Picture, visit: (x: number, y: number, at: number) => void): void {
  for (let y = 0, at = 0; y < height; y += 1) for (let x = 0; x < width; x += 1, at += 3) visit(x, y, at);
}

function painted(
  picture: Picture,
  colour: readonly [number, number, number],
  cover: (x: number, y: number) => number,
): Picture {
  const rgb = Buffer.from(picture.rgb);
  eachPixel(picture, (x, y, at) => {
    const share = cover(x, y);
    if (share <= 0) return;
    for (let channel = 0; channel < 3; channel += 1)
      rgb[at + channel] = rgb[at + channel]! * (1 - share) + colour[channel]! * share;
  });
  return { ...picture, rgb };
}

/** Bilinear; beyond the edge the edge's own pixels. `cover`: how much of each pixel is exchanged, 0 to 1. */
export function moved(picture: Picture, source: Source, cover: (x: number, y: number) => number = () => 1): Picture {
  const { width, height, rgb: from } = picture;
  const rgb = Buffer.from(from);
  eachPixel(picture, (x, y, at) => {
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
