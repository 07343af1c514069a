import type { HotPlug } from './bus.ts';
import { DeviceError } from './errors.ts';
import { backoffMs, sleep } from './timing.ts';

export interface Polling {
  readonly pollMs: number;
  /** The longest pause after a look that failed. */
  readonly retryCapMs: number;
  /** Sets the status where it resolves. */
  readonly look: () => Promise<unknown>;
  readonly failed: (failure: DeviceError, retryInMs: number) => void;
  /** Where the device is plugged in. Whatever comes or goes there may have been it, and is looked at without a pause. */
  readonly hotPlug?: HotPlug | undefined;
}

/** Looks again and again at a device that has no line to keep open, until `signal` aborts. Never rejects. */
export async function poll({ pollMs, retryCapMs, look, failed, hotPlug }: Polling, signal: AbortSignal): Promise<void> {
  let changed = new AbortController();
  const unwatch = hotPlug?.watch(() => changed.abort());
  for (let failures = 0; !signal.aborted; ) {
    changed = new AbortController(); // before the look, which may be too far on to see what comes or goes during it
    let pauseMs = pollMs;
    try {
      await look();
      failures = 0;
    } catch (error) {
      if (signal.aborted) break;
      pauseMs = backoffMs(failures, retryCapMs);
      failures += 1;
      failed(DeviceError.from(error), pauseMs);
    }
    await sleep(pauseMs, signal, changed.signal).catch(() => undefined);
  }
  unwatch?.();
}
