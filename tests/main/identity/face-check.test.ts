import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JudgedFrame } from '../../../main/identity/face-attempt.ts';
import { checkFace, type FaceCall, type FaceCheckOptions } from '../../../main/identity/face-check.ts';
import { RemoteError } from '../../../main/processes/rpc.ts';
import type { Embedding } from '../../../models/face/compare.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { bad, face, good } from './judged-frames.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const away = new RemoteError('process-down', 'the face process is not running');
/** What a camera and the process together take for a frame. */
const EVERY_MS = 200;

interface Script {
  /** What the process says of each frame; the last is said again and again. */
  readonly says: readonly (() => JudgedFrame | RemoteError)[];
  readonly portrait?: Uint8Array | undefined;
  readonly comparable?: boolean;
  readonly challenges?: number;
  /** What the process says before it has embedded the portrait. */
  readonly portraitAnswers?: (RemoteError | undefined)[];
}

function check({ says, challenges = 0, comparable = true, portraitAnswers = [], ...rest }: Script) {
  const log = memoryLog();
  const stop = new AbortController();
  const onProgress = vi.fn<FaceCheckOptions['onProgress']>();
  const onAbandoned = vi.fn<FaceCheckOptions['onAbandoned']>();
  const frames: Uint8Array[] = [];
  const handedOut: Embedding[] = [];
  const asked: string[] = [];
  let next = 0;
  const nextFrame = vi.fn(
    (signal: AbortSignal) =>
      new Promise<Uint8Array>((resolve, reject) => {
        const timer = setTimeout(() => {
          const frame = Uint8Array.of(0xff, 0xd8, frames.push(Uint8Array.of()));
          frames[frames.length - 1] = frame;
          resolve(frame);
        }, EVERY_MS);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  );
  const call = (async (method: string, params: { embed?: boolean }, signal: AbortSignal) => {
    asked.push(method);
    signal.throwIfAborted();
    if (method === 'embedPortrait') {
      const trouble = portraitAnswers.shift();
      if (trouble) throw trouble;
      const card = face(1);
      handedOut.push(card);
      return comparable ? { embedding: card } : { notComparable: 'blurred' };
    }
    const said = says[Math.min(next, says.length - 1)]!();
    next += 1;
    if (said instanceof RemoteError) throw said;
    const { embedding, ...plain } = said;
    if (!embedding || !params.embed) return plain;
    handedOut.push(embedding);
    return said;
  }) as FaceCall;
  const options: FaceCheckOptions = {
    ...{ portrait: 'portrait' in rest ? rest.portrait : Uint8Array.of(1), call, nextFrame, challenges, log },
    ...{ onProgress, onAbandoned },
    ...{ matchThreshold: () => 0.5, livenessThreshold: () => 0.5, framesWanted: 5 },
  };
  const outcome = checkFace(options, stop.signal);
  outcome.catch(() => undefined);
  return { outcome, stop, log, onProgress, onAbandoned, nextFrame, asked, frames, handedOut };
}

const theCardsFace = () => good(0.8);

test('five good frames decide, and the ring fills with them', async () => {
  const { outcome, onProgress, asked } = check({ says: [theCardsFace] });
  await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
  expect(await outcome).toMatchObject({ verdict: 'matched', frames: 5 });
  const advice = [undefined, undefined, 'hold-still', 'hold-still'];
  expect(onProgress.mock.calls.map(([progress]) => [progress.advice, progress.goodFrames])).toEqual(
    advice.map((one, i) => [one, i + 1]),
  );
  expect(asked.filter((method) => method === 'embedPortrait')).toHaveLength(1);
});

test('the portrait is embedded while the camera opens, and the next frame is fetched while one is judged', async () => {
  const { asked, nextFrame } = check({ says: [theCardsFace] });
  await vi.advanceTimersByTimeAsync(EVERY_MS - 1);
  expect([asked, nextFrame.mock.calls.length]).toEqual([['embedPortrait'], 1]);
  await vi.advanceTimersByTimeAsync(1);
  expect([asked, nextFrame.mock.calls.length]).toEqual([['embedPortrait', 'assess'], 2]);
});

test('the page hears of what it shows and of nothing else', async () => {
  const { stop, onProgress } = check({ says: [() => bad('come-closer')] });
  await vi.advanceTimersByTimeAsync(60 * EVERY_MS);
  expect(onProgress.mock.calls).toEqual([
    [{ advice: 'come-closer', challenge: undefined, goodFrames: 0, actsSeen: 0 }],
  ]);
  stop.abort(away);
});

test('a card without a portrait, or with one that cannot be compared, is "not-comparable"', async () => {
  const without = check({ says: [theCardsFace], portrait: undefined });
  expect(await without.outcome).toMatchObject({ verdict: 'not-comparable', reason: 'no-portrait' });
  expect(without.nextFrame).not.toHaveBeenCalled();
  const poor = check({ says: [theCardsFace], comparable: false });
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  expect(await poor.outcome).toMatchObject({
    ...{ verdict: 'not-comparable', reason: 'unusable-portrait', portrait: 'blurred' },
  });
});

test('while an act is asked for, advice says only what keeps it from being seen', async () => {
  const acting = [() => bad('look-straight'), () => bad('look-straight'), () => bad('look-straight')];
  const dark = [() => bad('more-light')];
  const says = [...Array.from({ length: 5 }, () => theCardsFace), ...acting, ...dark];
  const { stop, onProgress } = check({ says, challenges: 1 });
  await vi.advanceTimersByTimeAsync(8 * EVERY_MS);
  const challenge = expect.stringMatching(/^(blink|turn-left|turn-right|open-mouth)$/);
  expect(onProgress.mock.lastCall).toEqual([{ advice: undefined, challenge, goodFrames: 5, actsSeen: 0 }]);
  await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
  expect(onProgress.mock.lastCall).toEqual([{ advice: 'more-light', challenge, goodFrames: 5, actsSeen: 0 }]);
  stop.abort(away);
});

test('an act that is not done is refused, and the outcome says what was missing', async () => {
  const { outcome } = check({ says: [theCardsFace], challenges: 1 });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await outcome).toMatchObject({ verdict: 'refused', reason: 'act-not-seen' });
});

test('while the face process is away the check waits, asks twice a second, and goes on when it is back', async () => {
  const says = [theCardsFace, ...Array.from({ length: 6 }, () => () => away), theCardsFace];
  const { outcome, log, asked } = check({ says, portraitAnswers: [away] });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(asked.length).toBeLessThanOrEqual(10);
  await vi.advanceTimersByTimeAsync(4_000);
  expect((await outcome).verdict).toBe('matched');
  expect(log.entries.map(({ fields }) => fields)).toEqual([{ reason: away.message }]);
});

test('a frame that waited while the process was away is not judged', async () => {
  const { frames, nextFrame, stop } = check({ says: [() => away, theCardsFace] });
  await vi.advanceTimersByTimeAsync(EVERY_MS + 500 + EVERY_MS);
  expect([frames.length, nextFrame.mock.calls.length]).toEqual([3, 4]);
  expect(frames.map((frame) => frame[2] === 0)).toEqual([true, false, true]);
  stop.abort(away);
});

test('frames and embeddings are overwritten: each frame once it is judged, everything when the check ends', async () => {
  const { outcome, frames, handedOut } = check({ says: [theCardsFace] });
  await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
  await outcome;
  expect(frames.slice(0, 5).some((frame) => frame.some(Boolean))).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  expect([handedOut.length, handedOut.some((embedding) => embedding.some(Boolean))]).toEqual([6, false]);
});

test('a resident who leaves ends the check with the reason; no timer and no face is left', async () => {
  const waiting = check({ says: [theCardsFace] });
  await vi.advanceTimersByTimeAsync(2 * EVERY_MS);
  waiting.stop.abort(away);
  await expect(waiting.outcome).rejects.toBe(away);
  const retrying = check({ says: [() => away] });
  await vi.advanceTimersByTimeAsync(EVERY_MS + 100);
  retrying.stop.abort(away);
  await expect(retrying.outcome).rejects.toBe(away);
  expect(vi.getTimerCount()).toBe(0);
  expect(waiting.handedOut.some((embedding) => embedding.some(Boolean))).toBe(false);
});

test.each([
  ['in the middle of what looks like a picture has used an attempt', () => bad('not-live'), 0, 1],
  ['as an act is asked for has used one', theCardsFace, 1, 1],
  ['after nothing that gives a reason to doubt has not', theCardsFace, 0, 0],
])('whoever leaves %s', async (_, says, challenges, times) => {
  const { outcome, stop, onAbandoned } = check({ says: [says], challenges });
  await vi.advanceTimersByTimeAsync((times ? 7 : 3) * EVERY_MS);
  stop.abort(away);
  await expect(outcome).rejects.toBe(away);
  expect(onAbandoned).toHaveBeenCalledTimes(times);
});

test('who is refused has not left', async () => {
  const { outcome, onAbandoned } = check({ says: [() => bad('not-live')] });
  await vi.advanceTimersByTimeAsync(20 * EVERY_MS);
  expect(await outcome).toMatchObject({ verdict: 'refused', reason: 'not-live' });
  expect(onAbandoned).not.toHaveBeenCalled();
});

test('a check that ends asks for no more frames', async () => {
  const { outcome, nextFrame } = check({ says: [theCardsFace] });
  await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
  await outcome;
  const asked = nextFrame.mock.calls.length;
  expect(vi.getTimerCount()).toBe(0); // not even the one that was on its way
  await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
  expect([nextFrame.mock.calls.length, vi.getTimerCount()]).toEqual([asked, 0]);
});
