import { z } from 'zod';
import { language, mode } from './common.ts';
import { paperItem, view } from './view.ts';

/** What a finger means. The core decides whether it makes sense on the present screen, and ignores it where it does not. */
export const intent = z.discriminatedUnion('type', [
  /** Attract screen touched. */
  z.object({ type: z.literal('start') }),
  z.object({ type: z.literal('set-language'), language }),
  z.object({ type: z.literal('set-mode'), mode }),
  z.object({ type: z.literal('choose-service'), serviceId: z.string().max(20) }),
  z.object({
    type: z.literal('set-answer'),
    field: z.string().max(60),
    value: z.union([z.string().max(500), z.number(), z.null()]),
  }),
  /** The blue button, right: go on, submit, done. */
  z.object({ type: z.literal('next') }),
  z.object({ type: z.literal('back') }),
  /** Review: change this answer, or the whole form. */
  z.object({ type: z.literal('edit'), field: z.string().max(60).optional() }),
  /** Try the failed thing again: face, submission, paper. */
  z.object({ type: z.literal('retry') }),
  /** Paper with an unknown outcome: the resident has looked. */
  z.object({ type: z.literal('paper-seen'), document: paperItem.shape.document, seen: z.boolean() }),
  /** Put the application aside: whoever sends this has been asked. */
  z.object({ type: z.literal('save-draft') }),
  /** Continue one that was put aside. */
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('resume-code'), code: z.string().max(20) }),
  /** It is not wanted any more. */
  z.object({ type: z.literal('discard-draft') }),
  z.object({ type: z.literal('without-face') }),
  z.object({ type: z.literal('rate'), stars: z.number().int().min(1).max(5) }),
  /** Result: one more service for the same person. */
  z.object({ type: z.literal('again') }),
  /** Give up, or finish: everything is wiped. */
  z.object({ type: z.literal('leave') }),
  /** "I am still here." Any touch also counts, at most one message a second. */
  z.object({ type: z.literal('stay') }),
  /** What the page's media capture says about the camera. */
  z.object({ type: z.literal('camera'), state: z.enum(['online', 'missing', 'denied', 'failed']) }),
]);
export type Intent = z.infer<typeof intent>;

/**
 * Text messages page → core are intents; binary messages are camera frames, one JPEG each, at most 1 MB, sent only while
 * a `verify-face` screen is in phase `looking` or to answer `frame-wanted`.
 */
export const toCore = intent;
export const maxFrameBytes = 1024 * 1024;

/** Start of image and the next marker (ITU-T T.81, B.1.1): whether a binary message can be a frame at all. */
export function looksLikeFrame(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

export const toPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('view'), view }),
  /** The last frame has been dealt with; the next may come. Keeps one frame under way, however fast the camera is. */
  z.object({ type: z.literal('frame-wanted') }),
]);
export type ToPage = z.infer<typeof toPage>;

/** WebSocket close codes of our own. */
export const closeCodes = {
  /** Another page has taken over; this one stops reconnecting. */
  replaced: 4001,
  /** No valid page ticket: ask the shell for a new address. */
  unauthorised: 4003,
} as const;

/** Where the page finds its socket, on the origin that served it. */
export const socketPath = '/socket';
