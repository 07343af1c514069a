import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { closeCodes, maxFrameBytes, socketPath } from '../../../main/contracts/messages.ts';
import { PageServer } from '../../../main/page-server/page-server.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function pageServer({ port = 0, key = randomBytes(32) } = {}) {
  const parent = temporaryFolder();
  const folder = join(parent, 'page');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'assets', 'app.js'), 'export {};');
  writeFileSync(join(parent, 'secret.json'), '{"token":"secret"}');
  const [onIntent, onFrame, onPage, log] = [vi.fn(), vi.fn(), vi.fn(), memoryLog()];
  const server = new PageServer({ folder, key, port, onIntent, onFrame, onPage, log });
  await server.start();
  ends.push(() => server.stop());
  const origin = `http://127.0.0.1:${server.port}`;

  /** A request as it stands: no client puts its own Host or tidies the path. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers }, async (answer) =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }),
      );
      asked.on('error', reject);
      asked.end();
    });
  const enter = async (): Promise<string> => {
    const { pathname, search } = new URL(server.newAddress());
    const answer = await get(pathname + search);
    return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  };
  const open = (headers: Record<string, string>, path: string = socketPath): WebSocket => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    ends.push(() => {
      socket.on('error', () => undefined); // one that was refused never came to be
      socket.terminate();
    });
    return socket;
  };
  /** A page that has come in. */
  const page = async (cookie?: string): Promise<WebSocket> => {
    const socket = open({ origin, cookie: cookie ?? (await enter()) });
    await once(socket, 'open');
    await vi.waitFor(() => expect(onPage).toHaveBeenCalledWith(true));
    return socket;
  };
  return { server, origin, key, get, enter, open, page, onIntent, onFrame, onPage, log };
}

const closing = async (socket: WebSocket): Promise<number> => {
  socket.on('error', () => undefined); // a socket that is cut off says so first
  const [code] = await once(socket, 'close');
  return code;
};

/** The status with which an upgrade was refused. */
const refusal = async (socket: WebSocket): Promise<number | undefined> => {
  const [, answer] = await once(socket, 'unexpected-response');
  return answer.statusCode;
};

test('an address lets in once, and sets a cookie that scripts and other sites do not get', async () => {
  const { server, get } = await pageServer();
  const { pathname, search } = new URL(server.newAddress());
  const first = await get(pathname + search);
  expect([first.status, first.headers.location]).toEqual([302, '/']);
  expect(first.headers['set-cookie']?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(await get(pathname + search)).toMatchObject({ status: 403 });
});

test('a new address takes the place of the one before', async () => {
  const { server, get } = await pageServer();
  const [before, after] = [new URL(server.newAddress()), new URL(server.newAddress())];
  expect(await get(before.pathname + before.search)).toMatchObject({ status: 403 });
  expect(await get(after.pathname + after.search)).toMatchObject({ status: 302 });
});

test.each(['/enter', '/enter?', '/enter?token=', '/enter?token=a&token=b', '/enter?token=../../etc'])(
  '%s lets nobody in',
  async (path) => {
    const { get } = await pageServer();
    const answer = await get(path);
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  },
);

test('the page is served with a cookie and not without, nor with a forged one', async () => {
  const { get, enter } = await pageServer();
  const cookie = await enter();
  expect(await get('/', { cookie })).toMatchObject({ status: 200, body: expect.stringContaining('<title>page') });
  expect(await get('/assets/app.js', { cookie: `other=1; ${cookie}` })).toMatchObject({ status: 200 });
  const [name, value = ''] = cookie.split('=');
  const [nonce, seal] = value.split('.');
  const forged = [
    '',
    `${name}=`,
    `${name}=x.y`,
    `${name}=${nonce}`,
    `${name}=${nonce}.${seal?.slice(1)}A`,
    `${name}=other.${seal}`,
  ];
  for (const attempt of forged) {
    expect(await get('/', { cookie: attempt })).toMatchObject({
      status: 403,
      body: expect.not.stringContaining('<title>'),
    });
  }
});

test('a cookie holds over a restart of the core with the same key, and not with another', async () => {
  const before = await pageServer();
  const cookie = await before.enter();
  const same = await pageServer({ key: before.key });
  const other = await pageServer();
  expect(await same.get('/', { cookie })).toMatchObject({ status: 200 });
  expect(await other.get('/', { cookie })).toMatchObject({ status: 403 });
});

test('another host name is refused before anything else, so that a rebound name gets nothing', async () => {
  const { get, enter, server } = await pageServer();
  const cookie = await enter();
  for (const host of [
    'evil.example',
    `localhost:${server.port}`,
    '127.0.0.1',
    `127.0.0.1:${server.port}.evil.example`,
  ]) {
    expect(await get('/', { cookie, host })).toMatchObject({ status: 421 });
  }
  const { pathname, search } = new URL(server.newAddress());
  expect(await get(pathname + search, { host: 'evil.example' })).toMatchObject({ status: 421 });
  expect(await get(pathname + search)).toMatchObject({ status: 302 });
});

test('nothing outside the page’s folder is served', async () => {
  const { get, enter } = await pageServer();
  const cookie = await enter();
  const paths = [
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/../../secret.json',
    '/..\\secret.json',
    '/%00',
    '//etc/passwd',
  ];
  for (const path of paths) {
    const answer = await get(path, { cookie });
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain('secret"');
  }
});

test('every answer, errors included, forbids remote content, framing, sniffing and caching', async () => {
  const { get, enter, server } = await pageServer();
  const cookie = await enter();
  const { pathname, search } = new URL(server.newAddress());
  const answers = [
    [200, await get('/', { cookie })],
    [302, await get(pathname + search)],
    [403, await get('/')],
    [421, await get('/', { host: 'evil.example' })],
    [404, await get('/nowhere', { cookie })],
    [404, await get('/', { cookie }, 'POST')],
    [400, await get('/%zz', { cookie })],
  ] as const;
  for (const [status, { headers, status: actual }] of answers) {
    expect(actual).toBe(status);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  }
});

test('a page with its cookie gets views and its intents and frames arrive', async () => {
  const { server, page, onIntent, onFrame } = await pageServer();
  const socket = await page();
  server.send({ type: 'frame-wanted' });
  expect(String((await once(socket, 'message'))[0])).toBe('{"type":"frame-wanted"}');
  socket.send('{"type":"choose-service","serviceId":"S01"}');
  socket.send(Buffer.from([0xff, 0xd8, 0xff]));
  await vi.waitFor(() => expect(onFrame).toHaveBeenCalledWith(Uint8Array.of(0xff, 0xd8, 0xff)));
  expect(onIntent).toHaveBeenCalledWith({ type: 'choose-service', serviceId: 'S01' });
});

test('a socket of another origin, without one, for another host, or elsewhere is refused', async () => {
  const { origin, enter, open, onPage } = await pageServer();
  const cookie = await enter();
  expect(await refusal(open({ cookie, origin: 'http://evil.example' }))).toBe(403);
  expect(await refusal(open({ cookie, origin: 'null' }))).toBe(403);
  expect(await refusal(open({ cookie }))).toBe(403);
  expect(await refusal(open({ cookie, origin, host: 'evil.example' }))).toBe(403);
  expect(await refusal(open({ cookie, origin }, '/elsewhere'))).toBe(403);
  expect(onPage).not.toHaveBeenCalled();
});

test('a socket without a cookie, or with a forged one, is told to ask for an address', async () => {
  const { origin, open, onPage, onIntent } = await pageServer();
  for (const cookie of ['', 'jiujin-page=forged.forged']) {
    const socket = open({ origin, cookie });
    socket.once('open', () => socket.send('{"type":"start"}'));
    expect(await closing(socket)).toBe(closeCodes.unauthorised);
  }
  expect([onPage.mock.calls, onIntent.mock.calls]).toEqual([[], []]);
});

test('the newest page is the live one; what the one before still says is not heard', async () => {
  const { page, onIntent, onPage, server } = await pageServer();
  const old = await page();
  const closed = closing(old);
  const fresh = await page();
  old.send('{"type":"leave"}');
  expect(await closed).toBe(closeCodes.replaced);
  fresh.send('{"type":"start"}');
  await vi.waitFor(() => expect(onIntent).toHaveBeenCalledWith({ type: 'start' }));
  expect(onIntent).toHaveBeenCalledOnce();
  expect(onPage.mock.calls).toEqual([[true], [true]]); // it never went
  const got = once(fresh, 'message');
  server.send({ type: 'frame-wanted' });
  await got;
});

test('a page that went is told of, and nothing is sent to it', async () => {
  const { server, page, onPage } = await pageServer();
  (await page()).close();
  await vi.waitFor(() => expect(onPage).toHaveBeenLastCalledWith(false));
  expect(() => server.send({ type: 'frame-wanted' })).not.toThrow();
});

/** What begins as a JPEG does. */
const frameOf = (sizeBytes: number): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff])], sizeBytes);

test.each([
  ['nothing', ''],
  ['a PNG', '\x89PNG\r\n\x1a\n'],
  ['a drawing', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['the first byte of a JPEG', '\xff'],
])('%s is no frame, and a page that goes on sending it is put out', async (_, bytes) => {
  const { page, onFrame, onPage } = await pageServer();
  const socket = await page();
  for (let count = 0; count < 20; count += 1) socket.send(Buffer.from(bytes, 'latin1'));
  expect(await closing(socket)).toBe(1008);
  await vi.waitFor(() => expect(onPage).toHaveBeenLastCalledWith(false));
  expect(onFrame).not.toHaveBeenCalled();
});

test('a frame that is too large ends the socket, and one of the largest size arrives', async () => {
  const { page, onFrame } = await pageServer();
  const socket = await page();
  socket.send(frameOf(maxFrameBytes));
  await vi.waitFor(() => expect(onFrame).toHaveBeenCalledOnce());
  socket.send(frameOf(maxFrameBytes + 1));
  expect(await closing(socket)).toBe(1009);
  expect(onFrame).toHaveBeenCalledOnce();
});

test.each([
  ['no JSON', '{'],
  ['another shape', '[]'],
  ['an unknown intent', '{"type":"format-disk"}'],
  ['a value of the wrong kind', '{"type":"rate","stars":"five"}'],
  ['a value out of range', '{"type":"rate","stars":6}'],
  ['a text that is too long', JSON.stringify({ type: 'set-answer', field: 'phone', value: '1'.repeat(501) })],
  ['deep nesting', '['.repeat(10_000)],
  ['broken UTF-8 in a text', '{"type":"set-mode","mode":"\ud800"}'],
])('%s is no intent, and the page lives on', async (_, message) => {
  const { page, onIntent, log } = await pageServer();
  const socket = await page();
  socket.send(message);
  socket.send('{"type":"stay"}');
  await vi.waitFor(() => expect(onIntent).toHaveBeenCalledWith({ type: 'stay' }));
  expect(onIntent).toHaveBeenCalledOnce();
  expect(log.entries.map(({ fields }) => fields)).toEqual([{ badMessages: 1 }]);
});

test('a page that goes on talking nonsense is put out', async () => {
  const { page, onPage, log } = await pageServer();
  const socket = await page();
  for (let count = 0; count < 1_000; count += 1) socket.send('nonsense');
  expect(await closing(socket)).toBe(1008);
  await vi.waitFor(() => expect(onPage).toHaveBeenLastCalledWith(false));
  expect(log.entries.length).toBeLessThanOrEqual(20);
});

test('frames before any view, and many of them, do no harm', async () => {
  const { page, onFrame, onIntent } = await pageServer();
  const socket = await page();
  for (let count = 0; count < 300; count += 1) socket.send(frameOf(1_000));
  socket.send('{"type":"stay"}');
  await vi.waitFor(() => expect(onIntent).toHaveBeenCalledOnce());
  expect(onFrame).toHaveBeenCalledTimes(300);
});

test('a peer that breaks off in the middle of anything leaves the server serving', async () => {
  const { server, get, enter } = await pageServer();
  const upgrade = `GET ${socketPath} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  for (const bytes of ['GET / HT', 'NONSENSE\r\n\r\n', '\0\0\0\0', upgrade]) {
    const peer = connect(server.port, '127.0.0.1');
    peer.on('error', () => undefined); // the server may be quicker to hang up
    await once(peer, 'connect');
    peer.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.resetAndDestroy();
  }
  expect(await get('/', { cookie: await enter() })).toMatchObject({ status: 200 });
});

test('a peer without a ticket that breaks the protocol of sockets ends nothing but its own', async () => {
  const { server, get, enter, origin, log } = await pageServer();
  const peer = connect(server.port, '127.0.0.1');
  ends.push(() => void peer.destroy());
  const key = randomBytes(16).toString('base64');
  peer.write(
    `GET ${socketPath} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\n` +
      `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await once(peer, 'data');
  peer.write(Uint8Array.of(0xff, 0xff)); // reserved bits are set: RFC 6455 section 5.2
  await vi.waitFor(() => expect(log.entries).toMatchObject([{ level: 'warn', message: 'page socket' }]));
  expect(await get('/', { cookie: await enter() })).toMatchObject({ status: 200 });
});

test('a page that reads nothing any more is let go before it fills the memory', async () => {
  const { server, page, onPage } = await pageServer();
  (await page()).pause();
  const view = { place: 'x'.repeat(10_000) } as never;
  for (let sent = 0; sent < 5_000 && onPage.mock.lastCall?.[0] !== false; sent += 1) {
    server.send({ type: 'view', view });
    if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(onPage).toHaveBeenLastCalledWith(false);
});

test('a refused socket is gone, also where its owner keeps its end open', async () => {
  const { server } = await pageServer();
  const upgrade = `GET ${socketPath} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const peer = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  ends.push(() => void peer.destroy());
  peer.on('error', () => undefined); // hung up on, as wanted
  peer.write(upgrade);
  peer.resume();
  await once(peer, 'end');
  peer.write('still here');
  await new Promise((resolve) => setTimeout(resolve, 50));
  peer.write('still here');
  await vi.waitFor(() => expect(peer.destroyed).toBe(true));
});

test('a thousand connections that say nothing, or only half of it, keep the page from nothing', async () => {
  const { server, page, get, enter, onIntent } = await pageServer();
  const socket = await page();
  for (let count = 0; count < 1_000; count += 1) {
    const peer = connect(server.port, '127.0.0.1');
    ends.push(() => void peer.destroy());
    peer.on('error', () => undefined); // hung up on in the end
    if (count % 2) peer.write('GET / HTTP/1.1\r\nHo');
  }
  socket.send('{"type":"stay"}');
  await vi.waitFor(() => expect(onIntent).toHaveBeenCalledOnce(), 10_000);
  expect(await get('/', { cookie: await enter() })).toMatchObject({ status: 200 });
});

test('a wanted port that is taken is exchanged for a free one', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  ends.push(() => void occupant.close());
  const address = occupant.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { server, get, enter } = await pageServer({ port });
  expect(server.port).not.toBe(port);
  expect(await get('/', { cookie: await enter() })).toMatchObject({ status: 200 });
});

test('stopping ends every socket, also of pages that do not answer', async () => {
  const { server, page } = await pageServer();
  const replaced = await page();
  replaced.pause(); // no close is answered
  const live = await page();
  live.pause();
  await server.stop(); // or this test never ends
});
