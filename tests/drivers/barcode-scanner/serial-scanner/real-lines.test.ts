import { afterEach, expect, test } from 'vitest';
import { SerialScannerDriver } from '../../../../drivers/barcode-scanner/serial-scanner/driver.ts';
import { type ProfileId, serialScannerOptions } from '../../../../drivers/barcode-scanner/serial-scanner/options.ts';
import { answersAsScanner } from '../../../../drivers/barcode-scanner/serial-scanner/recognise.ts';
import { SerialScannerSimulator } from '../../../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import { sleep, type Transport } from '../../../../drivers/core/index.ts';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../../../drivers/transport/serial.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { servePty } from '../../../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = patienceOfEachTest();
const profiles = ['generic', 'newland', 'honeywell', 'oem-engine'] as const;
const MULTI_LINE = `BEGIN:VCARD\r\nN:样本\r\nNOTE:${'0123456789'.repeat(300)}\r\nEND:VCARD`;

async function start(
  transport: Transport,
  profile: ProfileId | 'auto',
  options: object = {},
): Promise<SerialScannerDriver> {
  const driver = new SerialScannerDriver(transport, serialScannerOptions.parse({ profile, ...options }));
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  await driver.status.until(({ state }) => state === 'online', patience());
  return driver;
}

/** The code that lies before the scanner once the visitor waits. */
async function scanned(driver: SerialScannerDriver, scanner: SerialScannerSimulator, payload: string): Promise<Buffer> {
  const scan = driver.scan(patience());
  await sleep(150);
  scanner.lay(payload);
  const { bytes } = await scan;
  scanner.lay(undefined);
  return Buffer.from(bytes);
}

test.each(profiles)('a code is read over a real serial port in small pieces, with profile %s', async (profile) => {
  const scanner = Object.assign(new SerialScannerSimulator(profile), { chunkBytes: 7, chunkGapMs: 2 });
  const cable = await servePty(scanner);
  ends.push(cable.close);
  const driver = await start(serialTransport({ path: cable.path, baudRate: 115_200 }), profile);
  expect(String(await scanned(driver, scanner, '粤省事 20240101'))).toBe('粤省事 20240101');
  expect(String(await scanned(driver, scanner, 'https://example.gov.cn/v?id=2'))).toBe('https://example.gov.cn/v?id=2');
});

test.each(profiles)('3 KB of several lines stay whole over a real serial port, with profile %s', async (profile) => {
  const scanner = Object.assign(new SerialScannerSimulator(profile), {
    terminator: 'gap',
    chunkBytes: 64,
    chunkGapMs: 5,
  });
  scanner.readMs = 1_800; // before it reads the same code again
  const cable = await servePty(scanner);
  ends.push(cable.close);
  const transport = serialTransport({ path: cable.path, baudRate: 115_200 });
  // A machine whose cores are all taken writes and reads a port later than in the 50 ms that stand for an end.
  const driver = await start(transport, profile, { terminator: 'gap', gapMs: 1_000 });
  expect(String(await scanned(driver, scanner, MULTI_LINE))).toBe(MULTI_LINE);
});

test('a serial cable that is pulled while somebody waits is noticed, and they do not wait on', async () => {
  const cable = await servePty(new SerialScannerSimulator('newland'));
  ends.push(cable.close);
  const driver = await start(serialTransport({ path: cable.path, baudRate: 9_600 }), 'newland');
  const scan = expect(driver.scan(patience())).rejects.toMatchObject({ code: 'not-connected' });
  await driver.status.until((status) => status.state === 'online' && status.scanner === 'on', patience());
  await cable.close();
  await scan;
  expect(driver.status.value.state).toBe('offline');
});

test('a scanner is found on a real serial port by asking, and one that only sends is not', async () => {
  for (const profile of profiles) {
    const cable = await servePty(new SerialScannerSimulator(profile));
    const channel = await serialTransport({ path: cable.path, baudRate: 9_600 }).open(patience());
    expect(await answersAsScanner(channel, patience())).toBe(profile !== 'generic');
    await channel.close();
    await cable.close();
  }
});

test('a code is read through a TCP bridge, and again after the bridge was restarted', async () => {
  const scanner = new SerialScannerSimulator('honeywell');
  const first = await serveTcp(scanner);
  ends.push(first.close);
  const driver = await start(tcpTransport({ host: '127.0.0.1', port: first.port }), 'auto');
  expect(String(await scanned(driver, scanner, 'first'))).toBe('first');
  await first.close();
  await driver.status.until(({ state }) => state === 'offline', patience());
  const second = await serveTcp(scanner, { port: first.port });
  ends.push(second.close);
  await driver.status.until(({ state }) => state === 'online', patience());
  expect(String(await scanned(driver, scanner, 'second'))).toBe('second');
});
