import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { IppDriver } from '../../printers/ipp/driver.ts';
import { httpAddress } from '../../printers/ipp/http.ts';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';

/**
 * A printer that nobody here wrote: CUPS's `ippeveprinter` (Debian: cups-ipp-utils, with dbus and avahi-daemon running). Where
 * it is missing or does not come up, our simulator takes its place, and this says so.
 */
export interface Peer {
  readonly url: string;
  /** A4 of this kind, and so many sheets, in the trays `main` and `by-pass-tray`. */
  load(main: number, byPass: number, byPassType?: string): Promise<void>;
  /** What the printer says is wrong with it from its next document on; nothing ends it. */
  ail(...reasons: ('cover-open' | 'media-jam')[]): Promise<void>;
  /** How long a document takes. */
  take(seconds: number): Promise<void>;
  /** What has come in under this name; `undefined` where nothing has. */
  document(jobName: string): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export async function startPeer(dir: string): Promise<Peer> {
  return (await cupsPrinter(dir)) ?? (await simulatedPrinter());
}

async function simulatedPrinter(): Promise<Peer> {
  console.warn('ippeveprinter is missing or does not start: testing against our own IPP simulator INSTEAD');
  const printer = new IppSimulator();
  const { url, close } = await printer.start();
  return {
    url,
    close,
    load: async (main, byPass, byPassType = 'cardstock') => {
      printer.trays = [fullTray('main'), fullTray('by-pass-tray', undefined, byPassType)];
      for (const [at, sheets] of [main, byPass].entries()) Object.assign(printer.trays[at] ?? {}, { sheets });
    },
    ail: async (...reasons) => {
      printer.fault = (operation) => {
        if (operation !== 'send-document') return undefined;
        Object.assign(printer, { coverOpen: reasons.includes('cover-open'), jammed: reasons.includes('media-jam') });
        return undefined;
      };
    },
    take: async (seconds) => {
      printer.msPerSheet = seconds * 500;
    },
    document: async (jobName) => printer.jobs().find((job) => job.jobName === jobName)?.pdf,
  };
}

async function cupsPrinter(dir: string): Promise<Peer | undefined> {
  const port = await freePort();
  const [command, seconds, states] = ['print.sh', 'seconds', 'states'].map((name) => join(dir, name));
  if (!command || !seconds || !states) return undefined;
  await writeFile(command, `#!/bin/sh\ncat '${states}' >&2\nexec sleep "$(cat '${seconds}')"\n`);
  await chmod(command, 0o700);
  await Promise.all([writeFile(seconds, '0.2'), writeFile(states, '')]);
  const spool = ['-d', dir, '-k', '-c', command];
  const options = ['-p', String(port), '-r', 'off', '-f', 'application/pdf,image/pwg-raster', ...spool];
  const child = spawn('ippeveprinter', [...options, 'jiujin test'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const url = `ipp://127.0.0.1:${port}/ipp/print`;
  const up = await Promise.race([answersSoon(url, child), ended.then(() => false)]);
  if (!up) return undefined;
  return {
    url,
    load: async (main, byPass, byPassType = 'cardstock') => {
      const form = new URL('/media', httpAddress(url));
      // Its trays are auto, main, manual and by-pass-tray.
      for (const [tray, type, level] of [
        [1, 'stationery', main],
        [3, byPassType, byPass],
      ] as const) {
        form.searchParams.set(`size${tray}`, 'iso_a4_210x297mm');
        form.searchParams.set(`type${tray}`, type);
        form.searchParams.set(`level${tray}`, String(level));
      }
      await fetch(form);
    },
    ail: async (...reasons) => await writeFile(states, `STATE: ${reasons.join(',')}\n`),
    take: async (s) => await writeFile(seconds, String(s)),
    document: async (jobName) => {
      const name = (await readdir(dir)).find((each) => each.endsWith(`-${jobName}.pdf`));
      return name === undefined ? undefined : await readFile(join(dir, name));
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
