import { readFile } from 'node:fs/promises';
import { alignFace } from '../../models/face/align.ts';
import { createFaceEngine } from '../../models/face/engine.ts';
import { fivePoints } from '../../models/face/landmarks.ts';
import { readManifest } from '../../models/face/manifest.ts';
import { faceNetworks } from '../../models/face/networks.ts';
import { decodePicture } from '../../models/face/picture.ts';
import { loadRuntime } from '../../models/face/runtime.ts';
import { userCacheDir } from '../prepare/cache.ts';
import { preparePeople } from '../prepare/people.ts';
import { defaultWeightsDir, prepareWeights } from '../prepare/weights.ts';
import { type BenchResult, summary } from './result.ts';

const RUNS = 60; // p95 is then the third slowest
const WARM_UP_RUNS = 5;

/**
 * The stages of a face check on the demo person's 1280 × 720 camera picture: each network with its own view of the picture
 * and its answer decoded, then whole calls of the engine from JPEG bytes on. Networks loaded and warm.
 */
export async function benchFace(): Promise<BenchResult[]> {
  await prepareWeights();
  const { lin } = await preparePeople({ dir: `${userCacheDir()}/bench` });
  const [frame, portrait] = [await readFile(lin.live), await readFile(lin.portrait)];
  const manifest = readManifest();
  const runtime = await loadRuntime(defaultWeightsDir, manifest);
  const engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  try {
    const networks = faceNetworks(runtime, manifest);
    const picture = await decodePicture(frame);
    const [face] = await networks.detect(picture);
    if (!face) throw new Error('the demo picture shows no face');
    const { box } = face;
    const points = fivePoints(await networks.landmarks(picture, box));
    const aligned = alignFace(picture, points);
    return [
      await measure('decode', () => decodePicture(frame)),
      await measure('detect', () => networks.detect(picture)),
      await measure('landmarks', () => networks.landmarks(picture, box)),
      await measure('pose', () => networks.pose(picture, box)),
      await measure('liveness', () => networks.liveness(picture, box)),
      await measure('align', () => Promise.resolve(alignFace(picture, points))),
      await measure('embed', () => networks.embed(aligned)),
      await measure('frame', () => engine.assess(frame)),
      await measure('frame-embedded', () => engine.assess(frame, { embed: true })),
      await measure('portrait', () => engine.embedPortrait(portrait)),
    ];
  } finally {
    await engine.close();
    await runtime.close();
  }
}

async function measure(id: string, work: () => Promise<unknown>): Promise<BenchResult> {
  const tookMs: number[] = [];
  for (let run = -WARM_UP_RUNS; run < RUNS; run += 1) {
    const startedMs = performance.now();
    await work();
    if (run >= 0) tookMs.push(performance.now() - startedMs);
  }
  return summary(id, tookMs);
}
