import { type Embedding, similarity } from '../../models/face/compare.ts';
import type { PortraitFlaw } from '../../models/face/quality.ts';
import type { FaceSigns } from '../../models/face/signs.ts';
import type { FaceAdvice, FaceChallenge } from '../contracts/view.ts';
import { atRest, Challenge, SLIPS_MAX, type Slips } from './challenge.ts';
import { FrameSequence, type SequenceBreak } from './frame-sequence.ts';
import { median } from './median.ts';

/** What the face process says of a frame. */
export interface JudgedFrame {
  readonly advice: FaceAdvice;
  readonly good: boolean;
  readonly liveness?: number;
  readonly signs?: FaceSigns;
  readonly embedding?: Embedding;
}

/** Why an attempt ended as it did; `unusable-portrait` and `no-portrait` are the card's. */
export const faceReasons = [
  'same-person',
  'another-person',
  'not-live',
  'broken-sequence',
  'act-not-seen',
  'no-portrait',
  'unusable-portrait',
] as const;
export type FaceReason = (typeof faceReasons)[number];

export type FaceVerdict = 'matched' | 'refused' | 'not-comparable';

/** What is recorded of an attempt. The two scores never leave the record. */
export interface FaceFacts {
  /** Frames that showed something new. */
  readonly frames: number;
  readonly breaks: readonly SequenceBreak[];
  /** How many acts were asked for and seen. */
  readonly challenges: number;
  /** Medians; absent where nothing was measured. */
  readonly similarity?: number;
  readonly liveness?: number;
}

export interface FaceOutcome extends FaceFacts {
  readonly verdict: FaceVerdict;
  readonly reason: FaceReason;
  /** With `act-not-seen`: which. */
  readonly missed?: FaceChallenge;
  /** With `unusable-portrait`: what is the matter with it. */
  readonly portrait?: PortraitFlaw;
}

export interface AttemptRules {
  readonly framesWanted: number;
  readonly matchThreshold: () => number;
  readonly livenessThreshold: () => number;
  /** The acts to ask for; asked once an attempt. */
  readonly drawChallenges: () => readonly FaceChallenge[];
}

/**
 * The good frames of a decision lie this far apart, first to last: taken in a tenth of a second five frames say no more than one,
 * and within so long a person breathes, sways and, as often as not, moves the eyes.
 */
export const SPAN_MS = 600;
/** Afterwards a face is embedded twice a second, so that nobody else takes its place unseen. */
const EMBED_EVERY_MS = 500;
/** A picture or a screen stays one. This many frames in a row, over this time, are refused; people are not seen as one so long. */
const NOT_LIVE_FRAMES = 12;
const NOT_LIVE_MS = 3_000;
/** A camera that hiccups breaks a sequence once, a person who walks by in front of another perhaps twice. */
const BREAKS_MAX = 3;
/** While an act is asked for, the face may be lost for so long: the detector misses some of those that turn. */
const FACELESS_MS = 500;
/** And in so many frames running, where they come slowly: of two a second a single missed one would be a break. */
const FACELESS_FRAMES = 3;
/** But no longer, however few frames fall into it: a pause, or a slow camera, would else hide that somebody else steps in. */
const FACELESS_MAX_MS = 1_500;
/** A head that turns far is one face still, also where it can no longer be judged. */
const NOBODY: readonly FaceAdvice[] = ['no-face', 'one-person-only'];
/** Enough for any median; an attempt may go on for as long as a person stands there. */
const SAMPLES_MAX = 300;

interface Collected {
  readonly similarities: number[];
  readonly liveness: number[];
  /** Of the good frames while nothing is asked for: the face at rest. One that half turns, or opens the mouth, is good as well. */
  readonly signs: FaceSigns[];
  firstAtMs: number | undefined;
  embeddedAtMs: number;
  /** Acts still to be asked for; `undefined` before the face is known to be the card's. */
  acts: FaceChallenge[] | undefined;
  asked: Challenge | undefined;
  seen: number;
}

/**
 * One attempt, frame by frame: who it is (fusion over good frames), whether it lives (median over all frames judged, and acts if the
 * service asks for them), and whether the frames are those of one face. Pure: `atMs` is any clock that only goes forward.
 */
export class FaceAttempt {
  readonly #rules: AttemptRules;
  readonly #sequence = new FrameSequence();
  readonly #breaks: SequenceBreak[] = [];
  readonly #slips: Slips = { left: SLIPS_MAX };
  #collected = nothingYet();
  #frames = 0;
  /** Kept over a break: whoever could have others drawn would break off until those come that the own recording shows. */
  #drawn: readonly FaceChallenge[] | undefined;
  #notLive: { frames: number; readonly sinceMs: number } | undefined;
  #faceAtMs = 0;
  #faceless = 0;

  constructor(rules: AttemptRules) {
    this.#rules = rules;
  }

  /** Of the frames that the decision wants. */
  get goodFrames(): number {
    return Math.min(this.#collected.similarities.length, this.#rules.framesWanted);
  }

  /** Of those that are asked for. */
  get actsSeen(): number {
    return this.#collected.seen;
  }

  get challenge(): FaceChallenge | undefined {
    return this.#collected.asked?.act;
  }

  /** Whether a frame of this time is worth embedding if it turns out good. */
  wantsEmbedding(atMs: number): boolean {
    const { framesWanted } = this.#rules;
    const { acts, asked, similarities, firstAtMs = atMs, embeddedAtMs } = this.#collected;
    if (acts && !asked) return true; // the face after an act, or the last one
    if (similarities.length >= framesWanted) return atMs - embeddedAtMs >= EMBED_EVERY_MS;
    return atMs - firstAtMs >= (SPAN_MS * similarities.length) / Math.max(1, framesWanted - 1);
  }

  /** `reference`: the face on the card. The frame's embedding is overwritten by whoever keeps it last. */
  take(judged: JudgedFrame, reference: Embedding, atMs: number): FaceOutcome | undefined {
    const outcome = this.#take(judged, reference, atMs);
    if (judged.embedding !== this.#sequence.face) judged.embedding?.fill(0);
    return outcome;
  }

  #take(judged: JudgedFrame, reference: Embedding, atMs: number): FaceOutcome | undefined {
    const { signs, good, embedding } = judged;
    const seen = signs ? this.#sequence.take(signs, atMs) : this.#sequence.lose();
    if (seen === 'same') return undefined;
    this.#frames += 1;
    if (seen !== undefined && seen !== 'new') return this.#broken(seen);
    const isFace = signs !== undefined || !NOBODY.includes(judged.advice);
    this.#faceless = isFace ? 0 : this.#faceless + 1;
    if (isFace) this.#faceAtMs = atMs;
    if (this.#tooLongNotLive(judged, atMs)) return this.#outcome('refused', 'not-live');
    if (good && signs) {
      this.#collected.firstAtMs ??= atMs;
      if (!this.#collected.asked) keep(this.#collected.signs, signs);
      if (embedding && this.#sequence.takeFace(embedding) === 'changed') return this.#broken('changed');
      if (embedding) {
        keep(this.#collected.similarities, similarity(reference, embedding));
        this.#collected.embeddedAtMs = atMs;
      }
    }
    return this.#collected.acts ? this.#challenged(judged, atMs) : this.#decided(atMs);
  }

  /** Everything of the face that an attempt holds. */
  forget(): void {
    this.#sequence.forget();
    this.#collected = nothingYet();
  }

  /** The card has no portrait, or one with this flaw. */
  notComparable(flaw?: PortraitFlaw): FaceOutcome {
    if (!flaw) return this.#outcome('not-comparable', 'no-portrait');
    return { ...this.#outcome('not-comparable', 'unusable-portrait'), portrait: flaw };
  }

  /** Who it is, once enough was seen. */
  #decided(atMs: number): FaceOutcome | undefined {
    const { framesWanted, matchThreshold, drawChallenges } = this.#rules;
    const collected = this.#collected;
    const { similarities, firstAtMs = atMs } = collected;
    const spanMs = atMs - firstAtMs;
    if (similarities.length < framesWanted) return undefined;
    if (!this.#lives()) {
      const longEnough = collected.liveness.length >= NOT_LIVE_FRAMES && spanMs >= NOT_LIVE_MS;
      return longEnough ? this.#outcome('refused', 'not-live') : undefined;
    }
    if (!(median(similarities) >= matchThreshold())) return this.#outcome('refused', 'another-person');
    this.#drawn ??= drawChallenges();
    collected.acts = [...this.#drawn];
    return this.#nextAct(atMs);
  }

  #challenged({ advice, signs, good, embedding }: JudgedFrame, atMs: number): FaceOutcome | undefined {
    const goneMs = atMs - this.#faceAtMs;
    const isGone = goneMs > FACELESS_MS && (this.#faceless >= FACELESS_FRAMES || goneMs > FACELESS_MAX_MS);
    if (isGone) return this.#broken('interrupted');
    const { asked } = this.#collected;
    // The face after the act is the one before it: compared with its last embedding as that came in.
    if (!asked) return good && signs && embedding ? this.#nextAct(atMs) : undefined;
    // The pose network turns a blurred face towards the camera.
    const went = asked.take(advice === 'blurred' ? undefined : signs, atMs);
    if (went === 'missed') return { ...this.#outcome('refused', 'act-not-seen'), missed: asked.act };
    if (went === 'seen') {
      this.#collected.asked = undefined;
      this.#collected.seen += 1;
    }
    return undefined;
  }

  #nextAct(atMs: number): FaceOutcome | undefined {
    const { acts, similarities, signs } = this.#collected;
    const act = acts?.shift();
    if (act) {
      this.#collected.asked = new Challenge(act, atRest(signs), atMs, this.#slips);
      return undefined;
    }
    if (!this.#lives()) return this.#outcome('refused', 'not-live');
    const same = median(similarities) >= this.#rules.matchThreshold();
    return same ? this.#outcome('matched', 'same-person') : this.#outcome('refused', 'another-person');
  }

  #lives(): boolean {
    const { liveness } = this.#collected;
    return liveness.length > 0 && median(liveness) >= this.#rules.livenessThreshold();
  }

  #tooLongNotLive({ advice, liveness }: JudgedFrame, atMs: number): boolean {
    if (liveness !== undefined) keep(this.#collected.liveness, liveness);
    if (advice !== 'not-live') {
      this.#notLive = undefined;
      return false;
    }
    this.#notLive ??= { frames: 0, sinceMs: atMs };
    this.#notLive.frames += 1;
    return this.#notLive.frames >= NOT_LIVE_FRAMES && atMs - this.#notLive.sinceMs >= NOT_LIVE_MS;
  }

  /** What was collected is worth nothing any more. */
  #broken(by: SequenceBreak): FaceOutcome | undefined {
    this.#breaks.push(by);
    if (this.#breaks.length >= BREAKS_MAX) return this.#outcome('refused', 'broken-sequence');
    this.#collected = nothingYet();
    this.#sequence.startOver();
    return undefined;
  }

  #outcome(verdict: FaceVerdict, reason: FaceReason): FaceOutcome {
    return { verdict, reason, ...this.facts };
  }

  /**
   * Whoever leaves now has used an attempt: else one could try a picture again and again, and go back just before it is refused, or
   * look which acts are asked for until they are those that one has.
   */
  get isUsed(): boolean {
    const isAsked = (this.#drawn?.length ?? 0) > 0;
    return isAsked || this.#breaks.length > 0 || (this.#notLive?.frames ?? 0) >= NOT_LIVE_FRAMES / 2;
  }

  get facts(): FaceFacts {
    const { similarities, liveness, seen } = this.#collected;
    return {
      ...{ frames: this.#frames, breaks: [...this.#breaks], challenges: seen },
      ...(similarities.length > 0 && { similarity: median(similarities) }),
      ...(liveness.length > 0 && { liveness: median(liveness) }),
    };
  }
}

function nothingYet(): Collected {
  return {
    ...{ similarities: [], liveness: [], signs: [], firstAtMs: undefined, embeddedAtMs: Number.NEGATIVE_INFINITY },
    ...{ acts: undefined, asked: undefined, seen: 0 },
  };
}

function keep<T>(samples: T[], sample: T): void {
  samples.push(sample);
  if (samples.length > SAMPLES_MAX) samples.shift();
}
