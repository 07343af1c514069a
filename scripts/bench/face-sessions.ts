import { setTimeout as pause } from 'node:timers/promises';
import { type FaceManifest, type ModelName, modelNames, readManifest } from '../../models/face/manifest.ts';
import { type FaceRuntime, loadRuntime } from '../../models/face/runtime.ts';
import { defaultWeightsDir, prepareWeights } from '../prepare/weights.ts';
import { type BenchResult, summary } from './result.ts';

const RUNS = 40;
/** As between frames: threads that wait by spinning would still do so, and slow down the next one measured. */
const PAUSE_MS = 10;
const levels = ['basic', 'extended', 'all'] as const;
const threads = [1, 2] as const;

/**
 * Each network with each graph level and number of threads, by turns: what `session` in models/face/manifest.json is chosen
 * from. Only the network's run, on one input.
 */
export async function benchFaceSessions(): Promise<BenchResult[]> {
  await prepareWeights();
  const manifest = readManifest();
  const variants: { readonly level: Level; readonly threads: number; readonly runtime: FaceRuntime }[] = [];
  try {
    for (const level of levels) {
      for (const count of threads) {
        const runtime = await loadRuntime(defaultWeightsDir, withSession(manifest, level, count));
        variants.push({ level, threads: count, runtime });
      }
    }
    const results: BenchResult[] = [];
    for (const model of modelNames) {
      const { input, session } = manifest.weights[model];
      const values = new Float32Array(input.shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin(i * 0.7));
      const tookMs = variants.map((): number[] => []);
      for (let run = 0; run < RUNS; run += 1) {
        for (const [i, { runtime }] of variants.entries()) {
          await pause(PAUSE_MS);
          tookMs[i]!.push(await timeMs(runtime, model, values));
        }
      }
      for (const [i, variant] of variants.entries()) {
        const chosen =
          session.graphOptimizationLevel === variant.level && session.intraOpNumThreads === variant.threads;
        results.push(summary(`${model} ${variant.level}/${variant.threads}${chosen ? ' (chosen)' : ''}`, tookMs[i]!));
      }
    }
    return results;
  } finally {
    for (const { runtime } of variants) await runtime.close();
  }
}

type Level = (typeof levels)[number];

function withSession(manifest: FaceManifest, level: Level, count: number): FaceManifest {
  const session = { graphOptimizationLevel: level, intraOpNumThreads: count };
  const weights = { ...manifest.weights };
  for (const model of modelNames) weights[model] = { ...weights[model], session };
  return { ...manifest, weights };
}

async function timeMs(runtime: FaceRuntime, model: ModelName, values: Float32Array): Promise<number> {
  const startedMs = performance.now();
  await runtime.run(model, values);
  return performance.now() - startedMs;
}
