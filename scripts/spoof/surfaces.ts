import type { Picture } from '../../models/face/picture.ts';
import { type Light, lightAt, slideOf } from './optics.ts';

/** What lies at a place of the sheet or the screen, in widths of the shown photo from its top left corner. */
export type Surface = (u: number, v: number, colour: number) => number;

export interface Printing {
  /** Halftone dots across the photo: 100 to 150 a inch from a laser printer (5.2 a mm × 120 mm ≈ 620). */
  readonly dotsAcross: number;
  /** Of the dots, as the lens leaves it: `lensContrast`. */
  readonly contrast: number;
  /** Light that the printer's black still throws back: 0.03 on glossy, 0.08 on office paper. */
  readonly black: number;
  /** 1 keeps the photo's colours; printers lose some. */
  readonly saturation: number;
  /** Colour of the paper and of the room's light on it. */
  readonly paper: Light;
}

/** Angles of cyan, magenta and yellow, kept 15° or 30° apart so that they do not beat against each other (ISO 12647-2). */
const SCREEN_ANGLES = [15, 75, 0].map((degrees) => (degrees * Math.PI) / 180);

/** A print: clustered dots of cyan, magenta and yellow, each of which takes away one colour of the paper's light. */
export function printed(photo: Picture, { dotsAcross, contrast, black, saturation, paper }: Printing): Surface {
  const waves = SCREEN_ANGLES.map((angle) => [Math.cos(angle) * dotsAcross, Math.sin(angle) * dotsAcross] as const);
  const tones = slideOf(photo, (light) => {
    const grey = (light[0] + light[1] + light[2]) / 3;
    for (let c = 0; c < 3; c += 1) light[c] = Math.sqrt(Math.max(grey + (light[c]! - grey) * saturation, 0));
  });
  return (u, v, colour) => {
    const tone = Math.min(lightAt(tones, u * photo.width, v * photo.width, colour), 1);
    const [across, down] = waves[colour]!;
    const spot = 0.5 + (wave(u * across - v * down) + wave(u * down + v * across)) / 4;
    // Soft dots: none at white, closed at black; ink bleeds, so that their tone lies between them too.
    const dots = Math.min(Math.max(0.5 + (tone * 1.625 - 0.3125 - spot) * 1.6, 0), 1);
    const uncovered = tone + (dots - tone) * 0.6 * contrast;
    return (black + (1 - black) * uncovered * uncovered) * paper[colour]!;
  };
}

const WAVE_STEPS = 1_024;
const waveTable = Float64Array.from({ length: WAVE_STEPS }, (_, i) => Math.cos((i / WAVE_STEPS) * 2 * Math.PI));

/** Cosine of a number of whole turns, from a table: it is asked for twenty million times a picture. */
function wave(turns: number): number {
  return waveTable[Math.floor((turns - Math.floor(turns)) * WAVE_STEPS)]!;
}

export interface Display {
  /** Pixels of the screen across the photo. */
  readonly pixelsAcross: number;
  /** Of its pixels, as the lens leaves it: `lensContrast`. */
  readonly contrast: number;
  /** White of the screen against white paper in the room, and its colour. */
  readonly white: Light;
  /** What a black pixel still lets through, and what the glass throws back of the room. */
  readonly black: number;
  /** Share of each pixel's width and height that shines. */
  readonly aperture: number;
}

/** A liquid crystal or OLED screen: each pixel three upright stripes, red, green and blue, with black between them. */
export function displayed(photo: Picture, { pixelsAcross, contrast, white, black, aperture }: Display): Surface {
  const soft = 0.06; // a stripe's edge, in pixels of the screen
  const stripe = aperture / 3;
  const slide = slideOf(photo);
  const scale = photo.width / pixelsAcross;
  return (u, v, colour) => {
    const x = u * pixelsAcross;
    const y = v * pixelsAcross;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const light = lightAt(slide, (column + 0.5) * scale, (row + 0.5) * scale, colour);
    const rows = window(y - row - 0.5, aperture / 2, soft) / aperture;
    const shines = (window(x - column - (colour + 0.5) / 3, stripe / 2, soft) / stripe) * rows;
    return (light * (1 + (shines - 1) * contrast) + black) * white[colour]!;
  };
}

/** 1 within `half` of 0, 0 beyond, with a slope of `soft` between. */
function window(distance: number, half: number, soft: number): number {
  return Math.min(Math.max((half - Math.abs(distance)) / soft + 0.5, 0), 1);
}
