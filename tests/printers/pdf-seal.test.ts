import { describe, expect, test } from 'vitest';
import { renderCertificate } from '../../printers/pdf/certificate.ts';
import { renderLicence } from '../../printers/pdf/licence.ts';
import { assertOnPage, overlayItems } from '../../printers/pdf/overlay.ts';
import { loadTemplate, type Overlay } from '../../printers/pdf/template.ts';
import { licences } from './licences.ts';
import { englishCertificate, insuranceCertificate } from './pdf-certificates.ts';
import { lookAt, readPage, type SeenPage } from './pdf-pages.ts';
import { pngOf, RED, sealOf, sealPng } from './seal-pictures.ts';

const business = licences['business-licence'];
const seal = sealOf(sealPng(300));
const overlayOf = (id: string): Overlay => {
  const { layout } = loadTemplate(id);
  if (layout.type !== 'overlay') throw new TypeError(`${id} is no overlay`);
  return layout;
};

/** In one colour all over, `alpha` of 255 opaque. */
const evenSeal = (alpha: number, widthPx = 100, heightPx = 100) => {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(widthPx * 4, Buffer.of(...RED, alpha))]);
  return sealOf(pngOf({ widthPx, heightPx, colourType: 6, rows: Buffer.alloc(row.length * heightPx, row) }));
};

/** In millimetres, by `pdf/layout.ts` and `pdf/closing.ts`: the middle of the signature, 21 mm above the foot. */
const onCertificate = { x: 210 - 29 - 39, y: 297 - 27 - 21 };
const { xMm: x, yMm: y } = overlayOf('business-licence').seal!;
const onBlank = { x, y };

type Point = Readonly<typeof onBlank>;
const around = ({ x, y }: Point, radiusMm: number, degrees: number): readonly [number, number] => {
  const angle = (degrees * Math.PI) / 180;
  return [x + radiusMm * Math.sin(angle), y - radiusMm * Math.cos(angle)];
};
/** The upper third of a circle: the signature lies over the rest. */
const upwards = Array.from({ length: 13 }, (_, step) => (step - 6) * 10);
const isRed = (page: SeenPage, [atX, atY]: readonly [number, number]): boolean => {
  const [red, green, blue] = page.colourAt(atX, atY);
  return red > 200 && green < 90 && blue < 90;
};
const isPaper = (page: SeenPage, [atX, atY]: readonly [number, number]): boolean =>
  page.colourAt(atX, atY).every((channel) => channel > 250);

describe('the picture of a seal', () => {
  test.each([
    ['a certificate', onCertificate, renderCertificate({ ...insuranceCertificate, seal }), 1],
    ['a certificate in English', onCertificate, renderCertificate({ ...englishCertificate, seal }), 1],
    ['a licence on plain paper', onCertificate, renderLicence({ ...licences['tax-certificate'], seal }), 1],
    ['a licence on its blank', onBlank, renderLicence({ ...business, seal }), 1],
    ['a preview', onBlank, renderLicence({ ...business, seal }, { preview: true }), 1],
    [
      'a certificate, 35 mm wide',
      onCertificate,
      renderCertificate({ ...insuranceCertificate, seal: { ...seal, widthMm: 35 } }),
      35 / 42,
    ],
  ] as const)('on %s is round, red, of its size, and paper shows through', async (_, centre, pdf, scale) => {
    const page = await lookAt(await pdf);
    const ring = upwards.map((degrees) => isRed(page, around(centre, 20.4 * scale, degrees)));
    const outside = upwards.map((degrees) => isPaper(page, around(centre, 21.3 * scale, degrees)));
    const inside = upwards.map((degrees) => isPaper(page, around(centre, 19.4 * scale, degrees)));
    expect(ring.concat(outside, inside)).toEqual(Array(39).fill(true));
    expect(isRed(page, [centre.x, centre.y])).toBe(true); // the star
  });

  test('moves with the calibration', async () => {
    const page = await lookAt(await renderLicence({ ...business, seal }, { offsetXMm: 3, offsetYMm: -2 }));
    const moved = { x: onBlank.x + 3, y: onBlank.y - 2 };
    for (const degrees of upwards) expect(isRed(page, around(moved, 20.4, degrees))).toBe(true);
  });

  test('is as transparent as it says, over what lies below and around it', async () => {
    const page = await lookAt(await renderCertificate({ ...insuranceCertificate, seal: evenSeal(128) }));
    const [red, green, blue] = page.colourAt(onCertificate.x, onCertificate.y - 15);
    expect(red).toBeCloseTo((RED[0] + 255) / 2, -1);
    expect(green).toBeCloseTo((RED[1] + 255) / 2, -1);
    expect(blue).toBeCloseTo((RED[2] + 255) / 2, -1);
  });

  test.each([
    ['certificate', onCertificate, (given: object) => renderCertificate({ ...insuranceCertificate, ...given })],
    ['licence', onBlank, (given: object) => renderLicence({ ...business, ...given })],
  ] as const)('lies below the texts of a %s, which stay as they are', async (_, centre, render) => {
    const [plain, sealed] = await Promise.all([{ seal: evenSeal(90) }, { seal: evenSeal(255) }].map(render));
    const [before, after] = await Promise.all([lookAt(plain!), lookAt(sealed!)]);
    let dark = 0;
    let lost = 0;
    for (let down = -20; down <= 20; down += 0.1) {
      for (let right = -20; right <= 20; right += 0.1) {
        if (!before.isDark(centre.x + right, centre.y + down)) continue;
        dark += 1;
        if (!after.isDark(centre.x + right, centre.y + down)) lost += 1;
      }
    }
    expect(dark).toBeGreaterThan(1_000);
    expect(lost).toBe(0);
    expect((await readPage(sealed!)).said).toBe((await readPage(plain!)).said);
  });

  test('takes the place of the drawn one, of which nothing is left', async () => {
    const text = async (given: object): Promise<string> =>
      (await readPage(await renderCertificate({ ...insuranceCertificate, ...given }))).said;
    expect(await text({})).toContain('电子印章');
    expect(await text({ seal })).not.toContain('电子印章');
  });

  test('takes no more than its own size, gives the same bytes, and says nothing of itself', async () => {
    const size = Buffer.from(seal.png, 'base64').length;
    const pdf = await renderCertificate({ ...insuranceCertificate, seal });
    const drawn = await renderCertificate(insuranceCertificate);
    console.info(`certificate with a seal of ${size} bytes: ${pdf.length}, with the drawn one: ${drawn.length}`);
    expect(size).toBeGreaterThan(10_000);
    expect(pdf.length).toBeLessThan(60_000);
    expect(pdf.length).toBeLessThan(drawn.length + size);
    expect(await renderCertificate({ ...insuranceCertificate, seal })).toEqual(pdf);
  });

  // ISO 19005-2 6.2.8 and 6.2.10: what veraPDF asks of pictures and of pages with transparency.
  test('is a picture in RGB with a mask in grey, and its page blends in RGB', async () => {
    const pdf = Buffer.from(await renderCertificate({ ...insuranceCertificate, seal })).toString('latin1');
    expect(pdf.slice(0, 8)).toBe('%PDF-1.4');
    expect(pdf.match(/\/Subtype \/Image\n/g)).toHaveLength(2);
    expect(pdf.match(/\/ColorSpace \/Device(RGB|Gray)\n/g)?.toSorted()).toEqual([
      '/ColorSpace /DeviceGray\n',
      '/ColorSpace /DeviceRGB\n',
    ]);
    expect(pdf).toMatch(/\/SMask \d+ 0 R/);
    expect(pdf).toMatch(/\/Group <<\n\/Type \/Group\n\/S \/Transparency\n\/CS \/DeviceRGB\n>>/);
    expect(pdf).not.toContain('/Interpolate');
  });
});

describe('a seal that cannot be printed', () => {
  const damaged = sealOf(sealPng(300).subarray(0, -20));
  const broken = expect.objectContaining({ code: 'invalid-data', message: 'seal: is cut off' });

  test('makes no certificate and no licence, whatever they are printed on', async () => {
    await expect(renderCertificate({ ...insuranceCertificate, seal: damaged })).rejects.toEqual(broken);
    await expect(renderLicence({ ...business, seal: damaged })).rejects.toEqual(broken);
    await expect(renderLicence({ ...licences['tax-certificate'], seal: damaged })).rejects.toEqual(broken);
  });

  test('is refused where the blank has no place for it', () => {
    const { seal: _, ...layout } = overlayOf('business-licence');
    const texts = { ...business.values, serial: business.serial };
    const place = (picture?: typeof seal) => () =>
      overlayItems(layout, texts, { mark: '', picture }, business.verification.url);
    expect(place()).not.toThrow();
    expect(place(seal)).toThrow(expect.objectContaining({ code: 'invalid-data', message: 'seal: has no place' }));
  });

  test('is refused where the calibration moves it off the page, by its own size', () => {
    const layout = { ...overlayOf('business-licence'), places: [], seal: { xMm: 297 - 22, yMm: 100 } };
    const check =
      (widthMm: number, given = seal) =>
      () =>
        assertOnPage(
          layout,
          { widthMm: 297, heightMm: 210 },
          { offsetXMm: 0, offsetYMm: 0, rotationDeg: 0 },
          { ...given, widthMm },
        );
    expect(check(44)).not.toThrow();
    expect(check(45)).toThrow('the calibration moves seal off the page');
    const oval = evenSeal(255, 150, 100);
    layout.seal = { xMm: 100, yMm: 16 };
    expect(check(45, oval)).not.toThrow();
    expect(check(45)).toThrow('the calibration moves seal off the page');
  });
});
