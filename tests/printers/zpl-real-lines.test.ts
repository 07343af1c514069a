import { afterEach, expect, test } from 'vitest';
import type { Transport } from '../../drivers/core/index.ts';
import { serveTcp } from '../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../drivers/transport/serial.ts';
import { tcpTransport } from '../../drivers/transport/tcp.ts';
import { ZplDriver } from '../../printers/zpl/driver.ts';
import { labelOf, zplOptions } from '../../printers/zpl/label.ts';
import { dotsOf } from '../../printers/zpl/printed-label.ts';
import { rasterCertificate } from '../../printers/zpl/raster.ts';
import { ZplSimulator } from '../../printers/zpl/simulator.ts';
import { servePty } from '../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../support/patience.ts';
import { insuranceCertificate } from './pdf-certificates.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = patienceOfEachTest();
const options = zplOptions.parse({});

async function online(transport: Transport): Promise<ZplDriver> {
  const driver = new ZplDriver(transport, options);
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  await driver.status.until(({ state }) => state === 'online', patience());
  return driver;
}

test('a certificate is printed over a real serial port, dot for dot, and confirmed', async () => {
  const printer = new ZplSimulator();
  const cable = await servePty(printer);
  ends.push(cable.close);
  const driver = await online(serialTransport({ path: cable.path, baudRate: 115_200 }));
  await expect(driver.print(insuranceCertificate, 1, patience())).resolves.toEqual({ outcome: 'printed' });
  expect(printer.printedCount).toBe(1);
  expect(dotsOf(printer.labels()[0]!)).toEqual(await rasterCertificate(insuranceCertificate, labelOf(options)));
});

test('a serial cable that is pulled while a label is printed leaves the outcome unknown, and the printer offline', async () => {
  const printer = new ZplSimulator({ labelMs: 5_000 });
  const cable = await servePty(printer);
  ends.push(cable.close);
  const driver = await online(serialTransport({ path: cable.path, baudRate: 115_200 }));
  const printing = driver.print(insuranceCertificate, 1, patience());
  setTimeout(() => void cable.close(), 2_000);
  await expect(printing).resolves.toMatchObject({ outcome: 'unknown' });
  await driver.status.until(({ state }) => state === 'offline', patience());
});

test('a certificate is printed over a socket, and an open head is seen', async () => {
  const printer = new ZplSimulator();
  const line = await serveTcp(printer);
  ends.push(line.close);
  const driver = await online(tcpTransport({ host: '127.0.0.1', port: line.port }));
  await expect(driver.print(insuranceCertificate, 2, patience())).resolves.toEqual({ outcome: 'printed' });
  expect(printer.printedCount).toBe(2);
  printer.set({ headOpen: true });
  await driver.status.until((status) => status.state === 'offline' && status.cause === 'cover-open', patience());
});

test('a network printer that is switched off is not connected, and one that is on and says nothing is something else', async () => {
  const printer = new ZplSimulator();
  const line = await serveTcp(printer);
  const driver = await online(tcpTransport({ host: '127.0.0.1', port: line.port }));
  printer.set({ silent: true });
  await driver.status.until((status) => status.state === 'offline' && status.cause === 'timeout', patience());
  await line.close();
  await driver.status.until((status) => status.state === 'offline' && status.cause === 'not-connected', patience());
});
