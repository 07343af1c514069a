import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BarcodeScan } from '../../../../drivers/barcode-scanner/contract.ts';
import { encodeReports } from '../../../../drivers/barcode-scanner/hid-pos/codec.ts';
import { HidPosDriver } from '../../../../drivers/barcode-scanner/hid-pos/driver.ts';
import { hidPosOptions } from '../../../../drivers/barcode-scanner/hid-pos/options.ts';
import { HidPosSimulator } from '../../../../drivers/barcode-scanner/hid-pos/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';

const signal = new AbortController().signal;
const LONG = `GOVDOC|${'0123456789'.repeat(20)}`;

let scanner: HidPosSimulator;
let line: SimulatedLine;
let driver: HidPosDriver;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers();
  scanner = new HidPosSimulator();
  line = new SimulatedLine(scanner);
  driver = new HidPosDriver(line, hidPosOptions.parse({}));
  stop = new AbortController();
  running = driver.run(stop.signal);
  await pass(10);
});
afterEach(async () => {
  stop.abort();
  await running;
  expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A visitor who begins to wait. */
function visit() {
  const leaving = new AbortController();
  const begun = {
    got: 'waiting',
    scan: undefined as BarcodeScan | undefined,
    leave: () => leaving.abort(new Error('left')),
  };
  driver.scan(leaving.signal).then(
    (scan) => Object.assign(begun, { got: scan.text, scan }),
    (error: { code?: string; message: string }) => Object.assign(begun, { got: `! ${error.code ?? error.message}` }),
  );
  return begun;
}

describe('a scanner in HID POS mode', () => {
  test('gives a code with its symbology, from one report or several', async () => {
    const visitor = visit();
    await pass(150);
    scanner.present(LONG);
    await pass(10);
    expect(visitor.scan).toEqual({
      text: LONG,
      bytes: Uint8Array.from(Buffer.from(LONG)),
      aim: ']Q1',
      symbology: 'qr-code',
    });
  });

  test('that puts one byte before the identifier is understood, too', async () => {
    scanner.layout = 'shifted';
    const visitor = visit();
    await pass(150);
    scanner.present(LONG);
    await pass(10);
    expect(visitor.got).toBe(LONG);
  });

  test('is online by inference, of unknown state, and its facts are counts', async () => {
    expect(driver.status.value).toMatchObject({ state: 'online', source: 'inferred', scanner: 'unknown' });
    scanner.present('440524188001010014');
    scanner.counts.push(57);
    scanner.present('440524188001010014');
    await pass(10);
    expect(await driver.check(signal)).toEqual({
      line: 'simulated:hid-pos',
      ignoredCodes: '2',
      repeatedCodes: '0',
      damagedReports: '1',
    });
  });

  test('that is pulled out lets who waits go, and counts on when it is back', async () => {
    scanner.counts.push(57);
    scanner.present('A');
    const visitor = visit();
    await pass(200);
    line.unplug();
    await pass(20);
    expect(visitor.got).toBe('! not-connected');
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected' });
    await expect(driver.check(signal)).rejects.toMatchObject({ code: 'not-connected' });
    line.plug();
    await pass(1_500);
    expect(await driver.check(signal)).toMatchObject({ damagedReports: '1' });
  });
});

describe("what is not this visitor's", () => {
  test('a code that came while nobody waited, or too soon to be an answer to the screen', async () => {
    scanner.present('before');
    await pass(500);
    const visitor = visit();
    await pass(90);
    scanner.present('too soon');
    await pass(500);
    expect(visitor.got).toBe('waiting');
    scanner.present('mine');
    await pass(10);
    expect(visitor.got).toBe('mine');
  });

  test.each([5, 90, 150])('a code of which half came before, and the other half %i ms later', async (laterMs) => {
    const [first, ...others] = encodeReports(Buffer.from(LONG));
    scanner.transmit(first!);
    const visitor = visit();
    await pass(laterMs);
    for (const report of others) scanner.transmit(report);
    await pass(1_500);
    expect(visitor.got).toBe('waiting');
    scanner.present('mine');
    await pass(10);
    expect(visitor.got).toBe('mine');
  });

  test.each([250, 900, 1_150])('the rest of a code that was given up, %i ms late', async (laterMs) => {
    const reports = encodeReports(Buffer.from(LONG));
    const first = visit();
    await pass(150);
    scanner.transmit(reports[0]!);
    await pass(5);
    first.leave();
    const second = visit();
    await pass(laterMs);
    scanner.transmit(reports.at(-1)!);
    await pass(10);
    expect(second.got).toBe('waiting');
    scanner.present('mine');
    await pass(10);
    expect(second.got).toBe('mine');
  });

  test('a code whose last report is lost, and the next one is whole', async () => {
    scanner.losses.push(1);
    const visitor = visit();
    await pass(150);
    scanner.present(LONG);
    await pass(1_500);
    expect(visitor.got).toBe('waiting');
    scanner.present(LONG);
    await pass(10);
    expect(visitor.got).toBe(LONG);
  });
});

test('a code of more than 4,096 bytes is refused, and the next one read', async () => {
  const [visitor, next] = [visit(), visit()];
  await pass(150);
  scanner.present('x'.repeat(4_097));
  await pass(300);
  expect(visitor.got).toBe('! invalid-media');
  scanner.present('x'.repeat(4_096));
  await pass(10);
  expect(next.got).toHaveLength(4_096);
});

test('reports a polling interval apart are one code, and slower ones are not', async () => {
  scanner.reportGapMs = 20;
  const visitor = visit();
  await pass(150);
  scanner.present(LONG);
  await pass(200);
  expect(visitor.got).toBe(LONG);
  scanner.reportGapMs = 300;
  const next = visit();
  await pass(150);
  scanner.present(LONG);
  await pass(5_000);
  expect(next.got).toBe('waiting');
  next.leave();
  await pass(1);
});

test('who leaves at any moment is let go at once', async () => {
  for (let afterMs = 0; afterMs < 200; afterMs += 9) {
    const visitor = visit();
    await pass(afterMs);
    visitor.leave();
    await pass(1);
    expect(visitor.got).toBe('! left');
  }
});

test('two scanners at once do not mix the reports of their codes', async () => {
  const other = new HidPosSimulator();
  const otherDriver = new HidPosDriver(new SimulatedLine(other), hidPosOptions.parse({}));
  const otherRunning = otherDriver.run(stop.signal);
  const scans = Promise.all([driver.scan(signal), otherDriver.scan(signal)]);
  await pass(150);
  Object.assign(scanner, { reportGapMs: 8 }).present(`one ${LONG}`);
  Object.assign(other, { reportGapMs: 5 }).present(`two ${LONG}`);
  await pass(100);
  expect((await scans).map(({ text }) => text)).toEqual([`one ${LONG}`, `two ${LONG}`]);
  stop.abort();
  await otherRunning;
});
