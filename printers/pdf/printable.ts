import { DeviceError } from '../../drivers/core/index.ts';
import type { SheetJob } from '../core/contract.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { renderCertificate } from './certificate.ts';
import { renderLicence, stockOf } from './licence.ts';

/**
 * A PDF/A file of it; `calibration` moves what stands on a numbered blank. Fails as `renderLicence` and `renderCertificate`, and
 * `invalid-data` for what does not belong on the numbered blanks of `sheet`: one would be spoiled.
 */
export async function renderPrintable(
  document: PrintableDocument,
  { sheet, calibration }: Pick<SheetJob, 'sheet' | 'calibration'> = {},
): Promise<Uint8Array> {
  if (sheet?.series !== undefined) assertBelongs(document, sheet.series);
  return document.kind === 'licence' ? await renderLicence(document, calibration) : await renderCertificate(document);
}

function assertBelongs(document: PrintableDocument, series: string): void {
  const stock = document.kind === 'licence' ? stockOf(document) : undefined;
  if (stock?.kind === 'numbered-blank' && stock.series === series) return;
  const what = document.kind === 'licence' ? document.template : document.kind;
  throw new DeviceError('invalid-data', `${what} does not go on blanks of ${series}`);
}
