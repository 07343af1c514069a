import { crc32 } from 'node:zlib';
import type { OutputInfo } from 'sharp';
import { DeviceError } from '../../drivers/core/index.ts';
import { SEAL_PIXELS_MAX, type SealPicture } from '../document/seal.ts';
import type { Item } from './sheet.ts';

/** Row by row from the top left. `rgb` has red first, 8 bits each; of `alpha`, 0 is paper and 255 ink. */
export interface Pixels {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
  readonly alpha: Uint8Array;
}
export type SealPixels = ReadonlyMap<SealPicture, Pixels>;

/** PNG, third edition, 5.2: signature; 5.3: length, type and CRC around a chunk's content. */
const SIGNATURE_BYTES = 8;
const FRAMING_BYTES = 12;
/** A ring with a name in it covers a tenth and more of its picture. */
const INK_SHARE_MIN = 0.01;

/** What is to be painted of each seal among the items. Fails as `sealPixels`. */
export async function sealsOf(items: readonly Item[]): Promise<SealPixels> {
  const seals = new Map<SealPicture, Pixels>();
  for (const item of items) if (item.type === 'seal-picture') seals.set(item.picture, await sealPixels(item.picture));
  return seals;
}

/**
 * The picture's pixels, at most 1,200 × 1,200. Fails `invalid-data`, naming `seal` and nothing of its content, for what is cut
 * off, damaged or empty: a paper that looks unsealed is worse than none.
 */
export async function sealPixels({ png }: SealPicture): Promise<Pixels> {
  const { data, info } = await decoded(pictureAlone(Buffer.from(png, 'base64')));
  const count = info.width * info.height;
  const rgb = new Uint8Array(count * 3);
  const alpha = new Uint8Array(count);
  let ink = 0;
  for (let index = 0; index < count; index += 1) {
    const at = index * 4;
    const [red, green, blue, opaque] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
    alpha[index] = opaque;
    // What does not show goes on in the colour before it: less to pack, and no dark rim where a printer smooths.
    if (opaque === 0 && index > 0) rgb.copyWithin(index * 3, index * 3 - 3, index * 3);
    else rgb.set([red, green, blue], index * 3);
    if (opaque * (255 - Math.min(red, green, blue)) >= 64 * 255) ink += 1;
  }
  if (ink < count * INK_SHARE_MIN) throw unusable('shows nothing');
  return { widthPx: info.width, heightPx: info.height, rgb, alpha };
}

/**
 * The chunks without which there is no picture, and its transparency. By itself libvips passes over a tRNS whose name is damaged,
 * so that the seal hides what lies below it, and keeps texts and profiles that nobody reads: 96 KiB of them took 430 MB.
 */
function pictureAlone(png: Buffer): Buffer {
  const kept = [png.subarray(0, SIGNATURE_BYTES)];
  for (let at = SIGNATURE_BYTES; at + FRAMING_BYTES <= png.length; ) {
    const end = at + FRAMING_BYTES + png.readUInt32BE(at);
    if (end > png.length) break;
    if (crc32(png.subarray(at + 4, end - 4)) !== png.readUInt32BE(end - 4)) throw unusable('is damaged');
    const type = png.toString('latin1', at + 4, at + 8);
    if (/^([A-Z]|tRNS$)/.test(type)) kept.push(png.subarray(at, end)); // 5.4: a capital first is what every reader must know
    if (type === 'IEND') return Buffer.concat(kept);
    at = end;
  }
  throw unusable('is cut off');
}

/** Four bytes a pixel in sRGB, whatever the PNG has. */
async function decoded(png: Buffer): Promise<{ data: Buffer; info: OutputInfo }> {
  const { default: sharp } = await import('sharp'); // loads libvips: not before a document brings a seal
  // Else libvips keeps 50 MB of its last pictures, and outside glibc a thread a core.
  sharp.cache(false);
  sharp.concurrency(1);
  try {
    const picture = sharp(png, { failOn: 'warning', limitInputPixels: SEAL_PIXELS_MAX });
    return await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw unusable('is damaged', error);
  }
}

function unusable(why: string, cause?: unknown): DeviceError {
  return new DeviceError('invalid-data', `seal: ${why}`, { cause });
}
