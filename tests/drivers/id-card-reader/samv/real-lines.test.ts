import { afterEach, expect, test } from 'vitest';
import type { Transport } from '../../../../drivers/core/index.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../../../drivers/transport/serial.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { servePty } from '../../../../scripts/simulators/pty-far-end.ts';
import { citizenCard, permitCard } from './cards.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = AbortSignal.timeout(15_000);

function start(transport: Transport): SamvDriver {
  const driver = new SamvDriver(transport);
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  return driver;
}

test('a card is read over a real serial port, in small pieces and with noise on the line', async () => {
  const reader = Object.assign(new SamvSimulator(), { chunkBytes: 13, noise: Uint8Array.of(0xaa, 0x11, 0x13) });
  const cable = await servePty(reader);
  ends.push(cable.close);
  const driver = start(serialTransport({ path: cable.path, baudRate: 115_200 }));
  await driver.status.until(({ state }) => state === 'online', patience);
  reader.placeCard({ text: citizenCard() });
  expect(await driver.readCard(patience)).toEqual({ card: citizenCard(), wlt: placeholderWlt() });
});

test('a serial cable that is pulled during a read is noticed, and the resident does not wait', async () => {
  const reader = Object.assign(new SamvSimulator(), { readMs: 60_000 });
  const cable = await servePty(reader);
  ends.push(cable.close);
  const driver = start(serialTransport({ path: cable.path, baudRate: 115_200 }));
  await driver.status.until(({ state }) => state === 'online', patience);
  reader.placeCard({ text: citizenCard() });
  const reading = expect(
    driver.readCard(patience, (progress) => {
      if (progress === 'reading') setTimeout(() => void cable.close(), 50);
    }),
  ).rejects.toMatchObject({ code: 'not-connected' });
  await reading;
  expect(driver.status.value.state).toBe('offline');
});

test('a card is read through a TCP bridge, and again after the bridge was restarted', async () => {
  const reader = new SamvSimulator();
  const first = await serveTcp(reader);
  ends.push(first.close);
  const driver = start(tcpTransport({ host: '127.0.0.1', port: first.port }));
  await driver.status.until(({ state }) => state === 'online', patience);
  reader.placeCard({ text: citizenCard() });
  expect((await driver.readCard(patience)).card).toEqual(citizenCard());

  await first.close();
  await driver.status.until(({ state }) => state === 'offline', patience);
  const second = await serveTcp(reader, { port: first.port });
  ends.push(second.close);
  await driver.status.until(({ state }) => state === 'online', patience);
  reader.placeCard({ text: permitCard() });
  expect((await driver.readCard(patience)).card).toEqual(permitCard());
});
