import { afterEach, expect, test } from 'vitest';
import type { Transport } from '../../drivers/core/index.ts';
import { serveTcp } from '../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../drivers/transport/serial.ts';
import { tcpTransport } from '../../drivers/transport/tcp.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { servePty } from '../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../support/patience.ts';
import { acceptanceSlip } from './receipts.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = patienceOfEachTest();

async function online(transport: Transport): Promise<EscposDriver> {
  const driver = new EscposDriver(transport, loadProfile('generic-80'));
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  await driver.status.until(({ state }) => state === 'online', patience());
  return driver;
}

test('a receipt is printed over a real serial port, byte for byte, and confirmed', async () => {
  const printer = new EscposSimulator();
  const cable = await servePty(printer);
  ends.push(cable.close);
  const driver = await online(serialTransport({ path: cable.path, baudRate: 115_200 }));
  expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full' });
  await expect(driver.print(acceptanceSlip(), patience())).resolves.toEqual({ outcome: 'printed' });
  const [receipt, ...more] = printer.receipts();
  expect(more).toEqual([]);
  expect(printer.textOf(receipt!)).toContain('城乡居民基本养老保险参保登记');
});

test('a serial cable that is pulled while a receipt is printed leaves the outcome unknown, and the printer offline', async () => {
  const printer = new EscposSimulator({ bytesPerSecond: 200 });
  const cable = await servePty(printer);
  ends.push(cable.close);
  const driver = await online(serialTransport({ path: cable.path, baudRate: 115_200 }));
  setTimeout(() => void cable.close(), 500);
  await expect(driver.print(acceptanceSlip(), patience())).resolves.toMatchObject({ outcome: 'unknown' });
  await driver.status.until(({ state }) => state === 'offline', patience());
});

test('a receipt is printed over a socket', async () => {
  const printer = new EscposSimulator();
  const line = await serveTcp(printer);
  ends.push(line.close);
  const driver = await online(tcpTransport({ host: '127.0.0.1', port: line.port }));
  await expect(driver.print(acceptanceSlip(), patience())).resolves.toEqual({ outcome: 'printed' });
  expect(printer.receipts()).toHaveLength(1);
});
