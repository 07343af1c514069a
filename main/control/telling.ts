import { DeskError } from '../outbox/desk.ts';
import { RemoteError } from '../processes/rpc.ts';
import { StorageError } from '../storage/errors.ts';
import { SpoolError } from '../storage/spool-error.ts';

/** Failures that a technician or a clerk can do something about, with their word. */
export function telling<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DeskError || error instanceof StorageError || error instanceof SpoolError) {
      throw new RemoteError(error.code, error.message);
    }
    throw error;
  }
}
