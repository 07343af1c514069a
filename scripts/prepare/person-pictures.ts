import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../models/face/picture.ts';
import type { Rect } from '../../models/face/sampling.ts';

const CHIP = { width: 102, height: 126 }; // GA 450: the portrait that a reader decodes from the chip
const CAMERA = { width: 1_280, height: 720 };
const VIDEO_FRAMES = 30; // one second of camera; Chromium repeats it

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

/** 30 JPEGs joined end to end, each a little brighter or nearer than the last, as no camera gives the same frame twice. */
export async function cameraVideo(live: Buffer): Promise<Buffer> {
  const frames = Array.from({ length: VIDEO_FRAMES }, async (_, i) => {
    const wave = Math.sin((i / VIDEO_FRAMES) * 2 * Math.PI); // ends where it began
    const zoom = 1.01 + 0.01 * wave;
    const width = Math.round(CAMERA.width / zoom);
    const height = Math.round(CAMERA.height / zoom);
    const left = Math.round((CAMERA.width - width) / 2);
    const top = Math.round((CAMERA.height - height) / 2);
    return await sharp(live)
      .extract({ left, top, width, height })
      .resize(CAMERA.width, CAMERA.height)
      .linear(1 + 0.03 * wave, 0)
      .jpeg({ quality: 85 })
      .toBuffer();
  });
  return Buffer.concat(await Promise.all(frames));
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
