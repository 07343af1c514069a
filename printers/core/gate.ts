import { DeviceError, unlessAborted } from '../../drivers/core/index.ts';
import type { PrintJob, PrintOutcome } from './contract.ts';

/**
 * Waits until the job may begin. `undefined`: it may; else what became of it. Rejects with `signal`'s reason; `lost`, where the
 * printer hangs on a line, ends the wait as well.
 */
export async function passGate(
  job: PrintJob | undefined,
  signal: AbortSignal,
  lost?: AbortSignal,
): Promise<PrintOutcome | undefined> {
  if (!job) return undefined;
  try {
    const ends = lost ? [signal, lost] : [signal];
    await unlessAborted(ends, job.mayBegin());
    for (const end of ends) end.throwIfAborted(); // in the same breath as the word that it may
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const { message } = DeviceError.from(error);
    if (lost?.aborted) return { outcome: 'not-printed', code: DeviceError.from(lost.reason).code, detail: message };
    return { outcome: 'not-printed', code: 'canceled', detail: `called off before it began: ${message}` };
  }
}
