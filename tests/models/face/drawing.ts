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

/** `shapes`: SVG elements in pixels of the picture, laid over it. JPEG. */
async function drawn(picture: Picture, shapes: readonly string[]): Promise<Buffer> {
  const { width, height } = picture;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
  return await sharp(await jpeg(picture, 95))
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

function points(line: readonly Point[]): string {
  return line.map(({ x, y }) => `${x},${y}`).join(' ');
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
