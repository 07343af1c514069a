import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sleep, type Transport } from '../../drivers/core/index.ts';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrinterStatus, PrintOutcome } from '../../printers/core/contract.ts';
import { ZplDriver } from '../../printers/zpl/driver.ts';
import { labelOf, zplOptions } from '../../printers/zpl/label.ts';
import { dotsOf } from '../../printers/zpl/printed-label.ts';
import { rasterCertificate } from '../../printers/zpl/raster.ts';
import { ZplSimulator, type ZplSimulatorOptions } from '../../printers/zpl/simulator.ts';
import { oneIn } from '../support/long-form.ts';
import { englishCertificate, insuranceCertificate, shortCertificate, withMonths } from './pdf-certificates.ts';

/** As much as a card holds at 203 dots an inch. */
const cardCertificate = { ...englishCertificate, title: 'Certificate', statement: ['In good standing.'], fields: [] };

let printer: ZplSimulator;
let line: SimulatedLine;
let driver: ZplDriver;
let stop: AbortController;
let running: Promise<void>;
const nobodyLeaves = new AbortController().signal;

/** A terminal whose printer has been switched on for a while. */
async function terminal(options: ZplSimulatorOptions = {}, configured: unknown = {}): Promise<void> {
  printer = new ZplSimulator(options);
  line = new SimulatedLine(printer);
  start(configured);
  await pass(1_000);
}

function start(configured: unknown = {}): void {
  driver = new ZplDriver(line, zplOptions.parse(configured));
  stop = new AbortController();
  running = driver.run(stop.signal);
}

// Loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/zpl/raster.ts');
});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  stop.abort();
  await pass(100);
  await running;
  expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const status = (): PrinterStatus => driver.status.value;

/** A job, watched while time passes. */
function job(
  certificate = shortCertificate,
  copies = 1,
  signal = nobodyLeaves,
): { outcome: PrintOutcome | undefined; error?: unknown } {
  const watched: { outcome: PrintOutcome | undefined; error?: unknown } = { outcome: undefined };
  driver.print(certificate, copies, signal).then(
    (outcome) => {
      watched.outcome = outcome;
    },
    (error: unknown) => {
      watched.error = error;
    },
  );
  return watched;
}

/** Lets a job get as far as the head: it is drawn in no time, and sent at once. */
async function atTheHead(...parameters: Parameters<typeof job>): Promise<ReturnType<typeof job>> {
  const watched = job(...parameters);
  await pass(300);
  return watched;
}

describe('printing', () => {
  test('"printed" is said once the printer has shown the label and then nothing left of it', async () => {
    await terminal();
    const printing = job(insuranceCertificate);
    await pass(700);
    expect([printing.outcome, printer.printedCount]).toEqual([undefined, 0]);
    await pass(1_000);
    expect([printing.outcome, printer.printedCount]).toEqual([{ outcome: 'printed' }, 1]);
    const { bits } = dotsOf(printer.labels()[0]!);
    expect(bits.reduce((ink, byte) => ink + Number(byte !== 0), 0)).toBeGreaterThan(5_000);
  });

  test('the same dots arrive in either encoding', async () => {
    await terminal();
    await atTheHead(insuranceCertificate);
    await pass(2_000);
    const plain = dotsOf(printer.labels()[0]!);
    stop.abort();
    await pass(100);
    start({ graphics: 'z64', mode: 'tear-off' });
    await pass(1_000);
    await atTheHead(insuranceCertificate);
    await pass(2_000);
    expect(dotsOf(printer.labels()[1]!)).toEqual(plain);
  });

  test('every copy is waited for', async () => {
    await terminal({ labelMs: 3_000 });
    const printing = job(shortCertificate, 3);
    await pass(8_500);
    expect([printing.outcome, printer.printedCount]).toEqual([undefined, 2]);
    await pass(2_000);
    expect([printing.outcome, printer.printedCount]).toEqual([{ outcome: 'printed' }, 3]);
  });

  test('the status is read all the while, and stays online', async () => {
    await terminal({ labelMs: 10_000 });
    const states = new Set<string>();
    const readings = new Set<string>();
    driver.status.subscribe(({ state, observedAt }) => {
      states.add(state);
      readings.add(observedAt);
    });
    job();
    await pass(9_000);
    expect([[...states], readings.size > 10]).toEqual([['online'], true]);
  });

  test('at 9,600 baud the status is read between two pieces of the picture, and no dot is lost', async () => {
    printer = new ZplSimulator();
    line = new SimulatedLine(printer);
    const slow: Transport = {
      name: 'serial',
      open: async (signal) => {
        const channel = await line.open(signal);
        const write = async (bytes: Uint8Array): Promise<void> => {
          await sleep(bytes.length / 0.96, channel.lost);
          await channel.write(bytes);
        };
        return { write, onData: channel.onData, lost: channel.lost, close: channel.close };
      },
    };
    driver = new ZplDriver(slow, zplOptions.parse({ graphics: 'z64' }));
    stop = new AbortController();
    running = driver.run(stop.signal);
    await pass(1_000);
    let longestMs = 0;
    let beforeMs = performance.now();
    const states = new Set<string>();
    const unsubscribe = driver.status.subscribe(({ state }) => {
      states.add(state);
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      beforeMs = performance.now();
    });
    const printing = job(insuranceCertificate);
    await pass(15_000);
    expect(printing.outcome).toBeUndefined();
    await pass(20_000);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
    unsubscribe();
    expect([[...states], longestMs < 3 * driver.pollMs]).toEqual([['online'], true]);
    expect(dotsOf(printer.labels()[0]!)).toEqual(
      await rasterCertificate(insuranceCertificate, labelOf(zplOptions.parse({}))),
    );
  });

  test('two certificates come out in the order in which they were asked for', async () => {
    await terminal();
    const first = job(insuranceCertificate);
    const second = job(englishCertificate);
    await pass(5_000);
    expect([first.outcome, second.outcome]).toEqual([{ outcome: 'printed' }, { outcome: 'printed' }]);
    const [one, other] = printer.labels().map((label) => dotsOf(label));
    expect(one).not.toEqual(other);
  });

  test.each([
    ['takes more than one sheet', withMonths(40), 1, {}, /2 sheets/],
    ['could not be read on so small a label', insuranceCertificate, 1, { widthMm: 50, heightMm: 30 }, /too small/],
    ['has no copies', insuranceCertificate, 0, {}, /copies/],
    ['has copies without end', insuranceCertificate, 1_000_000, {}, /copies/],
  ] as const)(
    'a certificate that %s is refused, and nothing comes out',
    async (_, certificate, copies, options, detail) => {
      await terminal({}, options);
      const printing = job(certificate, copies);
      await pass(2_000);
      expect(printing.outcome).toMatchObject({
        outcome: 'not-printed',
        code: 'unsupported',
        detail: expect.stringMatching(detail),
      });
      expect(printer.printedCount).toBe(0);
    },
  );

  test('a character that no font has is refused', async () => {
    await terminal();
    const printing = job({ ...insuranceCertificate, title: '\u{10FFFD}' });
    await pass(100);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
  });

  test('a printer with another print head than configured is not printed on, and says so', async () => {
    await terminal({ dpi: 300 });
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'unsupported',
      detail: expect.stringMatching(/300 dpi, 203/),
    });
    const printing = job();
    await pass(2_000);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'unsupported' });
    expect(printer.printedCount).toBe(0);
  });

  test('answers that come in two packets, late and without line ends confirm as well', async () => {
    await terminal();
    printer.set({ splitsAnswers: true, leavesOutLineEnds: true, answersAfterMs: 200 });
    const printing = job();
    await pass(4_000);
    expect([printing.outcome, status().state]).toEqual([{ outcome: 'printed' }, 'online']);
  });

  test('a clone that knows ~HS alone is printed on', async () => {
    printer = new ZplSimulator();
    printer.set({ knowsOnlyStatus: true });
    line = new SimulatedLine(printer);
    start();
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'online' });
    const printing = job();
    await pass(2_000);
    expect(printing.outcome).toEqual({ outcome: 'printed' });
  });

  test('a label on the peeler is printed; the next one waits for it to be taken', async () => {
    await terminal();
    printer.set({ peels: true });
    const first = job();
    await pass(2_500);
    expect(first.outcome).toEqual({ outcome: 'printed' });
    await pass(1_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'user-error' });
    const second = job();
    await pass(1_000);
    expect(second.outcome).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
    printer.takeLabels();
    await pass(2_000);
    expect(status().state).toBe('online');
  });
});

describe('a printer that cannot print', () => {
  test.each([
    [{ headOpen: true }, 'cover-open', 'unknown'],
    [{ paperOut: true }, 'paper-out', 'out'],
    [{ ribbonOut: true }, 'user-error', 'unknown'],
    [{ paused: true }, 'user-error', 'unknown'],
    [{ tooHot: true }, 'hardware-error', 'unknown'],
    [{ settingsLost: true }, 'hardware-error', 'unknown'],
    [{ diagnosing: true }, 'user-error', 'unknown'],
  ] as const)('%j is %s within a poll, and prints nothing', async (fault, code, paper) => {
    await terminal();
    printer.set(fault);
    await pass(1_100);
    expect(status()).toMatchObject({ state: 'offline', cause: code, paper, source: 'polled' });
    const printing = job();
    await pass(1_000);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code });
    expect(line.openChannels).toBe(1);
    printer.set({
      headOpen: false,
      paperOut: false,
      ribbonOut: false,
      paused: false,
      tooHot: false,
      settingsLost: false,
      diagnosing: false,
    });
    await pass(2_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
  });

  test('one that does not answer ~HS with its head open is asked for its errors', async () => {
    await terminal();
    printer.set({ headOpen: true, muteWhenStopped: true });
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'cover-open', source: 'polled' });
    expect(line.openChannels).toBe(1);
    printer.set({ headOpen: false });
    await pass(3_000);
    expect(status().state).toBe('online');
  });

  test('one that falls silent after its head was seen open keeps that cause, as inferred and with its time', async () => {
    await terminal();
    printer.set({ headOpen: true });
    await pass(1_100);
    printer.set({ silent: true });
    await pass(2_000);
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'cover-open',
      source: 'inferred',
      detail: expect.stringMatching(/seen at .*no answer to ~HS/),
    });
    await pass(10_000);
    expect(status()).toMatchObject({ cause: 'cover-open' });
  });

  test('one that falls silent out of nothing is told from one that is unplugged', async () => {
    await terminal();
    printer.set({ silent: true });
    await pass(2_000);
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'timeout',
      detail: expect.stringContaining('head open'),
    });
    line.unplug();
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'not-connected' });
    const printing = job();
    await pass(100);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'not-connected' });
  });

  test('an open head is forgotten with a cable that was pulled', async () => {
    await terminal();
    printer.set({ headOpen: true });
    await pass(1_100);
    line.unplug();
    await pass(500);
    expect(status()).toMatchObject({ cause: 'not-connected' });
    printer.set({ silent: true });
    line.plug();
    await pass(4_000);
    expect(status()).toMatchObject({ cause: 'timeout' });
  });

  test('a technician learns who the printer is, and what is wrong with it', async () => {
    await terminal();
    const facts = driver.check(nobodyLeaves);
    await pass(100);
    await expect(facts).resolves.toEqual({
      line: 'simulated:zpl',
      model: 'JIUJIN ZPL-203',
      firmware: 'V1.0.0',
      dpi: '203',
      memory: '8192KB',
      label: '800 × 1200 dots at 203 dpi',
    });
    printer.set({ ribbonOut: true });
    await expect(driver.check(nobodyLeaves)).rejects.toMatchObject({
      code: 'user-error',
      message: expect.stringContaining('ribbon'),
    });
  });
});

describe('a job that stops half way', () => {
  test('a head opened in the middle of a label is reported, and the closed one prints nothing of the person who left', async () => {
    await terminal();
    printer.set({ opensHeadInNextLabel: true });
    const printing = job(shortCertificate, 2);
    await pass(2_000);
    expect(printing.outcome).toMatchObject({
      outcome: 'not-printed',
      code: 'cover-open',
      detail: expect.stringMatching(/1 of 2 left/),
    });
    printer.set({ headOpen: false });
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
    const next = job(englishCertificate);
    await pass(3_000);
    expect([next.outcome, printer.printedCount]).toEqual([{ outcome: 'printed' }, 1]);
  });

  test('a broken-off last label is nobody’s to call printed or not', async () => {
    await terminal();
    printer.set({ opensHeadInNextLabel: true });
    const printing = job();
    await pass(2_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'cover-open' });
    printer.set({ headOpen: false });
    await pass(5_000);
    expect(printer.printedCount).toBe(0);
  });

  test('a head opened on a printer that then answers no ~HS is reported all the same', async () => {
    await terminal();
    printer.set({ opensHeadInNextLabel: true, muteWhenStopped: true });
    const printing = job(shortCertificate, 2);
    await pass(4_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'cover-open' });
    printer.set({ headOpen: false });
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
  });

  test('a printer that goes mute for good in the middle of a label gets nothing but the order to forget it', async () => {
    await terminal();
    printer.set({ opensHeadInNextLabel: true, muteWhenStopped: true, knowsOnlyStatus: true });
    const printing = job(shortCertificate, 2);
    await pass(15_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
    printer.set({ headOpen: false });
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
  });

  test('labels that end in the middle of a job are reported, and refilled ones carry nothing of it', async () => {
    await terminal();
    printer.set({ labelsLeft: 1 });
    const printing = job(shortCertificate, 3);
    await pass(3_000);
    expect(printing.outcome).toMatchObject({
      outcome: 'not-printed',
      code: 'paper-out',
      detail: expect.stringMatching(/2 of 3 left/),
    });
    expect(status()).toMatchObject({ state: 'offline', cause: 'paper-out', paper: 'out' });
    printer.set({ paperOut: false });
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 1]);
  });

  test('the last label of a stack that ends with it is unknown: nobody knows that it is whole', async () => {
    await terminal();
    printer.set({ labelsLeft: 1 });
    const printing = job();
    await pass(3_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'paper-out' });
  });

  test('a printer that somebody pauses and lets go on finishes the label', async () => {
    await terminal({ labelMs: 2_000 });
    const printing = await atTheHead();
    printer.set({ paused: true });
    await pass(10_000);
    expect([printing.outcome, status()]).toMatchObject([undefined, { cause: 'user-error' }]);
    printer.set({ paused: false });
    await pass(4_000);
    expect([printing.outcome, printer.printedCount]).toEqual([{ outcome: 'printed' }, 1]);
  });

  test('one that stays paused is not waited for without end, and prints nothing when it is let go on', async () => {
    await terminal({ labelMs: 2_000 });
    const printing = await atTheHead();
    printer.set({ paused: true });
    await pass(45_000);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
    printer.set({ paused: false });
    await pass(10_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
  });

  test('silence after the label went out is unknown', async () => {
    await terminal();
    const printing = await atTheHead();
    printer.set({ silent: true });
    await pass(15_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
  });

  test('a cable pulled after the label went out is unknown, and what the printer still does is not asked for again', async () => {
    await terminal({ labelMs: 5_000 });
    const printing = await atTheHead();
    line.unplug();
    await pass(10);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'not-connected' });
    await pass(10_000);
    expect(printer.printedCount).toBe(1);
    line.plug();
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 1]);
  });

  test('a line that dies before the end of the label went out has certainly printed nothing', async () => {
    await terminal();
    line.toDevice = (bytes) => {
      if (Buffer.from(bytes).includes('^FO0,480')) line.unplug();
      return bytes;
    };
    const printing = job();
    await pass(100);
    expect(printing.outcome).toMatchObject({ outcome: 'not-printed', code: 'not-connected' });
    line.toDevice = (bytes) => bytes;
    line.plug();
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 0]);
  });

  test('a printer that takes labels and never shows them is unknown', async () => {
    await terminal();
    printer.set({ ignoresLabels: true });
    const printing = job();
    await pass(8_000);
    expect(printing.outcome).toMatchObject({
      outcome: 'unknown',
      code: 'timeout',
      detail: expect.stringMatching(/never shown/),
    });
  });

  test('a printer that holds on to a job in spite of ~JA is not called ready', async () => {
    await terminal({ labelMs: 600_000 });
    printer.set({ ignoresCancel: true });
    const printing = await atTheHead();
    await pass(70_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
    await pass(10_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'hardware-error', detail: expect.stringMatching(/~JA/) });
  });

  test('a printer that has paper again and still finishes what it must not is not said to be without paper', async () => {
    await terminal({ labelMs: 10_000 });
    printer.set({ ignoresCancel: true });
    const printing = await atTheHead();
    printer.set({ paperOut: true });
    await pass(2_000);
    expect([printing.outcome, status()]).toMatchObject([{ outcome: 'not-printed' }, { cause: 'paper-out' }]);
    printer.set({ paperOut: false });
    await pass(3_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'timeout', paper: 'unknown', source: 'polled' });
    await pass(15_000);
    expect(status()).toMatchObject({ state: 'online' });
  });

  test('a resident who leaves takes the rest of the job along', async () => {
    await terminal({ labelMs: 2_000 });
    const leaving = new AbortController();
    const gone = new Error('the resident has left');
    const printing = await atTheHead(shortCertificate, 5, leaving.signal);
    leaving.abort(gone);
    await pass(1);
    expect(printing.error).toBe(gone);
    await pass(15_000);
    expect([printer.printedCount, status().state]).toEqual([1, 'online']); // the one at the head is finished
    const next = job(englishCertificate);
    await pass(4_000);
    expect([next.outcome, printer.printedCount]).toEqual([{ outcome: 'printed' }, 2]);
  });

  test('what a printer said too late about one label never confirms the next', async () => {
    await terminal();
    const late: Uint8Array[] = [];
    line.toHost = (bytes) => {
      late.push(bytes.slice());
      return undefined;
    };
    const first = job();
    await pass(20_000);
    expect(first.outcome).toMatchObject({ outcome: 'not-printed', code: 'timeout' });
    line.toHost = (bytes) => bytes;
    await pass(5_000);
    const printing = await atTheHead();
    line.toHost = (bytes) => {
      late.push(bytes.slice());
      return undefined;
    };
    await pass(12_000);
    expect(printing.outcome).toMatchObject({ outcome: 'unknown' });
    line.toHost = (bytes) => Buffer.concat([...late.splice(0), bytes]);
    await pass(5_000);
    expect(status().state).toBe('online');
    printer.set({ ignoresLabels: true });
    const next = job();
    await pass(10_000);
    expect(next.outcome).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(/never shown/) });
  });

  test('a printer that was printing when the terminal restarted is emptied before the next label', async () => {
    await terminal({ labelMs: 3_000 });
    await atTheHead(shortCertificate, 4);
    stop.abort();
    await pass(100);
    await running;
    start();
    await pass(5_000);
    expect([status().state, printer.printedCount]).toEqual(['online', 1]);
  });

  test('a reset takes back what waits, and ends the job without a claim', async () => {
    await terminal({ labelMs: 3_000 });
    const printing = await atTheHead(shortCertificate, 4);
    const reset = driver.reset(nobodyLeaves);
    await pass(6_000);
    await reset;
    expect(printing.outcome).toMatchObject({ outcome: 'unknown' });
    expect([status().state, printer.printedCount]).toEqual(['online', 1]);
  });
});

/** Every kind of accident, and how it is mended. */
const accidents: Record<string, { happens: (leaving: AbortController) => void; mended: () => void }> = {
  'a pulled cable': { happens: () => line.unplug(), mended: () => line.plug() },
  'an open head': { happens: () => printer.set({ headOpen: true }), mended: () => printer.set({ headOpen: false }) },
  'no more labels': { happens: () => printer.set({ paperOut: true }), mended: () => printer.set({ paperOut: false }) },
  silence: { happens: () => printer.set({ silent: true }), mended: () => printer.set({ silent: false }) },
  'a resident who leaves': { happens: (leaving) => leaving.abort(new Error('gone')), mended: () => undefined },
  'a reset': { happens: () => void driver.reset(nobodyLeaves).catch(() => undefined), mended: () => undefined },
};

const moments = [0, 1, 90, 150, 450, 800, 1_100, 1_500, 1_900, 2_400];
const kinds = Object.keys(accidents);

test.each(kinds)('%s at any moment leads to no false word and no label afterwards', async (kind) => {
  await terminal({ labelMs: 700 }, { media: 'cr80' });
  const { happens, mended } = accidents[kind]!;
  const every = oneIn(2);
  for (const atMs of moments.filter((_, nth) => nth % every === kinds.indexOf(kind) % every)) {
    await driver.status.until(({ state }) => state === 'online', nobodyLeaves);
    const before = printer.printedCount;
    const leaving = new AbortController();
    const printing = job(cardCertificate, 2, leaving.signal);
    await pass(atMs);
    happens(leaving);
    await pass(16_000);
    const count = printer.printedCount - before;
    const what = `${kind} after ${atMs} ms: ${JSON.stringify(printing)}, ${count} labels`;
    expect(printing.outcome ?? printing.error, what).toBeDefined();
    if (printing.outcome?.outcome === 'printed') expect(count, what).toBe(2);
    if (printing.outcome?.outcome === 'not-printed') expect(count, what).toBeLessThan(2);
    mended();
    await pass(6_000);
    expect([printer.printedCount - before, status().state], what).toEqual([count, 'online']);
  }
});

test('two printers at once do not hear each other', async () => {
  await terminal();
  const other = new ZplSimulator({ dpi: 300 });
  const otherDriver = new ZplDriver(new SimulatedLine(other), zplOptions.parse({ media: 'cr80', dpi: 300 }));
  const otherStop = new AbortController();
  const otherRunning = otherDriver.run(otherStop.signal);
  await pass(1_000);
  const one = job();
  const second = otherDriver.print(englishCertificate, 2, nobodyLeaves);
  await pass(4_000);
  expect([one.outcome, await second]).toEqual([{ outcome: 'printed' }, { outcome: 'printed' }]);
  expect([printer.printedCount, other.printedCount]).toEqual([1, 2]);
  otherStop.abort();
  await pass(100);
  await otherRunning;
});
