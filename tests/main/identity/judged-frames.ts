import type { JudgedFrame } from '../../../main/identity/face-attempt.ts';
import type { Embedding } from '../../../models/face/compare.ts';
import { type FaceSigns, LOOK_SIDE } from '../../../models/face/signs.ts';

/** An embedding with this cosine to that of the card, which is `face(1)`. */
export function face(cosine: number): Embedding {
  const embedding = new Float32Array(512);
  embedding[0] = cosine;
  embedding[1] = Math.sqrt(1 - cosine ** 2);
  return embedding;
}

let shots = 0;

/** The face's picture; another each time, as a camera's noise makes it. A test of acts wants a hundred thousand. */
export function look(): Uint8Array {
  shots += 1;
  const pixels = new Uint8Array(LOOK_SIDE ** 2);
  let noise = shots;
  for (let at = 0; at < pixels.length; at += 1) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    pixels[at] = 100 + ((noise >> 16) & 3);
  }
  return pixels;
}

export interface SignChanges {
  readonly x?: number;
  readonly height?: number;
  readonly yawDeg?: number;
  readonly mouthOpen?: number;
  readonly eyesOpen?: number;
  readonly look?: Uint8Array;
}

export function signs(changes: SignChanges = {}): FaceSigns {
  const { x = 0.5, height = 0.4, yawDeg = 2, mouthOpen = 0.03, eyesOpen = 0.95 } = changes;
  return {
    place: { x, y: 0.5, height },
    pose: { yawDeg, pitchDeg: -8, rollDeg: 0 },
    ...{ eyesOpen, mouthOpen, look: changes.look ?? look() },
  };
}

/** A good frame, whose face has this cosine to the card's. */
export function good(cosine: number, changes: SignChanges = {}, liveness = 0.9): JudgedFrame {
  return { advice: 'hold-still', good: true, liveness, signs: signs(changes), embedding: face(cosine) };
}

export function bad(advice: JudgedFrame['advice'], changes: SignChanges = {}): JudgedFrame {
  if (advice === 'no-face' || advice === 'one-person-only') return { advice, good: false };
  return { advice, good: false, ...(advice === 'not-live' && { liveness: 0.1 }), signs: signs(changes) };
}
