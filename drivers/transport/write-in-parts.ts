import { DeviceError, Turnstile, within } from '../core/index.ts';

/** A part that the far side has not taken by then is stuck: paper out and flow control hold a line up for shorter. */
const PART_MS = 10_000;

/**
 * A writer that hands `bytes` on part by part, so that its deadline is about progress and not about the size of the job:
 * a picture at 9,600 baud takes minutes, and a stuck line is noticed after ten seconds all the same. Calls are served one
 * after the other. `writePart` must call back once the operating system has the bytes.
 */
export function writerInParts(
  name: string,
  partBytes: number,
  lost: AbortSignal,
  writePart: (part: Uint8Array, done: (error?: Error | null) => void) => void,
): (bytes: Uint8Array) => Promise<void> {
  const turn = new Turnstile();
  return (bytes) =>
    turn.run(async () => {
      for (let at = 0; at < bytes.length; at += partBytes) {
        const taken = new Promise<void>((resolve, reject) => {
          writePart(bytes.subarray(at, at + partBytes), (error) => {
            if (error) reject(new DeviceError('not-connected', `${name}: ${error.message}`, { cause: error }));
            else resolve();
          });
        });
        await within(PART_MS, `${name}: writing byte ${at} of ${bytes.length}`, [lost], taken);
      }
    });
}
