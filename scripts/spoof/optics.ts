import type { Picture } from '../../models/face/picture.ts';

/** Red, green and blue as light, not as a picture's bytes: 0 black, 1 the white of a sheet in the room's light. */
export type Light = [red: number, green: number, blue: number];

const toLight = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; // IEC 61966-2-1, sRGB
});

/** Byte of an amount of light, clipped. */
export function toByte(light: number): number {
  const clipped = Math.min(Math.max(light, 0), 1);
  return Math.round((clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055) * 255);
}

/** The least light of each byte: to compare with it is a tenth of the work of a power, of which a picture needs three million. */
const leastLight = Float64Array.from({ length: 257 }, (_, byte) => {
  if (byte === 0) return Number.NEGATIVE_INFINITY;
  if (byte === 256) return Number.POSITIVE_INFINITY;
  let [below, from] = [0, 1];
  for (let middle = 0.5; middle > below && middle < from; middle = (below + from) / 2) {
    if (toByte(middle) < byte) below = middle;
    else from = middle;
  }
  return from;
});
const BYTE_STEPS = 1_024;
/** Of each step of light the byte at its beginning. */
const byteOfStep = Uint8Array.from({ length: BYTE_STEPS + 1 }, (_, step) => toByte(step / BYTE_STEPS));

/** A photo as light, one plane for each colour. */
export interface Slide {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
}

/** `change` may turn a pixel's light into what a printer or a screen makes of it. */
export function slideOf({ width, height, rgb }: Picture, change: (light: Light) => void = () => undefined): Slide {
  const pixels = width * height;
  const planes: Slide['planes'] = [new Float32Array(pixels), new Float32Array(pixels), new Float32Array(pixels)];
  const light: Light = [0, 0, 0];
  for (let at = 0; at < pixels; at += 1) {
    for (let c = 0; c < 3; c += 1) light[c] = toLight[rgb[at * 3 + c]!]!;
    change(light);
    for (let c = 0; c < 3; c += 1) planes[c]![at] = light[c]!;
  }
  return { width, height, planes };
}

/** One colour at pixel coordinates, bilinear; beyond the slide its edge. */
export function lightAt({ width, height, planes }: Slide, x: number, y: number, colour: number): number {
  const plane = planes[colour]!;
  const fromX = Math.min(Math.max(x - 0.5, 0), width - 1);
  const fromY = Math.min(Math.max(y - 0.5, 0), height - 1);
  const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1) * width];
  const [shareX, shareY] = [fromX - left, fromY - top];
  const above = plane[top * width + left]! * (1 - shareX) + plane[top * width + right]! * shareX;
  const below = plane[bottom + left]! * (1 - shareX) + plane[bottom + right]! * shareX;
  return above * (1 - shareY) + below * shareY;
}

/** How much light of one colour (0 red, 1 green, 2 blue) a ray through this place of the frame, in pixels, brings. */
export type Scene = (x: number, y: number, colour: number) => number;

export interface Camera {
  readonly width: number;
  readonly height: number;
  /** 1: shows white paper as white. */
  readonly exposure: number;
  /** Deviation of a mid-grey pixel's noise, as share of white. */
  readonly noise: number;
  /** A number at least 0 and less than 1, from the picture's seed. */
  readonly random: () => number;
}

const RAYS_PER_SIDE = 3;
/** The lens spreads a point over a little more than one pixel. */
const FOOTPRINT = 1.3;

/**
 * Share of a pattern's contrast that a lens with a blur of 0.35 pixels leaves, by its waves per pixel: a tenth of one as fine
 * as the sensor's pixels, nothing of one twice as fine. (The Fourier transform of a Gaussian.)
 */
export function lensContrast(wavesPerPixel: number): number {
  return Math.exp(-2 * (Math.PI * 0.35 * wavesPerPixel) ** 2);
}

/**
 * The scene through a lens onto a sensor whose pixels see one colour each (Bayer: red green, green blue), which is where a
 * screen's stripes and the sensor's beat against each other; then the missing colours from their neighbours, as cameras do.
 */
export function photograph(scene: Scene, camera: Camera): Picture {
  const { width, height } = camera;
  const sensor = new Float64Array(width * height);
  const rays = Array.from({ length: RAYS_PER_SIDE }, (_, ray) => ((ray + 0.5) / RAYS_PER_SIDE - 0.5) * FOOTPRINT);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = (y & 1) + (x & 1);
      let sum = 0;
      for (const down of rays) for (const across of rays) sum += scene(x + 0.5 + across, y + 0.5 + down, colour);
      const seen = (sum / RAYS_PER_SIDE ** 2) * camera.exposure;
      const grain = (camera.random() + camera.random() + camera.random() - 1.5) * 2 * camera.noise; // nearly a bell
      sensor[y * width + x] = seen + grain * Math.sqrt(Math.max(seen, 0.02) / 0.2); // shot noise: the root of the light
    }
  }
  return withAllColours(sensor, width, height);
}

/** Each pixel's own colour, and of the others the mean of the eight pixels around it that have them. */
function withAllColours(sensor: Float64Array, width: number, height: number): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    const firstRow = Math.max(y - 1, 0);
    const lastRow = Math.min(y + 1, height - 1);
    for (let x = 0; x < width; x += 1, at += 3) {
      const lastColumn = Math.min(x + 1, width - 1);
      let [red, green, blue] = [0, 0, 0];
      let [reds, greens, blues] = [0, 0, 0];
      for (let row = firstRow; row <= lastRow; row += 1) {
        for (let column = Math.max(x - 1, 0); column <= lastColumn; column += 1) {
          const value = sensor[row * width + column]!;
          const colour = (row & 1) + (column & 1);
          if (colour === 0) {
            red += value;
            reds += 1;
          } else if (colour === 1) {
            green += value;
            greens += 1;
          } else {
            blue += value;
            blues += 1;
          }
        }
      }
      const own = (y & 1) + (x & 1);
      const seen = sensor[y * width + x]!;
      rgb[at] = byteOf(own === 0 ? seen : red / reds);
      rgb[at + 1] = byteOf(own === 1 ? seen : green / greens);
      rgb[at + 2] = byteOf(own === 2 ? seen : blue / blues);
    }
  }
  return { width, height, rgb };
}

/** What `toByte` says, found in a table. */
export function byteOf(light: number): number {
  let byte = byteOfStep[Math.min(Math.max(Math.floor(light * BYTE_STEPS), 0), BYTE_STEPS)]!;
  while (byte < 255 && light >= leastLight[byte + 1]!) byte += 1;
  return byte;
}
