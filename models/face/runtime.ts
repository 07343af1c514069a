import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { FaceError } from './errors.ts';
import type { FaceManifest, ModelName, WeightFile } from './manifest.ts';
import { sendNoReports } from './no-reports.ts';

/** Networks of the manifest, loaded and warm. */
export interface FaceRuntime {
  /** `input`: planar float32 as the manifest describes it. Outputs by the manifest's names, valid after later runs too. */
  run(model: ModelName, input: Float32Array): Promise<ReadonlyMap<string, Float32Array>>;
  close(): Promise<void>;
}

/**
 * Loads the weights of `models` from `weightsDir`, all of them where left out; each file is read once, and the bytes that were
 * hashed are the bytes that are run. Throws FaceError `weights-missing` or `weights-changed`. The caller closes it, once per process: creating
 * and releasing sessions over and over leaks (microsoft/onnxruntime#25325).
 */
export async function loadRuntime(
  weightsDir: string,
  manifest: FaceManifest,
  models = Object.keys(manifest.weights) as readonly ModelName[],
): Promise<FaceRuntime> {
  sendNoReports();
  const sessions = new Map<string, InferenceSession>();
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all([...sessions.values()].map((session) => session.release()));
    sessions.clear();
  };

  async function run(model: ModelName, input: Float32Array): Promise<ReadonlyMap<string, Float32Array>> {
    const session = sessions.get(model);
    if (!session && !isClosed) throw new Error(`${model} is not among the networks that were asked for.`);
    if (!session) throw new FaceError('closed', `${model}: the runtime is closed`);
    const weight = manifest.weights[model];
    const results = await session.run({ [weight.input.name]: new Tensor('float32', input, weight.input.shape) });
    const outputs = new Map<string, Float32Array>();
    for (const [name, shape] of Object.entries(weight.outputs)) {
      const result = results[name];
      if (!result || !(result.data instanceof Float32Array) || String(result.dims) !== String(shape)) {
        throw new FaceError('weights-changed', `${weight.file}: output ${name} is not float32 ${shape.join(' × ')}`);
      }
      outputs.set(name, result.data);
    }
    return outputs;
  }

  try {
    // All files before the first network: one that is missing or changed is told at once, and not behind the work of opening the others.
    const files = new Map<ModelName, Uint8Array>();
    for (const model of models) files.set(model, await readWeights(weightsDir, manifest.weights[model]));
    for (const [model, bytes] of files) {
      const weight = manifest.weights[model];
      sessions.set(model, await openSession(bytes, weight));
      files.delete(model); // 15 MB for all, and the session has its own copy
      // The first run allocates and is several times slower; it also checks every output's shape.
      await run(model, new Float32Array(weight.input.shape.reduce((a, b) => a * b, 1)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { run, close };
}

async function readWeights(weightsDir: string, weight: WeightFile): Promise<Uint8Array> {
  const bytes = await readFile(join(weightsDir, weight.file)).catch((error: unknown) => {
    throw new FaceError('weights-missing', `${weight.file}: not in ${weightsDir}`, { cause: error });
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== weight.sha256) {
    throw new FaceError('weights-changed', `${weight.file}: sha256 ${sha256}, the manifest says ${weight.sha256}`);
  }
  return bytes;
}

async function openSession(bytes: Uint8Array, weight: WeightFile): Promise<InferenceSession> {
  return await InferenceSession.create(bytes, {
    ...weight.session,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    // A thread that waits by spinning takes the core from the page, which shows the camera: beside other work the embedding
    // with two such threads took 65 ms and 51 ms of processor time, without spinning 31 and 24, with one thread 37 and 20.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}
