import type { SheetSize } from '../core/sheet.ts';

/** Pages of a PDF whose page objects lie open, as in those that pdfkit writes. 0 for anything that is no PDF. */
export function pagesIn(pdf: Uint8Array): number {
  const file = textOf(pdf);
  return file.startsWith('%PDF-') ? (file.match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0) : 0;
}

const NUMBER = '-?\\d{1,6}(?:\\.\\d{1,6})?';
const MEDIA_BOX = new RegExp(
  `/MediaBox\\s*\\[\\s*(${NUMBER})\\s+(${NUMBER})\\s+(${NUMBER})\\s+(${NUMBER})\\s*\\]`,
  'g',
);
/** Hundredths of a millimetre in a point (ISO 32000-1 section 8.3.2.3: 1/72 inch). */
const PER_POINT = 2540 / 72;

/** The size of each page whose dictionary has a MediaBox, as it lies: wider than high is landscape. */
export function pageSizes(pdf: Uint8Array): readonly SheetSize[] {
  return [...textOf(pdf).matchAll(MEDIA_BOX)].map(([, ...box]) => {
    const [left = 0, bottom = 0, right = 0, top = 0] = box.map(Number);
    const hundredths = (from: number, to: number): number => Math.round(Math.abs(to - from) * PER_POINT);
    return { width: hundredths(left, right), height: hundredths(bottom, top) };
  });
}

function textOf(pdf: Uint8Array): string {
  return Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).toString('latin1');
}
