import { CodedError } from '../../drivers/core/index.ts';
/** Why a picture or a model cannot be used. Expected outcomes (another person, bad light) are values, not errors. */
export const faceErrorCodes = [
  'not-a-picture', // neither JPEG, PNG nor 24-bit BMP, or damaged
  'too-large', // more bytes or pixels than any camera or chip of ours makes
  'no-face',
  'several-faces', // and none of them clearly the main one
  'weights-missing', // a file of models/weights/ is not there: scripts/prepare/weights.ts fetches it
  'weights-changed', // a file's sha256, or a tensor's name or shape, is not the manifest's
  'manifest-invalid', // the manifest breaks its schema, or a threshold belongs to other weights
  'thread-lost', // the thread for liveness ended or fell silent: only a new process helps
  'closed', // the engine was closed before this call's turn
] as const;
export type FaceErrorCode = (typeof faceErrorCodes)[number];

/** A picture or the weights cannot be used. The message says nothing of the person in the picture. */
export class FaceError extends CodedError<FaceErrorCode> {
  override readonly name = 'FaceError';
}
