import { afterEach, expect, test } from 'vitest';
import { modelsOf } from '../../../../drivers/catalog.ts';
import type { Transport } from '../../../../drivers/core/index.ts';
import { autoTransport, Claims, nativeBuses } from '../../../../drivers/discovery.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { makeTransport } from '../../../../drivers/transport/open.ts';
import { serialTransport } from '../../../../drivers/transport/serial.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { servePty } from '../../../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';
import { SpeedGate } from '../../../support/speed-gate.ts';
import { citizenCard, permitCard } from './cards.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const [samv] = modelsOf('id-card-reader');
const patience = patienceOfEachTest();

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
  await driver.status.until(({ state }) => state === 'online', patience());
  reader.placeCard({ text: citizenCard() });
  expect(await driver.readCard(patience())).toEqual({ card: citizenCard(), wlt: placeholderWlt() });
});

test('a serial cable that is pulled during a read is noticed, and the resident does not wait', async () => {
  const reader = Object.assign(new SamvSimulator(), { readMs: 60_000 });
  const cable = await servePty(reader);
  ends.push(cable.close);
  const driver = start(serialTransport({ path: cable.path, baudRate: 115_200 }));
  await driver.status.until(({ state }) => state === 'online', patience());
  reader.placeCard({ text: citizenCard() });
  const reading = expect(
    driver.readCard(patience(), (progress) => {
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
  await driver.status.until(({ state }) => state === 'online', patience());
  reader.placeCard({ text: citizenCard() });
  expect((await driver.readCard(patience())).card).toEqual(citizenCard());

  await first.close();
  await driver.status.until(({ state }) => state === 'offline', patience());
  const second = await serveTcp(reader, { port: first.port });
  ends.push(second.close);
  await driver.status.until(({ state }) => state === 'online', patience());
  reader.placeCard({ text: permitCard() });
  expect((await driver.readCard(patience())).card).toEqual(permitCard());
});

async function readerAt(baudRate: number): Promise<{ gate: SpeedGate; reader: SamvSimulator; path: string }> {
  const reader = new SamvSimulator();
  const gate = new SpeedGate(reader, baudRate);
  const cable = await servePty(gate);
  ends.push(cable.close);
  gate.path = cable.path;
  return { gate, reader, path: cable.path };
}

test.each([115_200, 57_600, 38_400, 19_200, 9_600])(
  'a reader that stands at %i is found on a real port whose speed nobody has configured, and read',
  async (baudRate) => {
    const { gate, reader, path } = await readerAt(baudRate);
    const driver = start(makeTransport({ kind: 'serial', path }, samv));
    await driver.status.until(({ state }) => state === 'online', patience());
    expect((await driver.check(patience()))['line']).toBe(`serial:${path}@${baudRate}`);
    reader.placeCard({ text: citizenCard() });
    expect((await driver.readCard(patience())).card).toEqual(citizenCard());
    expect(gate.heardAt.at(-1)).toBe(baudRate);
  },
);

test('a reader whose line is `auto` is found among real ports, and the port that another device has is not asked', async () => {
  const [other, own] = [await readerAt(115_200), await readerAt(57_600)];
  const serial = { ...nativeBuses.serial, list: async () => [{ path: other.path }, { path: own.path }] };
  const claims = new Claims([{ kind: 'serial', path: other.path }]);
  const driver = start(autoTransport(samv ?? expect.unreachable(), claims, { ...nativeBuses, serial }));
  await driver.status.until(({ state }) => state === 'online', patience());
  expect((await driver.check(patience()))['line']).toBe(`serial:${own.path}@57600`);
  expect(other.gate.heardAt).toEqual([]);
});
