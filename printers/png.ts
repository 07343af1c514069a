/**
 * A PNG of `rgba`, four bytes a pixel. Of plain areas and letters, filters tried row by row make no smaller a file, and the canvas's own
 * encoder, which tries them all, takes five times as long.
 */
export async function encodePng(width: number, height: number, rgba: Uint8ClampedArray): Promise<Buffer> {
  const { default: sharp } = await import('sharp'); // loads libvips: not before there is a picture
  return await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 3, adaptiveFiltering: false })
    .toBuffer();
}
