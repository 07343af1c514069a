import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkFace, type FaceCall } from '../../../main/identity/face-check.ts';
import { RemoteError } from '../../../main/processes/rpc.ts';
import type { Embedding } from '../../../models/face/compare.ts';
import { memoryLog } from '../../support/memory-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An embedding with this cosine to the card's. */
function face(cosine: number): Embedding {
  const embedding = new Float32Array(512);
  embedding[0] = cosine;
  embedding[1] = Math.sqrt(1 - cosine ** 2);
  return embedding;
}

const good = (cosine: number) => ({ advice: 'hold-still', good: true, embedding: face(cosine) }) as const;
const bad = (advice: 'no-face' | 'not-live' | 'blurred') => ({ advice, good: false }) as const;
const away = new RemoteError('process-down', 'the face process is not running');
type Assessment = ReturnType<typeof good> | ReturnType<typeof bad> | RemoteError;

/** A check before a camera whose frames, and the face process behind it, do what the script says. */
function check(script: Assessment[], { portrait = Uint8Array.of(1), comparable = true } = {}) {
  const log = memoryLog();
  const stop = new AbortController();
  const onAdvice = vi.fn();
  const nextFrame = vi.fn(async (signal: AbortSignal) => {
    if (script.length > 0) return Uint8Array.of(0xff, 0xd8);
    return await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const embedPortrait = vi.fn(async () => (comparable ? { embedding: face(1) } : {}));
  const call = (async (method: string) => {
    if (method === 'embedPortrait') return await embedPortrait();
    const step = script.shift()!;
    if (step instanceof RemoteError) throw step;
    return step;
  }) as FaceCall;
  const options = { portrait, call, matchThreshold: () => 0.5, nextFrame, onAdvice, framesWanted: 3, log };
  const verdict = checkFace(options, stop.signal);
  verdict.catch(() => undefined);
  return { verdict, stop, log, onAdvice, nextFrame, embedPortrait, options };
}

test('the median of three good frames decides: one bad moment does not refuse, one lucky one does not admit', async () => {
  expect(await check([good(0.1), good(0.8), good(0.9)]).verdict).toBe('matched');
  expect(await check([good(0.9), good(0.1), good(0.2)]).verdict).toBe('refused');
  expect(await check([good(0.1), good(0.5), good(0.9)]).verdict).toBe('matched'); // exactly at the threshold
  expect(await check([good(0.1), good(0.499), good(0.9)]).verdict).toBe('refused');
});

test('a frame that is no good gives advice and does not start over', async () => {
  const { verdict, onAdvice, embedPortrait } = check([good(0.9), bad('blurred'), good(0.9), bad('no-face'), good(0.9)]);
  expect(await verdict).toBe('matched');
  expect(onAdvice.mock.calls).toEqual([
    ['no-face', 0],
    ['hold-still', 1],
    ['blurred', 1],
    ['hold-still', 2],
    ['no-face', 2],
    ['hold-still', 3],
  ]);
  expect(embedPortrait).toHaveBeenCalledOnce();
});

test('a picture held before the camera for twelve frames is refused, and one frame less is not', async () => {
  expect(await check(Array.from({ length: 12 }, () => bad('not-live'))).verdict).toBe('refused');
  const blinks = [...Array.from({ length: 11 }, () => bad('not-live')), bad('blurred'), bad('not-live')];
  expect(await check([...blinks, good(0.9), good(0.9), good(0.9)]).verdict).toBe('matched');
});

test('a card without a portrait, or with one that cannot be compared, is "not-comparable"', async () => {
  const { options, stop, nextFrame } = check([]);
  nextFrame.mockClear();
  expect(await checkFace({ ...options, portrait: undefined }, stop.signal)).toBe('not-comparable');
  expect(nextFrame).not.toHaveBeenCalled();
  expect(await check([good(1)], { comparable: false }).verdict).toBe('not-comparable');
});

test('while the face process is away the check waits, asks twice a second, and goes on when it is back', async () => {
  const { verdict, log, nextFrame } = check([
    good(0.9),
    ...Array.from({ length: 6 }, () => away),
    good(0.9),
    good(0.9),
  ]);
  await vi.advanceTimersByTimeAsync(2_400);
  expect(nextFrame.mock.calls.length).toBeLessThanOrEqual(6);
  await vi.advanceTimersByTimeAsync(700);
  expect(await verdict).toBe('matched');
  expect(log.entries.map(({ fields }) => fields)).toEqual([{ reason: away.message }]);
});

test('no frame counts before thresholds are known', async () => {
  const { options, stop } = check([good(1), good(1), good(1)]);
  await vi.advanceTimersByTimeAsync(0);
  const script = [good(1), good(1), good(1)];
  const call = (async (method: string) => (method === 'assess' ? script.shift()! : { embedding: face(1) })) as FaceCall;
  const frames = async (): Promise<Uint8Array> => Uint8Array.of(1);
  const unknown = { ...options, call, nextFrame: frames, matchThreshold: () => Number.POSITIVE_INFINITY };
  expect(await checkFace(unknown, stop.signal)).toBe('refused');
});

test('a resident who leaves ends the check with the reason, and no timer is left', async () => {
  const waiting = check([good(0.9)]);
  await vi.advanceTimersByTimeAsync(0);
  waiting.stop.abort(away);
  await expect(waiting.verdict).rejects.toBe(away);
  const retrying = check([away, good(0.9)]);
  await vi.advanceTimersByTimeAsync(100);
  retrying.stop.abort(away);
  await expect(retrying.verdict).rejects.toBe(away);
  expect(vi.getTimerCount()).toBe(0);
});
