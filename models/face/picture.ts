import sharp, { type Sharp } from 'sharp';
import { looksLikeBmp, readBmp } from './bmp.ts';
import { FaceError } from './errors.ts';

/** Red, green, blue, one byte each, rows from the top, nothing between them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** 24 megapixels: the largest document camera or phone photo that anybody brings. */
export const MAX_PIXELS = 24_000_000;
/** What 24 megapixels of JPEG at high quality take, with some air. */
export const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
/** A camera frame of the page is at most 1 MB (main/contracts/messages.ts). */
export const MAX_FRAME_BYTES = 1.5 * 1024 * 1024;
/** Faces are looked for in 320 × 240, so that more pixels than this only cost time. */
const MAX_SIDE = 1_920;

/**
 * JPEG, PNG or 24-bit BMP bytes as upright sRGB, the longer side at most 1,920 pixels. Pictures larger than `maxBytes` or
 * 24 megapixels are refused before their pixels are decoded. Throws FaceError `not-a-picture` or `too-large`.
 */
export async function decodePicture(bytes: Uint8Array, maxBytes = MAX_PICTURE_BYTES): Promise<Picture> {
  if (bytes.length > maxBytes) {
    throw new FaceError('too-large', `${bytes.length} bytes, of which at most ${maxBytes} are accepted`);
  }
  if (looksLikeBmp(bytes)) return await shrink(readBmp(bytes, MAX_PIXELS));
  if (!looksLikeJpeg(bytes) && !looksLikePng(bytes)) {
    throw new FaceError('not-a-picture', 'neither JPEG, PNG nor BMP by its first bytes');
  }
  try {
    // 'error' refuses truncated data, yet bears the warnings that cheap cameras' JPEGs raise.
    return await toRgb(sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', autoOrient: true }));
  } catch (error) {
    throw await whyNot(bytes, error);
  }
}

/** The header is asked only of what could not be decoded: of each frame that would cost a tenth of its decoding. */
async function whyNot(bytes: Uint8Array, error: unknown): Promise<FaceError> {
  const size = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (size && size.width * size.height > MAX_PIXELS) {
    const pixels = `${size.width} × ${size.height} pixels`;
    return new FaceError('too-large', `${pixels}, of which at most ${MAX_PIXELS} are accepted`);
  }
  const detail = error instanceof Error ? error.message.split('\n', 1)[0] : 'unreadable';
  return new FaceError('not-a-picture', `damaged or incomplete: ${detail}`, { cause: error });
}

function looksLikeJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function looksLikePng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
}

async function shrink(picture: Picture): Promise<Picture> {
  const { width, height, rgb } = picture;
  if (Math.max(width, height) <= MAX_SIDE) return picture;
  return await toRgb(sharp(rgb, { raw: { width, height, channels: 3 } }));
}

async function toRgb(decoder: Sharp): Promise<Picture> {
  const { data, info } = await decoder
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize({ width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}
