import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { z } from 'zod';
import type { BarcodeScanner } from '../drivers/barcode-scanner/contract.ts';
import type { Cabinet } from '../drivers/cabinet/contract.ts';
import { driverModels, makeTransport, modelsOf, transportSchema } from '../drivers/catalog.ts';
import { DeviceError, type DeviceModel, type Driver } from '../drivers/core/index.ts';
import { autoTransport, Claims, discover, nativeBuses } from '../drivers/discovery.ts';
import type { IdCardReader, PortraitDecoder } from '../drivers/id-card-reader/contract.ts';
import { externalPortraitDecoder, noPortraitDecoder } from '../drivers/id-card-reader/portrait-decoder.ts';
import { runProgram } from '../drivers/transport/program.ts';
import { licencePrinterModels, printerModels, receiptPrinterModels } from '../printers/catalog.ts';
import type { PrintOutcome, PrintStage } from '../printers/core/contract.ts';
import { PreparedPrints } from './devices/prepared-prints.ts';
import { AUTO, type DeviceSpec, deviceContract } from './devices/protocol.ts';
import { testDevice, trialOf } from './devices/self-test.ts';
import { DeviceSlot, type ResolvedDevice } from './devices/slot.ts';
import { serveParent } from './processes/child.ts';

/** The device process: drivers and their native addons live here, so that their crash is not the terminal's. */

/** Models that are asked for the same things, and the drivers of those that are configured and found. */
class Family<D extends Driver> {
  readonly models: readonly DeviceModel<D>[];
  readonly #drivers = new Map<string, D>();

  constructor(models: readonly DeviceModel<D>[]) {
    this.models = models;
  }

  /** `undefined` for a device of another class. Rejects with a DeviceError, or a ZodError for what is written wrongly. */
  async resolve(spec: DeviceSpec, claims: Claims, signal: AbortSignal): Promise<ResolvedDevice | undefined> {
    const wanted = this.models.filter((model) =>
      spec.model === AUTO ? model.class === spec.class : model.id === spec.model,
    );
    const [first] = wanted;
    if (!first) return undefined;
    const model = spec.model === AUTO ? await whichOf(wanted, claims, signal) : first;
    if (!model.transports.some((kind) => BYTE_LINES.includes(kind))) {
      return this.#remember(spec, model, await model.create(undefined, spec.options));
    }
    if (spec.line.kind !== AUTO) {
      const line = makeTransport(transportSchema.parse(spec.line), model);
      return this.#remember(spec, model, await model.create(line, spec.options));
    }
    const line = autoTransport(model, claims);
    return { ...this.#remember(spec, model, await model.create(line, spec.options)), release: () => line.forget() };
  }

  /** `undefined` for a device that is of another class, or was not found. */
  find(deviceId: string): D | undefined {
    return this.#drivers.get(deviceId);
  }

  #remember({ id }: DeviceSpec, model: DeviceModel<D>, driver: D): ResolvedDevice<D> {
    this.#drivers.set(id, driver);
    return { model: model.id, driver };
  }
}

/** The line that it was found on is looked for again by whoever opens it: it may be on another by then. */
async function whichOf<D extends Driver>(
  models: readonly DeviceModel<D>[],
  claims: Claims,
  signal: AbortSignal,
): Promise<DeviceModel<D>> {
  const { model, line } = await discover(models, claims, nativeBuses, signal);
  claims.release(line);
  return model;
}

const BYTE_LINES: readonly string[] = ['serial', 'usb', 'hid', 'tcp'];
const known: readonly DeviceModel[] = [...driverModels, ...printerModels];
const idCardReaders = new Family<IdCardReader>(modelsOf('id-card-reader'));
const receiptPrinters = new Family(receiptPrinterModels);
const licencePrinters = new Family(licencePrinterModels);
const barcodeScanners = new Family<BarcodeScanner>(modelsOf('barcode-scanner'));
const cabinets = new Family<Cabinet>(modelsOf('cabinet'));
const commanded = [idCardReaders, receiptPrinters, licencePrinters, barcodeScanners, cabinets] as const;
const theirs: readonly DeviceModel[] = commanded.flatMap<DeviceModel>(({ models }) => models);
/** Nobody asks more of the others than how they are: a class that is new needs nothing here. */
const families = [...commanded, new Family(known.filter((model) => !theirs.includes(model)))] as const;

const slots = new Map<string, DeviceSlot>();
const prepared = new PreparedPrints();
let portraits: PortraitDecoder = noPortraitDecoder;

const DECODE_MS = 5_000; // a vendor's library loads in one second on a slow machine
const NOT_THERE = 'this device is not set up, or was not found: its status says why';
const notPrinted: PrintOutcome = { outcome: 'not-printed', code: 'unsupported', detail: NOT_THERE };

const tell = serveParent(deviceContract, {
  async configure({ devices, portraitDecoder }) {
    if (portraitDecoder) {
      const [program = '', ...parameters] = portraitDecoder.command;
      portraits = externalPortraitDecoder({
        command: [program, ...parameters],
        timeoutMs: DECODE_MS,
        run: runProgram,
      });
    }
    const claims = new Claims(devices.flatMap(({ line }) => transportSchema.safeParse(line).data ?? []));
    for (const spec of devices) fill(spec, claims);
  },
  // Then, as a driver is loaded when it is wanted, what lays out paper with the first paper, and the core kills its children; behind
  // the answer, as the disk may be slow.
  ping: async () => void setImmediate(flushCompileCache),

  async readCard({ deviceId }, signal) {
    const reader = idCardReaders.find(deviceId);
    if (!reader) throw new DeviceError('unsupported', NOT_THERE);
    const reading = await reader.readCard(signal, (progress) => tell('readProgress', { deviceId, progress }));
    const { wlt, ...rest } = reading;
    const portrait = await portraits.decode(wlt, signal);
    const picture = portrait.outcome === 'decoded' && { portrait: portrait.picture };
    return { ...rest, portraitOutcome: portrait.outcome, ...picture };
  },
  endPaper: async ({ deviceId }, signal) => await receiptPrinters.find(deviceId)?.endPaper(signal),
  preparePrint: ({ preparedId, deviceId, jobName: name, document, copies, sheet, calibration }, signal) =>
    prepared.prepare(
      preparedId,
      async (stop, gate) => {
        const onStage = (stage: PrintStage): void => tell('printStage', { jobName: name, stage });
        const job = { name, onStage, ...gate };
        if (document.kind === 'receipt') {
          return (await receiptPrinters.find(deviceId)?.print(document, stop, job)) ?? notPrinted;
        }
        const sheetJob = { ...job, ...(sheet && { sheet }), ...(calibration && { calibration }) };
        return (await licencePrinters.find(deviceId)?.print(document, copies, stop, sheetJob)) ?? notPrinted;
      },
      signal,
    ),
  runPrint: ({ preparedId }, signal) => prepared.run(preparedId, signal),
  discardPrint: ({ preparedId }) => prepared.discard(preparedId),
  whatBecameOf: async ({ deviceId, jobName: name, begunAt }, signal) =>
    (await licencePrinters.find(deviceId)?.whatBecameOf?.({ name, begunAt }, signal)) ?? null,
  async withdrawPrint({ deviceId, jobName: name, begunAt }, signal) {
    const printer = licencePrinters.find(deviceId);
    // One that is being looked for, or set up wrongly, may have the job all the same; one that is set up no more has no say.
    if (!printer && !receiptPrinters.find(deviceId) && slots.has(deviceId)) {
      throw new DeviceError('not-connected', NOT_THERE);
    }
    return (await printer?.withdraw?.({ name, begunAt }, signal)) ?? null;
  },

  async scanCode({ deviceId, visitor }, signal) {
    const scanner = barcodeScanners.find(deviceId);
    if (!scanner) throw new DeviceError('unsupported', NOT_THERE);
    return await scanner.scan(signal, visitor);
  },

  async setLight({ deviceId, light, rate }, signal) {
    const cabinet = cabinets.find(deviceId);
    if (!cabinet) throw new DeviceError('unsupported', NOT_THERE);
    await cabinet.setLight(light, rate, signal);
  },

  resetDevice: ({ deviceId }, signal) => slotOf(deviceId).reset(signal),
  checkDevice: ({ deviceId }, signal) => slotOf(deviceId).check(signal),
  testDevice: ({ deviceId }, signal) =>
    testDevice(
      slotOf(deviceId),
      trialOf({
        receiptPrinter: receiptPrinters.find(deviceId),
        cabinet: cabinets.find(deviceId),
        barcodeScanner: barcodeScanners.find(deviceId),
      }),
      signal,
    ),
});

function slotOf(deviceId: string): DeviceSlot {
  const slot = slots.get(deviceId);
  if (!slot) throw new DeviceError('unsupported', `there is no device "${deviceId}"`);
  return slot;
}

/** Slots run until this process ends; the core ends it. */
function fill(spec: DeviceSpec, claims: Claims): void {
  const { id: deviceId, model: configured } = spec;
  const slot: DeviceSlot = new DeviceSlot({
    deviceClass: spec.class ?? known.find(({ id }) => id === configured)?.class ?? 'unknown',
    model: configured,
    resolve: (signal) => find(spec, claims, signal),
    report: (report) => tell('status', { deviceId, class: slot.deviceClass, ...report }),
  });
  slots.set(deviceId, slot);
  void slot.run(new AbortController().signal);
}

/** Fails `unsupported` with what is wrong in the configuration; the other devices serve. */
async function find(spec: DeviceSpec, claims: Claims, signal: AbortSignal): Promise<ResolvedDevice> {
  try {
    for (const family of families) {
      const found = await family.resolve(spec, claims, signal);
      if (found) return found;
    }
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    const detail = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new DeviceError('unsupported', detail, { cause });
  }
  throw new DeviceError('unsupported', `there is no model "${spec.model}"`);
}

process.title = 'jiujin-devices';
