import { createCanvas, ImageData, type SKRSContext2D } from '@napi-rs/canvas';
import { DeviceError } from '../../drivers/core/index.ts';
import { registerFont } from '../canvas-fonts.ts';
import type { Bitmap } from '../core/bitmap.ts';
import type { Certificate } from '../document/document.ts';
import { isFullWidth, openedFont, type Weight, widthEm } from '../pdf/fonts.ts';
import { layOut } from '../pdf/layout.ts';
import { type Pixels, type SealPixels, sealsOf } from '../pdf/seal-picture.ts';
import type { Item } from '../pdf/sheet.ts';
import { type Placed, placeOn } from './fit.ts';
import type { Label } from './label.ts';

type ItemOf<T extends Item['type']> = Extract<Item, { type: T }>;

/** Below half covered: thin strokes of small ideographs cover single dots only in part. */
const BLACK_FROM_ALPHA = 104;
/** Chinese fonts for screens begin at 12 dots; below, strokes of common characters run into each other. */
const SMALLEST_EM_DOTS = 12;
/** A telephone's camera resolves a quarter of a millimetre; one dot of a thermal head is never square. */
const SMALLEST_MODULE = { dots: 2, mm: 0.24 };
/** Paler than this is paper: the stripes of tables, the ground of labels. */
const INK_BELOW_LUMINANCE = 0.6;

/**
 * The certificate's sheet on one label, its content as large as fits, upright or turned: for printers that know no Chinese.
 * Fails `unsupported` where it takes more than one sheet or could not be read at this size, and `invalid-data` as `layOut`
 * does and for a seal that cannot be painted.
 */
export async function rasterCertificate(certificate: Certificate, label: Label): Promise<Bitmap> {
  const [items, ...more] = layOut(certificate);
  if (!items || more.length > 0) {
    throw new DeviceError('unsupported', `the certificate takes ${more.length + 1} sheets, a label holds one`);
  }
  const placed = placeOn(items, label);
  assertReadable(placed);
  const seals = await sealsOf(placed.items);
  const canvas = createCanvas(placed.widthDots, placed.heightDots);
  const context = canvas.getContext('2d');
  context.translate(placed.leftDots, placed.topDots);
  for (const item of placed.items) paint(context, item, placed, seals);
  return pack(label, placed, context.getImageData(0, 0, placed.widthDots, placed.heightDots).data);
}

/** White things lie over black ones, so ink is what is both opaque and dark. */
function pack(label: Label, { widthDots, heightDots, turned }: Placed, rgba: Uint8ClampedArray): Bitmap {
  const rowBytes = Math.ceil(label.widthDots / 8);
  const bits = new Uint8Array(rowBytes * label.heightDots);
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, widthDots * heightDots);
  // In the order of memory, also of what is turned: across it each pixel would be fetched by itself.
  for (let drawnY = 0, at = 0; drawnY < heightDots; drawnY += 1) {
    for (let drawnX = 0; drawnX < widthDots; drawnX += 1, at += 1) {
      if (pixels[at] === 0) continue; // bare, as most of a label is
      const dark = rgba[at * 4 + 3]! * (255 - rgba[at * 4]!) >= BLACK_FROM_ALPHA * 255;
      if (!dark) continue;
      const [x, y] = turned ? [heightDots - 1 - drawnY, drawnX] : [drawnX, drawnY];
      bits[y * rowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return { rowBytes, rows: label.heightDots, bits };
}

function assertReadable({ items, scale, dotsPerMm }: Placed): void {
  const upright = items.filter((item) => item.type === 'text').filter(({ degrees }) => degrees === 0);
  const smallest = Math.min(...upright.map(({ sizePt }) => Math.round(sizePt * scale)));
  if (smallest < SMALLEST_EM_DOTS) {
    const dots = smallest;
    throw new DeviceError(
      'unsupported',
      `the label is too small: characters of ${dots} dots, readable from ${SMALLEST_EM_DOTS}`,
    );
  }
  for (const item of items) {
    if (item.type !== 'boxes' || item.boxes.length === 1) continue;
    const dots = moduleDots(item, scale);
    if (dots < SMALLEST_MODULE.dots || dots / dotsPerMm < SMALLEST_MODULE.mm) {
      throw new DeviceError('unsupported', `the label is too small: a QR code of ${dots} dots a module`);
    }
  }
}

function paint(context: SKRSContext2D, item: Item, { scale }: Placed, seals: SealPixels): void {
  if (item.type === 'text') paintText(context, item, scale);
  else if (item.type === 'boxes') paintBoxes(context, item, scale);
  else if (item.type === 'path') paintPath(context, item, scale);
  else if (item.type === 'circle') paintCircle(context, item, scale);
  else if (item.type === 'seal-picture') paintSeal(context, item, scale, seals.get(item.picture)!);
  // waves are ornament of the sheet's frame, which a label has no room for
}

/** A thermal head has no grey: whatever is drawn as a line is black, and of fills what is dark. */
function ink(colour: string, lineWidth: number): '#000' | '#fff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  return luminance(red, green, blue) < (lineWidth > 0 ? 0.95 : INK_BELOW_LUMINANCE) ? '#000' : '#fff';
}

function luminance(red: number, green: number, blue: number): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Strokes that are thinner than a dot break up between two; these are drawn a little fatter. */
const SMALL_EM_DOTS = 14;
const SMALL_STROKE_DOTS = 0.12;
/** White around signature and date, which lie over a seal that is as black as they are. */
const HALO_EM = 0.28;

/**
 * Sans in place of the sheet's serif, whose thin horizontal strokes a head of 203 dots an inch loses, in the serif's widths so
 * that everything stays where it was laid out. Sizes and places are whole dots: the same character looks the same everywhere.
 */
function paintText(context: SKRSContext2D, item: ItemOf<'text'>, scale: number): void {
  const size = Math.max(1, Math.round(item.sizePt * scale));
  const upright = item.degrees === 0;
  const place = upright ? Math.round : (dots: number): number => dots;
  context.save();
  context.translate(place(item.x * scale), place(item.baseline * scale));
  context.rotate((item.degrees * Math.PI) / 180);
  context.lineJoin = 'round';
  const takeFont = fontOf(context, size);
  const typeset = words(item, scale).map(({ text, font, x, advance }) => {
    takeFont(font);
    const natural = isFullWidth(text) ? size : context.measureText(text).width; // without the spacing, as `advance` is
    return { text, font, x, narrowed: natural > 0 ? advance / natural : 1 };
  });
  const draw = (each: (text: string) => void): void => {
    for (const { text, font, x, narrowed } of typeset) {
      takeFont(font);
      context.save();
      context.letterSpacing = `${(item.trackingPt * scale) / narrowed}px`;
      context.translate(place(x), 0);
      context.scale(narrowed, 1);
      each(text);
      context.restore();
    }
  };
  if (upright) draw((text) => outline(context, text, '#fff', size * HALO_EM));
  draw((text) => {
    context.fillStyle = '#000';
    context.fillText(text, 0, 0);
    if (size < SMALL_EM_DOTS) outline(context, text, '#000', SMALL_STROKE_DOTS);
  });
  context.restore();
}

/** Sets the context's font where it is another one: the canvas reads its name anew each time. */
function fontOf(context: SKRSContext2D, sizePx: number): (name: string) => void {
  let current: string | undefined;
  return (name) => {
    if (name !== current) context.font = `${sizePx}px "${name}"`;
    current = name;
  };
}

interface Word {
  readonly text: string;
  readonly font: string;
  /** Dots from the item's place, and of its characters without what is added between them. */
  readonly x: number;
  readonly advance: number;
}

function words(item: ItemOf<'text'>, scale: number): Word[] {
  let x = 0;
  return item.runs.flatMap(({ face, text: run }) =>
    (run.match(pieces) ?? []).map((text) => {
      const advance = widthEm({ face, text }) * item.sizePt * scale;
      const word = { text, font: labelFont(item.weight, text), x, advance };
      x += advance + item.trackingPt * [...text].length * scale;
      return word;
    }),
  );
}

function outline(context: SKRSContext2D, text: string, colour: '#000' | '#fff', widthDots: number): void {
  context.strokeStyle = colour;
  context.lineWidth = widthDots;
  context.strokeText(text, 0, 0);
}

/** Ideographs and full-width signs each by itself, everything else in whole words and numbers. */
const pieces = /[\p{Script=Han}\u3000-\u303f\uff01-\uff60]|[^\p{Script=Han}\u3000-\u303f\uff01-\uff60]+/gu;

export const labelFonts = {
  'Jiujin Label': '@expo-google-fonts/noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf',
  'Jiujin Label Bold': '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf',
  'Jiujin Label Serif': '@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf',
} as const;

function labelFont(weight: Weight, text: string): keyof typeof labelFonts {
  const sans = openedFont('sans');
  const known = [...text].every((character) => sans.hasGlyphForCodePoint(character.codePointAt(0) ?? 0));
  const name = !known ? 'Jiujin Label Serif' : weight === 'bold' ? 'Jiujin Label Bold' : 'Jiujin Label';
  registerFont(name, labelFonts[name]);
  return name;
}

/** A single box is a ground; many are the modules of a QR code, all of one whole number of dots. */
function paintBoxes(context: SKRSContext2D, item: ItemOf<'boxes'>, scale: number): void {
  const [first] = item.boxes;
  if (!first || ink(item.colour, 0) === '#fff') return;
  context.fillStyle = '#000';
  if (item.boxes.length === 1) {
    const [x, y, width, height] = first.map((length) => Math.round(length * scale));
    context.fillRect(x!, y!, width!, height!);
    return;
  }
  const module = first[3];
  const dots = moduleDots(item, scale);
  const left = Math.min(...item.boxes.map(([x]) => x));
  const top = Math.min(...item.boxes.map(([, y]) => y));
  const modules = Math.round((Math.max(...item.boxes.map(([, y]) => y)) - top) / module) + 1;
  const slack = (modules * module * scale - modules * dots) / 2;
  const [leftDots, topDots] = [Math.round(left * scale), Math.round(top * scale + slack)];
  for (const [x, y, width] of item.boxes) {
    const column = Math.round((x - left) / module);
    const row = Math.round((y - top) / module);
    context.fillRect(leftDots + column * dots, topDots + row * dots, Math.round(width / module) * dots, dots);
  }
}

/** A quarter of a dot wider than laid out eats a twentieth of the white around it; narrower costs reading distance. */
function moduleDots({ boxes }: ItemOf<'boxes'>, scale: number): number {
  return Math.floor((boxes[0]?.[3] ?? 0) * scale + 0.25);
}

function paintPath(context: SKRSContext2D, item: ItemOf<'path'>, scale: number): void {
  const colour = ink(item.colour, item.lineWidth);
  const straight = item.points.every(([x, y], at) => {
    const [beforeX, beforeY] = item.points[at - 1] ?? [x, y];
    return x === beforeX || y === beforeY;
  });
  context.fillStyle = colour;
  context.strokeStyle = colour;
  if (item.lineWidth > 0 && straight) {
    const ends = item.closed ? [...item.points, item.points[0]!] : item.points;
    for (const [at, [x, y]] of ends.entries()) {
      if (at > 0) ruler(context, ends[at - 1]!, [x, y], item.lineWidth, scale);
    }
    return;
  }
  context.beginPath();
  for (const [at, [x, y]] of item.points.entries()) {
    if (at === 0) context.moveTo(x * scale, y * scale);
    else context.lineTo(x * scale, y * scale);
  }
  if (item.closed) context.closePath();
  finish(context, item.lineWidth, scale);
}

/** A horizontal or vertical line of whole dots, at least one: between two rows of dots it would be lost or doubled. */
function ruler(
  context: SKRSContext2D,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  lineWidth: number,
  scale: number,
): void {
  const width = Math.max(1, Math.round(lineWidth * scale));
  const [left, top] = [Math.min(fromX, toX) * scale, Math.min(fromY, toY) * scale].map((dots) =>
    Math.round(dots - width / 2),
  );
  const [right, bottom] = [Math.max(fromX, toX) * scale, Math.max(fromY, toY) * scale].map(
    (dots) => Math.round(dots - width / 2) + width,
  );
  context.fillRect(left!, top!, right! - left!, bottom! - top!);
}

function paintCircle(context: SKRSContext2D, item: ItemOf<'circle'>, scale: number): void {
  const colour = ink(item.colour, item.lineWidth);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.beginPath();
  context.arc(item.x * scale, item.y * scale, item.radius * scale, 0, 2 * Math.PI);
  finish(context, item.lineWidth, scale);
}

/** As black as the drawn one: of its pixels, what is dark. */
function paintSeal(
  context: SKRSContext2D,
  item: ItemOf<'seal-picture'>,
  scale: number,
  { widthPx, heightPx, rgb, alpha }: Pixels,
): void {
  const picture = createCanvas(widthPx, heightPx);
  const pixels = new Uint8ClampedArray(widthPx * heightPx * 4);
  for (const [index, opaque] of alpha.entries()) {
    const [red, green, blue] = rgb.subarray(index * 3, index * 3 + 3);
    if (luminance(red! / 255, green! / 255, blue! / 255) < INK_BELOW_LUMINANCE) pixels[index * 4 + 3] = opaque;
  }
  picture.getContext('2d').putImageData(new ImageData(pixels, widthPx, heightPx), 0, 0);
  context.drawImage(picture, item.x * scale, item.y * scale, item.width * scale, item.height * scale);
}

function finish(context: SKRSContext2D, lineWidth: number, scale: number): void {
  if (lineWidth === 0) context.fill();
  else {
    context.lineWidth = Math.max(1, lineWidth * scale);
    context.stroke();
  }
}
