import { A4 } from '../../printers/core/sheet.ts';
import type { Calibration } from '../../printers/document/calibration.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import type { Devices } from '../devices/devices.ts';
import type { PrintPort } from './print-port.ts';

export interface DevicePrintersOptions {
  readonly devices: Pick<Devices, 'prepare' | 'whatBecameOf' | 'withdraw'>;
  /** Of a licence printer, by its id. */
  readonly calibrations: Readonly<Record<string, Calibration>>;
}

/** The printers of the device process. */
export function devicePrinters({ devices, calibrations }: DevicePrintersOptions): PrintPort<PaperDocument> {
  return {
    async prepare(document, { jobName, copies, printerId, tray, series, numberedTrays }, signal) {
      const sheet =
        tray === undefined ? undefined : { media: A4, source: tray, ...(series !== undefined && { series }) };
      const calibration = printerId === undefined ? undefined : calibrations[printerId];
      return await devices.prepare(document, { jobName, copies, printerId, sheet, calibration, numberedTrays }, signal);
    },
    whatBecameOf: async (printerId, job, signal) => await devices.whatBecameOf(printerId, job, signal),
    withdraw: async (printerId, job, signal) => await devices.withdraw(printerId, job, signal),
  };
}
