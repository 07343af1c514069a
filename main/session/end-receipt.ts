import type { PaperOutcome } from '../../printers/core/outcome.ts';
import type { Devices } from '../devices/devices.ts';
import type { Log } from '../log/log.ts';

interface Ports {
  readonly devices: Pick<Devices, 'endReceipt'>;
  readonly log: Log;
}

const END_RECEIPT_MS = 30_000;

/** A driver that lived to see its job fail ends the paper by itself. */
export function endReceiptAfter(result: PaperOutcome, ports: Ports): void {
  if (result.outcome === 'unknown' && result.code === 'outcome-unknown') endReceipt(ports);
}

/** Cuts off what may hang out half printed. Not waited for: the resident is asked about the paper meanwhile. */
export function endReceipt({ devices, log }: Ports): void {
  devices.endReceipt(AbortSignal.timeout(END_RECEIPT_MS)).catch((error: unknown) => {
    log.warn({ err: error }, 'a receipt that was left half printed may still hang out of the printer');
  });
}
