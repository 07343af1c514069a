import sharp from 'sharp';
import { Turnstile } from '../../drivers/core/index.ts';
import { type Alignment, alignFace, isSameAlignment, upright } from './align.ts';
import type { Embedding } from './compare.ts';
import { measureMouth } from './cover.ts';
import { type Detection, mainFace } from './detect.ts';
import { FaceError } from './errors.ts';
import { fivePoints, type Landmarks } from './landmarks.ts';
import { lookOf } from './look.ts';
import { type FaceManifest, readManifest } from './manifest.ts';
import { mouthOpen } from './mouth.ts';
import { openNetworks } from './open-networks.ts';
import { decodePicture, MAX_FRAME_BYTES, type Picture } from './picture.ts';
import {
  adviceFor,
  type FaceAdvice,
  type FaceQuality,
  MIN_EYE_DISTANCE_PX,
  measureQuality,
  type PortraitFlaw,
  portraitFlaw,
} from './quality.ts';
import { luma, type Rect } from './sampling.ts';
import type { FaceSigns } from './signs.ts';

/** One face of a picture, as far as it is looked at whatever it is wanted for. */
interface Face {
  readonly box: Rect;
  readonly landmarks: Landmarks;
  /** As it is measured. */
  readonly upright: Picture;
  /** As the embedding network takes it; mostly the same. */
  readonly aligned: Picture;
  /** Luma of `upright`. */
  readonly grey: Float32Array;
  readonly quality: FaceQuality;
}

export interface FrameAssessment {
  /** Those large enough to be meant: bystanders behind the person do not count. */
  readonly faces: number;
  readonly advice: FaceAdvice;
  /** Everything fits, liveness included: the frame may count towards the decision. */
  readonly good: boolean;
  /** Of the largest face; absent without a face. */
  readonly quality?: FaceQuality;
  /** 0 to 1; absent where the advice already says that the frame is of no use. */
  readonly liveness?: number;
  /** Of one face that is large enough, whatever else is wrong with the frame. */
  readonly signs?: FaceSigns;
  /** Only of a good frame, and only when asked for. */
  readonly embedding?: Embedding;
  readonly ms: number;
}

export type PortraitEmbedding = { readonly embedding: Embedding } | { readonly notComparable: PortraitFlaw };

export interface PictureEmbedding {
  readonly embedding: Embedding;
  readonly quality: FaceQuality;
}

/**
 * One per process, for as long as the process lives. Pictures are JPEG, PNG or 24-bit BMP bytes, dealt with one at a time
 * in call order; nothing of them is kept. Every method rejects with FaceError: `not-a-picture` or `too-large` for bytes
 * that show nothing, `closed` after `close`.
 */
export interface FaceEngine {
  /** Those that belong to the loaded weights: the smallest cosine of one person, the smallest score of a live face. */
  readonly thresholds: { readonly match: number; readonly liveness: number };
  /** A live frame of at most 1.5 MB. `embed` costs as much as everything else together: ask for it once per person. */
  assess(frame: Uint8Array, options?: { readonly embed?: boolean }): Promise<FrameAssessment>;
  /** The chip's portrait, 102 × 126 or any other size. What a decoder makes of a chip is no fault: it is not comparable. */
  embedPortrait(picture: Uint8Array): Promise<PortraitEmbedding>;
  /** The main face of a live frame or a photo, whatever its quality. Rejects `no-face` or `several-faces` too. */
  embedFrame(picture: Uint8Array): Promise<PictureEmbedding>;
  /** Liveness of the main face, 0 to 1, whatever its quality. Rejects `no-face` or `several-faces` too. */
  checkLiveness(picture: Uint8Array): Promise<{ readonly live: boolean; readonly score: number }>;
  /** Aborts with FaceError `thread-lost`, which every call that needs liveness then rejects with: end the process. */
  readonly lost: AbortSignal;
  /** Waits for the call under way. May be called twice. */
  close(): Promise<void>;
}

/** A second person that stands in line half as far again behind the first still has less than this share of its height. */
const LIVE_RIVAL_SHARE = 0.5;
/** A photo has one subject: only a face nearly as large leaves in doubt who is meant. */
const PHOTO_RIVAL_SHARE = 0.75;

/**
 * Room around a portrait that its face fills. With half a side, all of 75 faces reduced to 102 × 126 were found, and came
 * nearest to their originals (lowest cosine 0.89 where the face takes 70 % of the height; 0.86 without room).
 * Enlarging on top changed nothing: each network's view is sampled straight from the portrait's own pixels.
 */
const PORTRAIT_MARGIN = 0.5;
/** Up to this many pixels a side, a picture is taken for a portrait like the chip's. */
const PORTRAIT_SIDE = 256;
/**
 * A face of at least this share of a larger picture's height is taken as found with that room too. Of 54 faces at 75, 90 and
 * 100 % of the height the worst cosine to the same face further away is 0.95, 0.92 and 0.87 so, without room 0.50, −0.01 and
 * −0.10; at 45 % and less it is without room that none falls below 0.95.
 */
const CLOSE_SHARE = 0.5;

/**
 * Takes about a second; `manifest` is the one beside this file where left out. Rejects with FaceError `weights-missing`,
 * `weights-changed` or `manifest-invalid`.
 */
export async function createFaceEngine(options: {
  readonly weightsDir: string;
  readonly manifest?: FaceManifest;
}): Promise<FaceEngine> {
  sharp.cache(false); // libvips would keep residents' pictures in memory beyond their visit
  const { manifest = readManifest() } = options;
  const thresholds = { match: manifest.thresholds.match.cosine, liveness: manifest.thresholds.live.score };
  const { networks, lost, close } = await openNetworks(options.weightsDir, manifest);
  const wanted: Alignment = { side: manifest.weights.embed.input.shape[3], points: manifest.alignment };
  const isMeasuredAsWanted = isSameAlignment(wanted, upright);
  const turn = new Turnstile();

  async function inspect(picture: Picture, { box }: Detection): Promise<Face> {
    const landmarks = await networks.landmarks(picture, box);
    const measured = alignFace(picture, fivePoints(landmarks));
    const aligned = isMeasuredAsWanted ? measured : alignFace(picture, fivePoints(landmarks), wanted);
    const grey = luma(measured);
    const pose = await networks.pose(picture, box);
    const quality = measureQuality(picture, box, landmarks, pose, measured, grey);
    return { box, landmarks, upright: measured, aligned, grey, quality };
  }

  async function signsOf(picture: Picture, { box, landmarks, grey, quality }: Face): Promise<FaceSigns> {
    return {
      place: {
        x: (box.x + box.width / 2) / picture.width,
        y: (box.y + box.height / 2) / picture.height,
        height: quality.heightShare,
      },
      pose: quality.pose,
      eyesOpen: await networks.eyesOpen(picture, landmarks),
      mouthOpen: mouthOpen(landmarks),
      look: lookOf(grey, upright.side),
    };
  }

  /** In a small picture with room around it first, in a large one as it is; and the other way where that shows nothing. */
  async function findInPhoto(picture: Picture): Promise<readonly Detection[]> {
    const small = Math.max(picture.width, picture.height) <= PORTRAIT_SIDE;
    const detections = await networks.detect(picture, small ? PORTRAIT_MARGIN : 0);
    return detections.length > 0 ? detections : await networks.detect(picture, small ? 0 : PORTRAIT_MARGIN);
  }

  /** For the landmarks, which need the box to be true: a face that fills a large picture with room around it as well. */
  async function findToCompare(picture: Picture): Promise<readonly Detection[]> {
    if (Math.max(picture.width, picture.height) > PORTRAIT_SIDE) {
      const detections = await networks.detect(picture, PORTRAIT_MARGIN);
      const found = mainFace(detections, PHOTO_RIVAL_SHARE);
      if (found && found.main.box.height >= picture.height * CLOSE_SHARE) return detections;
    }
    return await findInPhoto(picture);
  }

  function onlyFace(detections: readonly Detection[]): Detection {
    const found = mainFace(detections, PHOTO_RIVAL_SHARE);
    if (!found) throw new FaceError('no-face', 'no face found in the picture');
    if (found.count > 1) throw new FaceError('several-faces', `${found.count} faces, and none clearly the main one`);
    return found.main;
  }

  /** Whether the last frame came as far as liveness. The next one then most likely does, and has it begun before its turn. */
  let isSteady = false;

  async function assess(frame: Uint8Array, embed: boolean): Promise<FrameAssessment> {
    const startedMs = performance.now();
    const ms = (): number => performance.now() - startedMs;
    const picture = await decodePicture(frame, MAX_FRAME_BYTES);
    const found = mainFace(await networks.detect(picture), LIVE_RIVAL_SHARE);
    const begun = isSteady && found?.count === 1 ? networks.liveness(picture, found.main.box) : undefined;
    begun?.catch(() => undefined); // where the advice says enough, nobody waits for it
    isSteady = false;
    if (!found) return { faces: 0, advice: 'no-face', good: false, ms: ms() };
    const faces = found.count;
    const face = await inspect(picture, found.main);
    const { aligned, quality } = face;
    if (faces > 1) return { faces, advice: 'one-person-only', good: false, quality, ms: ms() };
    if (quality.eyeDistancePx < MIN_EYE_DISTANCE_PX) {
      return { faces, advice: 'come-closer', good: false, quality, ms: ms() };
    }
    const signs = await signsOf(picture, face);
    const seen = { faces, quality, signs };
    const advice = adviceFor(quality, signs.eyesOpen, () => measureMouth(face.upright, face.landmarks));
    if (advice !== 'hold-still') return { ...seen, advice, good: false, ms: ms() };
    isSteady = true;
    const liveness = await (begun ?? networks.liveness(picture, found.main.box));
    if (liveness < thresholds.liveness) return { ...seen, advice: 'not-live', good: false, liveness, ms: ms() };
    const embedding = embed ? { embedding: await networks.embed(aligned) } : {};
    return { ...seen, advice, good: true, liveness, ...embedding, ms: ms() };
  }

  async function embedPortrait(bytes: Uint8Array): Promise<PortraitEmbedding> {
    const picture = await decodePicture(bytes).catch((error: unknown) => {
      if (error instanceof FaceError) return undefined;
      throw error;
    });
    if (!picture) return { notComparable: 'not-a-picture' };
    const found = mainFace(await findToCompare(picture), PHOTO_RIVAL_SHARE);
    if (!found) return { notComparable: 'no-face' };
    const { aligned, quality } = await inspect(picture, found.main);
    if (found.count > 1) return { notComparable: 'several-faces' };
    const flaw = portraitFlaw(quality);
    if (flaw) return { notComparable: flaw };
    return { embedding: await networks.embed(aligned) };
  }

  async function embedFrame(bytes: Uint8Array): Promise<PictureEmbedding> {
    const picture = await decodePicture(bytes);
    const { aligned, quality } = await inspect(picture, onlyFace(await findToCompare(picture)));
    return { embedding: await networks.embed(aligned), quality };
  }

  async function checkLiveness(bytes: Uint8Array): Promise<{ live: boolean; score: number }> {
    const picture = await decodePicture(bytes);
    const { box } = onlyFace(await findInPhoto(picture));
    const score = await networks.liveness(picture, box);
    return { live: score >= thresholds.liveness, score };
  }

  return {
    thresholds,
    assess: (frame, { embed = false } = {}) => turn.run(() => assess(frame, embed)),
    embedPortrait: (picture) => turn.run(() => embedPortrait(picture)),
    embedFrame: (picture) => turn.run(() => embedFrame(picture)),
    checkLiveness: (picture) => turn.run(() => checkLiveness(picture)),
    lost,
    close: () => turn.run(close),
  };
}
