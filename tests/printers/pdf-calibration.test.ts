import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Calibration,
  CROSS_INSET_MM,
  calibrationFrom,
  calibrationReading,
  calibration as calibrationSchema,
} from '../../printers/document/calibration.ts';
import { renderCalibrationSheet } from '../../printers/pdf/calibration-sheet.ts';
import { renderLicence } from '../../printers/pdf/licence.ts';
import { assertOnPage } from '../../printers/pdf/overlay.ts';
import { licenceTemplate } from '../../printers/pdf/template.ts';
import { licences } from './licences.ts';
import { lookAt, type PrintedText, readPage } from './pdf-pages.ts';

const business = licences['business-licence'];
const landscape = { widthMm: 297, heightMm: 210 };
type Point = readonly [number, number];

/** As a machine moves what it prints, or a calibration what it is sent: turned clockwise about the page's centre, then moved. */
function moved([x, y]: Point, { offsetXMm, offsetYMm, rotationDeg }: Calibration): Point {
  const [right, down, turn] = [x - 297 / 2, y - 210 / 2, (rotationDeg * Math.PI) / 180];
  return [
    297 / 2 + right * Math.cos(turn) - down * Math.sin(turn) + offsetXMm,
    210 / 2 + right * Math.sin(turn) + down * Math.cos(turn) + offsetYMm,
  ];
}

describe('a calibration', () => {
  test.each([
    { offsetXMm: 3.2, offsetYMm: -1.4, rotationDeg: 0 },
    { offsetXMm: 0, offsetYMm: 0, rotationDeg: 1.5 },
    { offsetXMm: -2, offsetYMm: 4, rotationDeg: -0.8 },
  ])('of %j moves everything on the blank by as much, and not the page', async (shift) => {
    const [straight, shifted] = await Promise.all(
      [{}, shift].map(async (options) => await readPage(await renderLicence(business, options))),
    );
    expect([shifted!.widthMm, shifted!.heightMm]).toEqual([straight!.widthMm, straight!.heightMm]);
    const find = (texts: readonly PrintedText[], start: string) => texts.find(({ text }) => text.startsWith(start))!;
    for (const text of [business.serial, '有限责任公司', '2026年11月']) {
      const [before, after] = [find(straight!.texts, text), find(shifted!.texts, text)];
      const [x, y] = moved([before.xMm, before.yMm], shift);
      expect(after.xMm).toBeCloseTo(x, 2);
      expect(after.yMm).toBeCloseTo(y, 2);
      expect(after.degrees).toBeCloseTo(shift.rotationDeg, 3);
    }
  });

  test('is left out of a preview, and of paper that has no blank to match', async () => {
    const shift = { offsetXMm: 5, offsetYMm: 5, rotationDeg: 2 };
    const certificate = licences['tax-certificate'];
    expect(await renderLicence(certificate, shift)).toEqual(await renderLicence(certificate));
    expect(await renderLicence(business, { ...shift, preview: true })).toEqual(
      await renderLicence(business, { preview: true }),
    );
  });

  test.each([
    [{ offsetXMm: 15.1 }, 'the calibration is out of bounds: offsetXMm'],
    [{ offsetYMm: -15.1 }, 'the calibration is out of bounds: offsetYMm'],
    [{ rotationDeg: 3.1 }, 'the calibration is out of bounds: rotationDeg'],
    [{ rotationDeg: Number.NaN }, 'the calibration is out of bounds: rotationDeg'],
  ])('of %j is refused', async (shift, message) => {
    await expect(renderLicence(business, shift)).rejects.toMatchObject({ code: 'invalid-data', message });
  });

  test.each([
    ['name', { offsetXMm: -9.6 }],
    ['verification.url', { offsetYMm: 14.1 }],
    ['seal', { offsetXMm: 9.7 }],
    ['name', { rotationDeg: -3, offsetXMm: -7 }],
  ])('that moves the %s over the edge, by %j, is refused by its name', (name, shift) => {
    const place = { text: 'name', xMm: 9.5, yMm: 40, widthMm: 60, heightMm: 10, sizePt: 12 };
    const qr = { xMm: 90, yMm: 170, sizeMm: 26 };
    const layout = licenceTemplate.shape.layout.parse({
      type: 'overlay',
      places: [place],
      qr,
      seal: { xMm: 266.4, yMm: 60 },
      preprinted: [],
    });
    if (layout.type !== 'overlay') throw new TypeError('no overlay');
    const check = (given: object) => () => assertOnPage(layout, landscape, calibrationSchema.parse(given));
    expect(check({})).not.toThrow();
    expect(check(shift)).toThrow(`the calibration moves ${name} off the page`);
  });

  test.each([[null], [[]], ['0'], [{ offsetXMm: '1' }], [{ offsetXMm: Number.POSITIVE_INFINITY }], [{ scale: 2 }]])(
    'cannot be read from %j',
    (value) => expect(calibrationSchema.safeParse(value).success).toBe(false),
  );
});

describe('a calibration sheet', () => {
  test('is of the size of the blank, with a cross at 25 mm from both edges in each corner', async () => {
    const sheet = await renderCalibrationSheet(landscape);
    const { widthMm, heightMm, said } = await readPage(sheet);
    expect([widthMm, heightMm].map((length) => Math.round(length * 100) / 100)).toEqual([297, 210]);
    expect(said).toContain('25.0毫米');
    const { isDark } = await lookAt(sheet, 4);
    const near = (x: number, y: number): boolean => [-0.1, 0, 0.1].some((by) => isDark(x + by, y + by));
    for (const x of [25, 272]) {
      for (const y of [25, 185]) {
        for (const arm of [-7, -3, 0, 3, 7]) {
          expect(near(x + arm, y)).toBe(true);
          expect(near(x, y + arm)).toBe(true);
          expect(near(x + 6, y + 6)).toBe(false);
        }
      }
    }
    for (const at of [1, 5, 10, 15]) expect(near(at, 25.7)).toBe(true); // strokes of the scale
  });

  test.each([
    ['A4', 297, 210, 1],
    ['A5', 148, 210, 1],
    ['A6', 105, 148, 0],
    ['the smallest, upright', 80, 450, 0],
    ['the smallest, lying', 450, 80, 0],
    ['the smallest', 80, 80, 0],
  ])('of %s says what to measure between its crosses, whole, or not at all', async (_, width, height, times) => {
    const { texts, said } = await readPage(await renderCalibrationSheet({ widthMm: width, heightMm: height }));
    expect(said.split('upperrightcrossfromthetop.').length - 1).toBe(times);
    for (const { text, xMm, yMm, widthMm } of texts) {
      if (/^\d+$/.test(text)) continue; // on the scales
      expect([xMm > 40, xMm + widthMm < width - 40, yMm > 20, yMm < height / 2 - 8], text).not.toContain(false);
    }
  });

  test('gives, measured, the calibration that undoes what the machine does, to 0.05 mm all over the page', () => {
    const hundredths = (most: number) => fc.integer({ min: -most, max: most }).map((number) => number / 100);
    const machine = fc.record({
      offsetXMm: hundredths(1_000),
      offsetYMm: hundredths(1_000),
      rotationDeg: hundredths(200),
    });
    const point = fc.tuple(fc.integer({ min: 0, max: 297 }), fc.integer({ min: 0, max: 210 }));
    fc.assert(
      fc.property(machine, point, (error, place) => {
        const [left, top] = moved([CROSS_INSET_MM, CROSS_INSET_MM], error);
        const [, rightTop] = moved([297 - CROSS_INSET_MM, CROSS_INSET_MM], error);
        const reading = { leftCross: { fromLeftMm: left, fromTopMm: top }, rightCross: { fromTopMm: rightTop } };
        const shift = calibrationFrom(calibrationReading.parse(reading), landscape);
        const [x, y] = moved(moved(place, shift), error);
        expect(Math.hypot(x - place[0], y - place[1])).toBeLessThan(0.05);
      }),
    );
  });

  test('measured on a machine that prints right gives nothing to do', () => {
    const reading = { leftCross: { fromLeftMm: 25, fromTopMm: 25 }, rightCross: { fromTopMm: 25 } };
    expect(calibrationFrom(reading, landscape)).toEqual({ offsetXMm: 0, offsetYMm: 0, rotationDeg: 0 });
  });

  test('measured further off than a calibration may be is refused', () => {
    const reading = { leftCross: { fromLeftMm: 45, fromTopMm: 25 }, rightCross: { fromTopMm: 25 } };
    expect(() => calibrationFrom(reading, landscape)).toThrow(/offsetXMm/);
    expect(calibrationReading.safeParse({ ...reading, rightCross: { fromTopMm: -1 } }).success).toBe(false);
    expect(calibrationReading.safeParse({ ...reading, rightCross: { fromTopMm: Number.NaN } }).success).toBe(false);
  });
});
