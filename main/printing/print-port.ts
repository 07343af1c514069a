import type { PrintOutcome, PrintStage, SentJob } from '../../printers/core/contract.ts';

/**
 * `sheetUsed`: whether the sheet has left the tray, of a job that was not printed; left out by a printer that cannot say. One
 * that stopped half way says true.
 */
export type RunOutcome = PrintOutcome & { readonly sheetUsed?: boolean };

/** A document that lies ready before a printer that can print it. No byte of it has left. */
export interface PreparedPrint {
  readonly printerId: string;
  /** Sends it, once. Rejects only with the signal's reason; then nobody knows what became of it. */
  run(signal: AbortSignal, onStage: (stage: PrintStage) => void): Promise<RunOutcome>;
  /** Calls it off. Never rejects. */
  discard(): void | Promise<void>;
}

export interface PrepareOptions {
  /** By which the printer knows the job. */
  readonly jobName: string;
  readonly copies: number;
  /** Where the blanks are; left out where any printer of the class will do. */
  readonly printerId?: string;
  readonly tray?: string;
  /** Of the numbered blanks that are in it. */
  readonly series?: string;
  /** Where numbered blanks lie: no other paper is drawn from there. */
  readonly numberedTrays?: readonly { readonly printerId: string; readonly tray: string }[];
}

/** The printers, as `Printing` needs them. */
export interface PrintPort<Document> {
  /** Renders, and looks whether the printer can. What ends before that is certainly not printed. */
  prepare(document: Document, options: PrepareOptions, signal: AbortSignal): Promise<PreparedPrint | PrintOutcome>;
  /**
   * What became of a job of before, by its name. `unheard-of` only where the printer lists its jobs and cannot have forgotten
   * one; `undefined` where it cannot say.
   */
  whatBecameOf(printerId: string, job: SentJob, signal: AbortSignal): Promise<PrintOutcome | 'unheard-of' | undefined>;
  /**
   * Takes back a job of before and tells what became of it; `undefined` where the printer has none such, or keeps no jobs.
   * Rejects where that cannot be said yet.
   */
  withdraw(printerId: string, job: SentJob, signal: AbortSignal): Promise<PrintOutcome | undefined>;
}
