import type { FaceAdvice } from '../contracts/view.ts';

/** A face on the edge of a limit is judged one way and the other from frame to frame: advice has to hold this long. */
const HOLD_FRAMES = 3;
/** Or this long, where frames come slowly. */
const HOLD_MS = 500;
/** Time to read, or to hear, one short sentence. That all is well may be said at once. */
const READ_MS = 1_200;

/** Turns the advice of single frames into advice that a person can follow. Pure: `atMs` is any clock that only goes forward. */
export class SteadyAdvice {
  #shown: FaceAdvice | undefined;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #next: { readonly advice: FaceAdvice; readonly sinceMs: number; frames: number } | undefined;

  /** What to show after a frame with this advice; `undefined` before any has held. */
  take(advice: FaceAdvice, atMs: number): FaceAdvice | undefined {
    if (advice === this.#shown) {
      this.#next = undefined;
      return this.#shown;
    }
    if (this.#next?.advice !== advice) this.#next = { advice, sinceMs: atMs, frames: 0 };
    this.#next.frames += 1;
    const held = this.#next.frames >= HOLD_FRAMES || atMs - this.#next.sinceMs >= HOLD_MS;
    const read = advice === 'hold-still' || this.#shown === 'hold-still' || atMs - this.#shownAtMs >= READ_MS;
    if (held && read) {
      this.#shown = advice;
      this.#shownAtMs = atMs;
      this.#next = undefined;
    }
    return this.#shown;
  }
}
