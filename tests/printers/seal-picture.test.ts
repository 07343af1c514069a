import { spawnSync } from 'node:child_process';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { certificate as certificateSchema } from '../../printers/document/document.ts';
import { licence as licenceSchema } from '../../printers/document/licence.ts';
import { sealPicture } from '../../printers/document/seal.ts';
import { sealPixels } from '../../printers/pdf/seal-picture.ts';
import { licences } from './licences.ts';
import { insuranceCertificate } from './pdf-certificates.ts';
import { largestSeal, type PngParts, pngOf, RED, sealOf, sealPng } from './seal-pictures.ts';

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
  const drawn = async (png: Buffer) => await sealPixels(sealPicture.parse(sealOf(png, 35)));
  /** Row by row the same bytes, each row behind the byte of no filter. */
  const even = (
    bytes: readonly number[],
    parts: Partial<PngParts> & Pick<PngParts, 'colourType'>,
    perRow = SIDE,
  ): Buffer => {
    const row = Buffer.concat([Buffer.of(0), Buffer.alloc(bytes.length * perRow, Buffer.from(bytes))]);
    return plain({ ...parts, rows: Buffer.alloc(row.length * SIDE, row) });
  };
  const key = (...bytes: number[]) => ({ chunks: [['tRNS', Buffer.from(bytes)]] as const });

  // The expected pixels are those of the standard: samples of fewer bits spread over 0 to 255, of 16 bits the upper byte.
  test.each([
    ['grey', even([77], { colourType: 0 }), '4d4d4d', [255, 255]],
    ['grey of 1 bit', even([0b0101_0101], { colourType: 0, bitDepth: 1 }, SIDE / 8), '000000ffffff', [255, 255]],
    ['grey of 2 bits', even([0b0110_0110], { colourType: 0, bitDepth: 2 }, SIDE / 4), '555555aaaaaa', [255, 255]],
    ['grey of 4 bits', even([0x2d], { colourType: 0, bitDepth: 4 }, SIDE / 2), '222222dddddd', [255, 255]],
    ['grey of 16 bits', even([77, 200], { colourType: 0, bitDepth: 16 }), '4d4d4d', [255, 255]],
    ['grey and alpha', even([77, 255, 9, 128], { colourType: 4 }, SIDE / 2), '4d4d4d090909', [255, 128]],
    ['grey and alpha of 16 bits', even([77, 3, 128, 3], { colourType: 4, bitDepth: 16 }), '4d4d4d', [128, 128]],
    ['grey with one shade as paper', even([77, 255], { colourType: 0, ...key(0, 255) }, SIDE / 2), '4d4d4d', [255, 0]],
    ['RGB of 16 bits', even([208, 9, 16, 9, 32, 9], { colourType: 2, bitDepth: 16 }), 'd01020', [255, 255]],
    ['RGBA', even([208, 16, 32, 128], { colourType: 6 }), 'd01020', [128, 128]],
    ['RGBA of 16 bits', even([208, 9, 16, 9, 32, 9, 128, 9], { colourType: 6, bitDepth: 16 }), 'd01020', [128, 128]],
    [
      'RGB with one colour as paper',
      even([208, 16, 32, 255, 255, 255], { colourType: 2, ...key(0, 255, 0, 255, 0, 255) }, SIDE / 2),
      'd01020',
      [255, 0],
    ],
    [
      'a palette of 1 bit',
      even(
        [0b0101_0101],
        {
          colourType: 3,
          bitDepth: 1,
          chunks: [
            ['PLTE', Buffer.from('d01020203040', 'hex')],
            ['tRNS', Buffer.of(255, 90)],
          ],
        },
        SIDE / 8,
      ),
      'd01020203040',
      [255, 90],
    ],
  ])('is %s in its colours and as transparent as it says', async (_, png, colours, opaque) => {
    const { widthPx, heightPx, rgb, alpha } = await drawn(png);
    expect([widthPx, heightPx]).toEqual([SIDE, SIDE]);
    const pixels = Buffer.alloc(rgb.length, Buffer.from(colours, 'hex'));
    expect(Buffer.compare(rgb, pixels)).toBe(0);
    expect(alpha.every((value, index) => value === opaque[index % 2])).toBe(true);
  });

  test.each([
    ['as libvips packs it', {}],
    ['of adaptive filters', { adaptiveFiltering: true }],
    ['interlaced', { progressive: true }],
  ])('is the same seal %s', async (_, options) => {
    const png = sealPng(201);
    const packed = await sharp(png).png(options).toBuffer();
    expect(packed).not.toEqual(png);
    expect(await drawn(packed)).toEqual(await drawn(png));
  });

  test('is a palette of the seal, transparent as the seal is', async () => {
    const [png, palette] = [sealPng(201), await sharp(sealPng(201)).png({ palette: true, colours: 32 }).toBuffer()];
    const [wanted, got] = [await drawn(png), await drawn(palette)];
    const furthest = wanted.alpha.reduce((most, value, at) => Math.max(most, Math.abs(value - got.alpha[at]!)), 0);
    expect(furthest).toBeLessThan(20);
    const inked = got.alpha.indexOf(255) * 3;
    for (const [at, channel] of RED.entries()) expect(Math.abs(got.rgb[inked + at]! - channel)).toBeLessThan(8);
  });

  test('is its numbers as sRGB, whatever profile it brings', async () => {
    const png = await sharp(sealPng(201)).withIccProfile('p3').png().toBuffer();
    expect(png.includes('iCCP')).toBe(true);
    const numbers = await sharp(png, { ignoreIcc: true }).removeAlpha().raw().toBuffer();
    expect(numbers.subarray(0, 3)).not.toEqual(Buffer.from(RED));
    expect([...(await drawn(png)).rgb.subarray(0, 3)]).toEqual([...numbers.subarray(0, 3)]);
  });

  test('of an animation is the picture that everybody sees', async () => {
    const numbers = (...values: number[]): Buffer => {
      const bytes = Buffer.alloc(values.length * 4);
      for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4);
      return bytes;
    };
    const frame = (index: number) => Buffer.concat([numbers(index, SIDE, SIDE, 0, 0), Buffer.of(0, 1, 0, 10, 0, 0)]);
    const white = plain({ rows: redRows(SIDE, SIDE).map((byte) => (byte === 0 ? 0 : 0xff)) });
    const second = white.subarray(33 + 8, white.length - 12 - 4);
    const animated = plain({
      chunks: [
        ['acTL', numbers(2, 0)],
        ['fcTL', frame(0)],
      ],
      after: [
        ['fcTL', frame(1)],
        ['fdAT', Buffer.concat([numbers(2), second])],
      ],
    });
    expect(animated.includes('fdAT')).toBe(true);
    expect(await drawn(animated)).toEqual(await drawn(plain()));
  });

  test('is as large as it says, whatever more it holds, soon', async () => {
    const longer = plain({ rows: Buffer.concat([redRows(SIDE, SIDE), Buffer.alloc(30_000_000)]) });
    const began = performance.now();
    expect(await drawn(longer)).toEqual(await drawn(plain()));
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('does not show goes on in the colour before it, so that no printer mixes in black', async () => {
    const row = Buffer.concat([Buffer.of(0), Buffer.alloc(240, Buffer.of(0xd0, 0x10, 0x20, 0xff)), Buffer.alloc(240)]);
    const { rgb } = await drawn(plain({ colourType: 6, rows: Buffer.alloc(row.length * SIDE, row) }));
    expect(new Set(rgb)).toEqual(new Set([0xd0, 0x10, 0x20]));
  });
});

describe('a picture that cannot be drawn', () => {
  const whole = sealPng(300);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1]! ^= 1;
  const clear = Buffer.alloc(SIDE * (SIDE * 4 + 1));
  const white = Buffer.alloc(SIDE * (SIDE * 3 + 1), 0xff).map((byte, at) => (at % (SIDE * 3 + 1) === 0 ? 0 : byte));

  test.each([
    ['with a bit turned over', damaged, 'is damaged'],
    ['that is cut off', whole.subarray(0, -13), 'is cut off'],
    ['without its end', whole.subarray(0, -12), 'is cut off'],
    ['of a header alone', whole.subarray(0, 33), 'is cut off'],
    ['with a chunk longer than the rest', Buffer.concat([whole.subarray(0, 33), Buffer.alloc(16, 0x7f)]), 'is cut off'],
    ['of fewer rows than it says', plain({ rows: Buffer.alloc(500) }), 'is damaged'],
    ['of fewer interlaced rows than it says', plain({ interlace: 1, rows: Buffer.alloc(500) }), 'is damaged'],
    ['without data', plain({ rows: new Uint8Array() }), 'is damaged'],
    ['of a filter that there is not', plain({ rows: Buffer.alloc(SIDE * (SIDE * 3 + 1), 5) }), 'is damaged'],
    ['with a chunk that one must know', plain({ chunks: [['IDOT', Buffer.of(1)]] }), 'is damaged'],
    ['of a colour type that there is not', plain({ colourType: 5 }), 'is damaged'],
    ['without a palette', plain({ colourType: 3, rows: Buffer.alloc(SIDE * (SIDE + 1)) }), 'is damaged'],
    ['of another size behind its header', plain({ chunks: [['IHDR', whole.subarray(16, 29)]] }), 'is damaged'],
    ['that is clear', plain({ colourType: 6, rows: clear }), 'shows nothing'],
    ['that is white', plain({ rows: white }), 'shows nothing'],
  ])('%s is refused by the name of the seal, soon', async (_, png, why) => {
    const seal = sealOf(png);
    expect(sealPicture.safeParse(seal).success).toBe(true);
    const began = performance.now();
    await expect(sealPixels(seal)).rejects.toEqual(
      expect.objectContaining({ name: 'DeviceError', code: 'invalid-data', message: `seal: ${why}` }),
    );
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('with pixels that are not what was packed is refused, even where their CRC is right', async () => {
    const png = plain();
    const at = png.length - 12 - 4; // behind zlib's checksum
    png[at - 1]! ^= 1;
    png.writeUInt32BE(crc32(png.subarray(33 + 4, at)), at);
    await expect(sealPixels(sealOf(png))).rejects.toThrow('seal: is damaged');
  });

  test('with more pixels than a seal may have is not unpacked', async () => {
    await expect(sealPixels(sealOf(plain({ widthPx: 1_201, heightPx: 1_200 })))).rejects.toThrow('seal: is damaged');
  });

  test('wherever it ends, is refused', async () => {
    for (let length = 33; length < whole.length; length += 257)
      await expect(sealPixels(sealOf(whole.subarray(0, length))), `${length} bytes`).rejects.toThrow(
        /^seal: is cut off$/,
      );
  });

  test('wherever a bit of a palette is turned over, is refused: never drawn without its transparency', async () => {
    const palette = await sharp(sealPng(120)).png({ palette: true, colours: 4 }).toBuffer();
    expect(palette.includes('tRNS')).toBe(true);
    for (let at = 8; at < palette.length; at += 1) {
      const turned = Buffer.from(palette);
      turned[at]! ^= 0x20;
      await expect(sealPixels(sealOf(turned)), `byte ${at}`).rejects.toThrow(/^seal: is (damaged|cut off)$/);
    }
  });

  test('whatever is inside the framing of a PNG, it is drawn or refused', async () => {
    const parts = fc.record({
      widthPx: fc.constant(100),
      heightPx: fc.constant(100),
      colourType: fc.constantFrom(0, 2, 3, 4, 6),
      bitDepth: fc.constantFrom(1, 8, 16),
      interlace: fc.constantFrom(0, 1),
      rows: fc.uint8Array({ maxLength: 200 }).map((piece) => Buffer.alloc(80_100, piece.length > 0 ? piece : 0)),
      chunks: fc.array(
        fc.tuple(fc.constantFrom('PLTE', 'tRNS', 'IDAT', 'gAMA', 'acTL', 'IHDR'), fc.uint8Array({ maxLength: 800 })),
        { maxLength: 3 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(parts, async (given) => {
        const result = await sealPixels(sealOf(pngOf(given))).catch((error: unknown) => error);
        if (result instanceof Error)
          expect(result).toMatchObject({ code: 'invalid-data', message: expect.stringMatching(/^seal: /) });
        else expect(result).toMatchObject({ widthPx: 100, heightPx: 100 });
      }),
    );
  });
});

describe('a process that draws certificates', () => {
  const certificates = new URL('./pdf-certificates.ts', import.meta.url).href;
  const renderer = new URL('../../printers/pdf/certificate.ts', import.meta.url).href;
  const script = `
    const { insuranceCertificate } = await import(${JSON.stringify(certificates)});
    const { renderCertificate } = await import(${JSON.stringify(renderer)});
    process.report.excludeNetwork = true;
    const hasLibvips = () => process.report.getReport().sharedObjects.some((path) => path.includes('vips'));
    const [usual, hostile] = (await process.stdin.toArray()).join('').split(' ');
    const draw = (png) => renderCertificate({ ...insuranceCertificate, ...(png && { seal: { png, widthMm: 42 } }) });
    const loaded = [];
    for (const png of [undefined, usual]) {
      await draw(png);
      loaded.push(hasLibvips());
    }
    const { default: sharp } = await import('sharp');
    sharp.concurrency(4); // as it would be without glibc
    const peakBytes = () => process.resourceUsage().maxRSS * 1024;
    const beforeBytes = peakBytes();
    for (let count = 0; count < 3; count += 1) await draw(hostile);
    const grownBytes = peakBytes() - beforeBytes;
    const { memory, items } = sharp.cache();
    console.log(JSON.stringify({ loaded, grownBytes, kept: [memory.max, items.max], threads: sharp.concurrency() }));`;

  test('has libvips only once one of them brings a seal, and no memory for texts in it that unpack to 96 MB', async () => {
    const text = Buffer.concat([Buffer.from('k\0\0'), deflateSync(Buffer.alloc(8_000_000, 'x'), { level: 9 })]);
    const hostile = plain({ chunks: Array.from({ length: 12 }, () => ['zTXt', text]) });
    const seals = [sealPng(300), hostile].map((png) => sealPicture.parse(sealOf(png)).png);
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      input: seals.join(' '),
      encoding: 'utf8',
      timeout: 60_000,
    });
    const { loaded, grownBytes, kept, threads } = JSON.parse(stdout);
    console.info(`${grownBytes} bytes more for three hostile seals`);
    expect({ loaded, kept, threads }).toEqual({ loaded: [false, true], kept: [0, 0], threads: 1 });
    expect(grownBytes).toBeLessThan(60_000_000);
  });
});
