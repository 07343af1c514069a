import sharp from 'sharp';
import type { Landmarks } from '../../../models/face/landmarks.ts';
import type { Picture } from '../../../models/face/picture.ts';
import type { Point } from '../../../models/face/sampling.ts';
import { jpeg } from './pictures.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Each eye covered with a lid in the colour of the cheek beneath it, its lashes along the lower edge. */
export async function withEyesClosed(picture: Picture, landmarks: Landmarks): Promise<Buffer> {
  const eyes = [
    [36, 37, 38, 39, 40, 41],
    [42, 43, 44, 45, 46, 47],
  ].map((eye) => eye.map((i) => landmarks[i]!));
  return await drawn(
    picture,
    eyes.map(([outer, upper, upperInner, inner, lowerInner, lower]) => {
      const width = Math.hypot(inner!.x - outer!.x, inner!.y - outer!.y);
      const beneath = between(lower!, lowerInner!, 0.5);
      const skin = colourAround(picture, { x: beneath.x, y: beneath.y + width * 0.45 }, width / 8);
      const [red, green, blue] = skin.map((value) => Math.round(value * 0.35));
      const lid = [outer!, upper!, upperInner!, inner!, lowerInner!, lower!];
      return (
        `<polygon points="${points(lid)}" fill="rgb(${skin.join()})" stroke="rgb(${skin.join()})"` +
        ` stroke-width="${width * 0.22}" stroke-linejoin="round"/>` +
        `<polyline points="${points([outer!, lower!, lowerInner!, inner!])}" fill="none"` +
        ` stroke="rgb(${red},${green},${blue})" stroke-width="${width * 0.08}" stroke-linecap="round"/>`
      );
    }),
  );
}

export const covers = [
  'surgical-mask',
  'white-mask',
  'black-mask',
  'patterned-mask',
  'skin-coloured-mask',
  'scarf',
  'hand',
] as const;
export type Cover = (typeof covers)[number];

/** Mouth and chin behind a mask that reaches from the nose to the jaw, a scarf, or the back of a hand. */
export async function withMouthCovered(picture: Picture, landmarks: Landmarks, cover: Cover): Promise<Buffer> {
  const at = (i: number): Point => landmarks[i]!;
  const unit = Math.hypot(at(45).x - at(36).x, at(45).y - at(36).y);
  const skin = colourAround(picture, between(at(31), at(40), 0.4), unit / 16);
  const mask = [at(28), ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map(at)];
  const folds = [0.35, 0.5, 0.65].map((share) => {
    const [left, middle, right] = [
      between(at(2), at(6), share),
      between(at(29), at(8), share),
      between(at(14), at(10), share),
    ];
    return `<polyline points="${points([left, middle, right])}" fill="none" stroke="#0003" stroke-width="${unit / 30}"/>`;
  });
  const plain = (colour: string): string[] => [
    `<polygon points="${points(mask)}" fill="${colour}" stroke="${colour}" stroke-width="${unit / 20}" stroke-linejoin="round"/>`,
    ...folds,
  ];
  const pattern = (size: number, colours: readonly [string, string, string]): string =>
    `<pattern id="cloth" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(20)">` +
    `<rect width="${size}" height="${size}" fill="${colours[0]}"/><circle cx="${size / 3}" cy="${size / 3}" r="${size / 5}" fill="${colours[1]}"/>` +
    `<rect y="${size * 0.7}" width="${size}" height="${size / 8}" fill="${colours[2]}"/></pattern>`;
  switch (cover) {
    case 'surgical-mask':
      return await drawn(picture, plain('#a9cfe4'));
    case 'white-mask':
      return await drawn(picture, plain('#e9e9e6'));
    case 'black-mask':
      return await drawn(picture, plain('#1d1d20'));
    case 'skin-coloured-mask':
      return await drawn(picture, plain(`rgb(${skin.join()})`));
    case 'patterned-mask':
      return await drawn(picture, [pattern(unit / 5, ['#7a2431', '#e8c9a0', '#2d3b66']), ...plain('url(#cloth)')]);
    case 'scarf': {
      const below = [13, 14].map(at).reverse().concat([2, 3].map(at).reverse());
      const [right, left] = [below[0]!, below[2]!];
      const down = { x: at(8).x - at(27).x, y: at(8).y - at(27).y };
      const shape = [
        left,
        at(29),
        right,
        { x: right.x + down.x, y: right.y + down.y },
        { x: left.x + down.x, y: left.y + down.y },
      ];
      return await drawn(picture, [
        pattern(unit / 3, ['#5b6048', '#83876a', '#3a3d30']),
        `<polygon points="${points(shape)}" fill="url(#cloth)"/>`,
      ]);
    }
    case 'hand': {
      const [red, green, blue] = skin.map((value) => Math.round(value * 0.6));
      const middle = between(at(51), at(57), 0.5);
      const across = Math.hypot(at(54).x - at(48).x, at(54).y - at(48).y);
      const turnDeg = (Math.atan2(at(45).y - at(36).y, at(45).x - at(36).x) * 180) / Math.PI;
      const fingers = [-1.5, -0.5, 0.5, 1.5].map(
        (i) =>
          `<rect x="${-across * 1.6}" y="${(i - 0.5) * across * 0.42}" width="${across * 2.6}" height="${across * 0.42}" rx="${across * 0.2}"` +
          ` fill="rgb(${skin.join()})" stroke="rgb(${red},${green},${blue})" stroke-width="${across * 0.03}"/>`,
      );
      return await drawn(picture, [
        `<g transform="translate(${middle.x} ${middle.y}) rotate(${turnDeg + 8})">${fingers.join('')}</g>`,
      ]);
    }
  }
}

/** Cheeks, chin and upper lip under short hairs of about this colour, the lips left bare. */
export async function withBeard(picture: Picture, landmarks: Landmarks, colour: Colour): Promise<Buffer> {
  const at = (i: number): Point => landmarks[i]!;
  const unit = Math.hypot(at(45).x - at(36).x, at(45).y - at(36).y);
  const jaw = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map(at);
  const edge = [between(at(14), at(54), 0.6), between(at(33), at(51), 0.3), between(at(2), at(48), 0.6)];
  const lips = [48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59].map(at);
  const hair = (shade: number): string =>
    `rgb(${colour.map((value) => Math.min(Math.round(value * shade), 255)).join()})`;
  const size = unit / 12;
  return await drawn(picture, [
    `<pattern id="hair" width="${size}" height="${size}" patternUnits="userSpaceOnUse" patternTransform="rotate(12)">` +
      `<rect width="${size}" height="${size}" fill="${hair(1)}"/>` +
      `<path d="M0 0L${size * 0.3} ${size}M${size * 0.5} 0L${size * 0.7} ${size}" stroke="${hair(0.5)}" stroke-width="${size / 8}"/>` +
      `<path d="M${size * 0.2} 0L${size * 0.5} ${size}M${size * 0.8} 0L${size * 0.9} ${size}" stroke="${hair(1.6)}" stroke-width="${size / 8}"/>` +
      '</pattern>',
    `<path d="M${line([...jaw, ...edge])}ZM${line(lips)}Z" fill="url(#hair)" fill-opacity="0.9" fill-rule="evenodd"/>`,
  ]);
}

/** Dark frames around both eyes, with the reflection of a lamp on each lens. */
export async function withGlasses(picture: Picture, landmarks: Landmarks): Promise<Buffer> {
  const at = (i: number): Point => landmarks[i]!;
  const [left, right] = [between(at(36), at(39), 0.5), between(at(42), at(45), 0.5)];
  const unit = Math.hypot(right.x - left.x, right.y - left.y);
  const lens = ({ x, y }: Point): string =>
    `<ellipse cx="${x}" cy="${y + unit * 0.05}" rx="${unit * 0.38}" ry="${unit * 0.28}" fill="#fff1" stroke="#15120f" stroke-width="${unit / 16}"/>` +
    `<circle cx="${x - unit * 0.2}" cy="${y - unit * 0.08}" r="${unit * 0.05}" fill="#ffffffd0"/>`;
  const bridge = `<path d="M${line([between(left, right, 0.38), between(left, right, 0.62)])}" stroke="#15120f" stroke-width="${unit / 16}"/>`;
  return await drawn(picture, [lens(left), lens(right), bridge]);
}

/** `shapes`: SVG elements in pixels of the picture, laid over it. JPEG. */
async function drawn(picture: Picture, shapes: readonly string[]): Promise<Buffer> {
  const { width, height } = picture;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
  return await sharp(await jpeg(picture, 95))
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

function line(of: readonly Point[]): string {
  return of.map(({ x, y }) => `${x} ${y}`).join('L');
}

function points(of: readonly Point[]): string {
  return of.map(({ x, y }) => `${x},${y}`).join(' ');
}

function between(from: Point, to: Point, share: number): Point {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** Mean colour of the square that reaches `reach` pixels around `centre`, cut off where the picture ends. */
function colourAround({ width, height, rgb }: Picture, centre: Point, reach: number): Colour {
  const sums: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let y = Math.max(Math.floor(centre.y - reach), 0); y <= Math.min(centre.y + reach, height - 1); y += 1) {
    for (let x = Math.max(Math.floor(centre.x - reach), 0); x <= Math.min(centre.x + reach, width - 1); x += 1) {
      for (const channel of [0, 1, 2] as const) sums[channel] += rgb[(y * width + x) * 3 + channel]!;
      count += 1;
    }
  }
  return [Math.round(sums[0] / count), Math.round(sums[1] / count), Math.round(sums[2] / count)];
}
