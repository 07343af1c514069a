import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { FaceError } from '../../../models/face/errors.ts';
import { decodePicture, MAX_FRAME_BYTES } from '../../../models/face/picture.ts';
import { bmp, flat, jpeg, painted, png, pngHeaderOnly } from './pictures.ts';

const corners = painted(5, 3, (x, y) => [x * 50, y * 100, 30]);

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FaceError);
  return error instanceof FaceError ? error.code : 'no error';
}

describe('what a picture holds', () => {
  test('a PNG is red, green, blue from the top left', async () => {
    expect(await decodePicture(await png(corners))).toMatchObject({ width: 5, height: 3 });
    expect([...(await decodePicture(await png(corners))).rgb]).toEqual([...corners.rgb]);
  });

  test.each([false, true])('a BMP is the same picture, top-down %s', async (topDown) => {
    const { width, height, rgb } = await decodePicture(bmp(corners, topDown));
    expect([width, height]).toEqual([5, 3]);
    expect([...rgb]).toEqual([...corners.rgb]);
  });

  test('a BMP of a chip portrait has the 38,862 bytes that decoders write', async () => {
    const file = bmp(flat(102, 126, [9, 8, 7]));
    expect(file).toHaveLength(38_862);
    expect(await decodePicture(file)).toMatchObject({ width: 102, height: 126 });
  });

  test('a JPEG keeps its colours in order', async () => {
    const { rgb } = await decodePicture(await jpeg(flat(16, 16, [200, 100, 50])));
    expect(Math.abs(rgb[0]! - 200) + Math.abs(rgb[1]! - 100) + Math.abs(rgb[2]! - 50)).toBeLessThan(8);
  });

  test('a camera held sideways gives an upright picture', async () => {
    const sideways = await sharp(await jpeg(flat(64, 32, [1, 2, 3])))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await decodePicture(sideways)).toMatchObject({ width: 32, height: 64 });
  });

  test('grey, transparent and 16-bit pictures come as three bytes a pixel', async () => {
    const raw = { width: 2, height: 2 };
    const grey = await sharp(Buffer.alloc(4, 77), { raw: { ...raw, channels: 1 } })
      .png()
      .toBuffer();
    const clear = await sharp(Buffer.alloc(16, 0), { raw: { ...raw, channels: 4 } })
      .png()
      .toBuffer();
    const deep = await sharp(await png(flat(2, 2, [77, 77, 77])))
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect([...(await decodePicture(grey)).rgb]).toEqual(Array(12).fill(77));
    expect([...(await decodePicture(clear)).rgb]).toEqual(Array(12).fill(255));
    expect([...(await decodePicture(deep)).rgb]).toEqual(Array(12).fill(77));
  });

  test('a JPEG in printing colours, as studios and scanners write, comes as red, green and blue', async () => {
    const cmyk = await sharp(await png(flat(16, 16, [200, 100, 50])))
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { rgb } = await decodePicture(cmyk);
    expect(rgb).toHaveLength(16 * 16 * 3);
    expect(Math.abs(rgb[0]! - 200) + Math.abs(rgb[1]! - 100) + Math.abs(rgb[2]! - 50)).toBeLessThan(60); // the press has no such orange
  });

  test('a large photo is brought to 1,920 pixels', async () => {
    expect(await decodePicture(await jpeg(flat(4_000, 3_000, [1, 2, 3])))).toMatchObject({
      width: 1_920,
      height: 1_440,
    });
    expect(await decodePicture(bmp(flat(2_400, 1_200, [1, 2, 3])))).toMatchObject({ width: 1_920, height: 960 });
  });
});

describe('what is no picture', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('姓名 张三')],
    ['SVG, which could name other files', Buffer.from(svg)],
    ['noise behind a JPEG mark', Uint8Array.of(0xff, 0xd8, 0xff, ...Array(200).fill(0x5a))],
    ['a PNG that ends behind its header', pngHeaderOnly(20, 20)],
    ['BM and nothing more', Buffer.from('BM')],
  ])('%s is refused', async (_, bytes) => {
    expect(await codeOf(decodePicture(bytes))).toBe('not-a-picture');
  });

  test('a JPEG that lost its second half is refused, not shown grey', async () => {
    const noisy = painted(200, 200, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256]);
    const whole = await jpeg(noisy);
    expect(await codeOf(decodePicture(whole.subarray(0, whole.length / 2)))).toBe('not-a-picture');
  });

  test.each<[string, (file: Buffer) => void]>([
    ['8 bits a pixel', (file) => file.writeUInt16LE(8, 28)],
    ['compressed rows', (file) => file.writeUInt32LE(1, 30)],
    ['no width', (file) => file.writeInt32LE(0, 18)],
    ['a negative width', (file) => file.writeInt32LE(-5, 18)],
    ['more rows than bytes', (file) => file.writeInt32LE(400, 22)],
    ['pixels behind its end', (file) => file.writeUInt32LE(0xffff_fff0, 10)],
    ['pixels inside its header', (file) => file.writeUInt32LE(2, 10)],
  ])('a BMP with %s is refused', async (_, spoil) => {
    const file = bmp(corners);
    spoil(file);
    expect(await codeOf(decodePicture(file))).toBe('not-a-picture');
  });
});

test.each([
  ['its last row', 16],
  ['its last byte', 1],
])('a BMP that lost %s is refused: what is missing must not be made up', async (_, bytes) => {
  const whole = bmp(corners);
  expect(await codeOf(decodePicture(whole.subarray(0, whole.length - bytes)))).toBe('not-a-picture');
});

describe('what is too large', () => {
  test('a PNG that promises a gigapixel is refused before it is unpacked', async () => {
    const startedMs = performance.now();
    expect(await codeOf(decodePicture(pngHeaderOnly(40_000, 40_000)))).toMatch(/too-large|not-a-picture/);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('a real picture of 25 megapixels is refused', async () => {
    const huge = await sharp({ create: { width: 5_000, height: 5_001, channels: 3, background: '#123' } })
      .png()
      .toBuffer();
    expect(await codeOf(decodePicture(huge))).toBe('too-large');
  });

  test('a BMP that promises two billion pixels is refused by its header', async () => {
    const file = bmp(corners);
    file.writeInt32LE(0x7fff_ffff, 18);
    expect(await codeOf(decodePicture(file))).toBe('too-large');
  });

  test('a frame of more than 1.5 MB is refused unread', async () => {
    expect(await codeOf(decodePicture(new Uint8Array(MAX_FRAME_BYTES + 1), MAX_FRAME_BYTES))).toBe('too-large');
  });
});
