import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { PortMessageReader, PortMessageWriter } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { connect, type Handlers, nothing, RemoteError, serve } from '../../../main/processes/rpc.ts';

const contract = {
  methods: {
    double: { params: z.object({ value: z.number() }), result: z.number(), deadlineMs: 60_000 },
    echo: { params: z.instanceof(Uint8Array), result: z.instanceof(Uint8Array), deadlineMs: 60_000 },
    wait: { params: nothing, result: nothing, deadlineMs: 60_000 },
    hurry: { params: nothing, result: nothing, deadlineMs: 30 },
    fail: { params: z.object({ how: z.enum(['code', 'plain', 'not-an-error']) }), result: nothing, deadlineMs: 60_000 },
  },
  events: { level: z.object({ value: z.number() }) },
} as const;

const ports: MessagePort[] = [];
const forever = new AbortController().signal;

afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** Two ends of a real channel, which copies what it carries. */
function channel(changes: Partial<Handlers<typeof contract>> = {}) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const [started, aborted] = [vi.fn(), vi.fn()];
  const waits = (_: unknown, signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      started();
      signal.addEventListener('abort', () => {
        aborted(signal.reason);
        reject(signal.reason);
      });
    });
  const tell = serve(contract, wire(port1), {
    double: async ({ value }) => value * 2,
    echo: async (bytes) => bytes,
    wait: waits,
    hurry: waits,
    fail: async ({ how }) => {
      if (how === 'not-an-error') throw 'just a text';
      throw how === 'plain'
        ? new Error('it is broken')
        : Object.assign(new Error('out of paper'), { code: 'paper-out' });
    },
    ...changes,
  });
  const onEvent = vi.fn();
  const onBadMessage = vi.fn();
  const client = connect(contract, wire(port2), onEvent, onBadMessage);
  return { client, tell, started, aborted, onEvent, onBadMessage, fromChild: port1, toChild: port2 };
}

function wire(port: MessagePort) {
  return { reader: new PortMessageReader(port), writer: new PortMessageWriter(port) };
}

test('an answer crosses, and bytes cross as bytes', async () => {
  const { client } = channel();
  expect(await client.call('double', { value: 21 }, forever)).toBe(42);
  expect(await client.call('echo', Uint8Array.of(0, 255, 128), forever)).toEqual(Uint8Array.of(0, 255, 128));
  expect(await Promise.all([1, 2, 3].map((value) => client.call('double', { value }, forever)))).toEqual([2, 4, 6]);
});

test.each([
  ['code', 'paper-out', 'out of paper'],
  ['plain', 'failed', 'it is broken'],
  ['not-an-error', 'failed', 'just a text'],
] as const)('a failure with %s crosses as code and message', async (how, code, message) => {
  const { client } = channel();
  await expect(client.call('fail', { how }, forever)).rejects.toMatchObject({ name: 'RemoteError', code, message });
});

test('a call that is not answered in time fails "timeout", and the other side is told to stop', async () => {
  const { client, aborted } = channel();
  await expect(client.call('hurry', null, forever)).rejects.toMatchObject({ code: 'timeout' });
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
});

test('a call that is given up rejects with the reason of its signal, and the other side is told to stop', async () => {
  const { client, started, aborted } = channel();
  const giveUp = new AbortController();
  const call = client.call('wait', null, giveUp.signal);
  await vi.waitFor(() => expect(started).toHaveBeenCalledOnce());
  const reason = new RemoteError('canceled', 'the resident has left');
  giveUp.abort(reason);
  await expect(call).rejects.toBe(reason);
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledWith(expect.objectContaining({ code: 'canceled' })));
  await expect(client.call('double', { value: 1 }, giveUp.signal)).rejects.toBe(reason);
  expect(await client.call('double', { value: 1 }, forever)).toBe(2);
});

test('parameters of an unknown shape are refused before the handler runs, and the refusal quotes nothing', async () => {
  const double = vi.fn();
  const { client } = channel({ double });
  const call = client.call('double', { value: '230299197506180027' } as never, forever);
  await expect(call).rejects.toMatchObject({ code: 'bad-message', message: expect.not.stringContaining('230299') });
  expect(double).not.toHaveBeenCalled();
});

test('an answer of an unknown shape fails "bad-message"', async () => {
  const { client } = channel({ double: async () => 'four' as never });
  await expect(client.call('double', { value: 2 }, forever)).rejects.toMatchObject({ code: 'bad-message' });
});

test('a method that the other side does not know fails "bad-message"', async () => {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  serve({ methods: {}, events: {} }, wire(port1), {});
  const client = connect(contract, wire(port2), vi.fn(), vi.fn());
  await expect(client.call('double', { value: 2 }, forever)).rejects.toMatchObject({ code: 'bad-message' });
});

test('an event arrives; one of an unknown shape is told without its content', async () => {
  const { tell, onEvent, onBadMessage } = channel();
  tell('level', { value: 7 });
  await vi.waitFor(() => expect(onEvent).toHaveBeenCalledWith('level', { value: 7 }));
  tell('level', { value: '13800138000' } as never);
  await vi.waitFor(() => expect(onBadMessage).toHaveBeenCalledWith('event level'));
  expect(onEvent).toHaveBeenCalledOnce();
});

test('what is no message of the protocol is told without its content, and calls go on', async () => {
  const { client, fromChild, onBadMessage } = channel();
  const garbage = ['13800138000', 7, {}, { jsonrpc: '2.0' }, { jsonrpc: '2.0', id: 99, result: '13800138000' }];
  for (const message of garbage) fromChild.postMessage(message);
  expect(await client.call('double', { value: 4 }, forever)).toBe(8);
  expect(onBadMessage).toHaveBeenCalled();
  expect(JSON.stringify(onBadMessage.mock.calls)).not.toContain('138');
});

test('a listener that throws does not end the channel', async () => {
  const { client, tell, onEvent, onBadMessage } = channel();
  onEvent.mockImplementation(() => {
    throw new Error('a bug in the listener');
  });
  tell('level', { value: 1 });
  await vi.waitFor(() => expect(onBadMessage).toHaveBeenCalledOnce());
  expect(await client.call('double', { value: 4 }, forever)).toBe(8);
});

test('when the other process goes, calls under way and later ones fail "process-down"', async () => {
  const { client } = channel();
  const call = client.call('wait', null, forever);
  const reason = new RemoteError('process-down', 'it was killed');
  client.dispose(reason);
  await expect(call).rejects.toBe(reason);
  await expect(client.call('double', { value: 1 }, forever)).rejects.toBe(reason);
});

test('a call into a channel that has closed fails "process-down", before anybody has noticed', async () => {
  const { client, fromChild, toChild } = channel();
  fromChild.close();
  await once(toChild, 'close');
  await expect(client.call('double', { value: 1 }, forever)).rejects.toMatchObject({ code: 'process-down' });
});

test('what is under way for a caller that goes away is called off, and it is no fault to tell it something', async () => {
  const { client, tell, started, aborted, toChild } = channel();
  client.call('wait', null, forever).catch(() => undefined);
  await vi.waitFor(() => expect(started).toHaveBeenCalledOnce());
  toChild.close();
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
  expect(aborted).toHaveBeenCalledWith(expect.objectContaining({ code: 'canceled' }));
  expect(() => tell('level', { value: 7 })).not.toThrow();
});
