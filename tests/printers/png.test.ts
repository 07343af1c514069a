import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePng } from '../../printers/png.ts';

test('a picture comes out of its file as it went in, to the last bit of every pixel', async () => {
  const [width, height] = [301, 67];
  const rgba = Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at * 7_919) >> 3);
  const { data, info } = await sharp(await encodePng(width, height, rgba), { failOn: 'warning' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width, height, channels: 4 });
  expect(Buffer.compare(data, Buffer.from(rgba))).toBe(0);
});
