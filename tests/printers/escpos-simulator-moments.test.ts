import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Attachment } from '../../drivers/simulation/far-end.ts';
import { EscposSimulator, type EscposSimulatorOptions } from '../../printers/escpos/simulator.ts';

let printer: EscposSimulator;
let host: Attachment;
let said: number[];

function connect(options: EscposSimulatorOptions = {}): void {
  printer = new EscposSimulator(options);
  said = [];
  host = printer.attach((bytes) => said.push(...bytes));
}

const bytesOf = (parts: string[]): Buffer =>
  Buffer.concat(parts.map((part) => (/^[0-9a-f]+$/.test(part) ? Buffer.from(part, 'hex') : Buffer.from(part))));

function send(...parts: string[]): void {
  host.receive(bytesOf(parts));
}

/** What the printer says to this, in hex. */
function answers(...parts: string[]): string {
  said = [];
  send(...parts);
  return Buffer.from(said).toString('hex');
}

const printedText = (): string => printer.textOf(printer.uncut);

beforeEach(() => {
  vi.useFakeTimers();
  connect();
});
afterEach(() => {
  host.detach();
  vi.useRealTimers();
});

/** A line feed moves the paper by as much. */
const LINE_DOTS = 34;
const READY = '10000000';

describe('a simulated printer whose paper ends', () => {
  test('is out of paper when the last dot of it has moved, and not before', () => {
    printer.paperLeftDots = LINE_DOTS + 1;
    send('ONE', '0a');
    expect(answers('100404')).toBe('12');
    printer.paperLeftDots = LINE_DOTS;
    send('TWO', '0a');
    expect(answers('100404')).toBe('72');
  });

  test('says so by itself where it was asked to', () => {
    expect(answers('1d610e')).toBe(READY);
    printer.paperLeftDots = LINE_DOTS;
    expect(answers('ONE', '0a')).toBe('18000c00');
  });

  test('is refilled by new paper alone', () => {
    printer.paperLeftDots = LINE_DOTS;
    send('ONE', '0a');
    printer.set({ coverOpen: true });
    printer.set({ coverOpen: false });
    expect(answers('100404')).toBe('72');
    printer.set({ paper: 'full' });
    expect(answers('100404')).toBe('12');
  });

  test('tells its paper to GS r 1, and its drawer to GS r 2', () => {
    printer.set({ paper: 'low' });
    expect([answers('1d7201'), answers('1d7202')]).toEqual(['03', '00']);
    printer.set({ paper: 'full', invertedPaperBit: true });
    expect([answers('1d7201'), answers('1d7202')]).toEqual(['0c', '00']);
  });
});

describe('a simulated printer that is asked to recover', () => {
  test.each([
    ['DLE ENQ 1 keeps what waits', '100501', 'OLDNEW'],
    ['DLE ENQ 2 throws it away, and keeps what came with it', '100502', 'NEW'],
    ['DLE ENQ 3 is none', '100503', 'OLDNEW'],
    ['DLE EOT 2 is a question', '100402', 'OLDNEW'],
  ])('%s', (_, command, kept) => {
    printer.set({ coverOpen: true });
    send('OLD', command, 'NEW', '0a');
    printer.set({ coverOpen: false });
    expect(printedText()).toBe(kept);
  });

  test('keeps everything where its model knows no recovery, and stays jammed', () => {
    printer.set({ ignoresRecovery: true, jamAtNextCut: true });
    send('ONE', '0a', '1d5601', 'OLD', '100502', 'NEW', '0a');
    expect(answers('100501', '100403')).toBe('1a');
    expect(printedText()).toBe('');
  });

  test('tells its host that its cutter is free again', () => {
    send('1d610e');
    printer.set({ jamAtNextCut: true });
    expect(answers('ONE', '0a', '1d5601')).toBe('18080000');
    expect(answers('100501')).toBe(READY);
  });

  test('jams at a cut, and at nothing else', () => {
    printer.set({ jamAtNextCut: true });
    send('ONE', '0a');
    expect(answers('100401')).toBe('12');
    send('1d5601');
    expect(answers('100401')).toBe('1a');
    expect(printer.faults.jamAtNextCut).toBe(false);
  });
});

describe('a slow simulated printer', () => {
  const slow = (options: EscposSimulatorOptions = {}): void => {
    host.detach();
    connect({ bytesPerSecond: 1_000, ...options });
  };

  test('prints as many bytes a second as it can', () => {
    slow();
    send('A'.repeat(20), '0a', 'B'.repeat(20), '0a');
    vi.advanceTimersByTime(20);
    expect(printedText()).toBe('');
    vi.advanceTimersByTime(20);
    expect(printedText()).toBe('A'.repeat(20));
    vi.advanceTimersByTime(20);
    expect(printedText()).toBe(`${'A'.repeat(20)}\n${'B'.repeat(20)}`);
  });

  test('prints nothing while its host is away, and the rest when it is back', () => {
    slow();
    send('A'.repeat(20), '0a');
    host.detach();
    vi.advanceTimersByTime(1_000);
    expect(printedText()).toBe('');
    host = printer.attach(() => undefined);
    vi.advanceTimersByTime(1_000);
    expect(printedText()).toBe('A'.repeat(20));
  });

  test('without flow control never tells its host to wait', () => {
    slow();
    expect(answers('41'.repeat(4_090))).toBe('');
    expect(printer.lostBytes).toBe(0);
  });

  test.each([
    [3_840, ''],
    [3_841, '13'],
  ])('with flow control, and %i bytes in its 4096, says "%s"', (bytes, expected) => {
    slow({ flowControl: 'xon-xoff' });
    expect(answers('41'.repeat(bytes))).toBe(expected);
  });

  test('takes 256 bytes more once it has said so, and loses what does not fit', () => {
    slow({ flowControl: 'xon-xoff' });
    send('41'.repeat(3_900));
    send('41'.repeat(256));
    expect(printer.lostBytes).toBe(0);
    send('41');
    expect(printer.lostBytes).toBe(1);
  });
});

describe('the host of a simulated printer', () => {
  test('that goes does not silence the one that has come', () => {
    const first = host;
    host = printer.attach((bytes) => said.push(...bytes));
    first.detach();
    expect(answers('100401')).toBe('12');
  });

  test('hears nothing once it has gone', () => {
    host.detach();
    expect(answers('100401')).toBe('');
  });

  test('hears nothing from one that is silent', () => {
    printer.set({ silent: true });
    expect(answers('100401', '1d7201')).toBe('');
  });

  test('is answered what the model knows', () => {
    host.detach();
    connect({ realTimeStatus: [1, 4] });
    expect(answers('100401', '100402', '100403', '100404')).toBe('1212');
  });

  test('hears of no change where it did not ask', () => {
    said = [];
    printer.set({ coverOpen: true });
    expect(said).toEqual([]);
  });
});

describe('the paper of a simulated printer', () => {
  /** Height and width of a PNG, in dots of two pixels. */
  const sizeOf = (png: Buffer | undefined): number[] => [png!.readUInt32BE(20) / 2, png!.readUInt32BE(16) / 2];
  const receipt = LINE_DOTS + 56 + 20 + 40;

  test('is 576 dots wide where nothing is said', async () => {
    send('ONE', '0a');
    expect(sizeOf(await printer.paperPng())).toEqual([40 + receipt, 576 + 152]);
  });

  test('is shown as the last receipt, or as all and what hangs out', async () => {
    host.detach();
    connect({ widthDots: 48 });
    send('ONE', '0a', '1d5601', 'TWO', '0a', '0a', '1d5601');
    expect(sizeOf(await printer.paperPng())).toEqual([40 + receipt + LINE_DOTS, 48 + 152]);
    expect(sizeOf(await printer.paperPng('last'))).toEqual([40 + receipt + LINE_DOTS, 48 + 152]);
    send('SIX', '0a');
    expect(sizeOf(await printer.paperPng('all'))).toEqual([40 + 3 * receipt + LINE_DOTS, 48 + 152]);
    expect(sizeOf(await printer.paperPng())).toEqual([40 + receipt, 48 + 152]);
  });

  test('has a text for each receipt, a line each', () => {
    expect(printer.textOf(undefined)).toBe('');
    send('ONE', '0a', 'TWO', '0a', '1d5601');
    expect(printer.receipts().map((one) => printer.textOf(one))).toEqual(['ONE\nTWO']);
  });
});
