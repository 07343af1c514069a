import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { NutDriver } from '../../../../drivers/ups/nut/driver.ts';
import type { NutOptions } from '../../../../drivers/ups/nut/options.ts';
import { UpsdSimulator } from '../../../../drivers/ups/nut/simulator.ts';

/**
 * The driver against Network UPS Tools' own upsd with its dummy-ups (Debian: nut-server), which nobody here wrote. Where they
 * are missing or do not start, our simulator takes their place, and this says so.
 */
interface Peer {
  readonly port: number;
  setStatus(tokens: string): void;
  /** The driver behind upsd dies. */
  loseDriver(): void;
  close(): Promise<unknown>;
}

/** Debian's /usr/sbin/upsd is a script that does nothing before the machine's own NUT is configured. */
const PROGRAMS = '/lib/nut';
const PASSWORD = 'two "words" \\ #1';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function realUpsd(): Promise<Peer | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'nut-'));
  const port = await freePort();
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  chmodSync(folder, 0o700);
  const setStatus = (tokens: string): void =>
    write('su700.dev', `ups.status: ${tokens}\nups.load: 23\nbattery.charge: 90\n`);
  setStatus('OL');
  write('ups.conf', 'pollinterval = 1\n[su700]\n  driver = dummy-ups\n  port = su700.dev\n  mode = dummy-once\n');
  write('upsd.conf', `LISTEN 127.0.0.1 ${port}\n`);
  write('upsd.users', `[terminal]\n  password = "${PASSWORD.replace(/[\\"#]/g, '\\$&')}"\n  upsmon secondary\n`);
  const children = [
    started('dummy-ups', ['-a', 'su700', '-u', userInfo().username, '-F', '-D'], folder),
    started('upsd', ['-u', userInfo().username, '-F'], folder),
  ];
  const close = async (): Promise<void> => {
    for (const { child } of children) child.kill('SIGKILL');
    await Promise.all(children.map(({ ended }) => ended));
    rmSync(folder, { recursive: true, force: true });
  };
  const gone = new AbortController();
  for (const { ended } of children) void ended.then(() => gone.abort());
  if (await answersSoon(port, gone.signal)) {
    return { port, setStatus, loseDriver: () => children[0]?.child.kill('SIGKILL'), close };
  }
  await close();
  return undefined;
}

function started(
  program: string,
  options: readonly string[],
  folder: string,
): { child: ChildProcess; ended: Promise<void> } {
  const env = { ...process.env, NUT_CONFPATH: folder, NUT_STATEPATH: folder, NUT_ALTPIDPATH: folder };
  const child = spawn(join(PROGRAMS, program), options, { stdio: 'ignore', env });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  return { child, ended };
}

async function answersSoon(port: number, gone: AbortSignal): Promise<boolean> {
  const driver = new NutDriver(tcpTransport({ host: '127.0.0.1', port }), { ups: 'su700' });
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  const online = driver.status.until(
    ({ state }) => state === 'online',
    AbortSignal.any([gone, AbortSignal.timeout(8_000)]),
  );
  const up = await online.then(() => true).catch(() => false);
  stop.abort();
  await running;
  return up;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

async function simulated(): Promise<Peer> {
  console.warn('upsd and dummy-ups are missing or do not start: testing against our own NUT simulator INSTEAD');
  const far = new UpsdSimulator();
  far.users['terminal'] = PASSWORD;
  far.variables['battery.charge'] = '90';
  return {
    ...(await serveTcp(far)),
    setStatus: (tokens) => {
      far.variables['ups.status'] = tokens;
    },
    loseDriver: () => {
      far.error = 'DRIVER-NOT-CONNECTED';
    },
  };
}

test('power, user, wrong names and a dead driver are seen at upsd as they are', async () => {
  const peer = (await realUpsd()) ?? (await simulated());
  ends.push(() => peer.close());
  const patience = AbortSignal.timeout(45_000);
  const start = (options: NutOptions): { driver: NutDriver; stop: () => Promise<void> } => {
    const driver = new NutDriver(tcpTransport({ host: '127.0.0.1', port: peer.port }), options);
    const ending = new AbortController();
    const running = driver.run(ending.signal);
    const stop = async (): Promise<void> => {
      ending.abort();
      await running;
    };
    ends.push(stop);
    return { driver, stop };
  };
  const terminal = { ups: 'su700', username: 'terminal', password: PASSWORD };
  const { driver } = start(terminal);
  const first = await driver.status.until(({ state }) => state === 'online', patience);
  expect(first).toMatchObject({ power: 'mains', chargePercent: 90, loadPercent: 23 });
  expect(await driver.check(patience)).toMatchObject({ ups: 'su700', driver: expect.stringContaining('dummy-ups') });

  const refused = async (options: NutOptions): Promise<unknown> => {
    const { driver: other, stop } = start(options);
    const status = await other.status.until(({ state }) => state === 'offline', patience);
    await stop();
    return status;
  };
  expect(await refused({ ups: 'another' })).toMatchObject({ cause: 'unsupported' });
  expect(await refused({ ...terminal, password: 'another' })).toMatchObject({ cause: 'not-authorised' });
  expect(await refused({ ...terminal, username: 'nobody' })).toMatchObject({ cause: 'not-authorised' });

  await elapse(1_100); // dummy-ups looks at its file's time, in whole seconds
  peer.setStatus('OB LB RB FSD');
  const low = await driver.status.until(({ power }) => power === 'battery-low', patience);
  expect(low).toMatchObject({ shutdownOrdered: true, replaceBattery: true });

  peer.loseDriver();
  const lost = await driver.status.until(({ state }) => state === 'offline', patience);
  expect(lost).toMatchObject({ cause: 'not-connected', power: 'unknown', lastKnownPower: 'battery-low' });
}, 60_000);
