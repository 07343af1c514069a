import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { z } from 'zod';
import { idCardReaderModels, makeTransport, transportSchema } from '../drivers/catalog.ts';
import { DeviceError, type DeviceModel, type Driver } from '../drivers/core/index.ts';
import type { PortraitDecoder } from '../drivers/id-card-reader/contract.ts';
import { externalPortraitDecoder, noPortraitDecoder } from '../drivers/id-card-reader/portrait-decoder.ts';
import { licencePrinterModels, receiptPrinterModels } from '../printers/catalog.ts';
import type { PrintOutcome } from '../printers/core/contract.ts';
import { type DeviceSpec, deviceContract } from './devices/protocol.ts';
import { testDevice, testReceipt } from './devices/self-test.ts';
import { DeviceSlot, type ResolvedDevice } from './devices/slot.ts';
import { serveParent } from './processes/child.ts';

/** The device process: drivers and their native addons live here, so that their crash is not the terminal's. */

/** The models of one class, and the drivers of those that are configured and found. */
class Family<D extends Driver> {
  readonly models: readonly DeviceModel<D>[];
  readonly #drivers = new Map<string, D>();

  constructor(models: readonly DeviceModel<D>[]) {
    this.models = models;
  }

  /** `undefined` for a model of another class. */
  async create({ id, model, line, options }: DeviceSpec): Promise<ResolvedDevice | undefined> {
    const wanted = this.models.find((entry) => entry.id === model);
    if (!wanted) return undefined;
    const hasBytes = wanted.transports.some((kind) => BYTE_LINES.includes(kind));
    const driver = await wanted.create(
      hasBytes ? makeTransport(transportSchema.parse(line), wanted) : undefined,
      options,
    );
    this.#drivers.set(id, driver);
    return { model, driver };
  }

  /** `undefined` for a device that is of another class, or was not found. */
  find(deviceId: string): D | undefined {
    return this.#drivers.get(deviceId);
  }
}

const BYTE_LINES: readonly string[] = ['serial', 'usb', 'hid', 'tcp'];
const idCardReaders = new Family(idCardReaderModels);
const receiptPrinters = new Family(receiptPrinterModels);
const licencePrinters = new Family(licencePrinterModels);
const families: readonly Pick<Family<Driver>, 'models' | 'create'>[] = [
  idCardReaders,
  receiptPrinters,
  licencePrinters,
];

const slots = new Map<string, DeviceSlot>();
let portraits: PortraitDecoder = noPortraitDecoder;

const DECODE_MS = 5_000; // a vendor's library loads in one second on a slow machine
const NOT_THERE = 'this device is not set up, or was not found: its status says why';
const notPrinted: PrintOutcome = { outcome: 'not-printed', code: 'unsupported', detail: NOT_THERE };

const tell = serveParent(deviceContract, {
  async configure({ devices, portraitDecoder }) {
    if (portraitDecoder) {
      const [program = '', ...parameters] = portraitDecoder.command;
      portraits = externalPortraitDecoder({ command: [program, ...parameters], timeoutMs: DECODE_MS });
    }
    for (const spec of devices) fill(spec);
    flushCompileCache();
  },
  ping: async () => undefined,

  async readCard({ deviceId }, signal) {
    const reader = idCardReaders.find(deviceId);
    if (!reader) throw new DeviceError('unsupported', NOT_THERE);
    const reading = await reader.readCard(signal, (progress) => tell('readProgress', { deviceId, progress }));
    const { wlt, ...rest } = reading;
    const portrait = await portraits.decode(wlt, signal);
    const picture = portrait.outcome === 'decoded' && { portrait: portrait.picture };
    return { ...rest, portraitOutcome: portrait.outcome, ...picture };
  },
  printReceipt: async ({ deviceId, receipt }, signal) =>
    (await receiptPrinters.find(deviceId)?.print(receipt, signal)) ?? notPrinted,
  printCertificate: async ({ deviceId, certificate, copies }, signal) =>
    (await licencePrinters.find(deviceId)?.print(certificate, copies, signal)) ?? notPrinted,

  resetDevice: ({ deviceId }, signal) => slotOf(deviceId).reset(signal),
  checkDevice: ({ deviceId }, signal) => slotOf(deviceId).check(signal),
  testDevice: ({ deviceId }, signal) =>
    testDevice(slotOf(deviceId), signal, {
      'receipt-printer': async (stop) =>
        (await receiptPrinters.find(deviceId)?.print(testReceipt(new Date()), stop)) ?? notPrinted,
    }),
});

function slotOf(deviceId: string): DeviceSlot {
  const slot = slots.get(deviceId);
  if (!slot) throw new DeviceError('unsupported', `there is no device "${deviceId}"`);
  return slot;
}

/** Slots run until this process ends; the core ends it. */
function fill(spec: DeviceSpec): void {
  const { id: deviceId, model: configured } = spec;
  const slot: DeviceSlot = new DeviceSlot({
    deviceClass: classOf(configured),
    model: configured,
    resolve: () => find(spec),
    report: (report) => tell('status', { deviceId, class: slot.deviceClass, ...report }),
  });
  slots.set(deviceId, slot);
  void slot.run(new AbortController().signal);
}

function classOf(model: string): string {
  const known = families.flatMap(({ models }) => models);
  return known.find(({ id }) => id === model)?.class ?? 'unknown';
}

/** Fails `unsupported` with what is wrong in the configuration; the other devices serve. */
async function find(spec: DeviceSpec): Promise<ResolvedDevice> {
  try {
    for (const family of families) {
      const found = await family.create(spec);
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
