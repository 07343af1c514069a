import type { Calibration } from '../document/calibration.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { renderCertificate } from './certificate.ts';
import { renderLicence } from './licence.ts';

/** A PDF/A file of it; `calibration` moves what stands on a numbered blank. Fails as `renderLicence` and `renderCertificate`. */
export async function renderPrintable(document: PrintableDocument, calibration?: Calibration): Promise<Uint8Array> {
  return document.kind === 'licence' ? await renderLicence(document, calibration) : await renderCertificate(document);
}
