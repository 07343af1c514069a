import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { z } from 'zod';
import { idCardReaderModels, makeTransport, transportSchema } from '../drivers/catalog.ts';
import { DeviceError } from '../drivers/core/index.ts';
import type { IdCardReader, PortraitDecoder } from '../drivers/id-card-reader/contract.ts';
import { externalPortraitDecoder, noPortraitDecoder } from '../drivers/id-card-reader/portrait-decoder.ts';
import { licencePrinterModels, receiptPrinterModels } from '../printers/catalog.ts';
import type { LicencePrinter, PrintOutcome, ReceiptPrinter } from '../printers/core/contract.ts';
import { type DeviceSpec, deviceContract } from './devices/protocol.ts';
import { serveParent } from './processes/child.ts';

/** The device process: drivers and their native addons live here, so that their crash is not the terminal's. */
const readers = new Map<string, IdCardReader>();
const receiptPrinters = new Map<string, ReceiptPrinter>();
const licencePrinters = new Map<string, LicencePrinter>();
let portraits: PortraitDecoder = noPortraitDecoder;

const DECODE_MS = 5_000; // a vendor's library loads in one second on a slow machine
const NOT_SET_UP = 'this device is not set up: its status says why';
const notPrinted: PrintOutcome = { outcome: 'not-printed', code: 'unsupported', detail: NOT_SET_UP };

const tell = serveParent(deviceContract, {
  async configure({ devices, portraitDecoder }) {
    if (portraitDecoder) {
      const [program = '', ...parameters] = portraitDecoder.command;
      portraits = externalPortraitDecoder({ command: [program, ...parameters], timeoutMs: DECODE_MS });
    }
    await Promise.all(devices.map(setUp));
    flushCompileCache();
  },
  ping: async () => undefined,

  async readCard({ deviceId }, signal) {
    const reader = readers.get(deviceId);
    if (!reader) throw new DeviceError('unsupported', NOT_SET_UP);
    const { card, wlt } = await reader.readCard(signal, (progress) => tell('readProgress', { deviceId, progress }));
    const portrait = await portraits.decode(wlt, signal);
    return { card, ...(portrait && { portrait }) };
  },
  printReceipt: async ({ deviceId, receipt }, signal) =>
    (await receiptPrinters.get(deviceId)?.print(receipt, signal)) ?? notPrinted,
  printCertificate: async ({ deviceId, certificate, copies }, signal) =>
    (await licencePrinters.get(deviceId)?.print(certificate, copies, signal)) ?? notPrinted,
});

/** One device that is set up wrongly is offline with the reason; it keeps no other from serving. */
async function setUp(spec: DeviceSpec): Promise<void> {
  try {
    start(spec, await create(spec));
  } catch (error) {
    refuse(spec, error);
  }
}

interface Created {
  readonly class: string;
  readonly driver: IdCardReader | ReceiptPrinter | LicencePrinter;
}

async function create({ id, model, line, options }: DeviceSpec): Promise<Created> {
  const reader = idCardReaderModels.find((entry) => entry.id === model);
  if (reader) {
    const driver = await reader.create(makeTransport(transportSchema.parse(line)), options);
    readers.set(id, driver);
    return { class: reader.class, driver };
  }
  const receiptPrinter = receiptPrinterModels.find((entry) => entry.id === model);
  if (receiptPrinter) {
    const driver = await receiptPrinter.create(makeTransport(transportSchema.parse(line)), options);
    receiptPrinters.set(id, driver);
    return { class: receiptPrinter.class, driver };
  }
  const licencePrinter = licencePrinterModels.find((entry) => entry.id === model);
  if (licencePrinter) {
    const driver = await licencePrinter.create(undefined, options);
    licencePrinters.set(id, driver);
    return { class: licencePrinter.class, driver };
  }
  throw new DeviceError('unsupported', `there is no model "${model}"`);
}

/** Drivers run until this process ends; the core ends it. */
function start({ id: deviceId, model }: DeviceSpec, { class: deviceClass, driver }: Created): void {
  const report = (): void => tell('status', { deviceId, class: deviceClass, model, status: driver.status.value });
  driver.status.subscribe(report);
  report();
  void driver.run(new AbortController().signal);
}

function refuse({ id: deviceId, model }: DeviceSpec, error: unknown): void {
  const known = [...idCardReaderModels, ...receiptPrinterModels, ...licencePrinterModels];
  const deviceClass = known.find((entry) => entry.id === model)?.class ?? 'unknown';
  const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  const observed = { observedAt: new Date().toISOString(), source: 'inferred' } as const;
  const status = { state: 'offline', cause: 'unsupported', detail, retryInMs: 0, ...observed } as const;
  tell('status', { deviceId, class: deviceClass, model, status });
}

process.title = 'jiujin-devices';
