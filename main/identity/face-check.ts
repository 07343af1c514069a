import { sleep } from '../../drivers/core/index.ts';
import type { FaceAdvice, FaceChallenge } from '../contracts/view.ts';
import type { Log } from '../log/log.ts';
import type { Params, Result } from '../processes/rpc.ts';
import { drawChallenges } from './challenge.ts';
import { FaceAttempt, type FaceFacts, type FaceOutcome } from './face-attempt.ts';
import type { faceContract } from './face-protocol.ts';
import { FrameFeed } from './frame-feed.ts';
import { SteadyAdvice } from './steady-advice.ts';

/** What the check asks of the face process. Rejects while the process is away; the check waits and asks again. */
export type FaceCall = <M extends 'assess' | 'embedPortrait'>(
  method: M,
  params: Params<typeof faceContract, M>,
  signal: AbortSignal,
) => Promise<Result<typeof faceContract, M>>;

/** What the person sees of the check. */
export interface FaceProgress {
  readonly advice: FaceAdvice | undefined;
  readonly challenge: FaceChallenge | undefined;
  readonly goodFrames: number;
  readonly actsSeen: number;
}

export interface FaceCheckOptions {
  /** JPEG, PNG or BMP bytes of the chip's portrait. */
  readonly portrait: Uint8Array | undefined;
  readonly call: FaceCall;
  readonly matchThreshold: () => number;
  readonly livenessThreshold: () => number;
  /** The next camera frame, a JPEG. Rejects with the signal's reason. */
  readonly nextFrame: (signal: AbortSignal) => Promise<Uint8Array>;
  readonly onProgress: (progress: FaceProgress) => void;
  /** The person has gone in the middle of what looked like an attack, or once an act was asked for. */
  readonly onAbandoned: (facts: FaceFacts) => void;
  readonly framesWanted: number;
  /** How many acts are asked for. */
  readonly challenges: number;
  /** Which; by lot where left out. */
  readonly draw?: (count: number) => readonly FaceChallenge[];
  readonly log: Log;
}

/** A face process that is away is back after some seconds; the page says so meanwhile. */
const RETRY_MS = 500;
/** While an act is asked for: what keeps it from being seen. The act itself turns the head, shuts the eyes and hides nothing. */
const HINDERS: readonly FaceAdvice[] = [
  'no-face',
  'one-person-only',
  'come-closer',
  'step-back',
  'center-face',
  'show-whole-face',
  'more-light',
  'less-light',
];

/**
 * One attempt: compares the person before the camera with the card's portrait. Rejects only with the signal's reason. Frames, looks
 * and embeddings are overwritten when it ends.
 */
export async function checkFace(options: FaceCheckOptions, signal: AbortSignal): Promise<FaceOutcome> {
  const { call, onProgress, framesWanted, matchThreshold, livenessThreshold, draw = drawChallenges, log } = options;
  const attempt = new FaceAttempt({
    ...{ framesWanted, matchThreshold, livenessThreshold },
    drawChallenges: () => draw(options.challenges),
  });
  if (!options.portrait) return attempt.notComparable();
  // The camera takes longer to open than a portrait to be embedded.
  const reference = new CardFace(call, options.portrait, signal);
  reference.ask();
  const feed = new FrameFeed(options.nextFrame, signal);
  const steady = new SteadyAdvice();
  const tell = onlyChanges(onProgress);
  let lastReason: string | undefined;
  try {
    for (;;) {
      const { frame, atMs } = await feed.next();
      try {
        const card = await reference.ask();
        if ('notComparable' in card) return attempt.notComparable(card.notComparable);
        const judged = await call('assess', { frame, embed: attempt.wantsEmbedding(atMs) }, signal);
        const outcome = attempt.take(judged, card.embedding, atMs);
        if (outcome) return outcome;
        const { challenge, goodFrames, actsSeen } = attempt;
        const hindered = !challenge || HINDERS.includes(judged.advice);
        const advice = steady.take(hindered ? judged.advice : 'hold-still', atMs);
        tell({ advice: challenge && advice === 'hold-still' ? undefined : advice, challenge, goodFrames, actsSeen });
      } catch (error) {
        signal.throwIfAborted();
        const reason = (error as Error).message;
        if (reason !== lastReason) log.warn({ reason }, 'a camera frame could not be assessed');
        lastReason = reason;
        await sleep(RETRY_MS, signal);
        feed.skip();
      } finally {
        frame.fill(0);
      }
    }
  } finally {
    feed.close();
    if (signal.aborted && attempt.isUsed) options.onAbandoned(attempt.facts);
    attempt.forget();
    reference.forget();
  }
}

type EmbeddedPortrait = Result<typeof faceContract, 'embedPortrait'>;

/** The face on the card, embedded once. A process that died before it could answer is asked again. */
class CardFace {
  readonly #embed: () => Promise<EmbeddedPortrait>;
  #answer: Promise<EmbeddedPortrait> | undefined;
  #isForgotten = false;

  constructor(call: FaceCall, picture: Uint8Array, signal: AbortSignal) {
    this.#embed = async () => {
      const answer = await call('embedPortrait', { picture }, signal);
      if (this.#isForgotten) overwrite(answer);
      return answer;
    };
  }

  ask(): Promise<EmbeddedPortrait> {
    if (this.#answer) return this.#answer;
    const asked = this.#embed();
    this.#answer = asked;
    asked.catch(() => {
      this.#answer = undefined;
    });
    return asked;
  }

  forget(): void {
    this.#isForgotten = true;
    this.#answer?.then(overwrite, () => undefined);
  }
}

function overwrite(answer: EmbeddedPortrait): void {
  if ('embedding' in answer) answer.embedding.fill(0);
}

/** The page is drawn anew for each; most frames change nothing that it shows. */
function onlyChanges(tell: (progress: FaceProgress) => void): (progress: FaceProgress) => void {
  let before: FaceProgress = { advice: undefined, challenge: undefined, goodFrames: 0, actsSeen: 0 };
  return (now) => {
    const isSaid = now.advice === before.advice && now.challenge === before.challenge;
    if (isSaid && now.goodFrames === before.goodFrames && now.actsSeen === before.actsSeen) return;
    before = now;
    tell(now);
  };
}
