import { randomUUID } from 'node:crypto';
import { type DeviceErrorCode, deviceErrorCodes } from '../../drivers/core/index.ts';
import type { PrintOutcome, PrintStage } from '../../printers/core/contract.ts';
import { A4, type SheetSetup } from '../../printers/core/sheet.ts';
import type { Calibration } from '../../printers/document/calibration.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import { RemoteError } from '../processes/rpc.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import type { deviceContract } from './protocol.ts';

export interface PrintOptions {
  /** Of this attempt alone; nothing about a person, as the printer keeps it. Letters, digits and hyphens, at most 60. */
  readonly jobName: string;
  readonly copies?: number;
  readonly sheet?: SheetSetup | undefined;
  readonly calibration?: Calibration | undefined;
  /** Without `sheet`: trays, of this and other printers, of which no sheet may be drawn. */
  readonly numberedTrays?: readonly { readonly printerId: string; readonly tray: string }[] | undefined;
  /** Where the sheets lie; left out, any printer of the class. */
  readonly printerId?: string | undefined;
}

/** A document that stands ready at a printer that can print it. Called off by itself within 30 s. */
export interface PreparedPrint {
  readonly printerId: string;
  /**
   * Prints it, once. Resolves with the outcome; a device process that dies meanwhile leaves it `unknown`. Rejects only with the
   * signal's reason, and the driver then tries to withdraw the job.
   */
  run(signal: AbortSignal, onStage?: (stage: PrintStage) => void): Promise<PrintOutcome>;
  /** Calls it off. Never rejects. */
  discard(): Promise<void>;
}

interface Place {
  readonly process: SupervisedProcess<typeof deviceContract>;
  readonly printerId: string;
  readonly onStage: (jobName: string, listener: (stage: PrintStage) => void) => () => void;
}

/** Asks the device process to prepare a job. Nothing has been printed, whatever comes of it; rejects only with the signal's reason. */
export async function preparePrint(
  place: Place,
  document: PaperDocument,
  options: PrintOptions,
  signal: AbortSignal,
): Promise<PreparedPrint | PrintOutcome> {
  const { process, printerId } = place;
  const { jobName, copies = 1, sheet = offBlanks(printerId, options), calibration } = options;
  const preparedId = randomUUID();
  try {
    const where = { ...(sheet && { sheet }), ...(calibration && { calibration }) };
    const params = { preparedId, deviceId: printerId, jobName, document, copies, ...where };
    const answer = await process.call('preparePrint', params, signal);
    return 'outcome' in answer ? answer : prepared(place, jobName, preparedId);
  } catch (error) {
    void discardPrint(place, preparedId); // its answer may be on the way: the printer would wait for nobody
    signal.throwIfAborted();
    return { outcome: 'not-printed', code: codeOf(error), detail: (error as Error).message };
  }
}

function offBlanks(printerId: string, { numberedTrays = [] }: PrintOptions): SheetSetup | undefined {
  const notFrom = numberedTrays.filter((one) => one.printerId === printerId).map(({ tray }) => tray);
  return notFrom.length === 0 ? undefined : { media: A4, notFrom };
}

/** Never rejects. */
async function discardPrint({ process }: Place, preparedId: string): Promise<void> {
  await process.call('discardPrint', { preparedId }, new AbortController().signal).catch(() => undefined);
}

function prepared(place: Place, jobName: string, preparedId: string): PreparedPrint {
  const { process, printerId, onStage } = place;
  let used = false;
  const discard = async (): Promise<void> => {
    used = true;
    await discardPrint(place, preparedId);
  };
  return {
    printerId,
    discard,
    async run(signal, heard = () => undefined) {
      if (used) throw new Error('a prepared print is run once');
      used = true;
      if (signal.aborted) await discard();
      signal.throwIfAborted();
      const down = process.state.value.state !== 'running';
      if (down) return { outcome: 'not-printed', code: 'not-connected', detail: 'the device process has died before' };
      const stopHearing = onStage(jobName, heard);
      try {
        return await process.call('runPrint', { preparedId }, signal);
      } catch (error) {
        signal.throwIfAborted();
        return { outcome: 'unknown', code: 'outcome-unknown', detail: (error as Error).message };
      } finally {
        stopHearing();
      }
    },
  };
}

/** The device process is gone, or does not answer, with codes of its own. */
function codeOf(error: unknown): DeviceErrorCode {
  const code = error instanceof RemoteError ? error.code : '';
  return deviceErrorCodes.find((each) => each === code) ?? 'not-connected';
}
