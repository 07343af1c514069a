import type { FaceCall } from '../../main/identity/face-check.ts';
import type { FrameBox } from '../../main/session/frame-box.ts';
import { type FaceSigns, LOOK_SIDE } from '../../models/face/signs.ts';

/** From standing there to a decision of `faceOf`: five frames. */
export const DECIDED_MS = 750;
const EVERY_MS = 150;

let frames = 0;

/** A face that is at rest, seen by a camera that never gives the same picture twice. */
export function signsAtRest(): FaceSigns {
  frames += 1;
  let noise = frames;
  const look = Uint8Array.from({ length: LOOK_SIDE ** 2 }, () => {
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31;
    return 100 + ((noise >> 16) % 4);
  });
  return {
    place: { x: 0.5, y: 0.5, height: 0.4 },
    pose: { yawDeg: 0, pitchDeg: -8, rollDeg: 0 },
    ...{ eyesOpen: 0.95, mouthOpen: 0.03, look },
  };
}

/**
 * A face process to which everybody is so like the card, and a camera that sends what is asked for every 150 ms, by the clock of
 * `setTimeout`.
 */
export function faceOf(box: FrameBox, cosine: number): FaceCall {
  box.onWanted(() => setTimeout(() => box.put(Uint8Array.of(0xff)), EVERY_MS));
  return (async (method: string) => {
    const embedding = new Float32Array(512);
    embedding[0] = method === 'assess' ? cosine : 1;
    embedding[1] = Math.sqrt(1 - embedding[0] ** 2);
    return method === 'assess'
      ? { advice: 'hold-still', good: true, liveness: 0.9, signs: signsAtRest(), embedding }
      : { embedding };
  }) as FaceCall;
}
