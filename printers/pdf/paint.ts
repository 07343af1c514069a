import type PDFDocument from 'pdfkit';
import { widthEm } from './fonts.ts';
import type { Pixels, SealPixels } from './seal-picture.ts';
import type { Item } from './sheet.ts';

type Document = InstanceType<typeof PDFDocument>;
type ItemOf<T extends Item['type']> = Extract<Item, { type: T }>;

/** To 1/1000 pt, a third of a micrometre; the six places that pdfkit would write cost 4 to 8 % of the file. */
const fine = (points: number): number => Math.round(points * 1000) / 1000;

/**
 * Draws on the document's current page, in order: later items lie over earlier ones. The faces are registered by name, and of
 * each seal among the items `seals` has the pixels.
 */
export function paint(document: Document, items: readonly Item[], seals: SealPixels): void {
  for (const item of items) {
    if (item.type === 'text') paintText(document, item);
    else if (item.type === 'boxes') paintBoxes(document, item);
    else if (item.type === 'path') paintPath(document, item);
    else if (item.type === 'circle') paintCircle(document, item);
    else if (item.type === 'seal-picture') paintSeal(document, item, seals.get(item.picture)!);
    else paintWave(document, item);
  }
}

/** How much an outline adds to a stroke, half of it on either side: what parts Noto Serif SC's bold from its regular. */
const BOLD_EM = 0.03;

function paintText(document: Document, item: ItemOf<'text'>): void {
  const turned = item.degrees !== 0;
  if (turned) document.save().rotate(item.degrees, { origin: [item.x, item.baseline] });
  document.fillColor(item.colour).fontSize(item.sizePt);
  const bold = item.weight === 'bold';
  if (bold)
    document
      .strokeColor(item.colour)
      .lineJoin('round')
      .lineWidth(fine(item.sizePt * BOLD_EM));
  let x = item.x;
  for (const run of item.runs) {
    document.font(run.face).text(run.text, fine(x), fine(item.baseline), {
      lineBreak: false,
      fill: true,
      stroke: bold,
      baseline: 'alphabetic',
      characterSpacing: fine(item.trackingPt),
    });
    x += widthEm(run) * item.sizePt + item.trackingPt * [...run.text].length;
  }
  if (turned) document.restore();
}

function paintBoxes(document: Document, item: ItemOf<'boxes'>): void {
  for (const [x, y, width, height] of item.boxes) document.rect(fine(x), fine(y), fine(width), fine(height));
  document.fill(item.colour);
}

function paintPath(document: Document, item: ItemOf<'path'>): void {
  for (const [index, [x, y]] of item.points.entries()) {
    if (index === 0) document.moveTo(fine(x), fine(y));
    else document.lineTo(fine(x), fine(y));
  }
  if (item.closed) document.closePath();
  finishShape(document, item);
}

function paintCircle(document: Document, item: ItemOf<'circle'>): void {
  document.circle(item.x, item.y, item.radius);
  finishShape(document, item);
}

/** A page has one seal at the most. */
const SEAL_NAME = 'Seal';

/** ISO 32000-1 8.9.5 and 11.6.5.3: colours and transparency are a picture each. */
function paintSeal(
  document: Document,
  { x, y, width, height }: ItemOf<'seal-picture'>,
  { widthPx, heightPx, rgb, alpha }: Pixels,
): void {
  const image = { Type: 'XObject', Subtype: 'Image', Width: widthPx, Height: heightPx, BitsPerComponent: 8 };
  const mask = document.ref({ ...image, ColorSpace: 'DeviceGray' });
  mask.end(alpha);
  const seal = document.ref({ ...image, ColorSpace: 'DeviceRGB', SMask: mask });
  seal.end(rgb);
  document.page.xobjects[SEAL_NAME] = seal;
  // 11.4.7: without a space to blend in, a page takes its device's own, and colours beside the seal change with it.
  Object.assign(document.page.dictionary.data, { Group: { Type: 'Group', S: 'Transparency', CS: 'DeviceRGB' } });
  document.save().transform(fine(width), 0, 0, fine(-height), fine(x), fine(y + height));
  document.addContent(`/${SEAL_NAME} Do`).restore();
}

/** A cubic whose handles reach 0.3642 of a half wave is within 1 % of the sine. */
const SINE_HANDLE = 0.3642;

function paintWave(document: Document, item: ItemOf<'wave'>): void {
  const half = item.waveLength / 2;
  const peak = item.amplitude * 1.3333; // a cubic reaches three quarters of its handles
  document.save().translate(item.x, item.y).rotate(item.degrees).moveTo(0, 0);
  for (let index = 0; index < item.waves * 2; index += 1) {
    const y = fine(peak * (index % 2 === 0 ? -item.phase : item.phase));
    const along = (halves: number): number => fine((index + halves) * half);
    document.bezierCurveTo(along(SINE_HANDLE), y, along(1 - SINE_HANDLE), y, along(1), 0);
  }
  finishShape(document, item);
  document.restore();
}

function finishShape(document: Document, { lineWidth, colour }: { lineWidth: number; colour: string }): void {
  if (lineWidth === 0) document.fill(colour);
  else document.lineWidth(lineWidth).stroke(colour);
}
