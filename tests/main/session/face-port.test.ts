import { expect, test, vi } from 'vitest';
import { RemoteError } from '../../../main/processes/rpc.ts';
import { facePort } from '../../../main/session/face-port.ts';
import { memoryLog } from '../../support/memory-log.ts';

const signal = new AbortController().signal;
const frame = { frame: Uint8Array.of(0xff), embed: false };

function portOf(answer: () => Promise<never>) {
  const face = { call: vi.fn(answer), renew: vi.fn(), configured: undefined };
  return { face, port: facePort(face, memoryLog()) };
}

test('a face process that leaves a picture unanswered is renewed; one that is away, or refuses a picture, is not', async () => {
  for (const [code, renewed] of [
    ['timeout', 1],
    ['process-down', 0],
    ['not-a-picture', 0],
  ] as const) {
    const error = new RemoteError(code, 'trouble');
    const { face, port } = portOf(() => Promise.reject(error));
    await expect(port.call('assess', frame, signal)).rejects.toBe(error);
    expect([code, face.renew.mock.calls.length]).toEqual([code, renewed]);
  }
});

test('a resident who leaves while a picture is judged is no reason to renew', async () => {
  const reason = new RemoteError('canceled', 'the visit has moved on');
  const { face, port } = portOf(() => Promise.reject(reason));
  await expect(port.call('assess', frame, signal)).rejects.toBe(reason);
  expect(face.renew).not.toHaveBeenCalled();
});

test('nobody is like anybody before the process has said its thresholds', () => {
  const { port } = portOf(() => Promise.reject(new Error('never asked')));
  expect([port.matchThreshold(), port.livenessThreshold(), port.weights()]).toEqual([
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    'unknown',
  ]);
});
