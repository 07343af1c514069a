import { sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { SupervisedProcess } from '../processes/supervised-process.ts';
import type { faceContract } from './face-protocol.ts';

/** Between two visits a terminal stands still for longer. */
const LOOK_EVERY_MS = 5_000;
/** Twice what the process holds with its networks loaded: 291 to 304 MB from the 200th to the 1,200th frame. */
const LIMIT_MB = 600;

export interface FaceUpkeepOptions {
  readonly face: Pick<SupervisedProcess<typeof faceContract>, 'call' | 'renew'>;
  /** Nobody stands at the terminal. */
  readonly isIdle: () => boolean;
  readonly log: Log;
  readonly limitMb?: number;
}

/**
 * Renews a face process that has grown, while nobody is at the terminal: never in a visit, where somebody would wait for it.
 * Neither onnxruntime nor libvips gives back all that they take.
 */
export class FaceUpkeep {
  readonly #options: FaceUpkeepOptions;

  constructor(options: FaceUpkeepOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { face, isIdle, log, limitMb = LIMIT_MB } = this.#options;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted || !isIdle()) continue;
      try {
        const { rssMb } = await face.call('memory', null, signal);
        if (rssMb <= limitMb || !isIdle()) continue;
        log.info({ rssMb, limitMb }, 'the face process has grown and is renewed');
        face.renew();
      } catch {
        // It is away, or this terminal ends: the supervisor sees to both.
      }
    }
  }
}
