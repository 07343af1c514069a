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

function send(...parts: string[]): void {
  host.receive(
    Buffer.concat(parts.map((part) => (/^[0-9a-f]+$/.test(part) ? Buffer.from(part, 'hex') : Buffer.from(part)))),
  );
}

/** What the printer says to this, in hex. */
function answers(...parts: string[]): string {
  said = [];
  send(...parts);
  return Buffer.from(said).toString('hex');
}

beforeEach(() => {
  vi.useFakeTimers();
  connect();
});
afterEach(() => {
  host.detach();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pollAll = '100401100402100403100404';
const lineAndCut = ['HELLO', '0a', '1d5601'];

describe('the simulated receipt printer', () => {
  test.each([
    ['well', {}, '12121212'],
    ['out of paper', { paper: 'out' }, '1a321272'],
    ['low on paper', { paper: 'low' }, '1212121e'],
    ['open', { coverOpen: true }, '1a161212'],
    ['too hot', { headHot: true }, '1a525212'],
    ['broken', { unrecoverable: true }, '1a523212'],
  ] as const)('answers real-time requests at once when it is %s', (_, faults, expected) => {
    printer.set(faults);
    expect(answers(pollAll)).toBe(expected);
  });

  test('answers a request that happens to stand in picture data', () => {
    expect(answers('1d76300004000100', '10040155')).toBe('12');
  });

  test('confirms only what it has printed, and never while it is stopped', () => {
    printer.set({ paper: 'out' });
    expect(answers(...lineAndCut, '1d7201')).toBe('');
    said = [];
    printer.set({ paper: 'full' });
    expect(said).toEqual([0x00]);
    expect(printer.receipts()).toHaveLength(1);
  });

  test('pushes its status when asked to, and on each change', () => {
    expect(answers('1d610e')).toBe('10000000');
    said = [];
    printer.set({ coverOpen: true });
    printer.set({ coverOpen: false, paper: 'low' });
    expect(Buffer.from(said).toString('hex')).toBe('3800000010000300');
  });

  test('stops where the paper ends, and goes on with the rest when it is refilled', () => {
    printer.paperLeftDots = 60;
    send('ONE', '0a', 'TWO', '0a', 'THREE', '0a');
    expect(printer.textOf(printer.uncut)).toBe('ONE\nTWO');
    printer.set({ paper: 'full' });
    expect(printer.textOf(printer.uncut)).toBe('ONE\nTWO\nTHREE');
  });

  test('DLE ENQ 2 throws away what waits, and keeps what comes behind it', () => {
    printer.set({ paper: 'out' });
    send(...lineAndCut);
    send('100502', 'NEXT', '0a', '1d5601');
    printer.set({ paper: 'full' });
    expect(printer.receipts().map((receipt) => printer.textOf(receipt))).toEqual(['NEXT']);
  });

  test('a blocked cutter is freed by DLE ENQ, and by nothing else', () => {
    printer.set({ jamAtNextCut: true });
    send(...lineAndCut, 'AFTER', '0a');
    expect(answers('100401', '100403')).toBe('1a1a');
    expect(answers('100501', '100401')).toBe('12');
    expect(printer.textOf(printer.uncut)).toBe('AFTER');
  });

  test('tells its host to wait before its buffer is full, and counts what comes all the same', () => {
    host.detach();
    connect({ bytesPerSecond: 1_000, flowControl: 'xon-xoff' });
    expect(answers('41'.repeat(3_900))).toBe('13');
    send('41'.repeat(500));
    expect(printer.lostBytes).toBe(500);
    said = [];
    vi.advanceTimersByTime(4_000);
    expect(said).toEqual([0x11]);
  });

  test('keeps its paper and its buffer while its host is away', () => {
    printer.set({ coverOpen: true });
    send(...lineAndCut);
    host.detach();
    host = printer.attach(() => undefined);
    printer.set({ coverOpen: false });
    expect(printer.receipts()).toHaveLength(1);
  });

  test('shows its paper as a picture', async () => {
    expect(await printer.paperPng()).toBeUndefined();
    send(...lineAndCut);
    expect((await printer.paperPng())?.subarray(1, 4).toString()).toBe('PNG');
  });
});
