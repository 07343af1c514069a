import { createCanvas } from '@napi-rs/canvas';
import { createIsomorphicCanvasFactory, getDocumentProxy } from 'unpdf';

const MM_PER_POINT = 25.4 / 72;

export interface PrintedText {
  readonly text: string;
  /** Of its baseline's beginning, from the page's top left. */
  readonly xMm: number;
  readonly yMm: number;
  readonly degrees: number;
  readonly widthMm: number;
}

/** What another library (pdf.js) finds on the first page. */
export async function readPage(
  pdf: Uint8Array,
): Promise<{ widthMm: number; heightMm: number; texts: PrintedText[]; said: string }> {
  const document = await getDocumentProxy(Uint8Array.from(pdf));
  const page = await document.getPage(1);
  const [left = 0, bottom = 0, right = 0, top = 0] = page.view;
  const { items } = await page.getTextContent();
  const texts = items.flatMap((item) => {
    if (!('str' in item) || item.str.trim() === '') return [];
    const [cos = 0, sin = 0, , , x = 0, y = 0] = item.transform.map(Number);
    const degrees = (-Math.atan2(sin, cos) * 180) / Math.PI;
    const widthMm = item.width * MM_PER_POINT;
    return [{ text: item.str, xMm: (x - left) * MM_PER_POINT, yMm: (top - y) * MM_PER_POINT, degrees, widthMm }];
  });
  return {
    widthMm: (right - left) * MM_PER_POINT,
    heightMm: (top - bottom) * MM_PER_POINT,
    texts,
    said: texts.map(({ text }) => text.replaceAll(' ', '')).join(''),
  };
}

/** Pixels a point: a module of 0.4 mm is 2.8 pixels wide, and asked for in its middle. */
const SCALE = 2.5;

/** The page as it looks, by millimetres from its top left. */
export interface SeenPage {
  readonly isDark: (xMm: number, yMm: number) => boolean;
  readonly colourAt: (xMm: number, yMm: number) => readonly [red: number, green: number, blue: number];
}

/** Drawn as `renderPageAsImage` does, whose way through a PNG of three megapixels takes longer than the drawing. */
export async function lookAt(pdf: Uint8Array, pixelsPerPoint = SCALE): Promise<SeenPage> {
  const CanvasFactory = await createIsomorphicCanvasFactory(() => import('@napi-rs/canvas'));
  const document = await getDocumentProxy(Uint8Array.from(pdf), { CanvasFactory });
  const page = await document.getPage(1);
  const viewport = page.getViewport({ scale: pixelsPerPoint });
  const image = createCanvas(viewport.width, viewport.height);
  const context = image.getContext('2d');
  // What pdf.js uses of a canvas is there; its types name a browser's.
  await page.render({ canvas: image, canvasContext: context, viewport } as never).promise;
  const { data } = context.getImageData(0, 0, image.width, image.height);
  await document.loadingTask.destroy();
  const pixel = (mm: number): number => Math.floor((mm / MM_PER_POINT) * pixelsPerPoint);
  const colourAt: SeenPage['colourAt'] = (xMm, yMm) => {
    const at = (pixel(yMm) * image.width + pixel(xMm)) * 4;
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  };
  return { colourAt, isDark: (xMm, yMm) => colourAt(xMm, yMm)[0] < 128 };
}
