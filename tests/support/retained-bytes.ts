import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The first collection only marks buffers that a thread of its own frees later. */
const COLLECTIONS = 4;

/** What this process holds, after several collections, or after as many as bring it below what is `enough`. */
export function retainedBytes(enough = Number.NEGATIVE_INFINITY): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  if (typeof collectGarbage !== 'function') throw new Error('V8 no longer gives a gc function');
  let least = Number.POSITIVE_INFINITY;
  for (let times = 0; times < COLLECTIONS && least >= enough; times += 1) {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
