import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { NutDriver } from '../../../../drivers/ups/nut/driver.ts';
import type { NutOptions } from '../../../../drivers/ups/nut/options.ts';
import { UpsdSimulator } from '../../../../drivers/ups/nut/simulator.ts';

let far: UpsdSimulator;
let line: SimulatedLine;
let driver: NutDriver;
let stop: AbortController;
let running: Promise<void>;
/** The first words of every line that was sent. */
let sent: string[];

beforeEach(() => {
  vi.useFakeTimers();
  far = new UpsdSimulator();
  line = new SimulatedLine(far);
  sent = [];
  line.toDevice = (bytes) => {
    sent.push(Buffer.from(bytes).toString().trimEnd());
    return bytes;
  };
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([driver.status.value.state, vi.getTimerCount(), line.openChannels]).toEqual(['stopped', 0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const status = () => driver.status.value;

async function start(options: NutOptions = { ups: 'su700' }): Promise<void> {
  driver = new NutDriver(line, options);
  stop = new AbortController();
  running = driver.run(stop.signal);
  await pass(100);
}

test('the UPS is asked every second, and its status is as young as the answer', async () => {
  await start();
  expect(status()).toMatchObject({
    state: 'online',
    source: 'polled',
    power: 'mains',
    lastKnownPower: 'mains',
    shutdownOrdered: false,
    chargePercent: 100,
    runtimeSeconds: 1800,
    loadPercent: 23,
    replaceBattery: false,
  });
  const { observedAt } = status();
  await pass(5_000);
  expect(sent).toEqual(Array.from({ length: 6 }, () => 'LIST VAR su700'));
  expect(Date.parse(status().observedAt) - Date.parse(observedAt)).toBe(5_000);
});

test('mains that fail are on screen at the next look, and so are their return and a battery that runs low', async () => {
  await start();
  const seen: string[] = [];
  driver.status.subscribe(({ power }) => seen.push(power));
  for (const token of ['OB DISCHRG', 'OB LB DISCHRG', 'OL CHRG']) {
    far.variables['ups.status'] = token;
    await pass(1_000);
  }
  expect(seen).toEqual(['battery', 'battery-low', 'mains']);
});

test.each([
  ['DRIVER-NOT-CONNECTED', 'not-connected'],
  ['DATA-STALE', 'timeout'],
])('%s: the power is unknown, what it was is remembered, and it is asked for again', async (error, cause) => {
  await start();
  far.variables['ups.status'] = 'OB';
  await pass(1_000);
  far.error = error;
  await pass(1_000);
  expect(status()).toMatchObject({ state: 'offline', cause, power: 'unknown', lastKnownPower: 'battery' });
  expect(status()).not.toHaveProperty('chargePercent');
  expect(status()).toMatchObject({ detail: expect.stringContaining(error) });
  far.error = undefined;
  await pass(3_000);
  expect(status()).toMatchObject({ state: 'online', power: 'battery' });
});

test('a UPS whose driver is just starting is not on mains', async () => {
  far.variables['ups.status'] = 'WAIT';
  await start();
  expect(status()).toMatchObject({
    state: 'offline',
    cause: 'not-connected',
    power: 'unknown',
    lastKnownPower: 'unknown',
  });
});

test('a UPS that upsd does not know is told with the next step', async () => {
  await start({ ups: 'another' });
  expect(status()).toMatchObject({
    state: 'offline',
    cause: 'unsupported',
    source: 'polled',
    detail: expect.stringContaining('LIST VAR another: UNKNOWN-UPS: compare the configured name'),
  });
});

test('a terminal with a user logs in, so that upsd waits for it, and says goodbye when it stops', async () => {
  far.users['terminal'] = 'pass "word" \\ #1';
  await start({ ups: 'su700', username: 'terminal', password: 'pass "word" \\ #1' });
  expect([status().state, far.logins]).toEqual(['online', 1]);
  stop.abort();
  await running;
  expect([far.logins, far.goodbyes, sent.at(-1)]).toEqual([0, 1, 'LOGOUT']);
});

test('a wrong password is told as such, and stands nowhere', async () => {
  far.users['terminal'] = 'right';
  const statuses: unknown[] = [];
  driver = new NutDriver(line, { ups: 'su700', username: 'terminal', password: 'wr0ng-one' });
  driver.status.subscribe((value) => statuses.push(value));
  stop = new AbortController();
  running = driver.run(stop.signal);
  await pass(2_000);
  expect(status()).toMatchObject({
    state: 'offline',
    cause: 'not-authorised',
    detail: expect.stringContaining('LOGIN su700: ACCESS-DENIED: compare user, password'),
  });
  expect(JSON.stringify(statuses)).not.toContain('wr0ng-one');
});

test.each([
  ['a line without end', 'x'.repeat(5_000)],
  ['another language', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['a quote that is not closed', 'BEGIN LIST VAR su700\nVAR su700 x "y\n'],
])('%s is no answer, and the connection is made anew', async (_, garbage) => {
  await start();
  line.toHost = () => Buffer.from(`${garbage}\n`);
  await pass(1_000);
  expect(status()).toMatchObject({ state: 'offline', cause: 'protocol', power: 'unknown' });
  line.toHost = (bytes) => bytes;
  await pass(3_000);
  expect(status()).toMatchObject({ state: 'online', power: 'mains' });
});

test('an answer in single bytes is an answer', async () => {
  far.chunkBytes = 1;
  await start();
  expect(status()).toMatchObject({ state: 'online', power: 'mains' });
});

test('a slow upsd is waited for, a silent one is not', async () => {
  far.delayMs = 700;
  await start();
  await pass(5_000);
  expect(status().state).toBe('online');
  far.silent = true;
  await pass(700 + 2_000); // the last answer is on its way already
  expect(status()).toMatchObject({ state: 'offline', cause: 'timeout', power: 'unknown', lastKnownPower: 'mains' });
});

test('a technician who asks is told what UPS it is, without control characters', async () => {
  far.variables['device.model'] = `UPS\u001b[31m 700${'x'.repeat(500)}`;
  await start();
  const facts = await driver.check(new AbortController().signal);
  expect(facts).toMatchObject({ line: 'simulated:nut', ups: 'su700', maker: 'Example', power: 'mains', status: 'OL' });
  expect(facts['model']).toHaveLength(64);
  expect(facts['model']).not.toMatch(/\p{Cc}/u);
});

test.each([0, 400, 900, 1_100, 1_700, 2_100, 2_900])(
  'a driver that is stopped ends at once, %i ms after upsd fell silent',
  async (afterMs) => {
    await start();
    far.silent = true;
    await pass(afterMs);
    stop.abort();
    await running;
    expect(vi.getTimerCount()).toBe(0);
  },
);

test('a line that breaks in any phase is forgotten once it is whole again', async () => {
  far.delayMs = 100;
  await start();
  for (let atMs = 0; atMs < 1_300; atMs += 70) {
    await pass(atMs);
    line.unplug();
    await pass(10);
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'not-connected',
      power: 'unknown',
      lastKnownPower: 'mains',
    });
    line.plug();
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'online', power: 'mains' });
  }
});

test('two terminals at one upsd know nothing of each other', async () => {
  far.users['terminal'] = 'p';
  const options = { ups: 'su700', username: 'terminal', password: 'p' };
  await start(options);
  const other = new NutDriver(new SimulatedLine(far), options);
  const otherStop = new AbortController();
  const otherRunning = other.run(otherStop.signal);
  await pass(100);
  expect([status().state, other.status.value.state, far.logins]).toEqual(['online', 'online', 2]);
  otherStop.abort();
  await otherRunning;
  await pass(2_000);
  expect([status().state, far.logins]).toEqual(['online', 1]);
});
