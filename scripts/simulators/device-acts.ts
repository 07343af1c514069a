import type { SerialScannerSimulator } from '../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import { cabinetDoors } from '../../drivers/cabinet/contract.ts';
import type { ModbusBoardSimulator, SimulatedLock } from '../../drivers/cabinet/modbus-cabinet/simulator.ts';
import type { SamvSimulator } from '../../drivers/id-card-reader/samv/simulator.ts';
import type { UpsdSimulator } from '../../drivers/ups/nut/simulator.ts';
import type { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { A4 } from '../../printers/ipp/operations.ts';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import type { IppSimulator } from '../../printers/ipp/simulator.ts';
import { type Act, ActError } from './acts.ts';

/** What a hand can do to each of the simulated devices. */

export function readerActs(reader: SamvSimulator, people: readonly string[], place: (person: string) => void): Act[] {
  const device = 'id-card-reader';
  return [
    {
      device,
      act: 'place',
      what: 'lay a resident’s card on it',
      values: [...people],
      perform: (person) => {
        place(person);
        return `the card of ${person} lies on the reader`;
      },
    },
    {
      device,
      act: 'remove',
      what: 'take the card away',
      perform: () => {
        reader.removeCard();
        return 'no card lies on the reader';
      },
    },
  ];
}

export function receiptPrinterActs(printer: EscposSimulator): Act[] {
  const device = 'receipt-printer';
  const papers = ['full', 'low', 'out'] as const;
  return [
    {
      device,
      act: 'paper',
      what: 'refill its roll, let it run low or out',
      values: [...papers],
      perform: (value) => {
        printer.set({ paper: papers.find((paper) => paper === value) ?? 'full' });
        return `the roll is ${value}`;
      },
    },
    {
      device,
      act: 'cover',
      what: 'open or close its cover',
      values: ['open', 'closed'],
      perform: (value) => {
        printer.set({ coverOpen: value === 'open' });
        return `the cover is ${value}`;
      },
    },
    {
      device,
      act: 'jam',
      what: 'its cutter stops half way at the next receipt',
      perform: () => {
        printer.set({ jamAtNextCut: true });
        return 'the next cut will jam';
      },
    },
  ];
}

const TRAY_SHEETS = 500;

export function licencePrinterActs(printer: IppSimulator): Act[] {
  const device = 'licence-printer';
  return [
    {
      device,
      act: 'sheets',
      what: 'put so many sheets into its tray',
      values: ['…'],
      perform: (value) => {
        printer.sheets = wholeNumber(value, TRAY_SHEETS, `the tray holds 0 to ${TRAY_SHEETS} sheets`);
        return `${printer.sheets} sheets lie in the tray`;
      },
    },
    {
      device,
      act: 'cover',
      what: 'open or close its cover',
      values: ['open', 'closed'],
      perform: (value) => {
        printer.coverOpen = value === 'open';
        return `the cover is ${value}`;
      },
    },
    {
      device,
      act: 'jam',
      what: 'jam its paper, or clear it',
      values: ['on', 'off'],
      perform: (value) => {
        printer.jammed = value === 'on';
        return printer.jammed ? 'the paper is jammed' : 'the jam is cleared';
      },
    },
    {
      device,
      act: 'blanks',
      what: 'put so many pre-printed sheets into its second tray',
      values: ['…'],
      perform: (value) => {
        const sheets = wholeNumber(value, TRAY_SHEETS, `the tray holds 0 to ${TRAY_SHEETS} sheets`);
        const blanks = fullTray('tray-2', A4, 'stationery-preprinted');
        printer.trays = [...printer.trays.filter(({ source }) => source !== 'tray-2'), { ...blanks, sheets }];
        return `${sheets} pre-printed sheets lie in tray-2`;
      },
    },
    {
      device,
      act: 'size',
      what: 'put paper of this size into its first tray',
      values: ['a4', 'a5'],
      perform: (value) => {
        const [first] = printer.trays;
        if (first) first.media = value === 'a5' ? 'iso_a5_148x210mm' : A4;
        return `${value} lies in the first tray`;
      },
    },
    {
      device,
      act: 'cancel',
      what: 'press Cancel on it',
      perform: () => {
        printer.cancelAtPanel();
        return 'what it was printing is canceled';
      },
    },
  ];
}

export function scannerActs(scanner: SerialScannerSimulator): Act[] {
  return [
    {
      device: 'scanner',
      act: 'scan',
      what: 'lay a code before it that says this',
      values: ['…'],
      perform: (value) => {
        scanner.lay(value);
        return `a code of ${Buffer.byteLength(value)} bytes lies before the scanner`;
      },
    },
    {
      device: 'scanner',
      act: 'remove',
      what: 'take the code away',
      perform: () => {
        scanner.lay(undefined);
        return 'no code lies before the scanner';
      },
    },
  ];
}

/** `doors`: how each is wired, in the order of `cabinetDoors`. */
export function cabinetActs(board: ModbusBoardSimulator, doors: readonly SimulatedLock[]): Act[] {
  return doors.map((door, at) => {
    const name = cabinetDoors[at] ?? `door ${at}`;
    return {
      device: 'cabinet',
      act: name,
      what: `open or close its ${name} door`,
      values: ['open', 'closed'],
      perform: (value) => {
        if (value === 'open') board.openDoor(door);
        else board.closeDoor(door);
        return `the ${name} door is ${value}`;
      },
    };
  });
}

/** NUT's words for what the mains do. */
const statusOf: Readonly<Record<string, string>> = { mains: 'OL', battery: 'OB DISCHRG', low: 'OB LB DISCHRG' };

export function upsActs(upsd: UpsdSimulator): Act[] {
  return [
    {
      device: 'ups',
      act: 'power',
      what: 'the mains are there, fail, or have failed for long',
      values: Object.keys(statusOf),
      perform: (value) => {
        upsd.variables['ups.status'] = statusOf[value] ?? 'OL';
        upsd.variables['battery.charge'] = value === 'low' ? '4' : '100';
        return `the power comes from ${value === 'mains' ? 'the mains' : `the battery${value === 'low' ? ', which is nearly empty' : ''}`}`;
      },
    },
  ];
}

export function platformActs(platform: { start(): Promise<void>; stop(): Promise<void> }): Act[] {
  return [
    {
      device: 'platform',
      act: 'start',
      what: 'the city’s platform answers',
      perform: async () => {
        await platform.start();
        return 'the platform runs';
      },
    },
    {
      device: 'platform',
      act: 'stop',
      what: 'it does not',
      perform: async () => {
        await platform.stop();
        return 'the platform is stopped';
      },
    },
  ];
}

function wholeNumber(value: string, most: number, sentence: string): number {
  const number = Number(value);
  if (value === '' || !Number.isInteger(number) || number < 0 || number > most) {
    throw new ActError(`${sentence}, not "${value}"`);
  }
  return number;
}
