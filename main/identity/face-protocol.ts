import { z } from 'zod';
import { type Embedding, similarity } from '../../models/face/compare.ts';
import { portraitFlaws } from '../../models/face/quality.ts';
import { type FaceSigns, LOOK_SIDE } from '../../models/face/signs.ts';
import { faceAdvice } from '../contracts/view.ts';
import { bytes } from '../processes/bytes.ts';
import { nothing } from '../processes/rpc.ts';
import { ping } from '../processes/supervised-process.ts';

const frame = bytes(1024 * 1024);
/** Other weights may give other than 512 numbers; none in use gives more than 1,024. */
const EMBEDDING_MAX = 1_024;
/**
 * Compared by the cosine of two. Lives as long as the visit and is never stored. One of zeros, or with a number that is none, has no
 * cosine even to itself: it would be neither another face than the one before nor below any threshold.
 */
const embedding = z.custom<Embedding>(
  (value) =>
    value instanceof Float32Array &&
    value.length <= EMBEDDING_MAX &&
    !Number.isNaN(similarity(value as Embedding, value as Embedding)),
  'an embedding has a direction, and not too many numbers',
);

const share = z.number().min(-1).max(2); // a face may reach beyond its picture
const signs = z.object({
  place: z.object({ x: share, y: share, height: share }),
  pose: z.object({ yawDeg: z.number(), pitchDeg: z.number(), rollDeg: z.number() }),
  eyesOpen: z.number().min(0).max(1),
  mouthOpen: z.number().min(0),
  look: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === LOOK_SIDE ** 2),
}) satisfies z.ZodType<FaceSigns>;

/** Core ↔ face process. */
export const faceContract = {
  methods: {
    configure: {
      params: z.strictObject({ weightsDir: z.string() }),
      /** `weights`: which ones, the first 16 hex digits of a hash over all of them. */
      result: z.object({ matchThreshold: z.number(), livenessThreshold: z.number(), weights: z.string().max(16) }),
      deadlineMs: 30_000,
    },
    ping,
    /** How much of the machine's memory the process holds. */
    memory: { params: nothing, result: z.object({ rssMb: z.number() }), deadlineMs: 4_000 },
    /** One camera frame. `embed` asks for the embedding of a frame that turns out good. */
    assess: {
      params: z.object({ frame, embed: z.boolean() }),
      result: z.object({
        advice: faceAdvice,
        good: z.boolean(),
        liveness: z.number().exactOptional(),
        signs: signs.exactOptional(),
        embedding: embedding.exactOptional(),
      }),
      deadlineMs: 5_000,
    },
    /** The portrait from the card's chip, or why it cannot be compared. */
    embedPortrait: {
      params: z.object({ picture: frame }),
      result: z.union([z.object({ embedding }), z.object({ notComparable: z.enum(portraitFlaws) })]),
      deadlineMs: 10_000,
    },
  },
  events: {},
} as const;
