import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { createFaceEngine, type FaceEngine } from '../models/face/engine.ts';
import { faceContract } from './identity/face-protocol.ts';
import { serveParent } from './processes/child.ts';

/** The face process: onnxruntime lives here and nowhere else, so that its crash is not the terminal's. */
let engine: FaceEngine | undefined;

function ready(): FaceEngine {
  if (!engine) throw Object.assign(new Error('configure comes first'), { code: 'not-configured' });
  return engine;
}

serveParent(faceContract, {
  async configure({ weightsDir }) {
    engine = await createFaceEngine({ weightsDir });
    flushCompileCache();
    return { matchThreshold: engine.thresholds.match, livenessThreshold: engine.thresholds.liveness };
  },
  ping: async () => undefined,
  async assess({ frame, embed }) {
    const { advice, good, liveness, signs, embedding } = await ready().assess(frame, { embed });
    return {
      ...{ advice, good },
      ...(liveness !== undefined && { liveness }),
      ...(signs && { signs }),
      ...(embedding && { embedding }),
    };
  },
  async embedPortrait({ picture }) {
    const result = await ready().embedPortrait(picture);
    return 'embedding' in result ? { embedding: result.embedding } : {};
  },
});
process.title = 'jiujin-face';
