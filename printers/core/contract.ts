import type { DeviceStatus, Driver } from '../../drivers/core/index.ts';
import type { Calibration } from '../document/calibration.ts';
import type { Receipt } from '../document/document.ts';
import type { PrintableDocument } from '../document/printable.ts';
import type { PrintOutcome } from './outcome.ts';
import type { SheetSetup } from './sheet.ts';

export type { PrintOutcome } from './outcome.ts';

/** XFS4IoT's paper words; `unknown` is not `full`, and `not-supported` means that no sensor is fitted. */
export const paperStates = ['full', 'low', 'out', 'jammed', 'unknown', 'not-supported'] as const;
export type PaperState = (typeof paperStates)[number];

export type PrinterStatus = DeviceStatus & { readonly paper: PaperState };

/**
 * How far a job has come. `printing`: all of it is at the printer. `presented`: the paper is out. A job that fails has as many
 * of them as it came to.
 */
export const printStages = ['printing', 'presented'] as const;
export type PrintStage = (typeof printStages)[number];

/** A job that its caller knows by name, and lets begin. */
export interface PrintJob {
  /** Nothing about a person: printers show and log it. At most 60 characters. */
  readonly name: string;
  /**
   * Called once, when the document is rendered and the printer has been found able to print it, before the first byte that could
   * put ink or move paper. Nothing is sent before it resolves; where it rejects, nothing ever is.
   */
  readonly mayBegin: () => Promise<void>;
  readonly onStage?: (stage: PrintStage) => void;
}

/** Receipt printer (凭条打印机): a roll, a cutter, text in its own font. */
export interface ReceiptPrinter extends Driver<PrinterStatus> {
  /** Lays out, sends, cuts and waits for the printer's word. Resolves with the outcome; rejects only with the signal's reason. */
  print(receipt: Receipt, signal: AbortSignal, job?: PrintJob): Promise<PrintOutcome>;
  /**
   * Cuts off what may hang out of the printer half printed since an earlier process died over it: at once, or where the
   * printer cannot be reached, before the next receipt. A driver that lived to see its job fail does so by itself. Rejects
   * with DeviceError, or with the signal's reason.
   */
  endPaper(signal: AbortSignal): Promise<void>;
}

/** A job on sheets. Without `sheet`: on A4 from whichever tray has it. */
export interface SheetJob extends PrintJob {
  readonly sheet?: SheetSetup;
  /** Of this printer, for what stands on a pre-printed blank. */
  readonly calibration?: Calibration;
}

/** Of a job that was sent by somebody who has died since. */
export interface SentJob {
  readonly name: string;
  /** An instant before which it was certainly not sent. */
  readonly begunAt: string;
}

/** Licence printer (证照打印机): sheets from a tray. */
export interface LicencePrinter extends Driver<PrinterStatus> {
  /** As a receipt printer's. */
  print(document: PrintableDocument, copies: number, signal: AbortSignal, job?: SheetJob): Promise<PrintOutcome>;
  /**
   * Asks the printer for a job by its name and follows it to its end. `unheard-of`: the printer never had it, and nothing came
   * out. `undefined`: the printer cannot say, or not for certain. Left out where a printer knows no jobs. Rejects with
   * DeviceError, or with the signal's reason.
   */
  whatBecameOf?(job: SentJob, signal: AbortSignal): Promise<PrintOutcome | 'unheard-of' | undefined>;
  /**
   * Takes back a job that nobody waits for any more, so that it does not come out for somebody else, and tells what became of it;
   * `undefined` where the printer has no such job. Resolves only when the printer has none of it left. Left out where a
   * printer keeps no jobs. Rejects with DeviceError, or with the signal's reason.
   */
  withdraw?(job: SentJob, signal: AbortSignal): Promise<PrintOutcome | undefined>;
}
