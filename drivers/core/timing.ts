import { DeviceError } from './errors.ts';

/**
 * Now, or `laterMs` from now, as this machine's clock has it; ISO 8601, UTC. For when this process saw something, and for what is only ever measured
 * against this clock again. It may be years off: what people rely on is dated by main/sync/clock.ts.
 */
export function machineTime(laterMs = 0): string {
  return new Date(Date.now() + laterMs).toISOString();
}

/** How long ago that was, by the same clock, in ms; negative where the clock was set back since. */
export function machineAgeMs(at: string): number {
  return Date.now() - Date.parse(at);
}

/** Resolves after `ms`. Rejects with the reason of the first of `signals` to abort; leaves no timer or listener behind. */
export async function sleep(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await unlessAborted(signals, slept).finally(() => clearTimeout(timer));
}

/** A timer that is so late says that the process was held up, by a disk, a collection of garbage, or others; all are a little late. */
const HELD_UP_MS = 50;
/** To read what lies there, over the turns that a serial port or a socket takes for it. */
const READ_MS = 50;

/**
 * `work`, or a `timeout` that names `what` after `ms`, or the reason of the first of `signals` to abort. A process that was held up
 * runs its timers before it reads what has come meanwhile: it reads first.
 */
export async function within<T>(
  ms: number,
  what: string,
  signals: readonly AbortSignal[],
  work: Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const dueMs = performance.now() + ms;
  const deadline = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new DeviceError('timeout', `${what}: no answer within ${ms} ms`));
    timer = setTimeout(() => {
      if (performance.now() - dueMs < HELD_UP_MS) giveUp();
      else timer = setTimeout(giveUp, READ_MS);
    }, ms);
  });
  return await unlessAborted(signals, Promise.race([work, deadline])).finally(() => clearTimeout(timer));
}

/**
 * `work`, or the reason of the first of `signals` to abort; `work` itself goes on. `AbortSignal.any` leaks on signals that
 * outlive their use, so each wait adds and removes its own listeners.
 */
export async function unlessAborted<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T> {
  work.catch(() => undefined); // once given up on, its failure is nobody's
  for (const signal of signals) signal.throwIfAborted();
  const removals: (() => void)[] = [];
  const aborted = new Promise<never>((_, reject) => {
    for (const signal of signals) {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      removals.push(() => signal.removeEventListener('abort', onAbort));
    }
  });
  return await Promise.race([work, aborted]).finally(() => {
    for (const remove of removals) remove();
  });
}

/** Full jitter between half and all of 250 ms doubled per failure, capped: 0 → about 0.2 s, 7 and more → 15 to 30 s. */
export function backoffMs(failures: number, capMs = 30_000): number {
  const ceiling = Math.min(capMs, 250 * 2 ** Math.min(failures, 20));
  return Math.round(ceiling / 2 + (Math.random() * ceiling) / 2);
}
