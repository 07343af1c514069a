import { randomInt } from 'node:crypto';
import type { FaceSigns } from '../../models/face/signs.ts';
import { type FaceChallenge, faceChallenge } from '../contracts/view.ts';
import { median } from './median.ts';

/** So many acts, none twice, in an order that nobody can know. */
export function drawChallenges(count: number): FaceChallenge[] {
  const left = [...faceChallenge.options];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(randomInt(left.length), 1)[0]!);
}

/** From the words on the page to the face at rest again. Reading, or hearing, and doing takes older people 5 s. */
const ACT_WITHIN_MS = 8_000;
/** A person who did not see or understand it is asked once more. */
const ASKED_TIMES = 2;
/** The face at rest, before: a picture that shows the act already has not done it. */
const REST_FRAMES = 2;
/** In frames running, and since the last one that did not show the act: of three frames a second two are just 333 ms apart. */
interface Held {
  readonly frames: number;
  readonly ms: number;
}
/**
 * A turn or an open mouth lasts; one frame of it may be a misread one: a photo that is shaken sideways reads turned by 24° in a single
 * frame. Closed eyes may be caught once only, and are not read in blur (0.46 and more of open ones). A mouth that speaks opens as far
 * as one that is asked to, and closes again within a syllable, 100 to 250 ms.
 */
const HELD: Readonly<Record<FaceChallenge, Held>> = {
  blink: { frames: 1, ms: 0 },
  'turn-left': { frames: 2, ms: 0 },
  'turn-right': { frames: 2, ms: 0 },
  'open-mouth': { frames: 2, ms: 400 },
};
/** Another act than the one that is asked for, held this long, is a wrong one: a recording shows one after the other. */
const WRONG_FRAMES = 3;
/** A process or a page that was away for so long has kept the person from being seen. */
const PAUSE_MS = 1_000;
/** A camera or a machine that gives no more than that all the time: what it shows is judged, and the time runs. */
const PAUSES_MAX = 3;

/** A turn that nobody makes by chance, and that the eyes still leave to the screen. */
const TURNED_DEG = 15;
const AT_REST_DEG = 8;
/** The pose network's yaw grows as the nose goes to the left edge of a picture that is not mirrored: the person's own right. */
const LEFT = -1;
/** Beyond the mouth at rest, as share of its width: a mouth that smiles at rest opens by little more. */
interface MouthLimits {
  readonly opened: number;
  readonly atRest: number;
}
/**
 * What is asked for. The landmarks follow an open mouth half the way: ten faces whose mouths are drawn open by 40 % of the width
 * read 0.04 to 0.31 more, eight of them 0.12 and more.
 */
const MOUTH_ASKED: MouthLimits = { opened: 0.12, atRest: 0.08 };
/** While something else is: speaking, 20 % of the width, reads up to 0.18 more and is no wrong act. */
const MOUTH_UNASKED: MouthLimits = { opened: 0.2, atRest: 0.12 };
const EYES_CLOSED = 0.3;
const EYES_AT_REST = 0.6;

/** How one face is at rest; acts are seen as changes from it. */
export interface FaceAtRest {
  readonly yawDeg: number;
  readonly mouthOpen: number;
}

export function atRest(signs: readonly FaceSigns[]): FaceAtRest {
  return {
    yawDeg: median(signs.map(({ pose }) => pose.yawDeg)),
    mouthOpen: median(signs.map(({ mouthOpen }) => mouthOpen)),
  };
}

/** How many wrong acts an attempt still forgives, as left and right are easily confused. Counted down by each of its challenges. */
export interface Slips {
  left: number;
}

/** For a whole attempt: with one for each act, a recording of all four in a row passed three acts in 36 of 100 attempts. */
export const SLIPS_MAX = 1;

type Stage = 'resting' | 'acting' | 'returning';

/**
 * One act, asked of a face that is known at rest:
 *
 *   resting ──at rest──► acting ──the act──► returning ──at rest──► seen
 *      │                   └──────┬─────────────┘
 *      └──a wrong act, 8 s over───┴──► resting, once ──► missed
 *
 * A wrong act is missed at once where the attempt forgives no more.
 *
 * Pure: `atMs` is any clock that only goes forward.
 */
export class Challenge {
  readonly act: FaceChallenge;
  readonly #rest: FaceAtRest;
  readonly #slips: Slips;
  #stage: Stage = 'resting';
  #askedAtMs: number;
  #lastAtMs: number;
  #asked = 1;
  #pauses = 0;
  #restFrames = 0;
  #actFrames = 0;
  #notShownAtMs: number;
  #wrongFrames = 0;

  constructor(act: FaceChallenge, rest: FaceAtRest, atMs: number, slips: Slips) {
    this.act = act;
    this.#rest = rest;
    this.#slips = slips;
    this.#askedAtMs = atMs;
    this.#lastAtMs = atMs;
    this.#notShownAtMs = atMs;
  }

  /** One frame; `undefined` signs where it shows no face that can be judged. */
  take(signs: FaceSigns | undefined, atMs: number): 'going-on' | 'seen' | 'missed' {
    if (atMs - this.#lastAtMs > PAUSE_MS && this.#pauses < PAUSES_MAX) {
      this.#pauses += 1;
      this.#start(atMs);
    }
    this.#lastAtMs = atMs;
    const shown = signs && actOf(signs, this.#rest, this.act === 'open-mouth' ? MOUTH_ASKED : MOUTH_UNASKED);
    if (this.#isHeld(shown === this.act && this.#stage === 'acting', atMs)) this.#stage = 'returning';
    if (shown === 'none' && this.#stage === 'returning') return 'seen';
    if (shown === 'none' && this.#stage === 'resting') {
      this.#restFrames += 1;
      if (this.#restFrames >= REST_FRAMES) this.#stage = 'acting';
    }
    // People blink without being asked.
    const wrong = shown !== undefined && shown !== 'none' && shown !== 'blink' && shown !== this.act;
    this.#wrongFrames = wrong ? this.#wrongFrames + 1 : 0;
    const isWrong = this.#wrongFrames >= WRONG_FRAMES;
    if (!isWrong && atMs - this.#askedAtMs < ACT_WITHIN_MS) return 'going-on';
    if (this.#asked >= ASKED_TIMES || (isWrong && this.#slips.left === 0)) return 'missed';
    if (isWrong) this.#slips.left -= 1;
    this.#asked += 1;
    this.#start(atMs);
    return 'going-on';
  }

  #isHeld(isShown: boolean, atMs: number): boolean {
    this.#actFrames = isShown ? this.#actFrames + 1 : 0;
    if (!isShown) this.#notShownAtMs = atMs;
    const { frames, ms } = HELD[this.act];
    return this.#actFrames >= frames && atMs - this.#notShownAtMs >= ms;
  }

  #start(atMs: number): void {
    this.#stage = 'resting';
    this.#askedAtMs = atMs;
    this.#restFrames = 0;
    this.#actFrames = 0;
    this.#wrongFrames = 0;
  }
}

/** What a face does; `undefined` on the way between rest and an act. */
function actOf(
  { pose, eyesOpen, mouthOpen }: FaceSigns,
  rest: FaceAtRest,
  mouth: MouthLimits,
): FaceChallenge | 'none' | undefined {
  const turnedDeg = pose.yawDeg - rest.yawDeg;
  if (Math.abs(turnedDeg) >= TURNED_DEG) return turnedDeg * LEFT > 0 ? 'turn-left' : 'turn-right';
  if (Math.abs(turnedDeg) > AT_REST_DEG) return undefined;
  const opened = mouthOpen - rest.mouthOpen;
  if (opened >= mouth.opened) return 'open-mouth';
  if (opened > mouth.atRest) return undefined;
  if (eyesOpen < EYES_CLOSED) return 'blink';
  return eyesOpen >= EYES_AT_REST ? 'none' : undefined;
}
