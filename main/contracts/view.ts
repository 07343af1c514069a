import { z } from 'zod';
import { type BlankProblem, blankProblems } from '../../printers/core/outcome.ts';
import { language, localText, mode } from './common.ts';
import { deviceFault } from './faults.ts';
import { networkState, offlineCause } from './offline.ts';

/**
 * What the page draws. The core sends a whole view whenever anything in it changes; the page keeps no state of its own
 * beyond what a finger is doing. Reasons and advice travel as words of a closed set, which the page puts into sentences.
 */

/** What ails the terminal as a whole. */
export const terminalProblem = z.enum([
  'platform-offline',
  'face-check-offline',
  'terminal-recovering',
  'power-failing',
  'storage-full',
  'storage-failed',
  ...blankProblems,
]);
export type TerminalProblem = z.infer<typeof terminalProblem>;
export type { BlankProblem };

/** Why something cannot be done now. Each has a sentence in every language. */
export const problem = z.union([terminalProblem, deviceFault]);
export type Problem = z.infer<typeof problem>;

export const serviceCard = z.object({
  id: z.string(),
  title: localText,
  /** 长辈版's plainer words. */
  plainTitle: localText,
  summary: localText,
  icon: z.string(),
  minutes: z.number(),
  /** `queue`: accepted without a network and delivered later. */
  worksOffline: z.boolean(),
  available: z.discriminatedUnion('state', [
    z.object({ state: z.literal('yes') }),
    /** Can be started, and will be delivered when the network is back. */
    z.object({ state: z.literal('queued-only'), problem }),
    /** `elsewhere`: the nearest machine that can, where the terminal knows one: "2 号机，左手边". */
    z.object({ state: z.literal('no'), problem, elsewhere: localText.optional() }),
  ]),
});
export type ServiceCard = z.infer<typeof serviceCard>;

export const stepMark = z.object({
  kind: z.enum(['identify', 'verify-face', 'form', 'review', 'submit', 'print', 'rate']),
  state: z.enum(['done', 'current', 'todo']),
});

/** What to tell the person before the camera, most urgent first; `hold-still` is the good case. */
export const faceAdvice = z.enum([
  'hold-still',
  'no-face',
  'one-person-only',
  'come-closer',
  'step-back',
  'center-face',
  'show-whole-face',
  'look-straight',
  'more-light',
  'less-light',
  'avoid-glare',
  'blurred',
  'uncover-mouth',
  'open-eyes',
  'not-live',
]);
export type FaceAdvice = z.infer<typeof faceAdvice>;

/** What a person is asked to do before the camera, so that a picture cannot stand in. Left and right are the person's own. */
export const faceChallenge = z.enum(['blink', 'turn-left', 'turn-right', 'open-mouth']);
export type FaceChallenge = z.infer<typeof faceChallenge>;

export const formField = z.object({
  name: z.string(),
  title: localText,
  help: localText.optional(),
  required: z.boolean(),
  control: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('choice'),
      options: z.array(
        z.object({ value: z.union([z.string(), z.number()]), title: localText, detail: localText.optional() }),
      ),
    }),
    z.object({ kind: z.literal('number'), minimum: z.number(), maximum: z.number(), unit: localText.optional() }),
    z.object({ kind: z.literal('digits'), maxLength: z.number(), group: z.array(z.number()).optional() }),
  ]),
  value: z.union([z.string(), z.number()]).optional(),
  /** Set once the resident tried to go on: what is wrong with the value. */
  error: z.enum(['required', 'too-small', 'too-large', 'bad-format']).optional(),
});
export type FormField = z.infer<typeof formField>;

export const paperItem = z.object({
  document: z.enum(['receipt', 'certificate', 'licence']),
  copies: z.number(),
  /** `not-printed` names its problem and may be tried again; `unknown` asks the resident to look into the tray. */
  state: z.enum(['waiting', 'printing', 'printed', 'not-printed', 'unknown']),
  problem: problem.optional(),
});
export type PaperItem = z.infer<typeof paperItem>;

/**
 * Why a saved application is not taken up. `not-found` is also a wrong code, one that has run out and another person's: nobody is
 * told which. `not-here`: this machine does not have the service, or cannot do it now.
 */
export const draftRefusal = z.enum(['not-found', 'in-use', 'submitted', 'unreachable', 'paused', 'not-here']);
export type DraftRefusal = z.infer<typeof draftRefusal>;

/** `possible`: there is a button. `offered`: the warning before the time is over offers it as well. */
const saving = z.enum(['possible', 'offered']).optional();

export const screen = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('attract') }),
  z.object({ kind: z.literal('services'), services: z.array(serviceCard) }),
  z.object({
    kind: z.literal('identify'),
    /** `replace-card`: lift it and lay it down again. `not-accepted`: read well, but this service wants another person or card. */
    reader: z.enum(['waiting', 'reading', 'replace-card', 'offline', 'refused', 'expired']),
  }),
  z.object({
    kind: z.literal('verify-face'),
    /** `refused`: not the person on the card. `not-comparable`: the card's portrait cannot be used on this machine. */
    phase: z.enum(['looking', 'matched', 'refused', 'not-comparable', 'camera-offline', 'face-check-offline']),
    /** Absent until the first frame has been judged. With `refused`, `not-live` is the reason. */
    advice: faceAdvice.optional(),
    /** Asked of the person now; while it is, advice says only what keeps it from being seen. With `refused`: asked in vain. */
    challenge: faceChallenge.optional(),
    /** Which it is of those that are asked for, from 1. */
    act: z.object({ number: z.number(), of: z.number() }).optional(),
    /** Share of what the decision wants, good frames and acts, 0 to 1. */
    progress: z.number().min(0).max(1),
    attemptsLeft: z.number(),
  }),
  /** The way without a face: what to bring and whom to ask. */
  z.object({ kind: z.literal('without-face') }),
  z.object({
    kind: z.literal('form'),
    /** One question a page; `position` says which of how many, from 0. */
    fields: z.array(formField),
    position: z.object({ index: z.number(), count: z.number() }).optional(),
    saving,
  }),
  z.object({
    kind: z.literal('review'),
    sections: z.array(
      z.object({
        of: z.enum(['service', 'person', 'form']),
        /** `field`: this answer can be changed by itself. */
        rows: z.array(z.object({ field: z.string().optional(), label: localText, value: localText })),
      }),
    ),
    /** The platform cannot be reached: this will be accepted here and delivered later. */
    willQueue: z.boolean(),
    /** What this service prints on is nearly out: said before anything is done that paper belongs to. */
    paperLow: z.enum(['receipt', 'certificate', 'licence']).optional(),
    saving,
  }),
  /** The application is put aside, to be continued with the code on the slip. */
  z.object({
    kind: z.literal('save-draft'),
    phase: z.enum(['saving', 'not-saved', 'printing', 'saved']),
    code: z.string().optional(),
    /** ISO 8601 in UTC. */
    keptUntil: z.string().optional(),
    /** It wants the same person's card again. */
    needsCard: z.boolean(),
    slip: paperItem.pick({ state: true, problem: true }).optional(),
  }),
  /** An application that was put aside is continued. */
  z.object({
    kind: z.literal('resume'),
    /** `code`: to be typed. `asking`: being looked for. `removing`: its owner does not want it any more. */
    phase: z.enum(['code', 'asking', 'found', 'refused', 'removing']),
    /** With `code`: the code on the slip can be scanned as well. */
    scanner: z.boolean().optional(),
    refusal: draftRefusal.optional(),
    found: z
      .object({
        title: localText,
        plainTitle: localText,
        savedAt: z.string(),
        keptUntil: z.string(),
        /** The service has changed since it was saved. */
        changed: z.boolean(),
        /** The questions that have to be answered again for that. */
        refill: z.array(localText),
      })
      .optional(),
  }),
  z.object({
    kind: z.literal('submit'),
    /** `slow`: safe here, and the platform has not answered for a while; waiting goes on, `next` goes on with the receipt. */
    phase: z.enum(['saving', 'sending', 'slow', 'not-saved', 'rejected']),
    caseNumber: z.string().optional(),
  }),
  z.object({ kind: z.literal('print'), papers: z.array(paperItem) }),
  z.object({
    kind: z.literal('result'),
    /** `delivered`: the platform has it. `queued`: safe here, goes out when the network is back. */
    outcome: z.enum(['delivered', 'queued']),
    caseNumber: z.string(),
    ticketNumber: z.string().optional(),
    papers: z.array(paperItem),
    cardWasUsed: z.boolean(),
    rating: z.number().min(1).max(5).optional(),
  }),
  /** The visit is being wiped; a moment. */
  z.object({ kind: z.literal('ending') }),
  z.object({ kind: z.literal('out-of-service'), problem: terminalProblem }),
]);
export type Screen = z.infer<typeof screen>;

export const view = z.object({
  place: z.object({ name: localText, machine: localText, helpNumber: z.string() }),
  language,
  mode,
  /** The core's clock, ISO 8601 in UTC, and the zone that the header shows it in. */
  clock: z.object({ now: z.string(), timeZone: z.string() }),
  network: networkState,
  /** While `offline`. */
  offlineCause: offlineCause.optional(),
  /** What the city wants people to read here. */
  notice: localText.optional(),
  /** Absent where nothing runs out. The page counts down from the moment that the view arrives. */
  timeLeft: z.object({ ms: z.number(), warning: z.boolean() }).optional(),
  /** Absent before a service is chosen. */
  visit: z
    .object({
      serviceId: z.string(),
      title: localText,
      plainTitle: localText,
      steps: z.array(stepMark),
      /** It goes on with a saved application, which stays saved until it is submitted. */ continued: z
        .boolean()
        .optional(),
    })
    .optional(),
  screen,
});
export type View = z.infer<typeof view>;
