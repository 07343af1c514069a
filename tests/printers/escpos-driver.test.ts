import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrinterStatus, PrintOutcome } from '../../printers/core/contract.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator, type EscposSimulatorOptions } from '../../printers/escpos/simulator.ts';
import { acceptanceSlip, slip } from './receipts.ts';

let printer: EscposSimulator;
let line: SimulatedLine;
let driver: EscposDriver;
let stop: AbortController;
let running: Promise<void>;
const nobodyLeaves = new AbortController().signal;

/** A terminal whose printer has been switched on for a while; `left` is what an earlier process sent before it died. */
async function terminal(options: EscposSimulatorOptions = {}, profile = 'generic-80', left = ''): Promise<void> {
  printer = new EscposSimulator(options);
  const earlier = printer.attach(() => undefined);
  earlier.receive(new TextEncoder().encode(left));
  earlier.detach();
  line = new SimulatedLine(printer);
  driver = new EscposDriver(line, loadProfile(profile));
  stop = new AbortController();
  running = driver.run(stop.signal);
  await vi.advanceTimersByTimeAsync(1_000);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(100);
  await running;
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A job, watched while time passes. */
function job(receipt = slip('A001'), signal = nobodyLeaves): { outcome: PrintOutcome | undefined; error?: unknown } {
  const watched: { outcome: PrintOutcome | undefined; error?: unknown } = { outcome: undefined };
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

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const printedTexts = (): string[] => printer.receipts().map((receipt) => printer.textOf(receipt));
const status = (): PrinterStatus => driver.status.value;

describe('printing', () => {
  test('"printed" is said once the printer has confirmed it', async () => {
    await terminal();
    const printing = job(acceptanceSlip());
    await pass(10);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
    expect(printedTexts()).toEqual([expect.stringContaining('办件受理凭证')]);
  });

  test('a slow printer is waited for, and its status is read all the while', async () => {
    await terminal({ bytesPerSecond: 200 });
    const printing = job(acceptanceSlip('张㛃'));
    const readings = new Set<string>();
    driver.status.subscribe(({ observedAt }) => readings.add(observedAt));
    await pass(4_000);
    expect([printing.outcome, status().state]).toEqual([undefined, 'online']);
    expect(readings.size).toBeGreaterThanOrEqual(2);
    await pass(6_000);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test('XOFF holds the job back until the printer has room, and nothing is lost', async () => {
    await terminal({ bytesPerSecond: 960, flowControl: 'xon-xoff', widthDots: 384 }, 'generic-58');
    const flow: number[] = [];
    line.toHost = (bytes) => {
      flow.push(...bytes.filter((byte) => byte === 0x11 || byte === 0x13));
      return bytes;
    };
    const printing = job(acceptanceSlip('㛃'.repeat(60)));
    await pass(20_000);
    expect([printing.outcome, printer.lostBytes]).toEqual([{ outcome: 'printed' }, 0]);
    expect(flow.slice(0, 2)).toEqual([0x13, 0x11]);
  });

  test('a status that is answered late while a job is taken in is waited for', async () => {
    await terminal({ bytesPerSecond: 200 });
    const states = new Set<string>();
    driver.status.subscribe(({ state }) => states.add(state));
    const printing = job(acceptanceSlip());
    await pass(10);
    line.toHost = (bytes) => {
      setTimeout(() => line.inject(bytes), 1_000);
      return undefined;
    };
    await pass(3_000);
    line.toHost = (bytes) => bytes;
    await pass(5_000);
    expect([printing.outcome, ...states]).toEqual([{ outcome: 'printed' }, 'online']);
  });

  test.each([
    ['the beginning of a status whose rest is lost', 0x10],
    ['an XOFF that nobody meant', 0x13],
  ])('%s does not hold up the next receipt', async (_, byte) => {
    await terminal();
    await pass(200); // just after a poll
    line.inject(Uint8Array.of(byte));
    await pass(300);
    const printing = job();
    await pass(10);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test("answers that an earlier connection has asked for are nobody's", async () => {
    printer = new EscposSimulator();
    line = new SimulatedLine(printer);
    line.toHost = (bytes) => {
      setTimeout(() => line.inject(bytes), 150);
      return undefined;
    };
    driver = new EscposDriver(line, loadProfile('generic-80'));
    stop = new AbortController();
    const states = new Set<string>();
    driver.status.subscribe(({ state }) => states.add(state));
    running = driver.run(stop.signal);
    await pass(100);
    line.inject(Uint8Array.of(0x1a, 0x72));
    await pass(2_000);
    expect([...states]).toEqual(['online']);
  });

  test('two receipts come out in the order in which they were asked for', async () => {
    await terminal({ bytesPerSecond: 500 });
    job(slip('A001'));
    job(slip('A002'));
    await pass(5_000);
    expect(printedTexts()).toEqual([expect.stringContaining('A001'), expect.stringContaining('A002')]);
  });
});

describe('a printer that cannot print', () => {
  test.each([
    ['no paper', { paper: 'out' }, 'paper-out', 'out'],
    ['an open cover', { coverOpen: true }, 'cover-open', 'full'],
    ['a hot print head', { headHot: true }, 'hardware-error', 'full'],
    ['an unrecoverable error', { unrecoverable: true }, 'hardware-error', 'full'],
  ] as const)('%s: it says so by itself, and takes no job', async (_, fault, code, paper) => {
    await terminal();
    printer.set(fault);
    await pass(10);
    expect(status()).toMatchObject({ state: 'offline', cause: code, paper });
    const printing = job();
    await pass(10);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code });
    expect(printer.uncut?.bytes ?? []).toHaveLength(0);
  });

  test('a printer without its own messages is found out by the next question', async () => {
    await terminal();
    line.toHost = (bytes) => (bytes.length === 4 ? undefined : bytes);
    printer.set({ paper: 'out' });
    await pass(10);
    expect(status().state).toBe('online');
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'paper-out', source: 'polled' });
  });

  test('little paper is a warning, and prints', async () => {
    await terminal();
    printer.set({ paper: 'low' });
    await pass(10);
    expect(status()).toMatchObject({ state: 'online', paper: 'low', source: 'event' });
    const printing = job();
    await pass(10);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test('a clone that reports paper end while there is paper takes no job, until its profile says so', async () => {
    await terminal();
    printer.set({ invertedPaperBit: true });
    const refused = job();
    await pass(10);
    expect(refused.outcome).toMatchObject({ outcome: 'not-printed', code: 'paper-out' });
    stop.abort();
    await running;
    driver = new EscposDriver(line, loadProfile('generic-80-inverted-paper'));
    stop = new AbortController();
    running = driver.run(stop.signal);
    await pass(1_000);
    expect(status()).toMatchObject({ state: 'online', paper: 'unknown' });
    const printing = job();
    await pass(10);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test('a clone with inverted paper bits is out of paper also where it says that it stopped for it', async () => {
    await terminal({}, 'generic-80-inverted-paper');
    printer.set({ invertedPaperBit: true, paper: 'out' });
    await pass(3_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'paper-out', paper: 'out' });
    printer.set({ paper: 'full' });
    await pass(3_000);
    expect(status()).toMatchObject({ state: 'online' });
  });

  test('a printer that says nothing is not ready, and is when it speaks', async () => {
    await terminal();
    printer.set({ silent: true });
    await pass(3_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'not-connected', paper: 'unknown' });
    printer.set({ silent: false });
    await pass(10_000);
    expect(status()).toMatchObject({ state: 'online', paper: 'full' });
  });

  test('a receipt that cannot be laid out is refused before anything is sent', async () => {
    await terminal();
    const printing = job({ kind: 'receipt', language: 'zh-CN', blocks: [{ type: 'qr', data: 'x'.repeat(4_000) }] });
    await pass(10);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
    expect(printer.uncut).toBeUndefined();
  });
});

describe('a job that stops half way', () => {
  test('paper that ends is reported, and refilled paper prints nothing of the person who left', async () => {
    await terminal();
    printer.paperLeftDots = 300;
    const printing = job(acceptanceSlip());
    await pass(2_500);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'paper-out' });
    printer.set({ paper: 'full' });
    await pass(5_000);
    expect(status()).toMatchObject({ state: 'online', paper: 'full' });
    const next = job(slip('A002'));
    await pass(10);
    expect(next.outcome).toEqual({ outcome: 'printed' });
    const [leftover, ticket, ...more] = printedTexts();
    expect(more).toEqual([]);
    expect(leftover).toContain('办件受理凭证');
    expect(leftover).not.toContain('请妥善保管');
    expect(ticket).toContain('A002');
    expect(ticket).not.toContain('受理');
  });

  test.each([
    ['at once', false],
    ['by a printer that is away, once it is back', true],
  ])('what an earlier process left half printed is cut off %s, and not joined to the next', async (_, away) => {
    await terminal({}, 'generic-80', 'of somebody who has left\n');
    expect(printer.uncut).toBeDefined();
    if (away) line.unplug();
    await pass(100);
    const ended = driver.endPaper(nobodyLeaves);
    await pass(100);
    await ended;
    if (away) line.plug();
    await pass(5_000);
    expect(printer.uncut).toBeUndefined();
    const next = job(slip('A002'));
    await pass(10);
    expect(next.outcome).toEqual({ outcome: 'printed' });
    expect(printedTexts()).toEqual([expect.stringContaining('somebody'), expect.stringContaining('A002')]);
    expect(printedTexts()[1]).not.toContain('somebody');
  });

  test('an opened cover is reported within seconds, not at the end of the budget', async () => {
    await terminal({ bytesPerSecond: 300 });
    const printing = job(acceptanceSlip());
    await pass(500);
    printer.set({ coverOpen: true });
    await pass(100);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'cover-open' });
  });

  test('a blocked cutter is reported, and freed for the next receipt', async () => {
    await terminal();
    printer.set({ jamAtNextCut: true });
    const printing = job();
    await pass(2_500);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'media-jammed' });
    await pass(5_000);
    expect(status()).toMatchObject({ state: 'online' });
  });

  test('a print head that cools in time finishes the receipt, with nothing left out', async () => {
    await terminal({ bytesPerSecond: 200 });
    const printing = job(acceptanceSlip());
    await pass(100);
    printer.set({ headHot: true });
    await pass(3_000);
    expect([printing.outcome, status().state]).toEqual([undefined, 'offline']);
    printer.set({ headHot: false });
    await pass(2_500);
    expect([printing.outcome, status().state]).toEqual([undefined, 'online']);
    await pass(3_000);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
    expect(printedTexts()).toEqual([expect.stringMatching(/办件受理凭证.*查询或补打/s)]);
  });

  test('a print head that stays hot is not waited for without end', async () => {
    await terminal({ bytesPerSecond: 300 });
    const printing = job();
    await pass(100);
    printer.set({ headHot: true });
    await pass(15_000);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'hardware-error' });
  });

  test('silence after the bytes went out is unknown: a person must look', async () => {
    await terminal({ bytesPerSecond: 300 });
    const printing = job(acceptanceSlip());
    await pass(200);
    printer.set({ silent: true });
    await pass(60_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'not-connected' });
  });

  test('a cable pulled after the bytes went out is unknown', async () => {
    await terminal({ bytesPerSecond: 300 });
    const printing = job();
    await pass(100);
    line.unplug();
    await pass(10);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'not-connected' });
  });

  test('a printer that is well and never confirms is unknown', async () => {
    await terminal();
    line.toHost = (bytes) => (bytes.length === 1 && bytes[0] === 0 ? undefined : bytes);
    const printing = job();
    await pass(60_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
  });

  test('a resident who leaves takes the rest of the receipt along', async () => {
    await terminal({ bytesPerSecond: 300 });
    const leaving = new AbortController();
    const gone = new Error('the resident has left');
    const printing = job(acceptanceSlip(), leaving.signal);
    await pass(1_000);
    leaving.abort(gone);
    await pass(1);
    expect(printing.error).toBe(gone);
    await pass(10_000);
    const next = job(slip('A002'));
    await pass(10_000);
    expect(next.outcome).toEqual({ outcome: 'printed' });
    expect(printedTexts().join()).not.toContain('请妥善保管');
    expect(printedTexts().at(-1)).not.toContain('受理');
  });

  test('a confirmation that comes too late never confirms the next receipt', async () => {
    await terminal();
    const late: Uint8Array[] = [];
    line.toHost = (bytes) => {
      if (bytes.length !== 1 || bytes[0] !== 0) return bytes;
      late.push(bytes.slice());
      return undefined;
    };
    const first = job(slip('A001'));
    await pass(60_000);
    expect(first.outcome).toMatchObject({ outcome: 'unknown' });
    line.toHost = (bytes) => bytes;
    await pass(40_000);
    printer.bytesPerSecond = 100;
    const second = job(slip('A002'));
    for (const bytes of late) line.inject(bytes);
    await pass(500);
    expect(second.outcome).toBeUndefined();
    await pass(5_000);
    expect(second.outcome).toEqual({ outcome: 'printed' });
  });

  test('a message on a noisy line that the printer does not confirm stops no job', async () => {
    await terminal({ bytesPerSecond: 300 });
    const printing = job();
    await pass(100);
    line.inject(Uint8Array.of(0x38, 0x00, 0x0c, 0x00));
    await pass(3_000);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test('a printer that was printing when the terminal restarted is emptied before the next receipt', async () => {
    await terminal({ bytesPerSecond: 300 });
    job(acceptanceSlip());
    await pass(500);
    stop.abort();
    await running;
    driver = new EscposDriver(line, loadProfile('generic-80'));
    stop = new AbortController();
    running = driver.run(stop.signal);
    await pass(3_000);
    const next = job(slip('A002'));
    await pass(5_000);
    expect(next.outcome).toEqual({ outcome: 'printed' });
    expect(printedTexts().join()).not.toContain('请妥善保管');
  });
});

test('an answer to somebody who has left is none to the next question: answers do not say what they answer', async () => {
  await terminal();
  printer.set({ coverOpen: true });
  await pass(2_000);
  line.toHost = (bytes) => {
    setTimeout(() => line.inject(bytes), 50);
    return undefined;
  };
  await pass(350); // between two polls
  const leaving = new AbortController();
  const gone = expect(driver.check(leaving.signal)).rejects.toThrow('enough');
  await pass(10);
  leaving.abort(new Error('enough'));
  await gone;
  const asked = expect(driver.check(nobodyLeaves)).rejects.toMatchObject({ code: 'cover-open' });
  await pass(1_000);
  await asked;
});

test('a printer that was too slow is connected anew, so that its late answer is not taken for another', async () => {
  await terminal();
  printer.set({ headHot: true });
  await pass(2_000);
  let delayMs = 1_000;
  line.toHost = (bytes) => {
    setTimeout(() => line.inject(bytes), delayMs);
    delayMs = 50;
    return undefined;
  };
  await pass(350); // between two polls
  const silent = expect(driver.check(nobodyLeaves)).rejects.toMatchObject({ code: 'not-connected' });
  await pass(900);
  await silent;
  const asked = expect(driver.check(nobodyLeaves)).rejects.toMatchObject({ code: 'not-connected' });
  await pass(2_000);
  await asked;
  expect(status()).toMatchObject({ state: 'offline', detail: 'the print head is too hot' });
});
