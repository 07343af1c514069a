import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrinterStatus, PrintOutcome } from '../../printers/core/contract.ts';
import type { Receipt } from '../../printers/document/document.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { slip } from './receipts.ts';

let printer: EscposSimulator;
let line: SimulatedLine;
let driver: EscposDriver;
let stop: AbortController;
let running: Promise<void>;
/** What it has sent, in hex. */
let sent: string[];
const nobodyLeaves = new AbortController().signal;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const EMPTY = '100502'; // DLE ENQ 2

function connect(): void {
  driver = new EscposDriver(line, loadProfile('generic-80'));
  stop = new AbortController();
}

async function switchOn(): Promise<void> {
  running = driver.run(stop.signal);
  await pass(1_000);
}

beforeEach(() => {
  vi.useFakeTimers();
  printer = new EscposSimulator();
  line = new SimulatedLine(printer);
  sent = [];
  line.toDevice = (bytes) => {
    sent.push(Buffer.from(bytes).toString('hex'));
    return bytes;
  };
  connect();
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await pass(100);
  await running;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A job that is watched while time passes. */
function job(receipt: Receipt = slip('A001'), signal = nobodyLeaves): { outcome?: PrintOutcome; error?: unknown } {
  const watched: { outcome?: PrintOutcome; error?: unknown } = {};
  driver.print(receipt, signal).then(
    (outcome) => {
      watched.outcome = outcome;
    },
    (error: unknown) => {
      watched.error = error;
    },
  );
  return watched;
}

const confirmsNothing = (bytes: Uint8Array): Uint8Array | undefined =>
  bytes.length === 1 && bytes[0] === 0 ? undefined : bytes;
const status = (): PrinterStatus => driver.status.value;
const cuts = (): string[] => sent.filter((hex) => hex.includes('1d56'));
const empties = (): string[] => sent.filter((hex) => hex.startsWith(EMPTY));

describe('who leaves', () => {
  const gone = new Error('the resident has left');

  test('takes the rest of the receipt out of the printer at once', async () => {
    await switchOn();
    printer.bytesPerSecond = 100;
    const leaving = new AbortController();
    const printing = job(slip('A001'), leaving.signal);
    await pass(100);
    sent.length = 0;
    leaving.abort(gone);
    await pass(1);
    expect([printing.error, empties()]).toEqual([gone, ['1005021b40']]);
  });

  test('hears nothing else, also where the line is lost in the same breath', async () => {
    await switchOn();
    printer.bytesPerSecond = 100;
    const leaving = new AbortController();
    const printing = job(slip('A001'), leaving.signal);
    await pass(100);
    line.unplug();
    leaving.abort(gone);
    await pass(1);
    expect(printing).toEqual({ error: gone });
  });

  test('while the printer is asked hears nothing else', async () => {
    await switchOn();
    line.toHost = () => undefined;
    const leaving = new AbortController();
    const printing = job(slip('A001'), leaving.signal);
    await pass(100);
    leaving.abort(gone);
    await pass(2_000);
    expect(printing).toEqual({ error: gone });
  });
});

describe('of a job', () => {
  test('on a line that is lost before it is sent, nothing was printed', async () => {
    await switchOn();
    line.toHost = () => undefined;
    const printing = job();
    await pass(100);
    line.unplug();
    await pass(1);
    expect(printing.outcome).toMatchObject({
      outcome: 'not-printed',
      code: 'not-connected',
      detail: 'simulated:escpos was unplugged',
    });
  });

  test('on a line that is lost behind its first byte, nobody knows', async () => {
    await switchOn();
    printer.bytesPerSecond = 100;
    const printing = job();
    await pass(100);
    line.unplug();
    await pass(1);
    expect(printing.outcome).toEqual({
      outcome: 'unknown',
      code: 'not-connected',
      detail: 'simulated:escpos was unplugged',
    });
  });

  test('whose printer is dumb when it is asked what became of it, nobody knows', async () => {
    await switchOn();
    line.toHost = confirmsNothing;
    const printing = job();
    await pass(100);
    line.toHost = () => undefined;
    await pass(30_000);
    expect(printing.outcome).toMatchObject({
      outcome: 'unknown',
      code: 'not-connected',
      detail: expect.stringContaining('does not answer DLE EOT'),
    });
  });

  test('that was printed nothing is cut off when the printer is made ready again', async () => {
    await switchOn();
    const printing = job();
    await pass(10);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
    sent.length = 0;
    printer.set({ coverOpen: true });
    await pass(2_000);
    printer.set({ coverOpen: false });
    await pass(2_000);
    expect([status().state, empties().length, cuts()]).toEqual(['online', 1, []]);
  });

  test('as much time is left to a printer as its paper takes at its slowest', async () => {
    await switchOn();
    line.toHost = confirmsNothing;
    const text = { type: 'text', text: '办' } as const;
    // Forty lines are some 1,300 dots, at 240 a second; what is sent for them takes a second at most.
    const printing = job({ kind: 'receipt', language: 'zh-CN', blocks: Array.from({ length: 40 }, () => text) });
    await pass(10_000);
    expect(printing.outcome).toBeUndefined();
    await pass(5_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
  });
});

describe('a message of the printer', () => {
  test('that comes before it has been asked anything is not believed', async () => {
    running = driver.run(stop.signal);
    await pass(100);
    line.inject(Uint8Array.of(0x38, 0x00, 0x0c, 0x00));
    expect(status().state).toBe('starting');
    await pass(1_000);
    expect(status().state).toBe('online');
  });

  test('that it is well again is believed when it has been emptied', async () => {
    await switchOn();
    printer.set({ coverOpen: true });
    await pass(1_000);
    printer.set({ coverOpen: false });
    expect(status()).toMatchObject({ state: 'offline', cause: 'cover-open' });
    await pass(1_000);
    expect(status()).toMatchObject({ state: 'online', paper: 'full' });
  });

  test('about a cutter is no jam while it prints', async () => {
    await switchOn();
    line.inject(Uint8Array.of(0x10, 0x08, 0x00, 0x00));
    expect(status()).toMatchObject({ state: 'online', paper: 'full', source: 'event' });
    line.inject(Uint8Array.of(0x18, 0x08, 0x00, 0x00));
    expect(status()).toMatchObject({ state: 'offline', cause: 'media-jammed', paper: 'jammed' });
    await pass(10);
  });
});
