import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** Two picture files to how far apart their faces are: below 0.6 its authors take them for one person. */
export interface FacePeer {
  /** Rejects where a picture shows no face. */
  distance(a: Uint8Array, b: Uint8Array): Promise<number>;
}

interface PeerTensor {
  dispose(): void;
}

/** What is used of @tensorflow/tfjs-core and its WASM backend. */
interface Tensorflow {
  readonly Tensor: { readonly prototype: Record<string, unknown> };
  tensor3d(values: Uint8Array, shape: readonly [number, number, number], dtype: 'int32'): PeerTensor;
  reshape(tensor: unknown, shape: readonly number[]): unknown;
  setBackend(name: 'wasm'): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
}

interface FaceApi {
  readonly nets: Record<'ssdMobilenetv1' | 'faceLandmark68Net' | 'faceRecognitionNet', Net>;
  readonly SsdMobilenetv1Options: new () => object;
  detectSingleFace(picture: PeerTensor, options: object): { withFaceLandmarks(): { withFaceDescriptor(): Descriptor } };
  euclideanDistance(a: Float32Array, b: Float32Array): number;
}
type Net = { loadFromDisk(folder: string): Promise<void> };
type Descriptor = PromiseLike<{ readonly descriptor: Float32Array } | undefined>;

/**
 * @vladmandic/face-api with TensorFlow's WASM backend (SIMD; Node gives it no threads), its best detector, landmarks and
 * descriptor, all loaded. It decodes with sharp as we do, which is faster than what its examples use.
 */
export async function loadFacePeer(): Promise<FacePeer> {
  const require = createRequire(import.meta.url);
  const tf: Tensorflow = require('@tensorflow/tfjs-core');
  // It asks for the whole of TensorFlow.js, 240 MB with trainable layers and WebGL, of which it uses the core alone.
  const hooks = registerHooks({
    resolve: (name, context, next) => next(name === '@tensorflow/tfjs' ? '@tensorflow/tfjs-core' : name, context),
  });
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  const faceApi: FaceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  hooks.deregister();
  chainOperations(tf);
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WASM backend here');
  await tf.ready();
  const folder = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  const { ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet } = faceApi.nets;
  for (const net of [ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet]) await net.loadFromDisk(folder);

  async function descriptor(file: Uint8Array): Promise<Float32Array> {
    const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const picture = tf.tensor3d(data, [info.height, info.width, 3], 'int32');
    try {
      const options = new faceApi.SsdMobilenetv1Options();
      const found = await faceApi.detectSingleFace(picture, options).withFaceLandmarks().withFaceDescriptor();
      if (!found) throw new Error(`face-api finds no face in ${info.width} × ${info.height} pixels`);
      return found.descriptor;
    } finally {
      picture.dispose();
    }
  }

  return { distance: async (a, b) => faceApi.euclideanDistance(await descriptor(a), await descriptor(b)) };
}

/** The whole of TensorFlow.js also lets operations be written as methods of a tensor: `tensor.mul(2)` for `mul(tensor, 2)`. */
function chainOperations(tf: Tensorflow): void {
  const { prototype } = tf.Tensor;
  for (const [name, operation] of Object.entries(tf)) {
    if (typeof operation !== 'function' || name in prototype) continue;
    prototype[name] = function (this: unknown, ...rest: readonly unknown[]) {
      return operation(this, ...rest);
    };
  }
  for (const name of ['as1D', 'as2D', 'as3D', 'as4D']) {
    prototype[name] = function (this: unknown, ...shape: readonly number[]) {
      return tf.reshape(this, shape.length > 0 ? shape : [-1]);
    };
  }
}
