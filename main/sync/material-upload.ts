import { createRequire } from 'node:module';
import type { FileReader, Upload, UploadOptions, UrlStorage } from 'tus-js-client';
import type { DeliveryOutcome, MaterialUpload } from '../outbox/delivery.ts';
import { type MaterialBody, materialBody } from '../outbox/materials.ts';
import { SyncError } from './errors.ts';
import type { Fetch } from './fetch.ts';
import type { MaterialAnswer } from './schemas.ts';
import { TusLine, UploadLost } from './tus-line.ts';

const require = createRequire(import.meta.url);

export interface UploadPorts {
  readonly fetch: Fetch;
  readonly endpoint: URL;
  /** Asks whether a paper is whole. Rejects with a SyncError. */
  readonly find: (materialId: string) => Promise<MaterialAnswer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A line of 5 kB/s brings one part within the minute that an attempt may stand still; each costs a fast line some 5 ms. */
const PART_BYTES = 256 * 1024;

/**
 * Brings one paper to the platform: by tus 1.0.0 from where the last attempt ended, then asks whether it is whole. Rejects
 * with a SyncError; one that the platform does not have right begins anew with the next attempt.
 */
export async function uploadMaterial(
  ports: UploadPorts,
  { body, content, location, save }: MaterialUpload,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const material = materialBody.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  if (!content) return await foundThere(ports, material);
  const { endpoint } = ports;
  // Another address of the platform's in the configuration: what the former one has is of no use.
  const known = location !== undefined && URL.parse(location)?.origin === endpoint.origin ? location : undefined;
  try {
    const line = new TusLine({ fetch: ports.fetch, endpoint, sizeBytes: content.length, save, signal }, known);
    const options = { endpoint: endpoint.href, headers: { ...ports.headers }, httpStack: line };
    await send(content, { ...options, uploadUrl: known ?? null, metadata: { materialId: material.materialId } });
    return { outcome: 'delivered', result: await confirm(ports, material) };
  } catch (error) {
    if (!(error instanceof UploadLost)) throw error;
    save({ location: undefined, uploadedBytes: 0 });
    return { outcome: 'retry', cause: 'invalid-answer' };
  }
}

/** Of a paper that cannot be read here: the platform's word for whether it is delivered. */
async function foundThere(ports: UploadPorts, material: MaterialBody): Promise<DeliveryOutcome> {
  try {
    return { outcome: 'delivered', result: await confirm(ports, material) };
  } catch (error) {
    if (error instanceof UploadLost) return { outcome: 'rejected', reason: 'unreadable' };
    throw error;
  }
}

/** Drives the client. It retries nothing by itself: the outbox does. An abort ends it by the line. */
async function send(content: Uint8Array, options: UploadOptions): Promise<void> {
  const Client = client();
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const upload = new Client(Buffer.from(content.buffer, content.byteOffset, content.byteLength), {
    ...Client.defaultOptions,
    ...options,
    chunkSize: PART_BYTES,
    retryDelays: null,
    storeFingerprintForResuming: false,
    fingerprint: async () => '',
    fileReader: bytesReader,
    urlStorage: noStorage,
    onSuccess: () => resolve(),
    onError: (error) => reject(causeOf(error)),
  });
  upload.start();
  await done;
}

/**
 * The client's protocol without what its entry for Node adds: a file store whose lock library takes over the process's
 * signals. Loaded for the first paper, as most terminals see none for hours.
 */
function client(): typeof Upload & { readonly defaultOptions: UploadOptions } {
  const module: { readonly default: ReturnType<typeof client> } = require('tus-js-client/lib.es5/upload.js');
  return module.default;
}

/** What the line threw; the client wraps it. */
function causeOf(error: Error): Error {
  return 'causingError' in error && error.causingError instanceof Error ? error.causingError : error;
}

async function confirm({ find }: UploadPorts, material: MaterialBody): Promise<MaterialAnswer> {
  const { materialId, sha256, sizeBytes } = material;
  const answer = await find(materialId).catch((error: unknown) => {
    if (error instanceof SyncError && error.reason === 'material-unknown') throw new UploadLost(error.message);
    throw error;
  });
  const isIt = answer.materialId === materialId && answer.sha256 === sha256 && answer.sizeBytes === sizeBytes;
  if (!isIt) throw new UploadLost('the platform has other bytes');
  return answer;
}

/** Parts of bytes that are in memory. The client reads `size` off each part. */
const bytesReader: FileReader = {
  openFile: async (bytes: Buffer) => ({
    size: bytes.length,
    slice: async (start, end) => {
      const part = bytes.subarray(start, end);
      return { value: Object.assign(part, { size: part.length }), done: end >= bytes.length };
    },
    close: () => undefined,
  }),
};

/** Addresses are kept with the job. */
const noStorage: UrlStorage = {
  findAllUploads: async () => [],
  findUploadsByFingerprint: async () => [],
  removeUpload: async () => undefined,
  addUpload: async () => '',
};
