import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Channel } from '../../drivers/core/index.ts';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrinterStatus, PrintJob, PrintOutcome } from '../../printers/core/contract.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator, type PrinterFaults } from '../../printers/escpos/simulator.ts';
import { slip } from './receipts.ts';

let printer: EscposSimulator;
let line: SimulatedLine;
let driver: EscposDriver;
let stop: AbortController;
let running: Promise<void>;
/** What the driver has said since it was made. */
let said: PrinterStatus[];
/** What it has sent, in hex. */
let sent: string[];
const nobodyLeaves = new AbortController().signal;
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const NAME = 'simulated:escpos';
const EMPTY = '100502'; // DLE ENQ 2

function connect(profile = 'generic-80'): void {
  driver = new EscposDriver(line, loadProfile(profile));
  said = [];
  driver.status.subscribe((status) => said.push(status));
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

async function outcomeOf(job?: PrintJob, ms = 100): Promise<PrintOutcome | undefined> {
  let outcome: PrintOutcome | undefined;
  driver.print(slip('A001'), nobodyLeaves, job).then((value) => {
    outcome = value;
  });
  await pass(ms);
  return outcome;
}

describe('a printer says', () => {
  test('nothing of its paper before it has been reached, and after it was stopped', async () => {
    expect(driver.status.value).toMatchObject({ state: 'starting', paper: 'unknown', source: 'inferred' });
    await switchOn();
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full', source: 'polled' });
    said.length = 0;
    stop.abort();
    await running;
    expect(said).toMatchObject([{ state: 'stopped', paper: 'unknown', source: 'inferred' }]);
  });

  test('that its cable is out, from nobody but the line, and comes back when it is in', async () => {
    line.unplug();
    await switchOn();
    const away = { state: 'offline', cause: 'not-connected', paper: 'unknown', source: 'inferred' };
    expect(driver.status.value).toMatchObject({ ...away, detail: `${NAME}: nothing is plugged in` });
    line.plug();
    await pass(2_000);
    expect(driver.status.value).toMatchObject({ state: 'online' });
    line.unplug();
    await pass(10);
    expect(driver.status.value).toMatchObject({ ...away, detail: expect.stringContaining(NAME) });
  });

  test.each([
    [{ paper: 'out' }, 'out', 'paper-out', 'the paper has run out'],
    [{ coverOpen: true }, 'full', 'cover-open', 'the cover is open'],
    [{ headHot: true }, 'full', 'hardware-error', 'the print head is too hot'],
    [{ coverOpen: true, paper: 'low' }, 'low', 'cover-open', 'the cover is open'],
  ] satisfies [Partial<PrinterFaults>, string, string, string][])(
    'by itself %o: paper %s, %s',
    async (fault, paper, cause, detail) => {
      await switchOn();
      printer.set(fault);
      expect(driver.status.value).toMatchObject({
        state: 'offline',
        paper,
        cause,
        detail,
        source: 'event',
        retryInMs: 900,
      });
      await pass(1_000);
      expect(driver.status.value).toMatchObject({ state: 'offline', paper, cause, detail, source: 'polled' });
    },
  );

  test('that its cutter is blocked: the paper is jammed', async () => {
    await switchOn();
    printer.set({ jamAtNextCut: true });
    const outcome = await outcomeOf();
    expect(said).toContainEqual(expect.objectContaining({ cause: 'media-jammed', paper: 'jammed' }));
    expect(outcome).toMatchObject({
      outcome: 'not-printed',
      code: 'media-jammed',
      detail: 'the cutter is blocked; the receipt was not finished',
    });
  });

  test('how much paper there is only where it has a sensor for it', async () => {
    connect('generic-80-inverted-paper');
    printer.set({ invertedPaperBit: true });
    await switchOn();
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'unknown' });
  });

  test('what makes it ask once for a flood of messages', async () => {
    await switchOn();
    await pass(100);
    sent.length = 0;
    for (let at = 0; at < 20; at += 1) line.inject(Uint8Array.of(0x38, 0x00, 0x0c, 0x00));
    await pass(10);
    expect(sent).toEqual(['100401', '100404']);
    sent.length = 0;
    line.inject(Uint8Array.of(0x38, 0x00, 0x0c, 0x00));
    await pass(10);
    expect(sent).toEqual(['100401', '100404']);
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full' });
  });

  test('why nothing can be printed, to whoever asks for a receipt', async () => {
    expect(await outcomeOf()).toEqual({
      outcome: 'not-printed',
      code: 'not-connected',
      detail: `${NAME} is not connected`,
    });
    line.unplug();
    await switchOn();
    expect(await outcomeOf()).toEqual({
      outcome: 'not-printed',
      code: 'not-connected',
      detail: `${NAME}: nothing is plugged in`,
    });
  });
});

describe('a technician', () => {
  test('is told the line and the profile of a printer that is well', async () => {
    await switchOn();
    const facts = driver.check(nobodyLeaves);
    await pass(10);
    expect(await facts).toEqual({ line: NAME, profile: 'generic-80' });
  });

  test('is told what is wrong, and with which line', async () => {
    await expect(driver.check(nobodyLeaves)).rejects.toMatchObject({
      code: 'not-connected',
      message: `${NAME} is not connected`,
    });
    await switchOn();
    printer.set({ paper: 'out' });
    const check = expect(driver.check(nobodyLeaves)).rejects.toMatchObject({
      code: 'paper-out',
      message: `${NAME}: the paper has run out`,
    });
    await pass(10);
    await check;
  });

  test('connects a printer anew', async () => {
    await switchOn();
    const opening = vi.spyOn(line, 'open');
    const reset = driver.reset(nobodyLeaves);
    await pass(1_000);
    await reset;
    expect(opening).toHaveBeenCalledTimes(1);
    expect([line.openChannels, driver.status.value.state]).toEqual([1, 'online']);
  });
});

describe('before the next receipt', () => {
  const emptied = (): number => sent.filter((hex) => hex.startsWith(EMPTY)).length;

  test('a printer is emptied once, and again when it was out of order', async () => {
    await switchOn();
    await pass(3_000);
    expect(emptied()).toBe(1);
    printer.set({ coverOpen: true });
    await pass(2_000);
    printer.set({ coverOpen: false });
    await pass(2_000);
    expect([emptied(), driver.status.value.state]).toEqual([2, 'online']);
  });

  test('what hangs out is cut off at once, and only once', async () => {
    const earlier = printer.attach(() => undefined);
    earlier.receive(new TextEncoder().encode('of somebody who has left\n'));
    earlier.detach();
    await switchOn();
    const ended = driver.endPaper(nobodyLeaves);
    await pass(1);
    await ended;
    expect([printer.uncut, printer.receipts().length]).toEqual([undefined, 1]);
    sent.length = 0;
    printer.set({ coverOpen: true });
    await pass(2_000);
    printer.set({ coverOpen: false });
    await pass(2_000);
    expect(sent.filter((hex) => hex.includes('1d56'))).toEqual([]);
  });

  test('what a job has left is cut off', async () => {
    await switchOn();
    printer.bytesPerSecond = 100;
    const leaving = new AbortController();
    const left = expect(driver.print(slip('A001'), leaving.signal)).rejects.toThrow('has left');
    await pass(400);
    leaving.abort(new Error('has left'));
    await left;
    printer.bytesPerSecond = undefined;
    sent.length = 0;
    await pass(3_000);
    expect(sent.filter((hex) => hex.includes('1d56'))).toHaveLength(1);
    sent.length = 0;
    await pass(3_000);
    expect(sent.filter((hex) => hex.includes('1d56'))).toEqual([]);
  });

  test('its caller is asked, and nothing is sent where it says no or something has happened meanwhile', async () => {
    await switchOn();
    const refused = await outcomeOf({ name: 'A001', mayBegin: () => Promise.reject(new Error('not now')) });
    expect(refused).toMatchObject({
      outcome: 'not-printed',
      code: 'canceled',
      detail: expect.stringContaining('not now'),
    });
    let begin = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const waiting = driver.print(slip('A001'), nobodyLeaves, { name: 'A001', mayBegin: () => asked });
    await pass(100);
    printer.set({ coverOpen: true });
    await pass(1_000);
    begin();
    await pass(10);
    expect(await waiting).toEqual({ outcome: 'not-printed', code: 'cover-open', detail: 'the cover is open' });
    expect([printer.uncut, printer.receipts()]).toEqual([undefined, []]);
  });

  test('a job that is at the printer, and one that is out, are told apart', async () => {
    await switchOn();
    const stages: string[] = [];
    const job = { name: 'A001', mayBegin: () => Promise.resolve(), onStage: (stage: string) => stages.push(stage) };
    line.toHost = (bytes) => (bytes.length === 1 && bytes[0] === 0 ? undefined : bytes);
    await outcomeOf(job);
    expect(stages).toEqual(['printing']);
    line.toHost = (bytes) => bytes;
    await pass(60_000);
    stages.length = 0;
    expect(await outcomeOf(job)).toEqual({ outcome: 'printed' });
    expect(stages).toEqual(['printing', 'presented']);
  });
});

describe('a printer that has gone silent', () => {
  test('is said to be so with the question, the time and what to look at', async () => {
    await switchOn();
    printer.set({ silent: true });
    await pass(1_500);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected' });
    await pass(1_000);
    const details = said.map((status) => ('detail' in status ? status.detail : ''));
    expect(details).toContain(`${NAME} does not answer DLE EOT 1 within 850 ms: power, cable, baud rate?`);
  });

  test('about a job that it has confirmed to nobody is unknown, though it reports no fault', async () => {
    await switchOn();
    line.toHost = (bytes) => (bytes.length === 1 && bytes[0] === 0 ? undefined : bytes);
    const outcome = await outcomeOf(undefined, 20_000);
    expect(outcome).toMatchObject({ outcome: 'unknown', code: 'timeout' });
    expect(outcome).toMatchObject({
      detail: expect.stringMatching(/^simulated:escpos: receipt.*, though it reports no fault$/),
    });
  });

  test('while it is made ready is tried again', async () => {
    line.toHost = (bytes) => (bytes.length === 1 && bytes[0] === 0 ? undefined : bytes);
    await switchOn();
    await pass(5_000);
    expect(driver.status.value).toMatchObject({
      state: 'offline',
      cause: 'timeout',
      detail: expect.stringContaining(`${NAME}: GS r`),
    });
    line.toHost = (bytes) => bytes;
    await pass(8_000);
    expect(driver.status.value).toMatchObject({ state: 'online' });
  });

  test('and takes no bytes any more is given up within a second', async () => {
    const whole = line.open.bind(line);
    let stuck = true;
    line.open = async (signal) => {
      const channel: Channel = await whole(signal);
      const write = (bytes: Uint8Array): Promise<void> =>
        stuck && bytes[1] === 0x05 ? new Promise(() => undefined) : channel.write(bytes);
      return { ...channel, write };
    };
    await switchOn();
    await pass(200);
    expect(driver.status.value).toMatchObject({
      state: 'offline',
      cause: 'timeout',
      detail: expect.stringContaining(`${NAME}: emptying the printer`),
    });
    stuck = false;
    await pass(3_000);
    expect(driver.status.value).toMatchObject({ state: 'online' });
  });
});
