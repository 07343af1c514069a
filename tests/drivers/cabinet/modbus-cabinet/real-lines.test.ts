import { afterEach, expect, test } from 'vitest';
import { ModbusCabinetDriver } from '../../../../drivers/cabinet/modbus-cabinet/driver.ts';
import type { Transport } from '../../../../drivers/core/index.ts';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../../../drivers/transport/serial.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { servePty } from '../../../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';
import { board, boardMap } from './boards.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = patienceOfEachTest();

function start(transport: Transport): ModbusCabinetDriver {
  const driver = new ModbusCabinetDriver(transport, boardMap());
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  return driver;
}

test('over a real serial port a light is switched and a door opens', async () => {
  const far = board();
  const cable = await servePty(far);
  ends.push(cable.close);
  const driver = start(serialTransport({ path: cable.path, baudRate: 9_600 }));
  await driver.status.until(({ state }) => state === 'online', patience());
  await driver.setLight('card-reader', 'continuous', patience());
  await driver.unlock('front', patience());
  expect([far.coils[3], far.coils[8], driver.status.value.doors.front]).toEqual([true, false, 'open']);
});

test('a serial cable that is pulled while a lock is driven is noticed, and the caller is told that nobody knows', async () => {
  const far = board();
  const cable = await servePty(far);
  ends.push(cable.close);
  const driver = start(serialTransport({ path: cable.path, baudRate: 9_600 }));
  await driver.status.until(({ state }) => state === 'online', patience());
  setTimeout(() => void cable.close(), 100);
  await expect(driver.unlock('front', patience())).rejects.toMatchObject({ code: 'outcome-unknown' });
  await driver.status.until(({ state, doors }) => state === 'offline' && doors.front === 'unknown', patience());
});

test('through a TCP bridge that is restarted, the lights come back and the lock is let go', async () => {
  const far = board();
  const first = await serveTcp(far);
  ends.push(first.close);
  const driver = start(tcpTransport({ host: '127.0.0.1', port: first.port }));
  await driver.status.until(({ state }) => state === 'online', patience());
  await driver.setLight('card-reader', 'continuous', patience());
  const unlocking = expect(driver.unlock('front', patience())).rejects.toMatchObject({ code: 'outcome-unknown' });
  setTimeout(() => void first.close(), 100);
  await unlocking;
  expect(far.coils[8]).toBe(true);
  far.coils[3] = false;
  const second = await serveTcp(far, { port: first.port });
  ends.push(second.close);
  await driver.status.until(({ state }) => state === 'online', patience());
  expect([far.coils[3], far.coils[8]]).toEqual([true, false]);
});
