import { type Embedding, toUnitLength } from './compare.ts';
import { type Detection, decodeDetections, detectorRect, detectorView } from './detect.ts';
import { decodeEyeOpen, eyeSides, eyeView } from './eyes.ts';
import { decodeLandmarks, type Landmarks, landmarksView } from './landmarks.ts';
import { decodeLiveness, livenessView, liveScore } from './liveness.ts';
import type { FaceManifest, ModelName } from './manifest.ts';
import { facePattern } from './pattern.ts';
import type { Picture } from './picture.ts';
import { decodeAngleDeg, type Pose, poseView } from './pose.ts';
import type { FaceRuntime } from './runtime.ts';
import { type Rect, toTensor } from './sampling.ts';
import { sheetStrength } from './sheet.ts';

/** Each network from picture to meaning: its view of the picture, the tensor, the run, the decoded answer. */
export interface FaceNetworks {
  /** Largest score first. `margin`: see `detectorRect`. */
  detect(picture: Picture, margin?: number): Promise<Detection[]>;
  landmarks(picture: Picture, box: Rect): Promise<Landmarks>;
  pose(picture: Picture, box: Rect): Promise<Pose>;
  /** 0 closed to 1 open, mean of both eyes. */
  eyesOpen(picture: Picture, landmarks: Landmarks): Promise<number>;
  /** 0 to 1: the network's answer and own signs of a picture of a picture. */
  liveness(picture: Picture, box: Rect): Promise<number>;
  /** `aligned`: from `alignFace`, by the manifest's alignment of these weights. */
  embed(aligned: Picture): Promise<Embedding>;
}

export function faceNetworks(runtime: FaceRuntime, { weights, thresholds }: FaceManifest): FaceNetworks {
  async function run(model: ModelName, view: (width: number, height: number) => Picture) {
    const { input } = weights[model];
    const [, , height, width] = input.shape;
    const outputs = await runtime.run(model, toTensor(view(width, height), input));
    return (name: string): Float32Array => outputs.get(name) ?? missing(model, name);
  }

  return {
    async detect(picture, margin = 0) {
      const rect = detectorRect(picture, margin);
      const output = await run('detect', (width, height) => detectorView(picture, rect, width, height));
      return decodeDetections(output('scores'), output('boxes'), rect);
    },
    async landmarks(picture, box) {
      const output = await run('landmarks', (width, height) => landmarksView(picture, box, width, height));
      return decodeLandmarks(output('output'), box);
    },
    async pose(picture, box) {
      const output = await run('pose', (width, height) => poseView(picture, box, width, height));
      return {
        yawDeg: decodeAngleDeg(output('output')),
        pitchDeg: decodeAngleDeg(output('617')),
        rollDeg: decodeAngleDeg(output('618')),
      };
    },
    async eyesOpen(picture, landmarks) {
      let open = 0;
      for (const side of eyeSides) {
        const output = await run('eye', (width, height) => eyeView(picture, landmarks, side, width, height));
        open += decodeEyeOpen(output('output')) / eyeSides.length;
      }
      return open;
    },
    async liveness(picture, box) {
      const output = await run('liveness', (width, height) => livenessView(picture, box, width, height));
      const network = decodeLiveness(output('output'));
      // The signs can only lower a score, so that one which is too low already needs none.
      if (network < thresholds.live.score) return network;
      return liveScore(network, facePattern(picture, box), sheetStrength(picture, box));
    },
    async embed(aligned) {
      const output = await run('embed', () => aligned);
      return toUnitLength(output('output'));
    },
  };
}

function missing(model: ModelName, name: string): never {
  throw new RangeError(`manifest.json lists no output ${name} for ${model}`);
}
