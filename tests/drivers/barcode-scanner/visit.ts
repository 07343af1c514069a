import type { BarcodeScan, BarcodeScanner } from '../../../drivers/barcode-scanner/contract.ts';

/** A scan that gives up after `ms`, as a visit does: a scanner that cannot be asked is never seen to be silent. */
export async function scanFor(ms: number, scanner: BarcodeScanner, signal: AbortSignal): Promise<BarcodeScan> {
  const visit = new AbortController();
  const onAbort = (): void => visit.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => visit.abort(new Error('the visit is over')), ms);
  try {
    return await scanner.scan(visit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
