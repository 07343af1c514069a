import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { certificate as certificateSchema } from '../../printers/document/document.ts';
import { licence as licenceSchema } from '../../printers/document/licence.ts';
import { sealPicture } from '../../printers/document/seal.ts';
import { sealPixels } from '../../printers/pdf/seal-picture.ts';
import { licences } from './licences.ts';
import { insuranceCertificate } from './pdf-certificates.ts';
import { largestSeal, type PngParts, pngOf, sealOf, sealPng } from './seal-pictures.ts';

const SIDE = 120;
/** Red all over, unless something else is said; in 8-bit RGB. */
const plain = (parts: Partial<PngParts> = {}): Buffer => {
  const { widthPx = SIDE, heightPx = SIDE, rows = redRows(widthPx, heightPx) } = parts;
  return pngOf({ colourType: 2, ...parts, widthPx, heightPx, rows });
};
const redRows = (widthPx: number, heightPx: number): Buffer => {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(widthPx * 3, Buffer.of(0xd0, 0x10, 0x20))]);
  return Buffer.alloc(row.length * heightPx, row);
};

describe('at the edge', () => {
  const seal = sealOf(sealPng(300));

  test('a certificate and a licence may have a seal, up to its 96 KiB, and need none', () => {
    for (const each of [seal, largestSeal()]) {
      expect(certificateSchema.parse({ ...insuranceCertificate, seal: each }).seal).toEqual(each);
      expect(licenceSchema.parse({ ...licences['tax-certificate'], seal: each }).seal).toEqual(each);
    }
    expect(Buffer.from(largestSeal().png, 'base64')).toHaveLength(96 * 1024);
    expect(certificateSchema.parse(insuranceCertificate)).not.toHaveProperty('seal');
  });

  const header = (parts: Partial<PngParts>) => sealOf(plain({ rows: Buffer.of(1, 2, 3), ...parts }));
  test.each([
    ['no base64', { png: '%%%', widthMm: 42 }, 'png', 'Invalid base64'],
    ['nothing', { png: '', widthMm: 42 }, 'png', 'the seal is not a PNG'],
    [
      'a JPEG',
      sealOf(Buffer.from('ffd8ffe000104a46494600010101006000600000ffdb0043', 'hex')),
      'png',
      'the seal is not a PNG',
    ],
    ['more than 96 KiB', sealOf(Buffer.concat([sealPng(300), Buffer.alloc(96 * 1024)])), 'png', 'Too big'],
    ['more pixels than paper shows', header({ widthPx: 1_201 }), 'png', 'is 1201 × 120 pixels, a side has 100 to 1200'],
    [
      'a bomb',
      header({ widthPx: 0xffff_ffff, heightPx: 0xffff_ffff }),
      'png',
      'is 4294967295 × 4294967295 pixels, a side has 100 to 1200',
    ],
    ['no height', header({ heightPx: 0 }), 'png', 'is 120 × 0 pixels, a side has 100 to 1200'],
    ['a banner', header({ widthPx: 300 }), 'png', 'is 300 × 120 pixels, its sides may be 3 : 2 at most'],
    ['greys', header({ colourType: 4 }), 'png', 'is of colour type 4, seals are RGB, RGBA or of a palette'],
    ['16 bits', header({ bitDepth: 16 }), 'png', 'has 16 bits a channel, seals have 8'],
    ['a palette of 16 bits', header({ colourType: 3, bitDepth: 16 }), 'png', 'has 16 bits a channel'],
    ['interlaced rows', header({ interlace: 1 }), 'png', 'the seal is interlaced'],
    ['29 mm', { ...seal, widthMm: 29 }, 'widthMm', 'Too small'],
    ['46 mm', { ...seal, widthMm: 46 }, 'widthMm', 'Too big'],
    ['no number', { ...seal, widthMm: Number.NaN }, 'widthMm', 'Invalid input'],
    ['more height than width', sealOf(plain({ heightPx: 130 }), 43), 'widthMm', 'the seal is higher than 45 mm'],
    ['something else', { ...seal, heightMm: 42 }, '', 'Unrecognized key'],
  ])('a seal of %s is refused, by its name and not by what is in it', (_, value, place, why) => {
    const { error } = certificateSchema.safeParse({ ...insuranceCertificate, seal: value });
    const [issue] = error!.issues;
    expect(issue!.path.join('.')).toBe(place === '' ? 'seal' : `seal.${place}`);
    expect(issue!.message).toContain(why);
    expect(JSON.stringify(error!.issues)).not.toContain(value.png.slice(0, 40) || '-');
  });

  test('what is not a PNG is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 200 })), (png) => {
        expect(sealPicture.safeParse({ png, widthMm: 42 }).success).toBe(false);
      }),
    );
  });
});

describe('what is drawn', () => {
  /** As another library (libvips) reads it. */
  const expected = async (png: Buffer): Promise<Buffer> => await sharp(png).ensureAlpha().raw().toBuffer();
  const samePixels = async (png: Buffer): Promise<void> => {
    const { widthPx, heightPx, rgb, alpha } = sealPixels(sealPicture.parse(sealOf(png, 35)));
    const wanted = await expected(png);
    expect(widthPx * heightPx * 4).toBe(wanted.length);
    let wrong = 0;
    for (const [index, opaque] of alpha.entries()) {
      const [red, green, blue, alphaWanted] = wanted.subarray(index * 4, index * 4 + 4);
      const [r, g, b] = rgb.subarray(index * 3, index * 3 + 3);
      if (opaque !== alphaWanted || (opaque > 0 && (r !== red || g !== green || b !== blue))) wrong += 1;
    }
    expect(wrong).toBe(0);
  };

  test.each([
    ['RGBA', {}],
    ['RGBA of adaptive filters', { adaptiveFiltering: true }],
    ['a palette of 256', { palette: true, colours: 256 }],
    ['a palette of 16', { palette: true, colours: 16 }],
    ['a palette of 4', { palette: true, colours: 4 }],
    ['a palette of 2', { palette: true, colours: 2 }],
  ])('is what libvips packed, pixel by pixel: %s', async (_, options) => {
    await samePixels(await sharp(sealPng(201)).png(options).toBuffer());
  });

  test.each([0, 1, 2, 3, 4])('is what libvips reads of rows with filter %i', async (filter) => {
    const noise = fc.sample(fc.uint8Array({ minLength: 4_000, maxLength: 4_000 }), { numRuns: 15, seed: 7 });
    const rows = Buffer.concat(noise).subarray(0, 121 * (101 * 4 + 1));
    for (let y = 0; y < 121; y += 1) rows[y * (101 * 4 + 1)] = filter;
    await samePixels(pngOf({ widthPx: 101, heightPx: 121, colourType: 6, rows }));
  });

  test('is RGB with one colour as paper, too', async () => {
    const key = Buffer.of(0, 0xff, 0, 0xff, 0, 0xff);
    const row = Buffer.concat([Buffer.of(0), Buffer.alloc(180, Buffer.of(0xd0, 0x10, 0x20)), Buffer.alloc(180, 0xff)]);
    const png = plain({ rows: Buffer.alloc(row.length * SIDE, row), chunks: [['tRNS', key]] });
    await samePixels(png);
    expect([...sealPixels(sealOf(png)).alpha.subarray(58, 62)]).toEqual([255, 255, 0, 0]);
  });

  test('does not show goes on in the colour before it, so that no printer mixes in black', () => {
    const row = Buffer.concat([Buffer.of(0), Buffer.alloc(240, Buffer.of(0xd0, 0x10, 0x20, 0xff)), Buffer.alloc(240)]);
    const { rgb } = sealPixels(sealOf(plain({ colourType: 6, rows: Buffer.alloc(row.length * SIDE, row) })));
    expect(new Set(rgb)).toEqual(new Set([0xd0, 0x10, 0x20]));
  });
});

describe('a picture that cannot be drawn', () => {
  const whole = sealPng(300);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1]! ^= 1;
  const tooLong = Buffer.alloc(90_000_000); // 90 kB when packed
  const clear = Buffer.alloc(SIDE * (SIDE * 4 + 1));
  const white = Buffer.alloc(SIDE * (SIDE * 3 + 1), 0xff).map((byte, at) => (at % (SIDE * 3 + 1) === 0 ? 0 : byte));
  const palette = { colourType: 3, rows: Buffer.alloc(SIDE * (SIDE + 1)) };

  test.each([
    ['with a bit turned over', damaged, 'is damaged'],
    ['that is cut off', whole.subarray(0, -13), 'is cut off'],
    ['of a header alone', whole.subarray(0, 33), 'is cut off'],
    ['with a chunk longer than the rest', Buffer.concat([whole.subarray(0, 33), Buffer.alloc(16, 0x7f)]), 'is cut off'],
    ['of fewer rows than it says', plain({ rows: Buffer.alloc(500) }), 'is cut off'],
    ['that unpacks to more than it says', plain({ rows: tooLong }), 'cannot be unpacked'],
    ['without data', pngOf({ widthPx: SIDE, heightPx: SIDE, colourType: 2, rows: new Uint8Array() }), 'is cut off'],
    ['of a filter that there is not', plain({ rows: Buffer.alloc(SIDE * (SIDE * 3 + 1), 5) }), 'is damaged'],
    ['with a chunk that one must know', plain({ chunks: [['IDOT', Buffer.of(1)]] }), 'holds what PNG does not know'],
    ['without a palette', plain(palette), 'lacks a colour of its palette'],
    [
      'of a palette that ends before',
      plain({ ...palette, rows: Buffer.alloc(SIDE * (SIDE + 1), 1), chunks: [['PLTE', Buffer.of(1, 2, 3, 4, 5)]] }),
      'lacks a colour of its palette',
    ],
    ['that is clear', plain({ colourType: 6, rows: clear }), 'shows nothing'],
    ['that is white', plain({ rows: white }), 'shows nothing'],
  ])('%s is refused by the name of the seal, soon and in little memory', (_, png, why) => {
    const seal = sealOf(png);
    expect(sealPicture.safeParse(seal).success).toBe(true);
    const began = performance.now();
    expect(() => sealPixels(seal)).toThrow(
      expect.objectContaining({ name: 'DeviceError', code: 'invalid-data', message: `seal: ${why}` }),
    );
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('wherever it ends, is refused', () => {
    for (let length = 33; length < whole.length; length += 257)
      expect(() => sealPixels(sealOf(whole.subarray(0, length))), `${length} bytes`).toThrow(/^seal: is cut off$/);
  });

  test('whatever is inside the framing of a PNG, it is drawn or refused', () => {
    const parts = fc.record({
      widthPx: fc.constant(100),
      heightPx: fc.constant(100),
      colourType: fc.constantFrom(2, 3, 6),
      rows: fc.uint8Array({ maxLength: 200 }).map((piece) => Buffer.alloc(40_100, piece.length > 0 ? piece : 0)),
      chunks: fc.array(
        fc.tuple(fc.constantFrom('PLTE', 'tRNS', 'IDAT', 'gAMA', 'acTL', 'IHDR'), fc.uint8Array({ maxLength: 800 })),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(parts, (given) => {
        try {
          sealPixels(sealOf(pngOf(given)));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-data', message: expect.stringMatching(/^seal: /) });
        }
      }),
    );
  });
});
