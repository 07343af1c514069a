import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closeCodes } from '../../main/contracts/messages.ts';
import { CoreClient } from '../../renderer/api/client.ts';
import { views } from './fixtures.ts';

/** The far end of a WebSocket, as far as the client uses it. */
class FakeSocket extends EventTarget {
  readonly sent: unknown[] = [];
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.drop(1000);
  }
  say(message: unknown): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
  drop(code = 1006): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

let sockets: FakeSocket[];
let reachable: boolean;
let client: CoreClient;
const socket = (): FakeSocket => sockets.at(-1)!;
const view = (name: keyof typeof views) => ({ type: 'view', view: views[name] });

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  reachable = true;
  client = new CoreClient({
    openSocket: () => {
      const opened = new FakeSocket();
      sockets.push(opened);
      return opened as unknown as WebSocket; // only what FakeSocket has is used
    },
    reachable: async () => reachable,
    nowMs: () => 0,
  });
  client.start();
});

afterEach(() => {
  client.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a restart that is over within 400 ms is not shown', async () => {
  socket().say(view('review'));
  socket().drop();
  await vi.advanceTimersByTimeAsync(200);
  expect(sockets).toHaveLength(2);
  expect(client.snapshot().connection).toBe('open');
  socket().say(view('review'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.snapshot()).toMatchObject({ connection: 'open', visitKey: 2, view: views.review });
});

test('after 400 ms without a core the page says so, above the last screen, and asks every 200 ms for ever', async () => {
  socket().say(view('review'));
  reachable = false;
  socket().drop();
  await vi.advanceTimersByTimeAsync(399);
  expect(client.snapshot().connection).toBe('open');
  await vi.advanceTimersByTimeAsync(1);
  expect(client.snapshot()).toMatchObject({ connection: 'recovering', view: views.review });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(sockets).toHaveLength(1);
  reachable = true;
  await vi.advanceTimersByTimeAsync(200);
  expect(sockets).toHaveLength(2);
  socket().say(view('attract'));
  expect(client.snapshot()).toMatchObject({ connection: 'open', view: views.attract });
});

test('a socket that opens but brings no view does not count as a core', async () => {
  await vi.advanceTimersByTimeAsync(400);
  expect(client.snapshot().connection).toBe('recovering');
  client.send({ type: 'start' });
  expect(socket().sent).toEqual([]);
});

test('what is meant while the core is away is dropped, not kept for another screen', async () => {
  socket().say(view('review'));
  socket().drop();
  client.send({ type: 'next' });
  await vi.advanceTimersByTimeAsync(200);
  socket().say(view('attract'));
  expect(sockets.flatMap(({ sent }) => sent)).toEqual([]);
  client.send({ type: 'start' });
  expect(socket().sent).toEqual(['{"type":"start"}']);
});

describe('what the core says is checked before it is drawn', () => {
  const hostile: [string, unknown][] = [
    ['no JSON', '{"type":"view"'],
    ['no message', 'null'],
    ['an unknown type', { type: 'eval', code: '1' }],
    ['an unknown screen', { type: 'view', view: { ...views.review, screen: { kind: 'free-money' } } }],
    ['a view with holes', { type: 'view', view: { ...views.review, place: undefined } }],
    [
      'a progress beyond 1',
      { type: 'view', view: { ...views['face-looking'], screen: { ...views['face-looking'].screen, progress: 7 } } },
    ],
  ];
  test.each(hostile)('%s', async (_name, message) => {
    socket().say(view('review'));
    socket().say(message);
    await vi.advanceTimersByTimeAsync(200);
    expect(sockets).toHaveLength(2);
    expect(client.snapshot().view).toEqual(views.review);
  });
});

test.each([
  ['replaced', closeCodes.replaced],
  ['unauthorised', closeCodes.unauthorised],
])('a page that is %s stops asking', async (connection, code) => {
  socket().say(view('review'));
  socket().drop(code);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(client.snapshot().connection).toBe(connection);
  expect(sockets).toHaveLength(1);
});

test('a wanted frame reaches whoever watches, until they stop', () => {
  socket().say(view('face-looking'));
  let wanted = 0;
  const stop = client.onFrameWanted(() => {
    wanted += 1;
  });
  socket().say({ type: 'frame-wanted' });
  stop();
  socket().say({ type: 'frame-wanted' });
  expect(wanted).toBe(1);
});
