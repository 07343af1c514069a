import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Channel } from '../../../drivers/core/index.ts';
import type { Attachment, FarEnd } from '../../../drivers/simulation/far-end.ts';
import { serialTransport } from '../../../drivers/transport/serial.ts';
import { type PtyFarEnd, servePty } from '../../../scripts/simulators/pty-far-end.ts';

/** Says back what it hears. */
class Echo implements FarEnd {
  readonly name = 'echo';
  #send: (bytes: Uint8Array) => void = () => undefined;
  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#send = send;
    return { receive: send, detach: () => undefined };
  }
  say(bytes: Uint8Array): void {
    this.#send(bytes);
  }
}

const signal = new AbortController().signal;
let device: Echo;
let cable: PtyFarEnd;
let channel: Channel | undefined;

beforeEach(async () => {
  device = new Echo();
  cable = await servePty(device);
});
afterEach(async () => {
  await channel?.close();
  await cable.close();
});

async function open(): Promise<Channel> {
  channel = await serialTransport({ path: cable.path, baudRate: 115_200 }).open(signal);
  return channel;
}

/** Collects from now on, and tells when `bytes` have come. */
function collect(from: Channel, bytes: number): Promise<Buffer> {
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    from.onData((chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= bytes) resolve(got);
    });
  });
}

/** After a turn of the event loop, in which real bytes move. */
async function settled(work: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  return await Promise.race([work.then(() => true as const), turn]);
}

function ended(lost: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => lost.addEventListener('abort', () => resolve(lost.reason), { once: true }));
}

test('a serial transport is named after its port and speed', () => {
  expect(serialTransport({ path: '/dev/ttyS1', baudRate: 115_200 }).name).toBe('serial:/dev/ttyS1@115200');
});

test('every byte value crosses a serial line unchanged, flow control and line ends included', async () => {
  const all = Uint8Array.from({ length: 256 }, (_, value) => value);
  const port = await open();
  const back = collect(port, all.length);
  await port.write(all);
  expect(await back).toEqual(Buffer.from(all));
});

test('two writes at once reach the device whole and in order', async () => {
  const port = await open();
  const back = collect(port, 6_000);
  await Promise.all([port.write(new Uint8Array(3_000).fill(1)), port.write(new Uint8Array(3_000).fill(2))]);
  expect([...new Set((await back).subarray(0, 3_000))]).toEqual([1]);
});

test('what a device said before the port was opened is not heard', async () => {
  const first = await open();
  await first.close();
  device.say(Uint8Array.of(1, 2, 3));
  const port = await open();
  const heard = collect(port, 1);
  device.say(Uint8Array.of(9));
  expect([...(await heard)]).toEqual([9]);
});

test('a pulled cable shows as lost, and closing after it is harmless', async () => {
  const port = await open();
  port.onData(() => undefined);
  const lost = ended(port.lost);
  await cable.close();
  expect(await lost).toMatchObject({ name: 'DeviceError', code: 'not-connected' });
  await port.close();
  await port.close();
  await expect(port.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'not-connected' });
});

test('a device that takes nothing more is stuck after ten seconds, and the port can still be closed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  cable.stall();
  const port = await open();
  const stuck = expect(port.write(new Uint8Array(1024 * 1024))).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringMatching(/^serial:.*: writing byte \d+ of 1048576/),
  });
  while (!(await settled(stuck))) await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  await port.close();
  expect(port.lost.aborted).toBe(true);
});

test('a port that is not there cannot be opened', async () => {
  const missing = serialTransport({ path: '/dev/tty-that-is-not-there', baudRate: 9_600 });
  await expect(missing.open(signal)).rejects.toMatchObject({ code: 'not-connected' });
});

test('a port given up on while opening is not left locked', async () => {
  const leaving = new AbortController();
  const opening = serialTransport({ path: cable.path, baudRate: 115_200 }).open(leaving.signal);
  leaving.abort(new Error('stopping'));
  await expect(opening).rejects.toThrow('stopping');
  await expect(open()).resolves.toBeDefined();
});
