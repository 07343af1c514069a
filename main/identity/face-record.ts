import type { AuditAct } from '../audit/entry.ts';
import type { FaceFacts, FaceOutcome, FaceReason, FaceVerdict } from './face-attempt.ts';

export interface CheckedFace extends FaceFacts, Pick<FaceOutcome, 'portrait'> {
  /** `abandoned`: the person left, or went back, in the middle of what looked like an attack, or once an act was asked for. */
  readonly verdict: FaceVerdict | 'abandoned';
  readonly reason: FaceReason | 'left';
}

/**
 * The act that goes on record. How sure it is can be told from it: without acts that were asked for and seen (`passive`), one
 * picture after another was judged, which GB/T 41987 calls the weaker of the two. Scores are sealed: who can read them off a record
 * can work towards them.
 */
export function faceCheckedAct(
  { verdict, reason, portrait, frames, breaks, challenges, similarity, liveness }: CheckedFace,
  { visitId, attempt, weights }: { readonly visitId: string; readonly attempt: number; readonly weights: string },
): AuditAct {
  return {
    kind: 'face-checked',
    subject: { visitId },
    detail: {
      ...{ verdict, reason, attempt, frames, challenges, weights },
      how: challenges > 0 ? 'challenged' : 'passive',
      ...(portrait && { portrait }),
      ...(breaks.length > 0 && { breaks: breaks.join(' ') }),
    },
    secret: {
      ...(similarity !== undefined && { similarity: thousandths(similarity) }),
      ...(liveness !== undefined && { liveness: thousandths(liveness) }),
    },
  };
}

function thousandths(value: number): number {
  return Math.round(value * 1_000);
}
