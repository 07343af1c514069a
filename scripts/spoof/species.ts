import type { Picture } from '../../models/face/picture.ts';
import type { Rect } from '../../models/face/sampling.ts';
import { type Camera, type Light, lensContrast, lightAt, photograph, type Scene, slideOf } from './optics.ts';
import { placed } from './placement.ts';
import { hand, room, slopeOf } from './room.ts';
import { displayed, printed, type Surface } from './surfaces.ts';
import { withSurroundings } from './surroundings.ts';

/** A photo of one person, and where the face is in it. */
export interface Portrait {
  readonly photo: Picture;
  readonly face: Rect;
}

type Random = () => number;

/**
 * Species of GA/T 1212-2014: printed photos whole, cut out and with the background removed, bent or flat, and photos on
 * screens. Of those that fill the view no edge is seen; a `screen-coarse` has pixels larger than the camera's, and so
 * moiré. And `live`: the same portrait before the same camera with nothing between, the control that says whether a
 * judgement is about the attack or about this camera.
 */
export const species = [
  'live',
  'print-whole',
  'print-bent',
  'print-cut-out',
  'print-no-background',
  'print-fills-view',
  'screen-phone',
  'screen-monitor',
  'screen-fills-view',
  'screen-coarse',
] as const;
export type Species = (typeof species)[number];

type Frame = Pick<Picture, 'width' | 'height'>;

const FRAME: Frame = { width: 1_280, height: 720 }; // what a terminal's camera gives

/** The portrait as the terminal's camera would see it when somebody tries this. Numbers from `random`, in a fixed order. */
export function presented(kind: Species, portrait: Portrait, random: Random, frame: Frame = FRAME): Picture {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const edgeless =
    kind === 'live' || kind === 'print-fills-view' || kind === 'screen-fills-view' || kind === 'screen-coarse';
  const screen = kind.startsWith('screen');
  const { photo, face } = edgeless ? withSurroundings(portrait) : portrait;
  const facePx = frame.height * (edgeless ? between(0.42, 0.52) : between(0.34, 0.46));
  const widthPx = (facePx * photo.width) / face.height;
  const tilt = (most: number): number => (edgeless ? most / 8 : most) * between(-1, 1);
  const placement = {
    yaw: tilt(0.3),
    pitch: tilt(0.2),
    roll: tilt(0.1),
    x: frame.width * between(0.46, 0.54),
    y: frame.height * between(0.44, 0.54),
    widthPx,
    bend: kind === 'print-bent' ? between(0.12, 0.3) * (random() < 0.5 ? -1 : 1) : 0,
  };
  const camera: Camera = { ...frame, exposure: between(0.85, 1.1), noise: between(0.004, 0.012), random };
  const middle = { u: (face.x + face.width / 2) / photo.width, v: (face.y + face.height / 2) / photo.width };
  const toPlace = placed(placement, middle);
  const background = room(random, frame.width, frame.height);
  const shown = thing(kind, { photo, face }, facePx, random);
  const glare = kind === 'live' ? () => 0 : gloss(random, screen ? 0.1 : 0.25);
  const bandAt = screen ? bands(random) : () => 1;
  const side = random() < 0.5 ? -1 : 1;
  const fingers = hand(random, placement.x + side * widthPx * 0.38, frame.height, widthPx * 0.4);
  const held = !edgeless && kind !== 'screen-monitor';

  const seen: Scene = (x, y, colour) => {
    const hidden = held ? fingers.covers(x, y) : 0;
    if (hidden === 1) return fingers.light(x, y, colour);
    const [u, v] = toPlace(x, y);
    const light = shown.covers(u, v) ? shown.light(u, v, colour) * bandAt(y) + glare(u, v) : background(x, y, colour);
    return hidden === 0 ? light : light * (1 - hidden) + fingers.light(x, y, colour) * hidden;
  };
  return photograph(seen, camera);
}

/** A surface, and where it ends. */
interface Thing {
  covers(u: number, v: number): boolean;
  readonly light: Surface;
}

function thing(kind: Species, portrait: Portrait, facePx: number, random: Random): Thing {
  const { photo } = portrait;
  const height = photo.height / photo.width;
  const everywhere = (light: Surface): Thing => ({ covers: () => true, light });
  switch (kind) {
    case 'live': {
      const slide = slideOf(photo);
      return everywhere((u, v, colour) => lightAt(slide, u * photo.width, v * photo.width, colour));
    }
    case 'screen-phone':
      return framed(screenOf(portrait, facePx, PHONE, random), height, 0.03 + random() * 0.05, BEZEL);
    case 'screen-monitor':
      return framed(screenOf(portrait, facePx, MONITOR, random), height, 0.08 + random() * 0.07, BEZEL);
    case 'screen-fills-view':
      return everywhere(screenOf(portrait, facePx, TABLET, random));
    case 'screen-coarse':
      return everywhere(screenOf(portrait, facePx, TELEVISION, random));
    case 'print-fills-view':
      return everywhere(printOf(portrait, facePx, paperOf(random), random));
    case 'print-cut-out': {
      const paper = paperOf(random);
      return cutOut(printOf(portrait, facePx, paper, random), portrait, paper);
    }
    case 'print-no-background': {
      const paper = paperOf(random);
      const print = withoutBackground(printOf(portrait, facePx, paper, random), portrait, paper);
      return framed(print, height, 0.03 + random() * 0.09, paper);
    }
    case 'print-whole':
    case 'print-bent': {
      const paper = paperOf(random);
      return framed(printOf(portrait, facePx, paper, random), height, 0.03 + random() * 0.09, paper);
    }
  }
}

const BEZEL: Light = [0.015, 0.015, 0.018];

/**
 * Pixels of the screen for each of the camera, least and most. Where there are about half as many, they beat against the
 * sensor's red and blue, of which it has one for two pixels; where there are twice as many the lens leaves nothing of them:
 * a face 4 to 8 cm high on a phone of 400 pixels an inch, 6 to 12 on a monitor of 100, 9 to 15 on a tablet of 220,
 * 10 to 20 on a television of 40.
 */
const PHONE = [2, 4.4] as const;
const MONITOR = [0.8, 1.6] as const;
const TABLET = [2.2, 4] as const;
const TELEVISION = [0.46, 0.92] as const;

function screenOf(
  { photo, face }: Portrait,
  facePx: number,
  [least, most]: readonly [number, number],
  random: Random,
): Surface {
  const pixelsOfFace = facePx * (least + random() * (most - least));
  const bright = 0.9 + random() * 0.7;
  return displayed(photo, {
    pixelsAcross: Math.round((pixelsOfFace * photo.width) / face.height),
    contrast: lensContrast(pixelsOfFace / facePx),
    white: [bright, bright * (0.98 + random() * 0.06), bright * (1.02 + random() * 0.18)],
    black: 0.01 + random() * 0.03,
    aperture: 0.7 + random() * 0.2,
  });
}

function paperOf(random: Random): Light {
  const paper = 0.75 + random() * 0.2;
  const warm = random() * 0.1;
  return [paper, paper * (1 - warm * 0.3), paper * (1 - warm)];
}

/** A face 9 to 16 cm high on the sheet, at 100 to 150 dots an inch. */
function printOf({ photo, face }: Portrait, facePx: number, paper: Light, random: Random): Surface {
  const dotsOfFace = (90 + random() * 70) * (3.9 + random() * 2);
  return printed(photo, {
    dotsAcross: (dotsOfFace * photo.width) / face.height,
    contrast: lensContrast(dotsOfFace / facePx),
    black: 0.03 + random() * 0.05,
    saturation: 0.75 + random() * 0.25,
    paper,
  });
}

/** With a border of `edge` photo widths in one colour around it: white paper, or a screen's black rim. */
function framed(surface: Surface, height: number, edge: number, border: Light): Thing {
  const outside = (u: number, v: number): number => Math.max(-u, u - 1, -v, v - height);
  return {
    covers: (u, v) => outside(u, v) <= edge,
    light: (u, v, colour) => (outside(u, v) > 0 ? border[colour]! : surface(u, v, colour)),
  };
}

/** Head and shoulders, in photo widths: positive inside, and roughly the distance to the outline. */
export function silhouette({ photo, face }: Portrait): (u: number, v: number) => number {
  const size = face.height / photo.width;
  const centreU = (face.x + face.width / 2) / photo.width;
  const centreV = (face.y + face.height * 0.42) / photo.width;
  const chin = (face.y + face.height) / photo.width;
  return (u, v) => {
    const head = (1 - Math.hypot((u - centreU) / (size * 0.58), (v - centreV) / (size * 0.82))) * size * 0.6;
    const below = v - chin;
    const shoulder = size * (0.25 + Math.min(Math.max(below / size + 0.2, 0) * 1.6, 0.8));
    return Math.max(head, Math.min(shoulder - Math.abs(u - centreU), below + size * 0.15));
  };
}

const RIM = 0.008; // of the photo's width: scissors leave a narrow rim of paper

function cutOut(surface: Surface, portrait: Portrait, paper: Light): Thing {
  const outline = silhouette(portrait);
  const height = portrait.photo.height / portrait.photo.width;
  const depth = (u: number, v: number): number => Math.min(outline(u, v), v, height - v, u, 1 - u);
  return {
    covers: (u, v) => depth(u, v) > 0,
    light: (u, v, colour) => (depth(u, v) < RIM ? paper[colour]! : surface(u, v, colour)),
  };
}

function withoutBackground(surface: Surface, portrait: Portrait, paper: Light): Surface {
  const outline = silhouette(portrait);
  return (u, v, colour) => {
    const share = slopeOf(outline(u, v), RIM);
    return share === 0 ? paper[colour]! : surface(u, v, colour) * share + paper[colour]! * (1 - share);
  };
}

/** A lamp mirrored in glossy paper or glass: a soft spot somewhere on it. */
function gloss(random: Random, most: number): (u: number, v: number) => number {
  const strength = random() * most;
  const [centreU, centreV, size] = [random(), random() * 1.3, 0.1 + random() * 0.3];
  return (u, v) => strength * Math.exp(-((u - centreU) ** 2 + (v - centreV) ** 2) / size ** 2);
}

/** A screen lit in pulses while the camera reads its rows one after the other: bands across the frame. */
function bands(random: Random): (y: number) => number {
  const depth = random() * 0.08;
  const [period, phase] = [120 + random() * 300, random() * 2 * Math.PI];
  return (y) => 1 + depth * Math.sin((y / period) * 2 * Math.PI + phase);
}
