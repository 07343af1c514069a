import { z } from 'zod';
import { FaceError } from './errors.ts';
import manifestJson from './manifest.json' with { type: 'json' };

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * How pixels become numbers: (value 0 to 255 − subtract) ÷ divide per channel, in the channel order `colour`. `shape` is
 * 1 × channels × height × width, planar.
 */
export const modelInput = z
  .strictObject({
    name: z.string(),
    shape: z.tuple([z.literal(1), z.union([z.literal(1), z.literal(3)]), z.int().positive(), z.int().positive()]),
    colour: z.enum(['rgb', 'bgr', 'grey']),
    subtract: z.array(z.number()),
    divide: z.array(z.number().positive()),
  })
  .refine(({ shape, colour }) => shape[1] === (colour === 'grey' ? 1 : 3), 'the colour order does not fit the shape')
  .refine(
    ({ shape, subtract, divide }) => subtract.length === shape[1] && divide.length === shape[1],
    'subtract and divide need one number per channel',
  );
export type ModelInput = z.infer<typeof modelInput>;

export const modelNames = ['detect', 'landmarks', 'pose', 'eye', 'liveness', 'embed'] as const;
export type ModelName = (typeof modelNames)[number];

const weightFile = z.strictObject({
  file: z.string().regex(/^[a-z_0-9]+\.onnx$/),
  sha256,
  input: modelInput,
  outputs: z.record(z.string(), z.array(z.int().positive())),
  /** Measured per model, as the fastest differ: see the table in models/README.md. */
  session: z.strictObject({
    graphOptimizationLevel: z.enum(['disabled', 'basic', 'extended', 'all']),
    intraOpNumThreads: z.int().min(1).max(16),
  }),
});
export type WeightFile = z.infer<typeof weightFile>;

const point = z.strictObject({ x: z.number(), y: z.number() });

/** A threshold names the hash of the weights it was measured with, and the measurement. */
const measuredWith = { weights: sha256, from: z.string().min(1) };

export const faceManifest = z
  .strictObject({
    source: z.strictObject({
      package: z.string(),
      version: z.string(),
      integrity: z.string().startsWith('sha512-'),
      folder: z.string(),
      licence: z.string(),
    }),
    weights: z.record(z.enum(modelNames), weightFile),
    /**
     * Where the embedding network expects a face in its square picture, in pixels: left eye as seen in the picture, right eye, nose, left
     * and right corner of the mouth.
     */
    alignment: z.tuple([point, point, point, point, point]),
    thresholds: z.strictObject({
      match: z.strictObject({ ...measuredWith, cosine: z.number().gt(0).lt(1) }),
      live: z.strictObject({ ...measuredWith, score: z.number().gt(0).lt(1) }),
    }),
  })
  .refine(
    ({ weights, thresholds }) =>
      thresholds.match.weights === weights.embed.sha256 && thresholds.live.weights === weights.liveness.sha256,
    'a threshold was measured with other weights: measure it again',
  )
  .refine(({ weights, alignment }) => {
    const [, , height, width] = weights.embed.input.shape;
    return height === width && alignment.every(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height);
  }, 'the alignment lies outside the picture that the embedding network takes, or that is no square');
export type FaceManifest = z.infer<typeof faceManifest>;

/** Throws FaceError `manifest-invalid`; a terminal with new weights and old thresholds must not start. */
export function parseManifest(json: unknown): FaceManifest {
  const parsed = faceManifest.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FaceError('manifest-invalid', `models/face/manifest.json: ${z.prettifyError(parsed.error)}`);
}

/** The manifest beside this file. */
export function readManifest(): FaceManifest {
  return parseManifest(manifestJson);
}
