import type { Light, Scene } from './optics.ts';

type Random = () => number;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** A hall out of focus: a wall that grows darker to one side, and some doors, posters and lamps on it. */
export function room(random: Random, width: number, height: number): Scene {
  const wall = muted(random, 0.15, 0.6);
  const slope = between(random, -0.5, 0.5);
  const things = Array.from({ length: 7 }, () => ({
    x: between(random, 0, width),
    y: between(random, 0, height),
    halfWidth: between(random, 20, width / 5),
    halfHeight: between(random, 30, height / 2),
    soft: between(random, 12, 40),
    light: muted(random, 0.02, 0.8),
  }));
  const frame = Array.from({ length: 3 }, () => new Float32Array(width * height));
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const shade = 1 + slope * (x / width - 0.5) - 0.2 * (y / height - 0.5);
      const light = wall.map((colour) => colour * shade);
      for (const thing of things) {
        const share =
          slopeOf(thing.halfWidth - Math.abs(x - thing.x), thing.soft) *
          slopeOf(thing.halfHeight - Math.abs(y - thing.y), thing.soft);
        for (let c = 0; share > 0 && c < 3; c += 1) light[c] = light[c]! * (1 - share) + thing.light[c]! * share;
      }
      for (let c = 0; c < 3; c += 1) frame[c]![at] = light[c]!;
    }
  }
  const within = (place: number, side: number): number => Math.min(Math.max(Math.floor(place), 0), side - 1);
  return (x, y, colour) => frame[colour]![within(y, height) * width + within(x, width)]!;
}

/** A grey with a little colour, as walls and clothes mostly are. */
function muted(random: Random, low: number, high: number): Light {
  const grey = between(random, low, high);
  return [grey * between(random, 0.85, 1.15), grey * between(random, 0.9, 1.05), grey * between(random, 0.8, 1.1)];
}

/** 0 to 1 over `soft` on either side of 0. */
export function slopeOf(inside: number, soft: number): number {
  return Math.min(Math.max(inside / soft / 2 + 0.5, 0), 1);
}

export interface Hand {
  /** 0 where the hand is not, 1 where it hides everything. */
  covers(x: number, y: number): number;
  light(x: number, y: number, colour: number): number;
}

/** Fingers over the lower edge of a thing, seen in the frame: rounded bars of one skin, rounder to their sides. */
export function hand(random: Random, x: number, y: number, sizePx: number): Hand {
  const skin = between(random, 0.12, 0.5);
  const tint: Light = [skin, skin * between(random, 0.6, 0.72), skin * between(random, 0.4, 0.55)];
  const fingers = Array.from({ length: 3 }, (_, i) => ({
    x: x + (i - 1) * sizePx * 0.24 + between(random, -0.02, 0.02) * sizePx,
    top: y - sizePx * between(random, 0.2, 0.35),
    radius: sizePx * between(random, 0.09, 0.12),
  }));
  const highest = Math.min(...fingers.map(({ top, radius }) => top - radius)) - 2;
  const depth = (px: number, py: number): number =>
    fingers.reduce((deepest, finger) => {
      const inside = finger.radius - Math.hypot(px - finger.x, Math.max(finger.top - py, 0));
      return Math.max(deepest, inside);
    }, -2);
  return {
    covers: (px, py) => (py < highest ? 0 : slopeOf(depth(px, py), 1)),
    light: (px, py, colour) => tint[colour]! * (0.55 + 0.45 * Math.min(Math.max(depth(px, py) / (sizePx * 0.1), 0), 1)),
  };
}
