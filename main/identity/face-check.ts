import { sleep } from '../../drivers/core/index.ts';
import { type Embedding, similarity } from '../../models/face/compare.ts';
import type { FaceAdvice } from '../contracts/view.ts';
import type { Log } from '../log/log.ts';
import type { Params, Result } from '../processes/rpc.ts';
import type { faceContract } from './face-protocol.ts';

export type FaceVerdict = 'matched' | 'refused' | 'not-comparable';

/** What the check asks of the face process. Rejects while the process is away; the check waits and asks again. */
export type FaceCall = <M extends 'assess' | 'embedPortrait'>(
  method: M,
  params: Params<typeof faceContract, M>,
  signal: AbortSignal,
) => Promise<Result<typeof faceContract, M>>;

export interface FaceCheckOptions {
  /** JPEG, PNG or BMP bytes of the chip's portrait. */
  readonly portrait: Uint8Array | undefined;
  readonly call: FaceCall;
  readonly matchThreshold: () => number;
  /** The next camera frame, a JPEG. Rejects with the signal's reason. */
  readonly nextFrame: (signal: AbortSignal) => Promise<Uint8Array>;
  readonly onAdvice: (advice: FaceAdvice, goodFrames: number) => void;
  readonly framesWanted: number;
  readonly log: Log;
}

/** A picture or a screen held before the camera stays one: this many frames in a row, about three seconds, and it is refused. */
const SPOOF_FRAMES = 12;
/** A face process that is away is back after some seconds; the page says so meanwhile. */
const RETRY_MS = 500;

/**
 * One attempt: collects good frames until there are enough, and compares the median of their similarities to the card's
 * portrait. A bad frame between good ones does not start over, as people blink. Rejects only with the signal's reason.
 */
export async function checkFace(options: FaceCheckOptions, signal: AbortSignal): Promise<FaceVerdict> {
  const { call, nextFrame, onAdvice, framesWanted, log } = options;
  onAdvice('no-face', 0);
  if (!options.portrait) return 'not-comparable';
  const similarities: number[] = [];
  let reference: Embedding | undefined;
  let notLive = 0;
  let lastReason: string | undefined;
  while (similarities.length < framesWanted) {
    const frame = await nextFrame(signal);
    try {
      if (!reference) {
        reference = (await call('embedPortrait', { picture: options.portrait }, signal)).embedding;
        if (!reference) return 'not-comparable';
      }
      const { advice, good, embedding } = await call('assess', { frame, embed: true }, signal);
      notLive = advice === 'not-live' ? notLive + 1 : 0;
      if (notLive >= SPOOF_FRAMES) return 'refused';
      if (good && embedding) similarities.push(similarity(reference, embedding));
      onAdvice(advice, similarities.length);
    } catch (error) {
      signal.throwIfAborted();
      const reason = (error as Error).message;
      if (reason !== lastReason) log.warn({ reason }, 'a camera frame could not be assessed');
      lastReason = reason;
      await sleep(RETRY_MS, signal);
    }
  }
  return median(similarities) >= options.matchThreshold() ? 'matched' : 'refused';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
