import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tcpTransport } from '../../../drivers/transport/tcp.ts';

const signal = new AbortController().signal;
let server: Server;
let port: number;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const open = () => tcpTransport({ host: '127.0.0.1', port }).open(signal);
const soon = async (fact: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 500 && !fact(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(fact()).toBe(true);
};

test('a TCP transport is named after its address, and opens nothing by itself', async () => {
  expect(tcpTransport({ host: 'printer.local', port: 9100 }).name).toBe('tcp:printer.local:9100');
  tcpTransport({ host: '127.0.0.1', port });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sockets).toHaveLength(0);
});

test('bytes go both ways', async () => {
  const channel = await open();
  const heard = new Promise<Buffer>((resolve) => channel.onData((chunk) => resolve(Buffer.from(chunk))));
  await soon(() => sockets.length === 1);
  sockets[0]?.once('data', (bytes) => sockets[0]?.write(bytes));
  await channel.write(Uint8Array.of(0, 10, 13, 17, 255));
  expect([...(await heard)]).toEqual([0, 10, 13, 17, 255]);
  await channel.close();
});

test('a megabyte arrives whole, two writers at once do not mix', async () => {
  const channel = await open();
  await soon(() => sockets.length === 1);
  let got = Buffer.alloc(0);
  sockets[0]?.on('data', (bytes: Buffer) => {
    got = Buffer.concat([got, bytes]);
  });
  await Promise.all([1, 2].map((value) => channel.write(new Uint8Array(500_000).fill(value))));
  await soon(() => got.length === 1_000_000);
  expect([...new Set(got.subarray(0, 500_000))]).toEqual([1]);
  await channel.close();
});

test.each(['ends', 'resets'])(
  'a far side that %s the connection is lost, and closing after it is harmless',
  async (how) => {
    const channel = await open();
    channel.onData(() => undefined);
    await soon(() => sockets.length === 1);
    if (how === 'ends') sockets[0]?.end();
    else sockets[0]?.resetAndDestroy();
    await soon(() => channel.lost.aborted);
    expect(channel.lost.reason).toMatchObject({ name: 'DeviceError', code: 'not-connected' });
    await channel.close();
    await channel.close();
    await expect(channel.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
  },
);

test('a write that nobody takes ends when the channel is closed', async () => {
  const channel = await open();
  await soon(() => sockets.length === 1);
  sockets[0]?.pause();
  const writing = channel.write(new Uint8Array(64 * 1024 * 1024));
  const outcome = expect(writing).rejects.toMatchObject({ code: 'not-connected' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await channel.close();
  await outcome;
});

test('an address where nobody listens cannot be opened', async () => {
  const refused = tcpTransport({ host: '127.0.0.1', port: 1 }).open(signal);
  await expect(refused).rejects.toMatchObject({
    code: 'not-connected',
    message: expect.stringContaining('tcp:127.0.0.1:1'),
  });
});

test('a connection given up on while opening is not left open', async () => {
  const leaving = new AbortController();
  const opening = tcpTransport({ host: '127.0.0.1', port }).open(leaving.signal);
  leaving.abort(new Error('stopping'));
  await expect(opening).rejects.toThrow('stopping');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sockets.every((socket) => socket.destroyed || socket.readableEnded || socket.readyState !== 'open')).toBe(
    true,
  );
});
