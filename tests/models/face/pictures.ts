import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../../models/face/picture.ts';

/** Every pixel from `colourAt(x, y)`. */
export function painted(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => readonly [red: number, green: number, blue: number],
): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      const colour = colourAt(x, y);
      rgb[at] = colour[0];
      rgb[at + 1] = colour[1];
      rgb[at + 2] = colour[2];
    }
  }
  return { width, height, rgb };
}

export function flat(width: number, height: number, colour: readonly [number, number, number]): Picture {
  return { width, height, rgb: new Uint8Array(Buffer.alloc(width * height * 3, Uint8Array.from(colour))) };
}

export async function jpeg(picture: Picture, quality = 90): Promise<Buffer> {
  return await encoder(picture).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

export async function png(picture: Picture): Promise<Buffer> {
  return await encoder(picture).png().toBuffer();
}

function encoder({ width, height, rgb }: Picture): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

/** 24-bit BMP; `topDown` writes a negative height. */
export function bmp({ width, height, rgb }: Picture, topDown = false): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y += 1) {
    const row = 54 + rowBytes * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = rgb.subarray((y * width + x) * 3);
      file.set([blue!, green!, red!], row + x * 3);
    }
  }
  return file;
}

/** A PNG that says it has this size and then holds nothing of it. */
export function pngHeaderOnly(width: number, height: number): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000000000', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}

/** Group photos of the development dependency @vladmandic/face-api. */
export function samplePhoto(number: 1 | 2 | 3 | 4 | 5 | 6): string {
  return fileURLToPath(new URL(`../../../node_modules/@vladmandic/face-api/demo/sample${number}.jpg`, import.meta.url));
}
