import { FRAMES_WANTED, type Moment } from '../flows/view.ts';
import { currentStep } from '../flows/visit-changes.ts';
import { FACE_ATTEMPTS, type VisitContext } from '../flows/visit-context.ts';
import type { VisitEvent } from '../flows/visit-events.ts';
import type { FaceOutcome } from '../identity/face-attempt.ts';
import { checkFace } from '../identity/face-check.ts';
import { type CheckedFace, faceCheckedAct } from '../identity/face-record.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import type { FacePort } from './face-port.ts';
import type { FrameBox } from './frame-box.ts';

export interface FaceActorPorts {
  readonly face: FacePort;
  readonly frames: FrameBox;
  readonly store: Pick<Store, 'audit'>;
  readonly log: Log;
  readonly show: (moment: Partial<Moment>) => void;
}

/** Never rejects: a fault of ours is no reason to take the terminal down, and there is a way without a face. */
export async function checkVisitorsFace(
  ports: FaceActorPorts,
  context: VisitContext,
  send: (event: VisitEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { face, frames, show, log } = ports;
  const { portrait, card } = context.identity ?? {};
  const number = card?.idNumber ?? '';
  const step = currentStep(context);
  try {
    await Promise.resolve(); // the session has not dealt with the step that led here
    if (signal.aborted) return;
    if (face.refused.left(number) === 0) return send({ type: 'FACE_REFUSED', attemptsLeft: 0 });
    const outcome = await checkFace(
      {
        portrait: portrait === undefined ? undefined : Buffer.from(portrait, 'base64'),
        ...face,
        nextFrame: (stop) => frames.next(stop),
        onProgress: (progress) => show({ ...progress }),
        onAbandoned: (facts) => {
          face.refused.count(number);
          record(ports, context, { verdict: 'abandoned', reason: 'left', ...facts });
        },
        framesWanted: FRAMES_WANTED,
        challenges: step?.kind === 'verify-face' ? step.challenges : 0,
        log,
      },
      signal,
    );
    const { verdict, challenges } = outcome;
    if (verdict === 'refused') face.refused.count(number);
    if (verdict === 'matched') face.refused.forgive(number);
    record(ports, context, outcome);
    log.info({ verdict, challenges }, 'face check');
    send(eventOf(outcome, face.refused.left(number)));
  } catch (error) {
    if (signal.aborted) return;
    log.error({ error }, 'a face check failed');
    send({ type: 'FACE_NOT_COMPARABLE' });
  }
}

function eventOf({ verdict, reason, challenges, missed }: FaceOutcome, attemptsLeft: number): VisitEvent {
  const why = reason === 'not-live' ? reason : missed;
  switch (verdict) {
    case 'matched':
      return { type: 'FACE_MATCHED', challenges };
    case 'refused':
      return { type: 'FACE_REFUSED', attemptsLeft, ...(why && { why }) };
    case 'not-comparable':
      return { type: 'FACE_NOT_COMPARABLE' };
  }
}

/** A disk that refuses keeps the visit from going on by itself; its record is no further reason. */
function record({ face, store, log }: FaceActorPorts, context: VisitContext, checked: CheckedFace): void {
  const { visitId, faceAttemptsLeft } = context;
  const attempt = FACE_ATTEMPTS - faceAttemptsLeft + 1;
  try {
    store.audit.append(faceCheckedAct(checked, { visitId, attempt, weights: face.weights() }));
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.error({ code: error.code }, 'a face check could not be put on record');
  }
}
