import { z } from 'zod';

/**
 * What the terminal under test says of itself, a line a word, each in the pipe before it goes on:
 *
 *   ready ─► opened ─► begun C ─► accepted C ─► rated C ─► ended C ─► resting ─► copied ─► begun D …
 *                          └────► refused C (and no more of C), or refused, where there was no number for a case
 *
 * saved C: what is to become C was put aside, which some do, after begun C. continued C: it was taken up again, and C is made of it.
 * held C: each time that the disk does not take a step after C was accepted or refused.
 * resting: nobody comes, which not every visit is followed by. copied: the upkeep has been.
 * answered C: when an answer has come, at any time. drained: the last.
 *
 * `accepted` is what a screen would show: said after `accept` has returned. It may be lost with the process, so that what was
 * delivered may be more than what was said, never less.
 */
export const words = [
  'ready',
  'opened',
  'begun',
  'saved',
  'continued',
  'accepted',
  'rated',
  'refused',
  'held',
  'ended',
  'resting',
  'copied',
  'answered',
  'drained',
] as const;
export type Word = (typeof words)[number];

const line = z
  .string()
  .max(200)
  .regex(/^[a-z]+( [A-Za-z0-9-]+)?$/)
  .transform((text) => text.split(' '))
  .pipe(z.tuple([z.enum(words)], z.string()));

export interface Saying {
  readonly word: Word;
  /** The number of the case that it is about; empty where it is about none. */
  readonly caseNumber: string;
}

/** Throws on a line that no terminal says. */
export function readSaying(text: string): Saying {
  const parsed = line.safeParse(text);
  if (!parsed.success) throw new Error('The terminal under test said something that is no word of its own.');
  const [word, caseNumber = ''] = parsed.data;
  return { word, caseNumber };
}

/** Ways to break a promise on purpose that a run of kills must find: else it has shown nothing. */
export const killSabotages = ['accepts-too-early', 'new-key-each-time', 'rates-first'] as const;
export type KillSabotage = (typeof killSabotages)[number];
/** Syncs left out: of commits, of pages, of their names. No kill finds that, as the kernel has what was written. */
const syncSabotages = ['syncs-no-commit', 'syncs-no-page', 'syncs-no-folder'] as const;
export type SyncSabotage = (typeof syncSabotages)[number];
/** Those that a run of power cuts must find. */
export const powerCutSabotages = ['accepts-too-early', ...syncSabotages] as const;
export type PowerCutSabotage = (typeof powerCutSabotages)[number];
const sabotages = [...killSabotages, ...syncSabotages] as const;
type Sabotage = (typeof sabotages)[number];

export function isOfSyncs(sabotage: Sabotage | undefined): sabotage is SyncSabotage {
  return syncSabotages.some((one) => one === sabotage);
}

export const terminalOptions = z.strictObject({
  folder: z.string().min(1),
  platformUrl: z.url(),
  token: z.string().min(1),
  /** `accept`: one resident after another until killed. `drain`: delivers what is left, and ends. */
  task: z.enum(['accept', 'drain']),
  /** Between two residents, at most. */
  pauseMs: z.int().min(0).max(60_000),
  /** Whether copies are made, in moments at which nobody comes. */
  copies: z.boolean(),
  /** Of a reserve that is made before the first resident, and given up when the disk is full: from then on nobody is served. */
  reserveBytes: z.int().min(1).optional(),
  sabotage: z.enum(sabotages).optional(),
});
export type TerminalOptions = z.infer<typeof terminalOptions>;
