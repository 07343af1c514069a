import { createHash } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { createFaceEngine, type FaceEngine } from '../models/face/engine.ts';
import { readManifest } from '../models/face/manifest.ts';
import { faceContract } from './identity/face-protocol.ts';
import { serveParent } from './processes/child.ts';
import { RemoteError } from './processes/rpc.ts';

/** The face process: onnxruntime lives here and nowhere else, so that its crash is not the terminal's. */
let engine: FaceEngine | undefined;

function ready(): FaceEngine {
  if (!engine) throw new RemoteError('not-configured', 'configure comes first');
  return engine;
}

/** Another file of weights, another word: enough to find which of a handful of releases judged. */
function weightsInShort(): string {
  const hashes = Object.values(readManifest().weights).map(({ sha256 }) => sha256);
  return createHash('sha256').update(hashes.join()).digest('hex').slice(0, 16);
}

serveParent(faceContract, {
  async configure({ weightsDir }) {
    engine = await createFaceEngine({ weightsDir });
    const { lost } = engine;
    // Ends this process with the reason on standard error; the core starts another.
    lost.addEventListener('abort', () => {
      throw lost.reason;
    });
    flushCompileCache();
    const { match, liveness } = engine.thresholds;
    return { matchThreshold: match, livenessThreshold: liveness, weights: weightsInShort() };
  },
  ping: async () => undefined,
  memory: async () => ({ rssMb: Math.round(process.memoryUsage.rss() / 1024 ** 2) }),
  async assess({ frame, embed }) {
    const { advice, good, liveness, signs, embedding } = await ready().assess(frame, { embed });
    return {
      ...{ advice, good },
      ...(liveness !== undefined && { liveness }),
      ...(signs && { signs }),
      ...(embedding && { embedding }),
    };
  },
  embedPortrait: async ({ picture }) => await ready().embedPortrait(picture),
});
process.title = 'jiujin-face';
