import { DeviceError } from '../../drivers/core/index.ts';
import type { Calibration } from '../document/calibration.ts';
import type { QrMatrix } from '../document/qr-matrix.ts';
import type { SealPicture } from '../document/seal.ts';
import { textWidthEm } from './fonts.ts';
import { frameItems } from './frame.ts';
import { breakLines, longestPieceEm } from './line-breaking.ts';
import { leastQrSize, qrItem, qrSymbol } from './qr-code.ts';
import { type SealLook, sealItems, sealSize } from './seal.ts';
import { colour, frameItem, type Item, lineItem, mm, type Size, textItem } from './sheet.ts';
import type { LicenceTemplate, Overlay, Place, Preprinted } from './template.ts';

const LEADING = 1.4;
/** Of Noto Serif SC's ideographs above the baseline, and of its letters below, in ems. */
const ASCENT = 0.88;
const DESCENT = 0.25;
/** From one size that is tried to the next. */
const STEP_PT = 0.5;

/** The texts in their places, code and seal. Fails `invalid-data` and names what does not fit, and nothing of its text. */
export function overlayItems(
  layout: Overlay,
  texts: Readonly<Record<string, string>>,
  sealLook: SealLook,
  url: string,
): Item[] {
  const { seal, qr } = layout;
  if (sealLook.picture && !seal) throw new DeviceError('invalid-data', 'seal: has no place');
  return [
    // Below the texts, which stay readable on every printer.
    ...(seal ? naming('issuer', () => sealItems(texts['issuer'] ?? '', sealLook, mm(seal.xMm), mm(seal.yMm))) : []),
    ...layout.places.flatMap((place) => naming(place.text, () => placedText(texts[place.text] ?? '', place))),
    // Last, as it is most of the work: none is made for a licence whose texts do not fit.
    qrItem(
      naming('verification.url', () => readableSymbol(url, mm(qr.sizeMm))),
      mm(qr.xMm),
      mm(qr.yMm),
      mm(qr.sizeMm),
    ),
  ];
}

function readableSymbol(url: string, size: number): QrMatrix {
  const symbol = qrSymbol(url);
  if (leastQrSize(symbol) > size) throw unfit();
  return symbol;
}

function placedText(text: string, place: Place): Item[] {
  if (text === '') return [];
  const { xMm, yMm, align, verticalAlign, weight } = place;
  const { lines, sizePt } = fitted(text, place);
  const [width, height] = [mm(place.widthMm), mm(place.heightMm)];
  const spare = verticalAlign === 'middle' ? (height - heightOf(lines, sizePt)) / 2 : 0;
  const x = mm(xMm) + width * { left: 0, center: 0.5, right: 1 }[align];
  const baseline = mm(yMm) + spare + ASCENT * sizePt;
  return lines.map((line, index) => textItem(line, x, baseline + index * LEADING * sizePt, { sizePt, weight, align }));
}

/** The largest size at which the whole text is in its place, no word or number divided. */
function fitted(text: string, place: Place): { lines: string[]; sizePt: number } {
  const [widthPt, heightPt] = [mm(place.widthMm), mm(place.heightMm)];
  const widestEm = place.wrap ? longestPieceEm(text) : textWidthEm(text);
  for (let sizePt = place.sizePt; sizePt >= (place.minSizePt ?? place.sizePt); sizePt -= STEP_PT) {
    if (widestEm * sizePt > widthPt) continue;
    const lines = place.wrap ? breakLines(text, { sizePt, widthPt }) : [text];
    if (heightOf(lines, sizePt) <= heightPt) return { lines, sizePt };
  }
  throw unfit();
}

function heightOf(lines: readonly string[], sizePt: number): number {
  return ((lines.length - 1) * LEADING + ASCENT + DESCENT) * sizePt;
}

function unfit(): DeviceError {
  return new DeviceError('invalid-data', 'does not fit its place');
}

/** An error about a text, with the text's name and nothing of what it says. */
export function naming<T>(name: string, set: () => T): T {
  try {
    return set();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    throw new DeviceError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}

export function preprintedItems(items: readonly Preprinted[], size: Size): Item[] {
  return items.flatMap((item) => preprintedItem(item, size));
}

function preprintedItem(item: Preprinted, size: Size): Item[] {
  const ink = colour.frame;
  switch (item.type) {
    case 'text': {
      const { text, xMm, yMm, sizePt, weight, align, trackingEm } = item;
      return [
        textItem(text, mm(xMm), mm(yMm), { sizePt, weight, align, trackingPt: trackingEm * sizePt, colour: ink }),
      ];
    }
    case 'line': {
      const [[x1, y1], [x2, y2]] = [item.fromMm, item.toMm];
      return [lineItem(mm(x1), mm(y1), mm(x2), mm(y2), 0.5, ink)];
    }
    case 'frame':
      return [frameItem(mm(item.xMm), mm(item.yMm), mm(item.widthMm), mm(item.heightMm), 0.5, ink)];
    case 'circle': {
      const { xMm, yMm, radiusMm } = item;
      return [
        { type: 'circle', x: mm(xMm), y: mm(yMm), radius: mm(radiusMm), lineWidth: 0.8, colour: colour.ornament },
      ];
    }
    case 'ornament':
      return frameItems(size);
  }
}

/** Fails `invalid-data` where a calibration takes a place, the code or the seal over the page's edge, which cuts it off. */
export function assertOnPage(
  layout: Overlay,
  page: LicenceTemplate['page'],
  shift: Calibration,
  picture?: SealPicture,
): void {
  const { places, qr, seal } = layout;
  const { widthMm, heightMm } = sealSize(picture);
  const boxes = [
    ...places,
    { text: 'verification.url', xMm: qr.xMm, yMm: qr.yMm, widthMm: qr.sizeMm, heightMm: qr.sizeMm },
    ...(seal ? [{ text: 'seal', xMm: seal.xMm - widthMm / 2, yMm: seal.yMm - heightMm / 2, widthMm, heightMm }] : []),
  ];
  for (const { text, xMm, yMm, ...box } of boxes) {
    const corners = [xMm, xMm + box.widthMm].flatMap((x) =>
      [yMm, yMm + box.heightMm].map((y) => shifted(x, y, page, shift)),
    );
    if (corners.some(([x, y]) => Math.min(x, y, page.widthMm - x, page.heightMm - y) < 0))
      throw new DeviceError('invalid-data', `the calibration moves ${text} off the page`);
  }
}

/** Turned clockwise about the page's centre, then moved: millimetres from the top left. */
function shifted(xMm: number, yMm: number, page: LicenceTemplate['page'], shift: Calibration): [number, number] {
  const turn = (shift.rotationDeg * Math.PI) / 180;
  const [right, down] = [xMm - page.widthMm / 2, yMm - page.heightMm / 2];
  return [
    page.widthMm / 2 + right * Math.cos(turn) - down * Math.sin(turn) + shift.offsetXMm,
    page.heightMm / 2 + right * Math.sin(turn) + down * Math.cos(turn) + shift.offsetYMm,
  ];
}
