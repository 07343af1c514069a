import { type Turnstile, unlessAborted } from '../core/index.ts';

/**
 * Runs `task` when its turn has come. A caller who gives up while waiting is let go at once; afterwards `task` itself decides,
 * as the scanner must first be told.
 */
export async function inTurn<T>(turn: Turnstile, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const begun = Promise.withResolvers<void>();
  const result = turn.run(async () => {
    signal.throwIfAborted();
    begun.resolve();
    return await task();
  });
  await unlessAborted([signal], Promise.race([begun.promise, result]));
  return await result;
}
