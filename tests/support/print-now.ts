import type { Devices } from '../../main/devices/devices.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';

/** Prepared, and run at once: as `main/printing` prints, without the claim on the disk in between. */
export async function printNow(devices: Devices, document: PaperDocument, signal: AbortSignal): Promise<PrintOutcome> {
  const print = await devices.prepare(document, { jobName: 'job-of-a-test' }, signal);
  return 'outcome' in print ? print : await print.run(signal);
}
