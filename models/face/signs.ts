import type { Pose } from './pose.ts';

/** What one frame says of a face that moves; compared from frame to frame. */
export interface FaceSigns {
  /** Middle of the face's box and its height, as shares of the picture's width and height. */
  readonly place: { readonly x: number; readonly y: number; readonly height: number };
  readonly pose: Pose;
  /**
   * 0 closed to 1 open: mean of both eyes. A blink closes both; one eye alone often reads closed in a face that looks, under
   * hair, in shade, or because it always is.
   */
  readonly eyesOpen: number;
  /** Gap between the inner lips over the width of their line: up to 0.12 closed, 0.17 to 0.31 in the laughs of the sample photos. */
  readonly mouthOpen: number;
  /** Luma of the aligned face, `LOOK_SIDE` × `LOOK_SIDE`, row by row. Two frames of a camera never have the same. */
  readonly look: Uint8Array;
}

export const LOOK_SIDE = 28;
