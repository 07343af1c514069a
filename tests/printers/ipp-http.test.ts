import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Certificate } from '../../printers/document/document.ts';
import { IppDriver } from '../../printers/ipp/driver.ts';
import { httpAddress, httpExchange } from '../../printers/ipp/http.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';

const certificate: Certificate = {
  kind: 'certificate',
  language: 'en',
  title: 'Certificate',
  serial: 'SB-2026-000018427',
  statement: ['This is to certify something.'],
  fields: [],
  issuer: 'Qinghang Civic Office',
  issuedOn: '2026-03-05',
  verification: { url: 'https://zwfw.example/v/18427', note: '' },
};
const never = new AbortController().signal;
const closings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** A printer of the given manners at the end of a real socket. */
async function far(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `ipp://127.0.0.1:${(server.address() as AddressInfo).port}/ipp/print`;
}

async function simulator(): Promise<{ printer: IppSimulator; url: string }> {
  const printer = new IppSimulator();
  printer.msPerSheet = 30;
  const { url, close } = await printer.start();
  closings.push(close);
  return { printer, url };
}

describe('over a real socket', () => {
  test('a certificate of 30 kB and more arrives whole and is printed', async () => {
    const { printer, url } = await simulator();
    expect(await new IppDriver({ url }).print(certificate, 1, never)).toEqual({ outcome: 'printed' });
    const pdf = Buffer.from(printer.documents()[0]!.pdf).toString('latin1');
    expect(pdf.startsWith('%PDF-1.4')).toBe(true);
    expect(pdf.trimEnd().endsWith('%%EOF')).toBe(true);
  });

  test('an answer that breaks off after the document went out does not print twice', async () => {
    const { printer, url } = await simulator();
    printer.fault = (operation) => (operation === 'send-document' ? 'lose-answer' : undefined);
    expect(await new IppDriver({ url }).print(certificate, 1, never)).toEqual({ outcome: 'printed' });
    expect(printer.sheetsOut).toBe(1);
  });

  test('status is polled, and a driver that is stopped leaves the network alone', async () => {
    const { printer, url } = await simulator();
    const driver = new IppDriver({ url, pollMs: 20 });
    const stop = new AbortController();
    const running = driver.run(stop.signal);
    await driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(5_000));
    printer.sheets = 0;
    await driver.status.until(({ paper }) => paper === 'out', AbortSignal.timeout(5_000));
    stop.abort();
    await running;
    const asked = printer.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(printer.requests).toHaveLength(asked);
  });

  test('a printer that is not there is not-connected', async () => {
    const url = await far(() => undefined);
    await closings.pop()?.();
    await expect(httpExchange(url)(new Uint8Array(1), never)).rejects.toMatchObject({ code: 'not-connected' });
  });
});

describe('what is no IPP reply', () => {
  const ask = async (listener: http.RequestListener): Promise<Uint8Array> =>
    await httpExchange(await far(listener))(new Uint8Array(1), never);
  const ipp = { 'content-type': 'application/ipp' };

  test.each([
    ['a login page', 401, 'not-authorised'],
    ['forbidden', 403, 'not-authorised'],
    ['not found', 404, 'protocol'],
    ['TLS wanted', 426, 'protocol'],
    ['a redirect, which could lead anywhere', 302, 'protocol'],
  ])('%s', async (_, status, code) => {
    const refused = ask((_request, response) => response.writeHead(status, { ...ipp, location: '/' }).end());
    await expect(refused).rejects.toMatchObject({ code });
  });

  test('a web page', async () => {
    const page = ask((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    await expect(page).rejects.toMatchObject({ code: 'protocol' });
  });

  test('a reply without end is cut off after 1 MiB', async () => {
    let sentBytes = 0;
    const endless = ask((_request, response) => {
      response.writeHead(200, ipp);
      const more = (): void => {
        if (response.destroyed) return;
        sentBytes += 65_536;
        response.write(new Uint8Array(65_536), () => setImmediate(more));
      };
      more();
    });
    await expect(endless).rejects.toMatchObject({ code: 'protocol' });
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test('a reply that breaks off', async () => {
    const broken = ask((_request, response) => {
      response.writeHead(200, { ...ipp, 'content-length': '100' }).write('half', () => response.destroy());
    });
    await expect(broken).rejects.toMatchObject({ code: 'not-connected' });
  });

  test('giving up ends the wait with the reason and closes the line', async () => {
    const giveUp = new AbortController();
    let closed: Promise<unknown> = Promise.resolve();
    const url = await far((request) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve));
      giveUp.abort(new Error('enough'));
    });
    await expect(httpExchange(url)(new Uint8Array(1), giveUp.signal)).rejects.toThrow('enough');
    await closed;
  });
});

describe('addresses', () => {
  test.each([
    ['ipp://printer.example/ipp/print', 'http://printer.example:631/ipp/print'],
    ['ipps://printer.example/ipp/print', 'https://printer.example:631/ipp/print'],
    ['ipp://printer.example:8631/printers/a', 'http://printer.example:8631/printers/a'],
    ['http://printer.example:631/ipp/print', 'http://printer.example:631/ipp/print'],
  ])('%s is reached at %s', (given, reached) => {
    expect(httpAddress(given).href).toBe(reached);
  });
});

describe('the simulated printer', () => {
  const post = async (url: string, init: RequestInit): Promise<Response> =>
    await fetch(httpAddress(url), { headers: { 'content-type': 'application/ipp' }, ...init });
  const statusOf = async (url: string, body: Uint8Array<ArrayBuffer>): Promise<number> =>
    new DataView(await (await post(url, { method: 'POST', body })).arrayBuffer()).getUint16(2);

  test('answers noise with bad-request, and goes on', async () => {
    const { url } = await simulator();
    expect(await statusOf(url, Uint8Array.of(1, 2, 3))).toBe(0x0400);
    expect(await statusOf(url, new Uint8Array(5_000).fill(0xff))).toBe(0x0400);
  });

  test('answers an unknown operation and a request without its first attributes as RFC 8011 says', async () => {
    const { url } = await simulator();
    expect(await statusOf(url, Uint8Array.of(2, 0, 0x40, 0x01, 0, 0, 0, 1, 3))).toBe(0x0501);
    expect(await statusOf(url, Uint8Array.of(2, 0, 0x00, 0x0b, 0, 0, 0, 1, 1, 3))).toBe(0x0400);
    expect(await statusOf(url, Uint8Array.of(3, 0, 0x00, 0x0b, 0, 0, 0, 1, 1, 3))).toBe(0x0503);
  });

  test('is no web page', async () => {
    const { url } = await simulator();
    expect((await post(url, { method: 'GET' })).status).toBe(405);
    expect((await post(url, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(
      415,
    );
  });
});
