import type { SealPicture } from '../document/seal.ts';
import { type Run, runsOf, type Weight, widthEm } from './fonts.ts';

/** All lengths are PDF points from the sheet's top left corner, x to the right and y down. */
const POINTS_PER_MM = 72 / 25.4;
export const mm = (millimetres: number): number => millimetres * POINTS_PER_MM;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A4 upright. */
export const sheet: Size = { width: mm(210), height: mm(297) };

/** Ink-blue frame, black text (laser printers rasterise grey text), vermilion seal. */
export const colour = {
  text: '#14181f',
  soft: '#4a5565',
  frame: '#1b3a5f',
  ornament: '#8ea4bd',
  hairline: '#a9b6c6',
  label: '#e9eff6',
  zebra: '#f5f8fb',
  seal: '#c9151e',
  preview: '#dfe3e8',
} as const;

export type Item =
  | {
      readonly type: 'text';
      readonly runs: readonly Run[];
      readonly weight: Weight;
      readonly x: number;
      readonly baseline: number;
      readonly sizePt: number;
      readonly colour: string;
      /** Added after every character. */
      readonly trackingPt: number;
      /** Turned clockwise about (x, baseline). */
      readonly degrees: number;
    }
  /** One path, filled: `[x, y, width, height]` each. */
  | {
      readonly type: 'boxes';
      readonly boxes: readonly (readonly [number, number, number, number])[];
      readonly colour: string;
    }
  /** One path through the points, filled when `lineWidth` is 0, else stroked; closed where `closed`. */
  | {
      readonly type: 'path';
      readonly points: readonly (readonly [number, number])[];
      readonly closed: boolean;
      readonly lineWidth: number;
      readonly colour: string;
    }
  | {
      readonly type: 'circle';
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly lineWidth: number;
      readonly colour: string;
    }
  /** From its upper left corner; paper shows through where the picture is transparent. */
  | {
      readonly type: 'seal-picture';
      readonly picture: SealPicture;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  /** A smooth wave from (x, y), `waves` long, turned by `degrees`; half a wave starts in `phase` 1 upwards, −1 downwards. */
  | {
      readonly type: 'wave';
      readonly x: number;
      readonly y: number;
      readonly degrees: number;
      readonly waves: number;
      readonly waveLength: number;
      readonly amplitude: number;
      readonly phase: 1 | -1;
      readonly lineWidth: number;
      readonly colour: string;
    };

export interface TextStyle {
  readonly weight?: Weight;
  readonly sizePt: number;
  readonly colour?: string;
  readonly trackingPt?: number;
  readonly degrees?: number;
  /** What `x` means. Tracking after the last character does not count. */
  readonly align?: 'left' | 'center' | 'right';
}

/** One line of text at `x` and `baseline`. */
export function textItem(text: string, x: number, baseline: number, style: TextStyle): Item {
  const { weight = 'regular', sizePt, trackingPt = 0, degrees = 0, align = 'left' } = style;
  const runs = runsOf(text);
  const share = { left: 0, center: 0.5, right: 1 }[align];
  const width = runs.reduce((sum, run) => sum + widthEm(run) * sizePt, 0) + trackingPt * ([...text].length - 1);
  const turn = (degrees * Math.PI) / 180;
  const back = width * share;
  return {
    type: 'text',
    runs,
    weight,
    x: x - back * Math.cos(turn),
    baseline: baseline - back * Math.sin(turn),
    sizePt,
    colour: style.colour ?? colour.text,
    trackingPt,
    degrees,
  };
}

export function lineItem(x1: number, y1: number, x2: number, y2: number, lineWidth: number, ink: string): Item {
  return {
    type: 'path',
    points: [
      [x1, y1],
      [x2, y2],
    ],
    closed: false,
    lineWidth,
    colour: ink,
  };
}

export function boxItem(x: number, y: number, width: number, height: number, ink: string): Item {
  return { type: 'boxes', boxes: [[x, y, width, height]], colour: ink };
}

export function frameItem(x: number, y: number, width: number, height: number, lineWidth: number, ink: string): Item {
  const points = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ] as const;
  return { type: 'path', points, closed: true, lineWidth, colour: ink };
}
