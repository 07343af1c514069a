import { vi } from 'vitest';
import type { LicencePrinter, PrintOutcome, SheetJob } from '../../printers/core/contract.ts';
import type { SheetSetup } from '../../printers/core/sheet.ts';
import { shortCertificate } from './pdf-certificates.ts';

/** Lets the terminal's clock run until `work` has ended, an hour at most. */
export async function settle<T>(work: Promise<T>): Promise<T> {
  let open = true;
  const end = (): void => {
    open = false;
  };
  work.then(end, end);
  for (let step = 0; open && step < 14_400; step += 1) await vi.advanceTimersByTimeAsync(250);
  return await work;
}

/** A job that may begin at once. */
export const openJob = (name: string, sheet?: SheetSetup): SheetJob => ({
  name,
  mayBegin: async () => undefined,
  ...(sheet && { sheet }),
});

/** The clock is the caller's to move. */
export async function beginOn(driver: LicencePrinter, sheet: SheetSetup, copies = 1): Promise<PrintOutcome> {
  return await driver.print(shortCertificate, copies, new AbortController().signal, openJob('job-1', sheet));
}

export async function printOn(driver: LicencePrinter, sheet: SheetSetup, copies = 1): Promise<PrintOutcome> {
  return await settle(beginOn(driver, sheet, copies));
}
