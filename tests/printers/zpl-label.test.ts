import { createCanvas } from '@napi-rs/canvas';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { registerFont } from '../../printers/canvas-fonts.ts';
import type { Bitmap } from '../../printers/core/bitmap.ts';
import { qrMatrix } from '../../printers/document/qr-matrix.ts';
import { isFullWidth, openedFont } from '../../printers/pdf/fonts.ts';
import { assertFits, labelOf, media, zplOptions } from '../../printers/zpl/label.ts';
import { labelFonts, rasterCertificate } from '../../printers/zpl/raster.ts';
import { oneIn } from '../support/long-form.ts';
import { englishCertificate, insuranceCertificate, withMonths } from './pdf-certificates.ts';
import { sealOf, sealPng } from './seal-pictures.ts';

const label = (options: unknown) => labelOf(zplOptions.parse(options));
const isBlack = ({ rowBytes, bits }: Bitmap, x: number, y: number): boolean =>
  (bits[y * rowBytes + (x >> 3)]! & (0x80 >> (x & 7))) !== 0;

/** Where ink is, in dots. */
function inked(image: Bitmap): { left: number; top: number; right: number; bottom: number } {
  const box = { left: Number.POSITIVE_INFINITY, top: Number.POSITIVE_INFINITY, right: 0, bottom: 0 };
  for (let y = 0; y < image.rows; y += 1) {
    for (let x = 0; x < image.rowBytes * 8; x += 1) {
      if (!isBlack(image, x, y)) continue;
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x + 1);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box;
}

describe('a label', () => {
  test('of a CR80 card has 1012 × 638 dots at 300 dpi', () => {
    expect(label({ media: 'cr80', dpi: 300 })).toMatchObject({ widthDots: 1012, heightDots: 638 });
  });

  test('is 100 × 150 mm at 8 dots a millimetre unless configured otherwise', () => {
    expect(label({})).toEqual({ widthDots: 800, heightDots: 1200, dotsPerMm: 8 });
    expect(label({ widthMm: 60, heightMm: 40, dpi: 600 })).toMatchObject({ widthDots: 1417, heightDots: 945 });
  });

  test.each([
    { media: 'a4' },
    { dpi: 200 },
    { widthMm: 60 },
    { media: 'cr80', widthMm: 60, heightMm: 40 },
    { mode: 'fold' },
  ])('cannot be %j', (options) => {
    expect(zplOptions.safeParse(options).success).toBe(false);
  });

  test('cannot be larger than a picture of it may be', () => {
    expect(zplOptions.safeParse({ widthMm: 220, heightMm: 300, dpi: 600 }).success).toBe(false);
    for (const id of Object.keys(media)) expect(zplOptions.safeParse({ media: id, dpi: 600 }).success).toBe(true);
  });
});

test.each(Object.entries(labelFonts))('%s has what is an em wide on the sheet an em wide', (name, file) => {
  registerFont(name, file);
  const context = createCanvas(1, 1).getContext('2d');
  const sheet = openedFont(name.endsWith('Serif') ? 'serif' : 'sans');
  const all = Array.from({ length: 0x9fff - 0x3400 }, (_, at) => String.fromCodePoint(0x3400 + at))
    .filter((_, at) => at % oneIn(50) === 0)
    .concat(...'，。、；：？！（）《》')
    .filter((character) => isFullWidth(character) && sheet.hasGlyphForCodePoint(character.codePointAt(0)!));
  expect(all.length).toBeGreaterThan(400);
  for (const sizePx of [12, 17, 40]) {
    context.font = `${sizePx}px "${name}"`;
    expect(all.filter((character) => context.measureText(character).width !== sizePx)).toEqual([]);
  }
});

describe('a sheet that is asked for', () => {
  const card = zplOptions.parse({ media: 'cr80', dpi: 300 });

  test('is taken where it is what the printer holds, to half a millimetre', () => {
    expect(() =>
      assertFits({ media: 'iso_id-1_53.98x85.6mm' }, zplOptions.parse({ widthMm: 54, heightMm: 85.7 })),
    ).not.toThrow();
    expect(() =>
      assertFits({ media: 'oe_label_4x6in' }, zplOptions.parse({ widthMm: 101.6, heightMm: 152 })),
    ).not.toThrow();
  });

  test.each([
    [{ media: 'iso_a4_210x297mm' }, /85.7 × 54 mm/],
    [{ media: 'iso_id-1_85.6x53mm' }, /iso_id-1_85.6x53mm/],
    [{ media: 'custom_card' }, /custom_card/],
    [{ media: 'iso_id-1_85.6x53.98mm', source: 'tray-2' }, /tray-2/],
    [{ media: 'iso_id-1_85.6x53.98mm', type: 'stationery-preprinted' }, /stationery-preprinted/],
  ])('%j is not: the printer would print on something else', (sheet, detail) => {
    expect(() => assertFits(sheet, card)).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(detail) }),
    );
  });
});

describe('a certificate on a label', () => {
  test.each([
    ['100 × 150 mm at 203 dpi', insuranceCertificate, {}],
    ['100 × 150 mm at 300 dpi', withMonths(6), { dpi: 300 }],
    ['100 × 100 mm', insuranceCertificate, { media: '100x100' }],
    ['a card, turned', insuranceCertificate, { media: 'cr80', dpi: 300 }],
    ['a card, upright', englishCertificate, { media: 'cr80', dpi: 300 }],
  ] as const)('of %s keeps off its edges and fills one of its sides', async (_, certificate, options) => {
    const { widthDots, heightDots, dotsPerMm } = label(options);
    const image = await rasterCertificate(certificate, { widthDots, heightDots, dotsPerMm });
    expect([image.rowBytes, image.rows]).toEqual([Math.ceil(widthDots / 8), heightDots]);
    const { left, top, right, bottom } = inked(image);
    const least = dotsPerMm - 2;
    for (const margin of [left, top, widthDots - right, heightDots - bottom]) expect(margin).toBeGreaterThan(least);
    const most = 4 * dotsPerMm;
    expect(Math.min(left + widthDots - right, top + heightDots - bottom)).toBeLessThan(most);
  });

  test('carries its verification code module by module', async () => {
    const image = await rasterCertificate(insuranceCertificate, label({}));
    const { modules, dark } = qrMatrix(insuranceCertificate.verification.url, 'M')!;
    const moduleDots = 3;
    const isCode = (left: number, top: number): boolean =>
      dark.every((black, at) => {
        const [x, y] = [left + (at % modules) * moduleDots, top + Math.floor(at / modules) * moduleDots];
        return isBlack(image, x, y) === black && isBlack(image, x + moduleDots - 1, y + moduleDots - 1) === black;
      });
    const left = inked(image).left;
    const tops = Array.from({ length: image.rows - modules * moduleDots }, (_, y) => y);
    expect(tops.filter((top) => isCode(left, top) || isCode(left + 1, top))).toHaveLength(1);
  });

  const onWhite = sharp(sealPng(500)).flatten({ background: '#fff' }).png().toBuffer();
  test.each([
    ['on clear ground', sealPng(500)],
    ['on white ground', onWhite],
  ])('has the picture of its seal, %s, in black, where the drawn one would be', async (_, png) => {
    const [drawn, stamped] = await Promise.all(
      [{}, { seal: sealOf(await png) }].map((given) =>
        rasterCertificate({ ...insuranceCertificate, ...given }, label({})),
      ),
    );
    // Of the right half nothing lies lower than the ring, which is as thick and as far right in both.
    const lowest = (image: Bitmap): { y: number; middle: number; thickness: number } => {
      const right = Array.from({ length: 400 }, (_, x) => 400 + x);
      let y = image.rows - 1;
      while (!right.some((x) => isBlack(image, x, y))) y -= 1;
      const inks = right.filter((x) => isBlack(image, x, y));
      const middle = (inks.at(0)! + inks.at(-1)!) / 2;
      let thickness = 0;
      while (isBlack(image, Math.round(middle), y - thickness)) thickness += 1;
      return { y, middle, thickness };
    };
    const [wanted, got] = [lowest(drawn!), lowest(stamped!)];
    expect(wanted.thickness).toBeGreaterThan(4);
    for (const key of ['y', 'middle', 'thickness'] as const)
      expect(Math.abs(wanted[key] - got[key]), key).toBeLessThan(1.6);
    expect(stamped).not.toEqual(drawn);
  });

  test('is none with a seal that is damaged', async () => {
    const seal = sealOf(sealPng(300).subarray(0, -20));
    await expect(rasterCertificate({ ...insuranceCertificate, seal }, label({}))).rejects.toMatchObject({
      code: 'invalid-data',
      message: 'seal: is cut off',
    });
  });

  test('is the same dots every time', async () => {
    const draw = (): Promise<Bitmap> => rasterCertificate(insuranceCertificate, label({}));
    expect(await draw()).toEqual(await draw());
  });

  test('prints a rare character that the sans lacks nowhere as a box', async () => {
    const image = await rasterCertificate({ ...insuranceCertificate, title: '㛃𠅤证明' }, label({}));
    const box = await rasterCertificate({ ...insuranceCertificate, title: '㛃证证明' }, label({}));
    expect(image).not.toEqual(box);
  });
});
