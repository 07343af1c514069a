import type { FaceChallenge } from '../../../main/contracts/view.ts';
import type { JudgedFrame } from '../../../main/identity/face-attempt.ts';
import { bad, face, type SignChanges, signs } from './judged-frames.ts';

/** 0 to 1, the same each time for the same seed. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How a face is at rest; turned and laughing as those of the sample photos. */
export interface Rest {
  readonly yawDeg: number;
  readonly mouthOpen: number;
}

/** Somebody takes 0.6 to 2 s to read or hear what is asked, does it, holds it for 0.5 to 3 s, looks at the screen, and does it again. */
const MOVES_MS = 400;
const LOOKS_MS = 1_300;
/** One who is told to close the eyes for a moment keeps them shut for so long. */
const SHUT_MS = 450;
/** Nobody is told to: every 3.7 s. */
const BLINK_EVERY_MS = 3_700;
const BLINK_MS = 150;

/** What the networks read of a head that turns by some 30°, and of a mouth that opens by 40 % of its width. */
const TURN_DEG = 22;
const OPENS = 0.17;
/** As the readings of drawn faces tremble. */
const TREMBLES_DEG = 1.5;
const MOUTH_TREMBLES = 0.015;
/** A head in motion, as often as not. */
const BLURRED = 0.5;
/** The detector misses some of those that turn. */
const LOST = 0.1;
/** models/face/quality.ts */
const LOOKS_STRAIGHT_DEG = 20;

/** A person before the camera, frame by frame, as the face process says; does what is asked, or what `instead` says. */
export class ActingPerson {
  readonly #rest: Rest;
  readonly #random: () => number;
  readonly #instead: (asked: FaceChallenge) => FaceChallenge | 'nothing';
  readonly #readsMs: number;
  readonly #holdsMs: number;
  #asked: FaceChallenge | undefined;
  #askedAtMs = 0;

  constructor(
    rest: Rest,
    random: () => number,
    instead: (asked: FaceChallenge) => FaceChallenge | 'nothing' = (asked) => asked,
  ) {
    this.#rest = rest;
    this.#random = random;
    this.#instead = instead;
    this.#readsMs = 600 + 1_400 * random();
    this.#holdsMs = 500 + 2_500 * random();
  }

  hears(asked: FaceChallenge | undefined, atMs: number): void {
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#askedAtMs = atMs;
  }

  frame(atMs: number): JudgedFrame {
    const doing = this.#asked ? this.#instead(this.#asked) : 'nothing';
    const sinceMs = atMs - this.#askedAtMs - this.#readsMs;
    const inTurnMs = sinceMs % (2 * MOVES_MS + this.#holdsMs + LOOKS_MS);
    const share = doing === 'nothing' || sinceMs < 0 ? 0 : this.#shareOf(inTurnMs);
    const turned = doing === 'turn-left' ? -share : doing === 'turn-right' ? share : 0;
    const shut = (doing === 'blink' && share > 0 && inTurnMs < SHUT_MS) || atMs % BLINK_EVERY_MS < BLINK_MS;
    const seen: Required<Pick<SignChanges, 'yawDeg' | 'mouthOpen' | 'eyesOpen'>> = {
      yawDeg: this.#rest.yawDeg + turned * TURN_DEG + this.#trembles(TREMBLES_DEG),
      mouthOpen: Math.max(
        0,
        this.#rest.mouthOpen + (doing === 'open-mouth' ? share * OPENS : 0) + this.#trembles(MOUTH_TREMBLES),
      ),
      eyesOpen: shut ? 0.03 : 0.97,
    };
    if (Math.abs(turned) > 0.5 && this.#random() < LOST) return bad('no-face');
    const moves = turned !== 0 && share < 1;
    return this.#judged(seen, moves && this.#random() < BLURRED);
  }

  #judged(seen: SignChanges & { yawDeg: number; eyesOpen: number }, blurred: boolean): JudgedFrame {
    const judged = (advice: JudgedFrame['advice']): JudgedFrame => ({ advice, good: false, signs: signs(seen) });
    if (blurred) return judged('blurred');
    if (Math.abs(seen.yawDeg) > LOOKS_STRAIGHT_DEG) return judged('look-straight');
    if (seen.eyesOpen < 0.25) return judged('open-eyes');
    return { ...judged('hold-still'), good: true, liveness: 0.95, embedding: face(0.8) };
  }

  #trembles(by: number): number {
    return (this.#random() + this.#random() - 1) * by;
  }

  /** Of a movement that began so long ago: 0 at rest, 1 fully there. */
  #shareOf(ms: number): number {
    const going = Math.min(ms / MOVES_MS, (2 * MOVES_MS + this.#holdsMs - ms) / MOVES_MS);
    return Math.min(1, Math.max(0, going));
  }
}
