/** Pages of a PDF whose page objects lie open, as in those that pdfkit writes. 0 for anything that is no PDF. */
export function pagesIn(pdf: Uint8Array): number {
  const file = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).toString('latin1');
  return file.startsWith('%PDF-') ? (file.match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0) : 0;
}
