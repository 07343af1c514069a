import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SerialScannerSimulator } from '../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import { ModbusBoardSimulator, type SimulatedLock } from '../../drivers/cabinet/modbus-cabinet/simulator.ts';
import { SamvSimulator } from '../../drivers/id-card-reader/samv/simulator.ts';
import type { FarEnd } from '../../drivers/simulation/far-end.ts';
import { FaultyFarEnd } from '../../drivers/simulation/faulty-far-end.ts';
import { serveTcp } from '../../drivers/simulation/tcp-far-end.ts';
import { UpsdSimulator } from '../../drivers/ups/nut/simulator.ts';
import type { Configuration } from '../../main/config/config.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { newSigningKey } from '../platform/catalogue.ts';
import { type RunningPlatform, startPlatform } from '../platform/platform.ts';
import { loadResidents, type Person } from '../platform/residents.ts';
import { type Act, lineActs, perform } from './acts.ts';
import { portraitOnChip } from './chip-portrait.ts';
import {
  cabinetActs,
  licencePrinterActs,
  platformActs,
  readerActs,
  receiptPrinterActs,
  scannerActs,
  upsActs,
} from './device-acts.ts';
import { serveSimulators } from './simulators-socket.ts';

/** What surrounds a terminal: far ends of its wires, and the city's platform. The terminal cannot tell that they are ours. */
export interface World {
  /** For the core. */
  readonly configurationFile: string;
  readonly dataDir: string;
  readonly reader: SamvSimulator;
  readonly receiptPrinter: EscposSimulator;
  readonly licencePrinter: IppSimulator;
  readonly people: readonly Person[];
  /** Everything that a hand can do here, as `kioskctl simulate` and the desk offer it. */
  readonly acts: readonly Act[];
  /** Rejects with an ActError. */
  perform(device: string, act: string, value?: string): Promise<string>;
  /** Fails where the platform is stopped. */
  readonly platform: RunningPlatform;
  readonly platformIsUp: boolean;
  placeCard(personId: string): void;
  stopPlatform(): Promise<void>;
  /** On the same port and with the same memory as before. */
  startPlatform(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** The platform's memory and the terminal's configuration. */
  readonly dir: string;
  /** What the terminal keeps; a folder in `dir` where absent. */
  readonly terminalDir?: string;
  /** The residents' pictures, as `preparePeople` leaves them. */
  readonly peopleDir: string;
  /** Puts the ID-card reader behind a serial port; TCP where absent. */
  readonly serveSerial?: (reader: FarEnd) => Promise<{ path: string; close(): Promise<void> }>;
}

const TOKEN = 'stand-in';
/** How the simulated board is wired. */
const doors: readonly SimulatedLock[] = [
  { coil: 8, input: 0, openWhen: true },
  { coil: 9, input: 1, openWhen: true },
];
const registerMap = {
  unit: 1,
  lights: { 'card-reader': { coil: 0 }, 'receipt-printer': { coil: 1 }, 'document-printer': { coil: 2 } },
  doors: { front: { input: 0, openWhen: 1 }, rear: { input: 1, openWhen: 1 } },
};
const decoderScript = fileURLToPath(new URL('./portrait-decoder.ts', import.meta.url));

/** Rejects where another world lives in `dir`. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { dir, terminalDir = join(dir, 'terminal'), peopleDir, serveSerial } = options;
  const dataDir = join(terminalDir, 'data');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const people = [...loadResidents().values()].map(({ person }) => person);

  // Before anything else: its memory can be opened once, so that nobody else's configuration in `dir` is written over.
  const platformFile = join(dir, 'platform.db');
  const catalogueKey = newSigningKey();
  const platformOptions = { file: platformFile, token: TOKEN, catalogueKey };
  let platform: RunningPlatform | undefined = await startPlatform({ ...platformOptions, port: 0 });
  const { port, url } = platform;

  const reader = new SamvSimulator();
  reader.readMs = 300;
  const receiptPrinter = new EscposSimulator();
  const licencePrinter = new IppSimulator();
  const faultyReader = new FaultyFarEnd(reader);
  const faultyReceiptPrinter = new FaultyFarEnd(receiptPrinter);
  const readerLine = serveSerial ? await serveSerial(faultyReader) : await serveTcp(faultyReader);
  const receiptLine = await serveTcp(faultyReceiptPrinter);
  const licenceLine = await licencePrinter.start();
  const board = new ModbusBoardSimulator();
  const upsd = new UpsdSimulator();
  const faultyBoard = new FaultyFarEnd(board);
  const faultyUpsd = new FaultyFarEnd(upsd);
  const scanner = new SerialScannerSimulator('newland');
  const faultyScanner = new FaultyFarEnd(scanner);
  const scannerLine = await serveTcp(faultyScanner);
  const cabinetLine = await serveTcp(faultyBoard);
  const upsLine = await serveTcp(faultyUpsd);
  const tcp = (line: { readonly port: number }) => ({ kind: 'tcp', host: '127.0.0.1', port: line.port });

  const configuration: Configuration = {
    terminal: {
      id: 'longsha-24h-03',
      code: 'LS03',
      place: { 'zh-CN': '龙沙区政务大厅 24 小时自助区', en: 'Longsha District Hall, 24-hour zone' },
      machine: { 'zh-CN': '3 号机', en: 'Terminal 3' },
      helpNumber: '12345',
      timeZone: 'Asia/Shanghai',
      progressUrl: 'https://zwfw.example/p/',
    },
    dataDir,
    platform: { baseUrl: url, token: TOKEN, startSpreadS: 0 }, // one terminal is no city
    catalogue: { publicKeys: [catalogueKey.known] },
    devices: [
      {
        id: 'id-card-reader',
        model: 'samv',
        line: 'path' in readerLine ? { kind: 'serial', path: readerLine.path, baudRate: 115_200 } : tcp(readerLine),
        options: {},
      },
      { id: 'receipt-printer', model: 'escpos', line: tcp(receiptLine), options: { profile: 'generic-80' } },
      { id: 'licence-printer', model: 'ipp', line: { kind: 'http' }, options: { url: licenceLine.url } },
      { id: 'scanner', model: 'serial-scanner', line: tcp(scannerLine), options: { profile: 'newland' } },
      { id: 'cabinet', model: 'modbus-cabinet', line: tcp(cabinetLine), options: registerMap },
      { id: 'ups', model: 'nut', line: tcp(upsLine), options: { ups: upsd.ups } },
    ],
    portraitDecoder: { command: [process.execPath, decoderScript, peopleDir] },
  };
  const configurationFile = join(dir, 'terminal.json');
  await writeFile(configurationFile, JSON.stringify(configuration, null, 2), { mode: 0o600 });

  const world: Omit<World, 'acts' | 'perform'> = {
    configurationFile,
    dataDir,
    reader,
    receiptPrinter,
    licencePrinter,
    people,
    get platform() {
      if (!platform) throw new Error('The platform is stopped.');
      return platform;
    },
    get platformIsUp() {
      return platform !== undefined;
    },
    placeCard(personId) {
      const person = people.find(({ id }) => id === personId);
      if (!person)
        throw new Error(`There is no resident "${personId}"; there are ${people.map(({ id }) => id).join(', ')}.`);
      const { id: _id, portrait, ...text } = person;
      reader.placeCard({ text: { ...text, cardType: 'citizen', idNumberValid: true }, wlt: portraitOnChip(portrait) });
    },
    async stopPlatform() {
      await platform?.close();
      platform = undefined;
    },
    async startPlatform() {
      platform ??= await startPlatform({ ...platformOptions, port });
    },
    async close() {
      await simulators.close();
      await Promise.all([
        readerLine.close(),
        receiptLine.close(),
        licenceLine.close(),
        scannerLine.close(),
        cabinetLine.close(),
        upsLine.close(),
        platform?.close(),
      ]);
    },
  };
  const acts = [
    ...readerActs(
      reader,
      people.map(({ id }) => id),
      (person) => world.placeCard(person),
    ),
    ...('unplug' in readerLine ? lineActs('id-card-reader', readerLine, faultyReader) : []),
    ...receiptPrinterActs(receiptPrinter),
    ...lineActs('receipt-printer', receiptLine, faultyReceiptPrinter),
    ...licencePrinterActs(licencePrinter),
    ...lineActs('licence-printer', licenceLine),
    ...scannerActs(scanner),
    ...lineActs('scanner', scannerLine, faultyScanner),
    ...cabinetActs(board, doors),
    ...lineActs('cabinet', cabinetLine, faultyBoard),
    ...upsActs(upsd),
    ...lineActs('ups', upsLine, faultyUpsd),
    ...platformActs({ start: () => world.startPlatform(), stop: () => world.stopPlatform() }),
  ];
  const simulators = await serveSimulators(dir, acts);
  return Object.assign(world, {
    acts,
    perform: (device: string, act: string, value?: string) => perform(acts, device, act, value),
  });
}
