import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ScanSettings } from '../../../../drivers/document-scanner/contract.ts';
import { EsclDriver, type EsclOptions } from '../../../../drivers/document-scanner/escl/driver.ts';
import { httpExchange } from '../../../../drivers/document-scanner/escl/http.ts';
import { EsclSimulator } from '../../../../drivers/document-scanner/escl/simulator.ts';
import { deadEnd, httpFarEnd } from '../../../support/http-far-end.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';
import { jpeg } from '../pictures.ts';

const patience = patienceOfEachTest();
const feeder: ScanSettings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 300 };
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(port = 0): Promise<{ scanner: EsclSimulator; url: string; close: () => Promise<void> }> {
  const scanner = new EsclSimulator();
  const served = await scanner.start({ port });
  ends.push(served.close);
  return { scanner, ...served };
}

function run(options: EsclOptions): EsclDriver {
  const driver = new EsclDriver(options);
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  return driver;
}

describe('over HTTP', () => {
  test('a stack of sheets comes as it was put in, big pages and small ones', async () => {
    const { scanner, url } = await serve();
    const fronts = [jpeg('a', 3_000_000), jpeg('b'), jpeg('c', 500_000)];
    scanner.sheets = fronts.map((front) => ({ front }));
    const driver = run({ url });
    const pages: Uint8Array[] = [];
    const outcome = await driver.scan(feeder, ({ bytes }) => void pages.push(bytes), patience());
    expect(outcome).toEqual({ outcome: 'complete', pages: 3 });
    expect(pages.map((page, at) => Buffer.compare(page, fronts[at]!))).toEqual([0, 0, 0]);
  });

  test('a connection that breaks in the middle of a page costs that page, and no other', async () => {
    const { scanner, url } = await serve();
    scanner.sheets = ['a', 'b', 'c'].map((mark) => ({ front: jpeg(mark, 200_000) }));
    scanner.breakAtPage = 2;
    const driver = run({ url });
    const pages: Uint8Array[] = [];
    const outcome = await driver.scan(feeder, ({ bytes }) => void pages.push(bytes), patience());
    expect(outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'not-connected' });
    expect(pages).toHaveLength(1);
    expect(scanner.deleted).toBe(1);
  });

  test('a slow page is waited for', async () => {
    const { scanner, url } = await serve();
    scanner.glass = jpeg('slow', 100_000);
    scanner.bytesPerSecond = 100_000;
    const outcome = await run({ url }).scan({ ...feeder, source: 'platen' }, () => undefined, patience());
    expect(outcome).toEqual({ outcome: 'complete', pages: 1 });
  });

  test('a scanner that is switched off is offline within two seconds, and online within three of being back', async () => {
    const { url, close } = await serve();
    const driver = run({ url });
    await driver.status.until(({ state }) => state === 'online', patience());
    await close();
    await driver.status.until(({ state }) => state === 'offline', AbortSignal.timeout(2_000));
    expect(driver.status.value).toMatchObject({ cause: 'not-connected' });
    await serve(Number(new URL(url).port));
    await driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(3_000));
  });

  test('a scanner that takes connections and says nothing is offline within two seconds', async () => {
    const { scanner, url } = await serve();
    const driver = run({ url });
    await driver.status.until(({ state }) => state === 'online', patience());
    scanner.silent = true;
    await driver.status.until(({ state }) => state === 'offline', AbortSignal.timeout(2_500));
    expect(driver.status.value).toMatchObject({ cause: 'timeout' });
  });

  test.each([
    ['standard', /^127\.0\.0\.1:\d+$/],
    ['with-port', /^127\.0\.0\.1:\d+$/],
    ['localhost', /^localhost$/],
  ] as const)('the host is named as the model wants it: %s', async (hostHeader, host) => {
    const { scanner, url } = await serve();
    await run({ url, hostHeader }).check(patience());
    expect(scanner.requests[0]?.host).toMatch(host);
  });

  test('an address where nobody listens, and one where something else does, are told apart', async () => {
    await expect(run({ url: await deadEnd() }).check(patience())).rejects.toMatchObject({ code: 'not-connected' });
    const other = await httpFarEnd((_, response) => void response.writeHead(302, { location: '/login' }).end());
    await expect(run({ url: other }).check(patience())).rejects.toMatchObject({ code: 'protocol' });
  });
});

describe('a hostile server', () => {
  const ask = (url: string, maxReplyBytes: number, signal: AbortSignal = patience()) =>
    httpExchange(url)({ method: 'GET', path: '/eSCL/ScannerStatus', maxReplyBytes }, signal);

  test('that never stops sending is cut at the limit', async () => {
    const url = await httpFarEnd((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    });
    await expect(ask(url, 1_000_000)).rejects.toMatchObject({ code: 'protocol' });
  });

  test('that speaks no HTTP is a line that cannot be used', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('220 smtp ready\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await expect(ask(`http://127.0.0.1:${port}`, 1_000)).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('that stays silent is left as soon as the caller gives up', async () => {
    const url = await httpFarEnd(() => undefined);
    const leaving = new AbortController();
    const asked = ask(url, 1_000, leaving.signal);
    setTimeout(() => leaving.abort(new Error('gave up')), 50);
    await expect(asked).rejects.toThrow('gave up');
    await expect(ask(url, 1_000, leaving.signal)).rejects.toThrow('gave up');
  });
});
