import { afterEach, expect, test } from 'vitest';
import type { Driver } from '../../../drivers/core/index.ts';
import { serveTcp } from '../../../drivers/simulation/tcp-far-end.ts';
import { serialTransport } from '../../../drivers/transport/serial.ts';
import { tcpTransport } from '../../../drivers/transport/tcp.ts';
import { MegatecDriver } from '../../../drivers/ups/megatec/driver.ts';
import { MegatecSimulator } from '../../../drivers/ups/megatec/simulator.ts';
import { NutDriver } from '../../../drivers/ups/nut/driver.ts';
import { UpsdSimulator } from '../../../drivers/ups/nut/simulator.ts';
import { servePty } from '../../../scripts/simulators/pty-far-end.ts';
import { patienceOfEachTest } from '../../support/patience.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patience = patienceOfEachTest();

function start<D extends Driver>(driver: D): D {
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  return driver;
}

test('a UPS is watched over a real serial port at its slow speed', async () => {
  const far = new MegatecSimulator();
  const cable = await servePty(far);
  ends.push(cable.close);
  const driver = start(new MegatecDriver(serialTransport({ path: cable.path, baudRate: 2_400 })));
  await driver.status.until(({ power }) => power === 'mains', patience());
  far.flags.add('utilityFailed');
  await driver.status.until(({ power }) => power === 'battery', patience());
  await cable.close();
  await driver.status.until(({ state, power }) => state === 'offline' && power === 'unknown', patience());
});

test('upsd is found again after it was restarted, and hears the goodbye of a terminal that stops', async () => {
  const far = new UpsdSimulator();
  far.users['terminal'] = 'p';
  const first = await serveTcp(far);
  ends.push(first.close);
  const transport = tcpTransport({ host: '127.0.0.1', port: first.port });
  const driver = start(new NutDriver(transport, { ups: 'su700', username: 'terminal', password: 'p' }));
  await driver.status.until(({ state }) => state === 'online', patience());
  await first.close();
  await driver.status.until(({ state }) => state === 'offline', patience());
  const second = await serveTcp(far, { port: first.port });
  ends.unshift(second.close);
  await driver.status.until(({ state }) => state === 'online', patience());
  await ends.pop()?.();
  await expect.poll(() => [far.goodbyes, far.logins]).toEqual([1, 0]);
});
