import type { Certificate } from '../document/document.ts';
import { printedCertificate } from '../document/printed-text.ts';
import { archiveFile } from './archive.ts';
import { layOut } from './layout.ts';
import { sheet } from './sheet.ts';

/**
 * The certificate as a PDF/A-2b file on A4 upright. The same certificate always gives the same bytes. Metadata hold title,
 * issuer and day, nothing about the person.
 *
 * Fails with a DeviceError `invalid-data` when the certificate cannot be set as it is: a character that no font has, named
 * by its code point, or a table row with too many cells.
 */
export async function renderCertificate(certificate: Certificate): Promise<Uint8Array> {
  const printed = printedCertificate(certificate);
  const { title, issuer: author, issuedOn: day, language } = printed;
  const pages = layOut(printed).map((items) => ({ size: sheet, items }));
  return await archiveFile(pages, { title, author, language, day });
}
