import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import sharp from 'sharp';
import { mainFace } from '../../models/face/detect.ts';
import type { FaceNetworks } from '../../models/face/networks.ts';
import { decodePicture, MAX_PICTURE_BYTES, type Picture } from '../../models/face/picture.ts';
import type { Rect } from '../../models/face/sampling.ts';
import { InputError } from './tables.ts';

const MAX_PROBLEMS = 20;

/** A folder of pictures. Nothing outside it is read, whatever the table says and wherever a link in it points to. */
export interface PictureFolder {
  read(file: string): Promise<Uint8Array>;
}

/** Looks at each of `files` first, and throws InputError with all that are missing, outside or too large. */
export async function openPictures(dir: string, files: Iterable<string>): Promise<PictureFolder> {
  const root = await realpath(dir).catch(() => {
    throw new InputError([`${dir}: no such folder`]);
  });
  const paths = new Map<string, string>();
  const problems: string[] = [];
  for (const file of files) {
    const found = await look(root, file);
    if (found.path !== undefined) paths.set(file, found.path);
    else problems.push(`${file}: ${found.problem}`);
  }
  const more = problems.length - MAX_PROBLEMS;
  if (more > 0) problems.splice(MAX_PROBLEMS, more, `and ${more} more pictures`);
  if (problems.length > 0) throw new InputError(problems);
  return {
    read: async (file) => {
      const path = paths.get(file);
      if (path === undefined) throw new RangeError('a picture that was not looked at first');
      return await readFile(path);
    },
  };
}

async function look(root: string, file: string): Promise<{ path: string } | { path?: never; problem: string }> {
  const path = await realpath(join(root, file)).catch(() => undefined);
  if (path === undefined) return { problem: 'no such picture' };
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep))
    return { problem: 'lies outside the folder of pictures' };
  const found = await stat(path);
  if (!found.isFile()) return { problem: 'not a file' };
  if (found.size > MAX_PICTURE_BYTES) return { problem: `${found.size} bytes, at most ${MAX_PICTURE_BYTES}` };
  return { path };
}

const CHIP = { width: 102, height: 126 }; // GA 450: the portrait that a reader decodes from the chip
const CHIP_QUALITY = 55; // JPEG; its blocks come near to those of the chip's 1,024 bytes of WLT
/** Of the portrait's height, from hairline to chin as the detector sees it (GA 461 has the whole head at 63 to 75 %). */
const CHIP_FACE_SHARE = 0.6;

/**
 * A photo as the chip of an identity card would carry it: head and shoulders, 102 × 126, JPEG of quality 55. Where no face
 * is found the whole photo is reduced. Throws FaceError `not-a-picture` or `too-large`.
 */
export async function asChipPhoto(bytes: Uint8Array, networks: Pick<FaceNetworks, 'detect'>): Promise<Uint8Array> {
  const picture = await decodePicture(bytes);
  const { width, height, rgb } = picture;
  const found = mainFace(await networks.detect(picture), 1);
  const photo = sharp(rgb, { raw: { width, height, channels: 3 } });
  const cut = found ? photo.extract(chipRect(picture, found.main.box)) : photo;
  return await cut
    .resize({ ...CHIP, fit: 'cover', kernel: 'lanczos3' })
    .jpeg({ quality: CHIP_QUALITY })
    .toBuffer();
}

/** Whole pixels; less than wanted where the photo ends. */
function chipRect(photo: Picture, box: Rect): { left: number; top: number; width: number; height: number } {
  const height = Math.min(box.height / CHIP_FACE_SHARE, photo.height, (photo.width * CHIP.height) / CHIP.width);
  const width = (height * CHIP.width) / CHIP.height;
  const within = (start: number, length: number, side: number): number =>
    Math.max(Math.floor(Math.min(start, side - length)), 0); // length may exceed side by a rounding error
  return {
    left: within(box.x + box.width / 2 - width / 2, width, photo.width),
    top: within(box.y + box.height / 2 - height * 0.48, height, photo.height),
    width: Math.max(Math.floor(width), 1),
    height: Math.max(Math.floor(height), 1),
  };
}
