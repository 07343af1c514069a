import { once } from 'node:events';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { Turnstile, within } from '../../drivers/core/index.ts';
import { FaceError } from './errors.ts';
import { BUSY, type LivenessQuestion, type LivenessStart, type LivenessThreadData } from './liveness-messages.ts';
import type { FaceManifest } from './manifest.ts';
import type { FaceNetworks } from './networks.ts';
import { sendNoReports } from './no-reports.ts';
import type { Picture } from './picture.ts';
import type { Rect } from './sampling.ts';

/** Liveness in a thread of its own: half of what a frame costs, and it needs no more than the picture and the box. */
export interface LivenessThread {
  /** One at a time, in call order. Rejects with the reason of `lost`. */
  readonly liveness: FaceNetworks['liveness'];
  /** Aborts with FaceError `thread-lost` when the thread is gone or silent. It is not started again: end the process. */
  readonly lost: AbortSignal;
  /** Waits for the call under way, and until the thread is gone. May be called twice. */
  close(): Promise<void>;
}

/** As for a process that is silent (main/processes): a busy small machine pauses for a second. */
const ANSWER_MS = 4_000;
/** Nobody waits for a process that ends, so that a crowded machine may take its time. */
const REST_MS = 30_000;

/** Rejects as `loadRuntime` does. A thread at rest does not keep the process from ending. */
export async function startLivenessThread(weightsDir: string, manifest: FaceManifest): Promise<LivenessThread> {
  sendNoReports();
  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(BUSY);
  const workerData: LivenessThreadData = { weightsDir, manifest, state };
  const worker = new Worker(new URL('./liveness-worker.ts', import.meta.url), { workerData });
  // A process that ends takes its threads with it, and onnxruntime-node aborts (code 134) where one is inside a network.
  const untilIdle = (): void => void Atomics.wait(state, 0, BUSY, REST_MS);
  process.on('exit', untilIdle);

  let isClosed = false;
  const gone = new AbortController();
  const lose = (how: string, cause?: unknown): void => {
    process.off('exit', untilIdle);
    if (!isClosed) gone.abort(new FaceError('thread-lost', `the thread for liveness ${how}`, { cause }));
  };
  worker.on('error', (error) => lose('failed', error));
  worker.on('exit', () => lose('ended'));

  const [start] = (await once(worker, 'message', { signal: gone.signal }).catch((error: unknown) => {
    throw gone.signal.aborted ? gone.signal.reason : error;
  })) as [LivenessStart];
  if (start !== 'ready') throw new FaceError(start.code, start.what);
  worker.unref();

  function post(question: LivenessQuestion): void {
    Atomics.store(state, 0, BUSY);
    worker.postMessage(question);
  }

  let shared = new SharedArrayBuffer(0);
  /** Copied once, into memory that both threads see and that stays: a message copies twice, into new memory each time. */
  function share({ width, height, rgb }: Picture): Picture {
    if (shared.byteLength < rgb.length) shared = new SharedArrayBuffer(rgb.length);
    const copy = new Uint8Array(shared, 0, rgb.length);
    copy.set(rgb);
    return { width, height, rgb: copy };
  }

  async function ask(picture: Picture, box: Rect): Promise<number> {
    gone.signal.throwIfAborted();
    if (isClosed) throw new FaceError('closed', 'the thread for liveness is closed');
    post({ picture: share(picture), box });
    try {
      const [score] = await within(ANSWER_MS, 'liveness', [gone.signal], once(worker, 'message'));
      return score as number;
    } catch (error) {
      lose('is silent', error);
      throw gone.signal.reason;
    }
  }

  async function close(): Promise<void> {
    if (isClosed || gone.signal.aborted) return;
    isClosed = true;
    worker.ref();
    const ended = once(worker, 'exit');
    post('close');
    await ended;
  }

  const turn = new Turnstile();
  return {
    liveness: (picture, box) => turn.run(() => ask(picture, box)),
    lost: gone.signal,
    close: () => turn.run(close),
  };
}
