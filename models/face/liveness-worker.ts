import { parentPort, workerData } from 'node:worker_threads';
import { FaceError } from './errors.ts';
import { IDLE, type LivenessQuestion, type LivenessStart, type LivenessThreadData } from './liveness-messages.ts';
import { faceNetworks } from './networks.ts';
import { loadRuntime } from './runtime.ts';

/** The thread of liveness-thread.ts. What it throws ends it, and is told there. */
const port = parentPort!;
const { weightsDir, manifest, state } = workerData as LivenessThreadData;

function answer(word: LivenessStart | number): void {
  rest();
  port.postMessage(word);
}

function rest(): void {
  Atomics.store(state, 0, IDLE);
  Atomics.notify(state, 0);
}

/** In eights, as bytes of shared memory are written one by one: a frame of 960 × 540 takes 0.1 ms in place of 0.5. */
function blacken(rgb: Uint8Array): void {
  const eights = rgb.length >> 3;
  new Float64Array(rgb.buffer, rgb.byteOffset, eights).fill(0);
  rgb.fill(0, eights * 8);
}

try {
  const runtime = await loadRuntime(weightsDir, manifest, ['liveness']);
  const { liveness } = faceNetworks(runtime, manifest);
  port.on('message', async (question: LivenessQuestion) => {
    if (question === 'close') {
      await runtime.close();
      rest();
      port.close();
      return;
    }
    const { picture, box } = question;
    const score = await liveness(picture, box);
    blacken(picture.rgb);
    answer(score);
  });
  answer('ready');
} catch (error) {
  if (!(error instanceof FaceError)) throw error;
  answer({ code: error.code, what: error.message });
}
