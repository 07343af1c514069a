import type { TerminalProblem } from '../contracts/view.ts';
import type { StorageErrorCode } from '../storage/errors.ts';

/** What a resident is told of the disk: that it is full, or that it fails. The technician's log has the code. */
export function storageProblem(code: StorageErrorCode): TerminalProblem {
  return code === 'full' ? 'storage-full' : 'storage-failed';
}
