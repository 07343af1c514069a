import { FaceError } from './errors.ts';
import type { Picture } from './picture.ts';

const HEADERS_BYTES = 54; // BITMAPFILEHEADER 14 + BITMAPINFOHEADER 40

export function looksLikeBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * The one kind of BMP that decoders of the chip's portrait write: 24 bits, uncompressed, rows of blue-green-red padded to
 * four bytes, bottom row first unless the height is negative (Microsoft, "Bitmap Storage"). Throws FaceError.
 */
export function readBmp(bytes: Uint8Array, maxPixels: number): Picture {
  if (bytes.length < HEADERS_BYTES) throw new FaceError('not-a-picture', `BMP: only ${bytes.length} bytes`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = header.getUint32(10, true);
  const width = header.getInt32(18, true);
  const signedHeight = header.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bitsPerPixel = header.getUint16(28, true);
  const compression = header.getUint32(30, true);
  if (bitsPerPixel !== 24 || compression !== 0 || width < 1 || height < 1) {
    throw new FaceError('not-a-picture', `BMP: ${bitsPerPixel} bits, compression ${compression}, ${width} × ${height}`);
  }
  if (width * height > maxPixels) throw new FaceError('too-large', `BMP: ${width} × ${height} pixels`);
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  if (offset < HEADERS_BYTES || offset + rowBytes * height > bytes.length) {
    throw new FaceError('not-a-picture', `BMP: ${bytes.length} bytes hold no ${width} × ${height} pixels`);
  }
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const row = offset + rowBytes * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1) {
      const from = row + x * 3;
      const to = (y * width + x) * 3;
      rgb[to] = bytes[from + 2]!;
      rgb[to + 1] = bytes[from + 1]!;
      rgb[to + 2] = bytes[from]!;
    }
  }
  return { width, height, rgb };
}
