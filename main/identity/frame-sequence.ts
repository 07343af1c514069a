import { type Embedding, similarity } from '../../models/face/compare.ts';
import type { FaceSigns } from '../../models/face/signs.ts';

/**
 * Why frames are not those of one living face before a camera.
 *
 *   frozen       the same picture, for longer than a camera ever hesitates
 *   repeated     a picture that was there before: a recording that runs in a loop
 *   jumped       the face is elsewhere, or of another size, than it can have moved to
 *   changed      another face than a moment ago
 *   interrupted  nobody, or several, while an act was asked for
 */
export const sequenceBreaks = ['frozen', 'repeated', 'jumped', 'changed', 'interrupted'] as const;
export type SequenceBreak = (typeof sequenceBreaks)[number];

/**
 * Two looks are the same picture where they differ by fewer grey levels, summed over their 784 cells. A stored picture that is shown
 * again gives 0; a face that holds still before a sensor with noise of half a grey level gives 200 and more, as its landmarks tremble.
 */
const SAME_PICTURE = 32;
/** A page may send one frame of a slow camera several times; one that stands still for so long is stuck or is fed a picture. */
const FROZEN_MS = 1_000;
/** Of an attempt, 30 s at 20 frames a second. */
const LOOKS_MAX = 600;
/** What lies between two frames that are further apart was not seen; embeddings then have to say whether it is the same face. */
const GAP_MS = 500;
/** People lean and sway by up to 0.5 m/s, which is some 2.5 heights of a face; twice that. */
const FACES_PER_S = 5;
/** The detector's box moves by up to a tenth of the face without the face. */
const JITTER_FACES = 0.25;
/** Coming near by 1 m/s from half a metre makes a face grow by a fifth in 100 ms. */
const GROWTH = 1.3;
const GROWTH_PER_S = 2;
/** Frames are a little wider than high; 16 to 9 overstates a movement to the side in those that are less wide. */
const WIDTH_OVER_HEIGHT = 16 / 9;
/**
 * Cosine of two embeddings of one camera and one attempt. The same person moving, blurred or half turned stays above 0.65
 * (models/README.md); of different persons 99 % are below 0.24 and the highest known has 0.46.
 */
const ANOTHER_FACE_BELOW = 0.5;

/**
 * Watches the frames of one attempt for what a living face before a camera cannot do. Pure: `atMs` is any clock that only goes
 * forward. Looks and embeddings are overwritten by `forget`.
 */
export class FrameSequence {
  readonly #looks: Uint8Array[] = [];
  #newAtMs = 0;
  #last: { readonly place: FaceSigns['place']; readonly atMs: number } | undefined;
  #face: Embedding | undefined;

  /** The embedding that the next one is compared with. */
  get face(): Embedding | undefined {
    return this.#face;
  }

  /** `same`: nothing new was seen, so that the frame must not count. */
  take({ look, place }: Pick<FaceSigns, 'look' | 'place'>, atMs: number): 'new' | 'same' | SequenceBreak {
    const newest = this.#looks.at(-1);
    if (newest && isSame(newest, look)) {
      if (atMs - this.#newAtMs < FROZEN_MS) return 'same';
      this.#newAtMs = atMs;
      return 'frozen';
    }
    this.#newAtMs = atMs;
    const repeated = this.#looks.some((earlier) => isSame(earlier, look));
    this.#looks.push(look);
    if (this.#looks.length > LOOKS_MAX) this.#looks.shift()?.fill(0);
    const jumped = this.#jumps(place, atMs);
    this.#last = { place, atMs };
    if (repeated) return 'repeated';
    return jumped ? 'jumped' : 'new';
  }

  /** Of a frame that was embedded. */
  takeFace(embedding: Embedding): 'changed' | undefined {
    const before = this.#face;
    this.#face = embedding;
    if (!before) return undefined;
    const cosine = similarity(before, embedding);
    before.fill(0);
    return cosine < ANOTHER_FACE_BELOW ? 'changed' : undefined;
  }

  /** Nobody was there: whoever comes next may stand anywhere. */
  lose(): void {
    this.#last = undefined;
  }

  /** After a break: what was seen is still known, so that a recording is found out again. */
  startOver(): void {
    this.#last = undefined;
    this.#face?.fill(0);
    this.#face = undefined;
  }

  forget(): void {
    this.startOver();
    for (const look of this.#looks.splice(0)) look.fill(0);
  }

  #jumps(place: FaceSigns['place'], atMs: number): boolean {
    if (!this.#last || atMs - this.#last.atMs > GAP_MS) return false;
    const { place: before, atMs: beforeMs } = this.#last;
    const seconds = (atMs - beforeMs) / 1_000;
    const [small, large] = [Math.min(place.height, before.height), Math.max(place.height, before.height)];
    const moved = Math.hypot((place.x - before.x) * WIDTH_OVER_HEIGHT, place.y - before.y) / large;
    return moved > JITTER_FACES + FACES_PER_S * seconds || large / small > GROWTH + GROWTH_PER_S * seconds;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (const [i, value] of a.entries()) {
    difference += Math.abs(value - b[i]!);
    if (difference >= SAME_PICTURE) return false;
  }
  return true;
}
