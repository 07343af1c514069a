import { z } from 'zod';
import { lightPlaces, lightRates } from '../../drivers/cabinet/contract.ts';
import { deviceClasses } from '../../drivers/core/index.ts';
import { printStages } from '../../printers/core/contract.ts';
import { sheetSetup } from '../../printers/core/sheet.ts';
import { calibration } from '../../printers/document/calibration.ts';
import { paperDocument } from '../../printers/document/printable.ts';
import { nothing } from '../processes/rpc.ts';
import { ping } from '../processes/supervised-process.ts';
import { rungs } from './recovery.ts';
import { cardReading, deviceStatus, printOutcome, saidByDevice, scannedCode } from './schemas.ts';

/** A model or a line that is found out. */
export const AUTO = 'auto';

/** The camera hangs on the page and is no device of the device process. */
export const CAMERA_ID = 'camera';

/**
 * One device of the terminal's configuration. `line` and `options` are checked in the device process, which knows models.
 *
 *   { "id": "reader", "model": "samv", "line": { "kind": "serial", "path": "/dev/ttyS1" } }
 *   { "id": "reader", "model": "samv" }                            wherever it is plugged in
 *   { "id": "reader", "model": "auto", "class": "id-card-reader" } whichever it is, wherever it is plugged in
 */
export const deviceSpec = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
    model: z.string().min(1).max(60),
    /** Of `auto`: what it shall be. */
    class: z.enum(deviceClasses).exactOptional(),
    line: z.looseObject({ kind: z.string() }).default({ kind: AUTO }),
    options: z.record(z.string(), z.unknown()).default({}),
  })
  .refine((spec) => spec.model !== AUTO || spec.class !== undefined, 'with model "auto", "class" says what it shall be')
  .refine((spec) => spec.model !== AUTO || spec.line.kind === AUTO, 'with model "auto", the line is found as well');
export type DeviceSpec = z.infer<typeof deviceSpec>;

export const devicesConfiguration = z.strictObject({
  devices: z
    .array(deviceSpec)
    .max(40)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two devices have the same id')
    .refine((all) => all.every(({ id }) => id !== CAMERA_ID), `"${CAMERA_ID}" is the page's camera`),
  /** A program of its own that opens the chip's portrait: 1,024 bytes in on stdin, a picture out on stdout. */
  portraitDecoder: z.strictObject({ command: z.array(z.string().min(1)).min(1).max(20) }).optional(),
});
export type DevicesConfiguration = z.infer<typeof devicesConfiguration>;

const HOUR_MS = 3_600_000; // a card is waited for as long as the page lets a resident wait
const deviceId = z.string();
/** Goes to the printer, which shows it. */
const jobName = z.string().regex(/^[A-Za-z0-9-]{1,60}$/);
const preparedId = z.uuid();
const copies = z.number().int().min(1).max(5);
const facts = z.record(z.string().max(40), saidByDevice);
const recovery = z.object({ rung: z.enum(rungs), since: z.string(), attempts: z.number() });

/** Core ↔ device process. */
export const deviceContract = {
  methods: {
    configure: { params: devicesConfiguration, result: nothing, deadlineMs: 10_000 },
    ping,
    readCard: {
      params: z.object({ deviceId }),
      result: cardReading,
      deadlineMs: HOUR_MS,
    },
    /** The strongest that software can do; resolves once the device has answered. */
    resetDevice: { params: z.object({ deviceId }), result: nothing, deadlineMs: 20_000 },
    checkDevice: { params: z.object({ deviceId }), result: facts, deadlineMs: 20_000 },
    testDevice: {
      params: z.object({ deviceId }),
      result: z.object({ passed: z.boolean(), did: z.string(), facts }),
      deadlineMs: 60_000,
    },
    /** `visitor` is a visit's id: codes are reported again while they are held before a scanner, and not to another visitor. */
    scanCode: {
      params: z.object({ deviceId, visitor: z.string().max(60) }),
      result: scannedCode,
      deadlineMs: HOUR_MS,
    },
    setLight: {
      params: z.object({ deviceId, light: z.enum(lightPlaces), rate: z.enum(lightRates) }),
      result: nothing,
      deadlineMs: 5_000,
    },
    endPaper: { params: z.object({ deviceId }), result: nothing, deadlineMs: 20_000 },
    /**
     * Resolves when the printer could begin, or with the outcome of a job that has ended before. Nothing is printed. The caller
     * chooses `preparedId`, and so can discard what it has left before it heard of it.
     */
    preparePrint: {
      params: z.object({
        ...{ preparedId, deviceId, jobName, document: paperDocument, copies },
        ...{ sheet: sheetSetup.exactOptional(), calibration: calibration.exactOptional() },
      }),
      result: z.union([z.object({ state: z.literal('ready') }), printOutcome]),
      deadlineMs: 60_000,
    },
    runPrint: { params: z.object({ preparedId }), result: printOutcome, deadlineMs: 300_000 },
    discardPrint: { params: z.object({ preparedId }), result: nothing, deadlineMs: 20_000 },
    /** `null`: nobody can say. */
    whatBecameOf: {
      params: z.object({ deviceId, jobName, begunAt: z.iso.datetime() }),
      result: z.union([printOutcome, z.literal('unheard-of'), z.null()]),
      deadlineMs: 300_000,
    },
    /** `null`: there is no such job. */
    withdrawPrint: {
      params: z.object({ deviceId, jobName, begunAt: z.iso.datetime() }),
      result: z.union([printOutcome, z.null()]),
      deadlineMs: 150_000,
    },
  },
  events: {
    status: z.object({
      deviceId,
      class: z.string(),
      model: z.string(),
      status: deviceStatus,
      pollMs: z.number().exactOptional(),
      recovery: recovery.optional(),
    }),
    readProgress: z.object({ deviceId, progress: z.enum(['waiting', 'reading', 'replace-card']) }),
    printStage: z.object({ jobName, stage: z.enum(printStages) }),
  },
} as const;
