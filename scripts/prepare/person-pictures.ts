import sharp, { type Sharp } from 'sharp';
import { decodePicture, type Picture } from '../../models/face/picture.ts';
import type { Rect } from '../../models/face/sampling.ts';
import { CAMERA as FRAME } from './person-camera.ts';

const CHIP = { width: 102, height: 126 }; // GA 450: the portrait that a reader decodes from the chip
const CAMERA = { width: 1_280, height: 720 };

/** Head and shoulders as on an identity card, 102 × 126 JPEG. `box`: the face in `photo`. */
export async function chipPortrait(photo: Picture, box: Rect): Promise<Buffer> {
  const height = box.height / 0.55; // the face takes a little more than half of the portrait's height
  const width = (height * CHIP.width) / CHIP.height;
  const rect = inside(photo, centreX(box) - width / 2, box.y - height * 0.17, width, height);
  return await raw(photo).extract(rect).resize(CHIP.width, CHIP.height).jpeg({ quality: 75 }).toBuffer();
}

/**
 * What the terminal's camera sees when the person of `box` stands before it: 1280 × 720 JPEG. The photo is cut between
 * `neighbours`, the other faces' boxes; what is then missing at the sides is a blurred wall in the same colours.
 */
export async function livePicture(photo: Picture, box: Rect, neighbours: readonly Rect[]): Promise<Buffer> {
  const height = Math.min(box.height * 2.2, photo.height);
  const beside = neighbours.filter(({ y, height: h }) => y < box.y + box.height * 2 && y + h > box.y - box.height);
  const left = Math.max(0, ...beside.map(({ x, width }) => x + width * 1.1).filter((x) => x < centreX(box)));
  const right = Math.min(photo.width, ...beside.map(({ x, width }) => x - width * 0.1).filter((x) => x > centreX(box)));
  const half = Math.min(centreX(box) - left, right - centreX(box), (height * CAMERA.width) / CAMERA.height / 2);
  const rect = inside(photo, centreX(box) - half, box.y + box.height / 2 - height / 2, half * 2, height);
  const cut = await raw(photo).extract(rect).png().toBuffer();
  const middle = await sharp(cut).resize({ height: CAMERA.height, kernel: 'lanczos3' }).toBuffer();
  const wall = sharp(cut)
    .resize({ ...CAMERA, fit: 'fill' })
    .blur(80);
  return await wall
    .composite([{ input: middle, gravity: 'centre' }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** The same as pixels, in the size that the page sends. */
export async function cameraPicture(live: Buffer): Promise<Picture> {
  return await decodePicture(await sharp(live).resize(FRAME.width, FRAME.height).png().toBuffer());
}

function raw({ width, height, rgb }: Picture): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

function centreX({ x, width }: Rect): number {
  return x + width / 2;
}

/** In whole pixels, moved into the picture and cut to it. */
function inside(photo: Picture, x: number, y: number, width: number, height: number) {
  const [w, h] = [Math.min(Math.floor(width), photo.width), Math.min(Math.floor(height), photo.height)];
  const left = Math.round(Math.min(Math.max(x, 0), photo.width - w));
  const top = Math.round(Math.min(Math.max(y, 0), photo.height - h));
  return { left, top, width: w, height: h };
}
