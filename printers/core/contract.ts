import type { DeviceErrorCode, DeviceStatus, Driver } from '../../drivers/core/index.ts';
import type { Certificate, Receipt } from '../document/document.ts';

/** XFS4IoT's paper words; `unknown` is not `full`, and `not-supported` means that no sensor is fitted. */
export const paperStates = ['full', 'low', 'out', 'jammed', 'unknown', 'not-supported'] as const;
export type PaperState = (typeof paperStates)[number];

export type PrinterStatus = DeviceStatus & { readonly paper: PaperState };

/**
 * What became of a job. `printed`: the printer confirmed it. `not-printed`: certainly no paper came out (or it stopped
 * half way and said so): it may be printed again. `unknown`: the line or the process died in between: a person must look.
 */
export type PrintOutcome =
  | { readonly outcome: 'printed' }
  | { readonly outcome: 'not-printed' | 'unknown'; readonly code: DeviceErrorCode; readonly detail: string };

/** Receipt printer (凭条打印机): a roll, a cutter, text in its own font. */
export interface ReceiptPrinter extends Driver<PrinterStatus> {
  /** Lays out, sends, cuts and waits for the printer's word. Resolves with the outcome; rejects only with the signal's reason. */
  print(receipt: Receipt, signal: AbortSignal): Promise<PrintOutcome>;
  /**
   * Cuts off what may hang out of the printer half printed since an earlier process died over it: at once, or where the
   * printer cannot be reached, before the next receipt. A driver that lived to see its job fail does so by itself. Rejects
   * with DeviceError, or with the signal's reason.
   */
  endPaper(signal: AbortSignal): Promise<void>;
}

/** Licence printer (证照打印机): sheets from a tray. */
export interface LicencePrinter extends Driver<PrinterStatus> {
  print(certificate: Certificate, copies: number, signal: AbortSignal): Promise<PrintOutcome>;
}
