import { FACE_ATTEMPTS } from '../flows/visit-context.ts';
import type { FaceCall } from '../identity/face-check.ts';
import type { faceContract } from '../identity/face-protocol.ts';
import { RefusedAttempts } from '../identity/refused-attempts.ts';
import type { Log } from '../log/log.ts';
import { RemoteError } from '../processes/rpc.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';

/** What the face step asks of the face process, and what is remembered from visit to visit. */
export interface FacePort {
  readonly call: FaceCall;
  readonly matchThreshold: () => number;
  readonly livenessThreshold: () => number;
  /** Which weights judge, in short. */
  readonly weights: () => string;
  readonly refused: RefusedAttempts;
}

/**
 * Until the face process has said its thresholds, nobody is like anybody. One that leaves a picture unanswered is renewed: pictures wait
 * for each other, and a decoder or network that hangs keeps all that follow from being judged, while pings are still answered.
 */
export function facePort(
  face: Pick<SupervisedProcess<typeof faceContract>, 'call' | 'renew' | 'configured'>,
  log: Log,
): FacePort {
  return {
    call: async (method, params, signal) => {
      try {
        return await face.call(method, params, signal);
      } catch (error) {
        if (error instanceof RemoteError && error.code === 'timeout') {
          log.error({ method }, 'the face process has not answered in time and is renewed');
          face.renew();
        }
        throw error;
      }
    },
    matchThreshold: () => face.configured?.matchThreshold ?? Number.POSITIVE_INFINITY,
    livenessThreshold: () => face.configured?.livenessThreshold ?? Number.POSITIVE_INFINITY,
    weights: () => face.configured?.weights ?? 'unknown',
    refused: new RefusedAttempts(FACE_ATTEMPTS),
  };
}
