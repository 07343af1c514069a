import type { Picture } from '../../models/face/picture.ts';
import { crop } from '../../models/face/sampling.ts';

import { type Portrait, silhouette } from './species.ts';

type Random = () => number;
type Bytes = [red: number, green: number, blue: number];
interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * What a simple program takes for a photographed print or screen: the portrait pasted onto a border and a plain ground, a
 * little turned, waves drawn over it. No optics; another idea of an attack than `species`, and so a check of the signs.
 */
export const pastedSpecies = [
  'pasted-nothing', // control: only what `worn` does to every picture
  'pasted-room', // control: a living person with straight edges behind, in a striped shirt
  'pasted-print',
  'pasted-screen',
  'pasted-waves',
  'pasted-screen-waves',
] as const;
/** What of all species shows a living person, though its name is not `live`. */
export const pastedControls: ReadonlySet<string> = new Set<PastedSpecies>(['pasted-nothing', 'pasted-room']);
export type PastedSpecies = (typeof pastedSpecies)[number];

export interface Pasted {
  readonly picture: Picture;
  /** Of the JPEG that it is meant to be kept as. */
  readonly quality: number;
}

const LONGER_SIDE_PX = { least: 300, most: 1_200 };

/** Numbers from `random`, in an order that depends on `kind`. */
export function pasted(kind: PastedSpecies, { photo, face }: Portrait, random: Random): Pasted {
  const longer = LONGER_SIDE_PX.least + (LONGER_SIDE_PX.most - LONGER_SIDE_PX.least) * random();
  const scale = longer / Math.max(photo.width, photo.height);
  const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];
  const whole = { x: 0, y: 0, width: photo.width, height: photo.height };
  const small = crop(photo, whole, width, height, 'area');
  const [x, y] = [face.x * scale, face.y * scale];
  const portrait = { photo: small, face: { x, y, width: face.width * scale, height: face.height * scale } };
  const picture = worn(shown(kind, portrait, random), random);
  return { picture, quality: Math.round(50 + 40 * random()) };
}

function shown(kind: PastedSpecies, portrait: Portrait, random: Random): Picture {
  switch (kind) {
    case 'pasted-nothing':
      return portrait.photo;
    case 'pasted-room':
      return inRoom(portrait, random);
    case 'pasted-print':
      return onGround(portrait.photo, 225 + 30 * random(), random);
    case 'pasted-screen':
      return onGround(portrait.photo, 5 + 35 * random(), random);
    case 'pasted-waves':
      return overlaid(portrait.photo, waves(random));
    case 'pasted-screen-waves':
      return onGround(overlaid(portrait.photo, waves(random)), 5 + 35 * random(), random);
  }
}

/**
 * Behind the person two uprights of a door, a shelf above and one at the height of the chin; on the person, below the chin,
 * stripes of a shirt. All as sharp as a picture can be.
 */
function inRoom(portrait: Portrait, random: Random): Picture {
  const { photo, face } = portrait;
  const between = (low: number, high: number): number => low + (high - low) * random();
  const outline = silhouette(portrait);
  const middle = face.x + face.width / 2;
  const uprights = [-1, 1].map((side) => middle + side * face.height * between(0.55, 1));
  const shelves = [face.y - face.height * between(0.1, 0.4), face.y + face.height * between(0.8, 1.1)];
  const thick = face.height * between(0.03, 0.12);
  const [wood, stripe] = [between(20, 230), between(-60, 60)];
  const period = face.height * between(0.04, 0.2);
  const rgb = new Uint8ClampedArray(photo.rgb);
  for (let y = 0, at = 0; y < photo.height; y += 1) {
    for (let x = 0; x < photo.width; x += 1, at += 3) {
      const behind = outline(x / photo.width, y / photo.width) <= 0;
      const framed = uprights.some((px) => Math.abs(x - px) < thick) || shelves.some((py) => Math.abs(y - py) < thick);
      const shirt = !behind && y > face.y + face.height * 1.15 && (y / period) % 1 < 0.5;
      for (let c = 0; c < 3; c += 1) {
        if (behind && framed) rgb[at + c] = wood;
        else if (shirt) rgb[at + c] = rgb[at + c]! + stripe;
      }
    }
  }
  return { ...photo, rgb: new Uint8Array(rgb) };
}

interface Wave {
  /** Turns per pixel. */
  readonly across: number;
  readonly down: number;
  /** Of the pixel's own value. */
  readonly amplitude: number;
  /** Turns by which each colour lags: equal ones make a grey wave. */
  readonly lags: Bytes;
}

/** One or two, 5 to 20 % strong, 2 to 12 pixels long. */
function waves(random: Random): Wave[] {
  const coloured = random() < 0.5;
  return Array.from({ length: random() < 0.5 ? 1 : 2 }, () => {
    const [angle, period] = [random() * Math.PI, 2 + random() * 10];
    const lag = random();
    return {
      across: Math.cos(angle) / period,
      down: Math.sin(angle) / period,
      amplitude: 0.05 + random() * 0.15,
      lags: coloured ? [lag, lag + 1 / 3, lag + 2 / 3] : [lag, lag, lag],
    };
  });
}

function overlaid({ width, height, rgb }: Picture, drawn: readonly Wave[]): Picture {
  const changed = new Uint8ClampedArray(rgb.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let colour = 0; colour < 3; colour += 1, at += 1) {
        let share = 1;
        for (const { across, down, amplitude, lags } of drawn) {
          share += amplitude * Math.sin(2 * Math.PI * (x * across + y * down + lags[colour]!));
        }
        changed[at] = rgb[at]! * share;
      }
    }
  }
  return { width, height, rgb: new Uint8Array(changed) };
}

/** With a border of 2 to 15 % of its width, all of one `shade`, on a plain or noisy grey, turned by up to 6° and seen a little from the side. */
function onGround(photo: Picture, shade: number, random: Random): Picture {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const edge = photo.width * between(0.02, 0.15);
  const border: Bytes = [shade, shade, shade];
  const grey = between(60, 190);
  const ground: Bytes = [grey, grey * between(0.9, 1.05), grey * between(0.85, 1.05)];
  const grain = random() < 0.5 ? 0 : between(5, 40);
  const width = Math.round(photo.width * between(1.4, 2.2));
  const height = Math.round(photo.height * between(1.3, 1.8));
  const [turn, keystone] = [between(-0.1, 0.1), [between(-0.08, 0.08), between(-0.08, 0.08)] as const];
  const middle = { x: width / 2, y: height / 2 };
  const rgb = new Uint8ClampedArray(width * height * 3);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const [dx, dy] = [x + 0.5 - middle.x, y + 0.5 - middle.y];
      const far = 1 + (keystone[0] * dx) / photo.width + (keystone[1] * dy) / photo.height;
      const place = {
        x: (dx * cos + dy * sin) / far + photo.width / 2,
        y: (dy * cos - dx * sin) / far + photo.height / 2,
      };
      const outside = Math.max(-place.x, place.x - photo.width, -place.y, place.y - photo.height);
      const noise = outside > edge && grain > 0 ? (random() + random() - 1) * 2.4 * grain : 0;
      for (let c = 0; c < 3; c += 1) {
        const bytes = outside <= 0 ? byteAt(photo, place, c) : outside <= edge ? border[c]! : ground[c]! + noise;
        rgb[at + c] = bytes;
      }
    }
  }
  return { width, height, rgb: new Uint8Array(rgb) };
}

/** Bilinear between the four nearest pixels. */
function byteAt({ width, height, rgb }: Picture, { x, y }: Place, colour: number): number {
  const [fromX, fromY] = [Math.min(Math.max(x - 0.5, 0), width - 1), Math.min(Math.max(y - 0.5, 0), height - 1)];
  const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [shareX, shareY] = [fromX - left, fromY - top];
  const at = (px: number, py: number): number => rgb[(py * width + px) * 3 + colour]!;
  const above = at(left, top) * (1 - shareX) + at(right, top) * shareX;
  const below = at(left, bottom) * (1 - shareX) + at(right, bottom) * shareX;
  return above * (1 - shareY) + below * shareY;
}

/** Gamma, half the time a spot of glare, blur of up to a pixel, noise. */
function worn(picture: Picture, random: Random): Picture {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const { width, height } = picture;
  const gamma = between(0.8, 1.3);
  const spot = {
    x: random() * width,
    y: random() * height,
    size: between(0.05, 0.2) * width,
    strength: between(20, 110),
  };
  const glare = random() < 0.5;
  const noise = between(0, 6);
  const soft = blurred(picture, between(0, 1));
  const rgb = new Uint8ClampedArray(soft.length);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const shine = glare
        ? spot.strength * Math.exp(-((x - spot.x) ** 2 + (y - spot.y) ** 2) / (2 * spot.size ** 2))
        : 0;
      for (let c = 0; c < 3; c += 1, at += 1) {
        const grain = (random() + random() + random() - 1.5) * 2 * noise;
        rgb[at] = 255 * (soft[at]! / 255) ** gamma + shine + grain;
      }
    }
  }
  return { width, height, rgb: new Uint8Array(rgb) };
}

/** Gauss's bell of `deviation` pixels, along both sides. */
function blurred({ width, height, rgb }: Picture, deviation: number): Float32Array {
  const row = width * 3;
  const across = blurredAlong(rgb, { step: 3, lines: height, lineStep: row, length: width }, deviation);
  return blurredAlong(across, { step: row, lines: width, lineStep: 3, length: height }, deviation);
}

interface Lines {
  readonly step: number;
  readonly length: number;
  readonly lines: number;
  readonly lineStep: number;
}

function blurredAlong(
  from: ArrayLike<number>,
  { step, length, lines, lineStep }: Lines,
  deviation: number,
): Float32Array {
  const bell = [0, 1, 2, 3].map((i) => Math.exp(-(i ** 2) / (2 * Math.max(deviation, 0.05) ** 2)));
  const sum = bell[0]! + 2 * (bell[1]! + bell[2]! + bell[3]!);
  const [own, first, second, third] = bell.map((weight) => weight / sum) as [number, number, number, number];
  const to = new Float32Array(from.length);
  for (let line = 0; line < lines; line += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      const start = line * lineStep + colour;
      const last = start + (length - 1) * step;
      for (let at = start; at <= last; at += step) {
        const before = (steps: number): number => from[Math.max(at - steps * step, start)]!;
        const after = (steps: number): number => from[Math.min(at + steps * step, last)]!;
        to[at] =
          from[at]! * own +
          (before(1) + after(1)) * first +
          (before(2) + after(2)) * second +
          (before(3) + after(3)) * third;
      }
    }
  }
  return to;
}
