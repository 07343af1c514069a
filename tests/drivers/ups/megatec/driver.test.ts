import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { encodeQ1, type Flags, flagNames, parseQ1, QUERY, readingOf } from '../../../../drivers/ups/megatec/codec.ts';
import { answersQ1, MegatecDriver } from '../../../../drivers/ups/megatec/driver.ts';
import { MegatecSimulator } from '../../../../drivers/ups/megatec/simulator.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import manual from './frames.json' with { type: 'json' };

/** The protocol's example, whose CR is written as two characters there. */
const example = Buffer.from(manual.example.replace('\\r', ''));

describe('the codec', () => {
  test("the protocol's example is read and written", () => {
    const none = Object.fromEntries(flagNames.map((name) => [name, false])) as Flags;
    const q1 = parseQ1(example);
    expect(q1).toEqual({
      inputVolts: 226,
      faultVolts: 195,
      outputVolts: 226,
      loadPercent: 14,
      hertz: 49,
      batteryVolts: 27.5,
      celsius: 30,
      flags: { ...none, standbyType: true },
    });
    expect(Buffer.from(encodeQ1(q1)).toString()).toBe(`${example.toString()}\r`);
    expect(QUERY.toString('hex')).toBe('51310d');
  });

  test('figures that a UPS does not measure are left out', () => {
    const q1 = parseQ1(Buffer.from('(226.0 ---.- 226.0 014 49.0 2.29 --.- 10000000'));
    expect(q1).not.toHaveProperty('celsius');
    expect(q1).toMatchObject({ batteryVolts: 2.29, flags: { utilityFailed: true } });
  });

  test('what is no figure is left out, whichever of its characters it is', () => {
    const { flags, ...figures } = parseQ1(Buffer.from(' (1.2.3 -12.0 226.0. 014 49.0 ----.- 12345 00000000 '));
    expect(figures).toEqual({ loadPercent: 14, hertz: 49 });
    expect(Object.values(flags)).not.toContain(true);
  });

  test('figures that are missing are written as dashes, as wide as they would be', () => {
    const flags = Object.fromEntries(flagNames.map((name) => [name, name === 'upsFailed'])) as Flags;
    const written = Buffer.from(encodeQ1({ flags, hertz: 5, loadPercent: 7 })).toString();
    expect(written).toBe('(----- ----- ----- 007 05.0 ---- ---- 00010000\r');
    expect(readingOf({ flags: { ...flags, upsFailed: false } })).toEqual({ power: 'mains', shutdownOrdered: false });
    expect(() => readingOf({ flags })).toThrow('call its service');
  });

  test.each([
    '',
    'Q1',
    'NAK',
    '(226.0 195.0',
    '(226.0 195.0 226.0 014 49.0 27.5 30.0 0000100',
    '(226.0 195.0 226.0 014 49.0 27.5 30.0 00001002',
  ])('%j is no status', (text) => {
    const bytes = `Q1: ${text.length} bytes that are no status`;
    expect(() => parseQ1(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'protocol', message: expect.stringContaining(bytes) }),
    );
  });

  test('whatever a UPS writes is read as it was meant', () => {
    const tenths = (most: number) => fc.integer({ min: 0, max: most * 10 - 1 }).map((value) => value / 10);
    const flags = fc.record(
      Object.fromEntries(flagNames.map((name) => [name, fc.boolean()])) as Record<keyof Flags, fc.Arbitrary<boolean>>,
    );
    const status = fc.record({
      inputVolts: tenths(1000),
      faultVolts: tenths(1000),
      outputVolts: tenths(1000),
      loadPercent: fc.integer({ min: 0, max: 999 }),
      hertz: tenths(100),
      batteryVolts: tenths(100),
      celsius: tenths(100),
      flags,
    });
    fc.assert(
      fc.property(status, (q1) => {
        expect(parseQ1(encodeQ1(q1).slice(0, -1))).toEqual(q1);
      }),
    );
  });

  messageDecoderConformance('the status of a Megatec UPS', parseQ1, example);
});

describe('the driver', () => {
  let far: MegatecSimulator;
  let line: SimulatedLine;
  let driver: MegatecDriver;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    vi.useFakeTimers();
    far = new MegatecSimulator();
    line = new SimulatedLine(far);
    driver = new MegatecDriver(line);
    stop = new AbortController();
    running = driver.run(stop.signal);
    await pass(100);
  });

  afterEach(async () => {
    stop.abort();
    await running;
    expect([driver.status.value.state, vi.getTimerCount(), line.openChannels]).toEqual(['stopped', 0, 0]);
    vi.useRealTimers();
  });

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const status = () => driver.status.value;

  test('is online on mains, and knows the load', () => {
    expect(status()).toMatchObject({ state: 'online', power: 'mains', shutdownOrdered: false, loadPercent: 14 });
  });

  test.each([
    [['utilityFailed'], 'battery'],
    [['utilityFailed', 'batteryLow'], 'battery-low'],
    [['batteryLow'], 'mains'],
    [['testInProgress'], 'mains'],
  ] as const)('%j is %s, within a second', async (flags, power) => {
    for (const flag of flags) far.flags.add(flag);
    await pass(1_000);
    expect(status().power).toBe(power);
  });

  test('a shutdown under way is an ordered one', async () => {
    far.flags.add('shutdownActive');
    await pass(1_000);
    expect(status().shutdownOrdered).toBe(true);
  });

  test('a UPS that says that it has failed is out of service, and so is its word on the power', async () => {
    far.flags.add('upsFailed');
    await pass(1_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'hardware-error', power: 'unknown', source: 'polled' });
  });

  test('an answer that lost a character is asked for again', async () => {
    far.damagedAnswers = 1;
    const before = far.questions;
    await pass(1_000);
    expect([status().state, far.questions - before]).toEqual(['online', 2]);
  });

  test('a device that says back what it hears is not one of these', async () => {
    far.echoes = true;
    await pass(1_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'protocol', detail: expect.stringContaining('Megatec') });
  });

  test.each([0, 400, 900, 1_100, 1_700, 2_100, 2_900])(
    'ends at once when it is stopped, %i ms after the UPS fell silent',
    async (afterMs) => {
      far.silent = true;
      await pass(afterMs);
      stop.abort();
      await running;
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('a technician who asks is told the figures', async () => {
    expect(await driver.check(stop.signal)).toMatchObject({
      line: 'simulated:megatec',
      inputVolts: '226',
      batteryVolts: '27.5',
    });
  });
});

describe('trying whether a UPS is on a line', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  async function tried(far: MegatecSimulator, signal = new AbortController().signal): Promise<unknown> {
    const channel = await new SimulatedLine(far).open(signal);
    const answer = answersQ1(channel, signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    await channel.close();
    return await answer;
  }

  test('one that answers is found, even one that has failed', async () => {
    const far = new MegatecSimulator();
    expect(await tried(far)).toBe(true);
    far.flags.add('upsFailed');
    expect(await tried(far)).toBe(true);
  });

  test.each([{ silent: true }, { echoes: true }, { delayMs: 5_000 }])(
    'what is %o is none, within a second',
    async (fault) => {
      expect(await tried(Object.assign(new MegatecSimulator(), fault))).toBe(false);
    },
  );

  test('who gives up is let go', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error('enough')), 300);
    const far = Object.assign(new MegatecSimulator(), { silent: true });
    expect(await tried(far, leaving.signal)).toMatchObject({ message: 'enough' });
  });
});
