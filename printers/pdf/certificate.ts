import { once } from 'node:events';
import PDFDocument from 'pdfkit';
import type { Certificate } from '../document/document.ts';
import { printedCertificate } from '../document/printed-text.ts';
import { type Face, openedFont } from './fonts.ts';
import { layOut } from './layout.ts';
import { paint } from './paint.ts';
import { type Item, sheet } from './sheet.ts';

/**
 * The certificate as a PDF 1.4 file (what every laser printer with PDF takes): A4 upright, fonts embedded as subsets,
 * no transparency. The same certificate always gives the same bytes. Metadata hold title, issuer and day, nothing about
 * the person.
 *
 * Fails with a DeviceError `invalid-data` when the certificate cannot be set as it is: a character that no font has, named
 * by its code point, or a table row with too many cells.
 */
export async function renderCertificate(certificate: Certificate): Promise<Uint8Array> {
  const printed = printedCertificate(certificate);
  const { title, issuer, issuedOn, language } = printed;
  const pages = layOut(printed);
  const day = new Date(`${issuedOn}T00:00:00Z`);
  const document = new PDFDocument({
    size: [sheet.width, sheet.height],
    margin: 0,
    font: '', // else pdfkit opens Helvetica, which no certificate uses
    autoFirstPage: false,
    pdfVersion: '1.4',
    lang: language,
    displayTitle: true,
    info: { Title: title, Author: issuer, Creator: 'Jiujin', Producer: 'Jiujin', CreationDate: day, ModDate: day },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const face of facesOf(pages)) document.registerFont(face, openedFont(face));
  for (const items of pages) paint(document.addPage(), items);
  document.end();
  await once(document, 'end');
  return new Uint8Array(Buffer.concat(chunks));
}

function facesOf(pages: readonly (readonly Item[])[]): Set<Face> {
  return new Set(pages.flat().flatMap((item) => (item.type === 'text' ? item.runs.map((run) => run.face) : [])));
}
