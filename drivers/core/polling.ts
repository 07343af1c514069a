import { DeviceError } from './errors.ts';
import { backoffMs, sleep } from './timing.ts';

export interface Polling {
  readonly pollMs: number;
  /** The longest pause after a look that failed. */
  readonly retryCapMs: number;
  /** Sets the status where it resolves. */
  readonly look: () => Promise<unknown>;
  readonly failed: (failure: DeviceError, retryInMs: number) => void;
}

/** Looks again and again at a device that has no line to keep open, until `signal` aborts. Never rejects. */
export async function poll({ pollMs, retryCapMs, look, failed }: Polling, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    let pauseMs = pollMs;
    try {
      await look();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      pauseMs = backoffMs(failures, retryCapMs);
      failures += 1;
      failed(DeviceError.from(error), pauseMs);
    }
    await sleep(pauseMs, signal).catch(() => undefined);
  }
}
