import type { FaceErrorCode } from './errors.ts';
import type { FaceManifest } from './manifest.ts';
import type { Picture } from './picture.ts';
import type { Rect } from './sampling.ts';

/** What the thread is started with. */
export interface LivenessThreadData {
  readonly weightsDir: string;
  readonly manifest: FaceManifest;
  /** One number that both threads see: `BUSY` or `IDLE`. */
  readonly state: Int32Array;
}

/** From the start, or a question, to the answer. */
export const BUSY = 1;
export const IDLE = 0;

/** Whose liveness is asked for; the thread blackens the picture before it answers with the score. */
export type LivenessQuestion = { readonly picture: Picture; readonly box: Rect } | 'close';

/** The thread's first word. */
export type LivenessStart = 'ready' | { readonly code: FaceErrorCode; readonly what: string };
