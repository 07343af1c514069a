import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IppDriver } from '../../printers/ipp/driver.ts';
import { httpAddress } from '../../printers/ipp/http.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { insuranceCertificate } from './pdf-certificates.ts';

/**
 * The driver against CUPS's `ippeveprinter` (Debian: cups-ipp-utils, with dbus and avahi-daemon running), a printer that
 * nobody here wrote. Where it is missing or does not come up, our simulator takes its place, and this says so.
 */
interface Peer {
  readonly url: string;
  emptyTrays(): Promise<void>;
  close(): Promise<void>;
}

let peer: Peer;
const never = new AbortController().signal;

beforeAll(async () => {
  peer = (await cupsPrinter()) ?? (await simulatedPrinter());
}, 30_000);

afterAll(async () => {
  await peer.close();
});

async function simulatedPrinter(): Promise<Peer> {
  console.warn('ippeveprinter is missing or does not start: testing against our own IPP simulator INSTEAD');
  const printer = new IppSimulator();
  const { url, close } = await printer.start();
  const emptyTrays = async (): Promise<void> => {
    printer.sheets = 0;
  };
  return { url, close, emptyTrays };
}

async function cupsPrinter(): Promise<Peer | undefined> {
  const port = await freePort();
  const options = ['-p', String(port), '-r', 'off', '-s', '60', '-f', 'application/pdf,image/pwg-raster'];
  const child = spawn('ippeveprinter', [...options, 'jiujin test'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const url = `ipp://127.0.0.1:${port}/ipp/print`;
  const answers = answersSoon(url, child);
  const up = await Promise.race([answers, ended.then(() => false)]);
  if (!up) return undefined;
  return {
    url,
    emptyTrays: async () => {
      const trays = [0, 1, 2, 3].map((tray) => `size${tray}=iso_a4_210x297mm&type${tray}=stationery&level${tray}=0`);
      await fetch(new URL(`/media?${trays.join('&')}`, httpAddress(url)));
    },
    close: async () => {
      child.kill();
      await ended;
    },
  };
}

async function answersSoon(url: string, child: ChildProcess): Promise<boolean> {
  const driver = new IppDriver({ url, pollMs: 100 });
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  const online = driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(8_000));
  const up = await online.then(() => true).catch(() => false);
  stop.abort();
  await running;
  if (!up) child.kill();
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

test('a certificate is printed, and empty trays are seen before the next is sent', async () => {
  const driver = new IppDriver({ url: peer.url });
  expect(await driver.print(insuranceCertificate, 1, never)).toEqual({ outcome: 'printed' });
  expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full' });
  await peer.emptyTrays();
  expect(await driver.print(insuranceCertificate, 1, never)).toMatchObject({
    outcome: 'not-printed',
    code: 'paper-out',
  });
  expect(driver.status.value).toMatchObject({ state: 'online', paper: 'out' });
}, 60_000);
