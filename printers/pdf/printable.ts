import { DeviceError } from '../../drivers/core/index.ts';
import type { SheetJob } from '../core/contract.ts';
import type { PrintableDocument } from '../document/printable.ts';
import { renderCertificate } from './certificate.ts';
import { renderLicence, stockOf } from './licence.ts';

/**
 * A PDF/A file of it; `calibration` moves what stands on a numbered blank. Fails as `renderLicence` and `renderCertificate`, and
 * `invalid-data` for what does not belong on the numbered blanks of `sheet`, as one would be spoiled, and for what belongs on a
 * numbered blank without one: the values alone on plain paper are no licence.
 */
export async function renderPrintable(
  document: PrintableDocument,
  { sheet, calibration }: Pick<SheetJob, 'sheet' | 'calibration'> = {},
): Promise<Uint8Array> {
  assertBelongs(document, sheet?.series);
  return document.kind === 'licence' ? await renderLicence(document, calibration) : await renderCertificate(document);
}

function assertBelongs(document: PrintableDocument, series: string | undefined): void {
  const stock = document.kind === 'licence' ? stockOf(document) : undefined;
  const wanted = stock?.kind === 'numbered-blank' ? stock.series : undefined;
  if (wanted === series) return;
  const what = document.kind === 'licence' ? document.template : document.kind;
  throw new DeviceError('invalid-data', `${what} does not go on ${series ? `blanks of ${series}` : 'plain paper'}`);
}
